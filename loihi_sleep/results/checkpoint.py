"""Completed phases of a run, kept as arrays in one HDF5 file."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from loihi_sleep.results.atomic import replacing


class Checkpoint:
    """Named groups of arrays; a group is there whole or not at all.

    Parameters
    ----------
    path : Path
        The HDF5 file; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def has(self, group: str) -> bool:
        """Tell whether a phase has been completed."""
        if not self.path.exists():
            return False
        with h5py.File(self.path) as file:
            return group in file

    def write(self, group: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Add a group, or replace it."""
        with replacing(self.path) as partial:
            if self.path.exists():
                shutil.copyfile(self.path, partial)
            with h5py.File(partial, "a") as file:
                if group in file:
                    del file[group]
                for name, values in arrays.items():
                    file.create_dataset(f"{group}/{name}", data=values, compression=_gzip(values))

    def read(self, group: str) -> dict[str, NDArray[Any]]:
        """Read a group.

        Raises
        ------
        KeyError
            The group is not there.
        """
        with h5py.File(self.path) as file:
            return {name: np.asarray(dataset) for name, dataset in file[group].items()}


def _gzip(values: NDArray[Any]) -> str | None:
    return "gzip" if np.size(values) > 1000 else None
