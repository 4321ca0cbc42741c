"""What a case has computed so far, so that a run that is cut goes on within it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from loihi_sleep.errors import CheckpointRefused
from loihi_sleep.experiments.case import Arrays
from loihi_sleep.files.atomic import failing_writes_named
from loihi_sleep.results.checkpoint import Checkpoint

UNFINISHED = "unfinished"
# Not more often than this: what is written is flushed to the disk.
EVERY_S = 15.0
_GROUP, _SECONDS = "so_far", "seconds_so_far"
# A case that is done must not remove the folder under another that is about to write there.
_lock = threading.Lock()


class SoFar:
    """A file that holds what a case has computed until some point; gone when the case is done.

    Parameters
    ----------
    folder : Path
        The run folder.
    group : str
        Group of its checkpoint that the case will leave.
    settings : mapping, optional
        As of :class:`Checkpoint`: what was computed with others is not gone on with.
    """

    def __init__(self, folder: Path, group: str, settings: Mapping[str, Any] | None) -> None:
        self._place = folder / UNFINISHED
        name = group.replace("/", ".")
        self._file = Checkpoint(self._place / f"{name}.h5", settings)
        self._next = Checkpoint(self._place / f"{name}.next.h5", settings)
        self._began = self._kept = time.monotonic()
        self.seconds_before = 0.0

    def read(self) -> Arrays | None:
        """Return what an earlier session kept; None where there is nothing that can be used."""
        try:
            arrays = self._file.read(_GROUP)
        except CheckpointRefused:
            return None
        self.seconds_before = float(arrays.pop(_SECONDS, np.array(0.0)))
        return arrays

    def keep(self, make: Callable[[], Arrays | None]) -> None:
        """Keep what `make` returns, where it is time for that; None keeps nothing."""
        now = time.monotonic()
        if now - self._kept < EVERY_S:
            return
        self._kept = now
        arrays = make()
        if arrays is None:
            return
        with _lock, failing_writes_named(self._place):
            self._place.mkdir(exist_ok=True)
            self._next.path.unlink(missing_ok=True)
            seconds = self.seconds_before + now - self._began
            self._next.write(_GROUP, {**arrays, _SECONDS: np.array(seconds)})
            os.replace(self._next.path, self._file.path)

    def forget(self) -> None:
        """Remove the file: the case is done, and what it left is kept."""
        with _lock, suppress(OSError):
            self._next.path.unlink(missing_ok=True)
            self._file.path.unlink(missing_ok=True)
            self._place.rmdir()


def is_anything_unfinished(folder: Path) -> bool:
    """Tell whether a run has kept part of a case."""
    return any((folder / UNFINISHED).glob("*.h5"))
