"""Sleep Replay Consolidation: memories, forms of sleep, tasks and nights in turn, torch models."""

from loihi_sleep.consolidation.chip import ChipSleep
from loihi_sleep.consolidation.form import FORMS, PreparedNight, SleepForm
from loihi_sleep.consolidation.memory import Memory
from loihi_sleep.consolidation.released import ReleasedSleep
from loihi_sleep.sleep.adapters import put_to_sleep

__all__ = [
    "FORMS",
    "ChipSleep",
    "Memory",
    "PreparedNight",
    "ReleasedSleep",
    "SleepForm",
    "put_to_sleep",
]
