"""Wake and sleep phases, and the protocol that alternates them."""

from loihi_sleep.sleep.chip_form import ChipSleep
from loihi_sleep.sleep.memory import Memory
from loihi_sleep.sleep.night import Night, NightProgress, NightRecord, Poisson, run_night
from loihi_sleep.sleep.put_to_sleep import put_to_sleep
from loihi_sleep.sleep.released_form import ReleasedSleep

__all__ = [
    "ChipSleep",
    "Memory",
    "Night",
    "NightProgress",
    "NightRecord",
    "Poisson",
    "ReleasedSleep",
    "put_to_sleep",
    "run_night",
]
