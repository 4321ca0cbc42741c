"""Event recordings: N-MNIST, DVS Gesture and Spiking Heidelberg Digits, read by tonic.

tonic is the extra ``events``. What a network learns of a recording are counts of events.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.datasets.data_set import DataSet, StreamOptions
from loihi_sleep.datasets.folder import VARIABLE, find_data_folder
from loihi_sleep.datasets.stream import Samples, Stream, check_labels
from loihi_sleep.processes import checks


@dataclass(frozen=True)
class _Recordings:
    """A data set of tonic, and how its events become inputs.

    Parameters
    ----------
    name : str
        tonic's class, which is also the name of its folder.
    columns, rows, polarities : int
        Of the sensor.
    pool : int
        Pixels of a side, or channels, whose events are counted together.
    time_bins : int
        Parts of a recording whose events are counted apart.
    classes : int
    """

    name: str
    columns: int
    rows: int
    polarities: int
    pool: int
    time_bins: int
    classes: int

    @property
    def image(self) -> tuple[int, int, int]:
        """(planes, rows, columns) of an input."""
        rows = 1 if self.rows == 1 else -(-self.rows // self.pool)
        return self.time_bins * self.polarities, rows, -(-self.columns // self.pool)


_NMNIST = _Recordings("NMNIST", 34, 34, 2, 1, 1, 10)
_GESTURE = _Recordings("DVSGesture", 128, 128, 2, 4, 1, 11)
_SHD = _Recordings("SHD", 700, 1, 1, 5, 10, 20)


def count_events(
    events: NDArray[Any],
    image: tuple[int, int, int],
    pool: int = 1,
    time_bins: int = 1,
) -> NDArray[np.float32]:
    """Count the events of a recording.

    Parameters
    ----------
    events : structured ndarray, shape (events,)
        With the fields ``x``, ``t`` and ``p``, and ``y`` where the sensor has rows, as tonic reads
        them.
    image : tuple of int
        (planes, rows, columns) of what is made: a plane for each part of the time and polarity.
    pool : int
        Pixels of a side whose events are counted together, from 1.
    time_bins : int
        Parts of equal length between the first and the last event, from 1.

    Returns
    -------
    ndarray of float32, shape (planes * rows * columns,)
        Divided by the largest count, so that they are from 0 to 1; 0 where there are no events.

    Raises
    ------
    ValueError
        Events outside of the image, or fields that are missing.
    """
    pool = checks.integer("pool", pool, 1)
    bins = checks.integer("time_bins", time_bins, 1)
    fields = events.dtype.names or ()
    for name in ("x", "t", "p"):
        if name not in fields:
            raise ValueError(f"events has the fields {fields}; it must have x, t and p")
    planes, rows, _ = image
    counts = np.zeros(image, dtype=np.float32)
    if not len(events):
        return counts.ravel()
    times = events["t"].astype(np.float64)
    span = max(float(times.max() - times.min()), 1.0)
    part = np.minimum(((times - times.min()) / span * bins).astype(np.int64), bins - 1)
    polarities = planes // bins
    plane = part * polarities + np.where(polarities > 1, events["p"].astype(np.int64), 0)
    row = events["y"].astype(np.int64) // pool if "y" in fields and rows > 1 else 0
    place = (plane, np.broadcast_to(row, plane.shape), events["x"].astype(np.int64) // pool)
    for axis, size, where in zip("pyx", image, place, strict=True):
        if where.min() < 0 or where.max() >= size:
            raise ValueError(
                f"events holds {axis} from {events[axis].min()} to {events[axis].max()}; there are "
                f"{size} of them, each of {pool if axis != 'p' else 1}"
            )
    np.add.at(counts, place, 1)
    return (counts / counts.max()).ravel()


def _load(recordings: _Recordings, options: StreamOptions) -> Stream:
    """Load event recordings as counts, see :func:`count_events`.

    Returns
    -------
    Stream
        Counts 0 .. 1 of each recording.

    Raises
    ------
    ValueError
        tonic is not installed; recordings that are missing or damaged, or too few of them.
    """
    base, may_download = find_data_folder(options.folder)
    train, test = (_read(recordings, base, part, may_download) for part in (True, False))
    return options.split(train, test, recordings.image, f"events of {recordings.name}")


def _read(recordings: _Recordings, base: Path, train: bool, may_download: bool) -> Samples:
    data_set = _opened(recordings, base, train, may_download)
    inputs, labels = [], []
    for number, (events, label) in _numbered(data_set, base):
        try:
            inputs.append(
                count_events(events, recordings.image, recordings.pool, recordings.time_bins)
            )
        except ValueError as error:
            raise ValueError(
                f"recording {number} of {base / recordings.name} is damaged: {error}"
            ) from None
        labels.append(int(label))
    if not inputs:
        part = "training" if train else "test"
        raise ValueError(
            f"{base / recordings.name} holds no {part} recordings; put them there as tonic lays "
            f"them out, or name no folder, not by {VARIABLE} either, and they are downloaded"
        )
    found = np.array(labels, dtype=np.int64)
    check_labels(base / recordings.name, found, len(inputs), recordings.classes)
    # They lie class by class; a task learns from the first so many of its classes.
    order = np.random.default_rng(0).permutation(len(found))
    return Samples(np.stack(inputs)[order], found[order])


def _opened(recordings: _Recordings, base: Path, train: bool, may_download: bool) -> Any:
    """Open a data set of tonic; where nothing may be downloaded, what is there counts."""
    if importlib.util.find_spec("tonic") is None:
        raise ValueError(
            f"{recordings.name} is read by tonic, which is not installed: "
            "pip install 'loihi-sleep[events]'"
        )
    import tonic

    kind = getattr(tonic.datasets, recordings.name)
    if not may_download:
        kind = type(kind.__name__, (kind,), {"_check_exists": lambda self: True})
    try:
        return kind(str(base), train=train)
    except (OSError, RuntimeError, KeyError) as error:
        raise ValueError(
            f"{base / recordings.name} does not hold {recordings.name} as tonic lays it out "
            f"({error}); put it there, or name no folder, not by {VARIABLE} either, and it is "
            "downloaded"
        ) from None


def _numbered(data_set: Any, base: Path) -> Iterator[tuple[int, tuple[NDArray[Any], Any]]]:
    for number in range(len(data_set)):
        try:
            yield number, data_set[number]
        except (OSError, ValueError, IndexError, KeyError, EOFError) as error:
            raise ValueError(f"recording {number} in {base} is damaged ({error})") from None


def _data_set(title: str, recordings: _Recordings, classes_are: str) -> DataSet:
    load, classes = partial(_load, recordings), recordings.classes
    return DataSet(title, load, recordings.image, classes, classes_are=classes_are)


NMNIST = _data_set("N-MNIST", _NMNIST, "digits")
DVS_GESTURE = _data_set("DVS Gesture", _GESTURE, "gestures")
SHD = _data_set("Spiking Heidelberg Digits", _SHD, "spoken digits")
