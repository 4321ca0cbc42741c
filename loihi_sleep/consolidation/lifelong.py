"""Other names of :mod:`loihi_sleep.consolidation.continual`."""

from __future__ import annotations

from typing import Any

from loihi_sleep.consolidation.continual import ContinualRun as Life
from loihi_sleep.consolidation.continual import SleepAfterTask as Rest
from loihi_sleep.consolidation.continual import TaskListener as OnDay
from loihi_sleep.consolidation.continual import TrainTask as Learn
from loihi_sleep.consolidation.continual import alternate_training_and_sleep

__all__ = ["Learn", "Life", "OnDay", "Rest", "live"]


def live(*args: Any, on_day: OnDay | None = None, **options: Any) -> Life:
    """Learn tasks in sequence."""
    return alternate_training_and_sleep(*args, on_task=on_day, **options)
