"""Trackers by name; another package brings one by an entry point of ``loihi_sleep.trackers``."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from loihi_sleep.registry import Registry
from loihi_sleep.tracking.tracked_run import TrackedRun, read_run


class Tracker(Protocol):
    """Tells another tool of runs.

    Its class is called with the place that a person names, or with ``""``.
    """

    def log(self, run: TrackedRun) -> str:
        """Tell of a run; return how to look at it."""


class TrackerKind(Protocol):
    """What makes a tracker."""

    def __call__(self, place: str) -> Tracker:
        """Make a tracker that writes to a place: a folder, or an address."""


TRACKERS: Registry[TrackerKind] = Registry(
    "tracker",
    "trackers",
    {
        "tensorboard": "loihi_sleep.tracking.tensorboard:TensorBoard",
        "mlflow": "loihi_sleep.tracking.mlflow:MLflow",
    },
)


def open_tracker(text: str) -> Tracker:
    """Make the tracker that ``--track`` names.

    Parameters
    ----------
    text : str
        ``tensorboard`` or ``tensorboard=PLACE``.

    Raises
    ------
    ValueError
        There is none of that name.
    EngineUnavailable
        Its library is not installed.
    """
    name, _, place = text.partition("=")
    return TRACKERS[name](place)


def track(path: Path, tracker: Tracker) -> str:
    """Tell a tracker of a finished run.

    Raises
    ------
    ValueError
        The folder holds no finished run.
    """
    return tracker.log(read_run(path))
