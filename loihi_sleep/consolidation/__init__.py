"""What a day leaves for the night: memories, forms of sleep, days and nights in turn."""

from loihi_sleep.consolidation.chip_form import ChipSleep
from loihi_sleep.consolidation.memory import Memory
from loihi_sleep.consolidation.put_to_sleep import put_to_sleep
from loihi_sleep.consolidation.released_form import ReleasedSleep

__all__ = ["ChipSleep", "Memory", "ReleasedSleep", "put_to_sleep"]
