"""Completed phases of a run, kept as arrays in one HDF5 file."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import h5py
import numpy as np
from numpy.typing import NDArray

from loihi_sleep.errors import CheckpointRefused
from loihi_sleep.files.atomic import failing_writes_named, replacing
from loihi_sleep.files.copy_on_write import CopyOnWrite
from loihi_sleep.files.hdf5 import StoredGroup, StoredValueRefused
from loihi_sleep.files.locks import taking_turns
from loihi_sleep.files.regular_file import open_regular
from loihi_sleep.results import checkpoint_group
from loihi_sleep.results.checkpoint_group import DamagedGroup, Group, MissingGroup, OlderForm
from loihi_sleep.results.provenance import first_difference

# The first form of HDF5 whose own records have checksums.
_FORM_OF_HDF5 = ("v110", "v110")
_ADVICE = (
    "put an undamaged copy in its place, or delete it: 'loihi-sleep resume' then does all of it "
    "again"
)


class Checkpoint:
    """Named groups of arrays; a group is there whole or not at all.

    The settings that made a group are kept with it, and it is read under the same settings only.

    Parameters
    ----------
    path : Path
        The HDF5 file; it need not exist.
    settings : mapping, optional
        The configuration of the run, of types that JSON has. Without it groups are read whatever
        made them.

    Notes
    -----
    A write copies the file, adds the group to the copy and puts that in the file's place: a run
    that is killed at any moment leaves the old file or the new one. The copy is made by the
    system's kernel, and memory is needed for what is new only.
    """

    def __init__(self, path: Path, settings: Mapping[str, Any] | None = None) -> None:
        self.path = path
        self.settings = settings
        self._began = time.monotonic()
        self._seconds_before = 0.0

    @property
    def run_seconds(self) -> float:
        """How long the run has taken, what :meth:`verify` found of earlier sessions included."""
        return self._seconds_before + time.monotonic() - self._began

    def has(self, group: str) -> bool:
        """Tell whether a phase has been completed.

        Raises
        ------
        CheckpointRefused
            It was completed with other settings, or the file is damaged.
        """
        if not self._exists():
            return False
        with self._opened(group) as root:
            try:
                made_with = checkpoint_group.read_settings(root, group)
            except MissingGroup:
                return False
        self._check_settings(group, made_with)
        return True

    def write(self, group: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Add a group, or replace it.

        Raises
        ------
        CheckpointRefused
            The file is damaged.
        RunFailed
            It cannot be written, as on a full disk; it is left as it was.
        """
        kept = {name: np.asarray(values) for name, values in arrays.items()}
        checkpoint_group.check_arrays(group, kept)
        content = Group(kept, self.settings or {}, self.run_seconds)
        with (
            failing_writes_named(self.path),
            taking_turns(self.path.parent),
            replacing(self.path) as partial,
        ):
            base = self._open_file() if self._exists() else None
            try:
                made = CopyOnWrite(base)
                with self._errors_named(group):
                    mode = "w" if base is None else "r+"
                    with h5py.File(made, mode, libver=_FORM_OF_HDF5) as file:
                        root = StoredGroup(file, "", self.path, made.size)
                        checkpoint_group.write_group(file, root, group, content)
                with partial.open("xb", buffering=0) as target:
                    made.save(target)
            finally:
                if base is not None:
                    base.close()

    def read(self, group: str) -> dict[str, NDArray[Any]]:
        """Read a group.

        Raises
        ------
        CheckpointRefused
            The group is not there, is damaged, or was made with other settings.
        """
        if not self._exists():
            raise CheckpointRefused(f"{self.path} is not there; 'loihi-sleep resume' makes it anew")
        with self._opened(group) as root:
            try:
                found = checkpoint_group.read_group(root, group)
            except MissingGroup:
                raise CheckpointRefused(
                    f"{self.path} holds no group {group}; 'loihi-sleep resume' computes what is "
                    "missing of a run that is not finished"
                ) from None
        self._check_settings(group, found.settings)
        return dict(found.arrays)

    def names(self) -> list[str]:
        """Names of all groups that are there.

        Raises
        ------
        CheckpointRefused
            The file is damaged.
        """
        if not self._exists():
            return []
        with self._opened() as root:
            return checkpoint_group.group_names(root)

    def verify(self) -> None:
        """Read all that is there, before anything is built on it.

        Raises
        ------
        CheckpointRefused
            A group is damaged or was made with other settings.
        """
        self._began = time.monotonic()
        for name in self.names():
            with self._opened(name) as root:
                found = checkpoint_group.read_group(root, name)
            self._check_settings(name, found.settings)
            self._seconds_before = max(self._seconds_before, found.run_seconds)

    def _exists(self) -> bool:
        return os.path.lexists(self.path)

    def _open_file(self) -> BinaryIO:
        try:
            return open_regular(self.path)
        except ValueError as error:
            raise CheckpointRefused(str(error)) from None

    @contextmanager
    def _opened(self, group: str | None = None) -> Iterator[StoredGroup]:
        """Open the file for reading."""
        with self._errors_named(None):
            content = self._open_file()
        with content:
            size = os.fstat(content.fileno()).st_size
            with self._errors_named(None):
                file = h5py.File(content, "r")
            with file, self._errors_named(group):
                yield StoredGroup(file, "", self.path, size)

    @contextmanager
    def _errors_named(self, group: str | None) -> Iterator[None]:
        """Say in one line what of the file cannot be read."""
        where = f"{self.path}" if group is None else f"{self.path}: group {group}"
        try:
            yield
        except CheckpointRefused:
            raise
        except OlderForm:
            raise CheckpointRefused(
                f"{where} was written by an older version of loihi-sleep, which kept no settings "
                "with it; run again, in a new folder"
            ) from None
        except DamagedGroup as error:
            raise CheckpointRefused(f"{where} is damaged ({error}); {_ADVICE}") from None
        except StoredValueRefused as error:
            reason = f"{error.place} {error.reason}"
            raise CheckpointRefused(f"{where} is damaged ({reason}); {_ADVICE}") from None
        except Exception as error:
            # What HDF5 stumbles on in a damaged file, h5py raises as an error of any kind.
            reason = getattr(error, "strerror", None) or str(error).strip("'\"")[:100]
            raise CheckpointRefused(f"{where} cannot be read ({reason}); {_ADVICE}") from error

    def _check_settings(self, group: str, made_with: Mapping[str, Any]) -> None:
        differs = None if self.settings is None else first_difference(made_with, self.settings)
        if differs is not None:
            raise CheckpointRefused(
                f"{self.path}: group {group} was made with {differs.name}={differs.then}, and "
                f"{differs.name} is now {differs.now}; set it back in config.yaml to go on, or run "
                "with the new value in a new folder"
            )
