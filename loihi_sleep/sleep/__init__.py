"""Sleep: drives, nights of replay under local plasticity, wake and sleep in turn."""

from loihi_sleep.sleep.adapters import ADAPTERS, Adapter, put_to_sleep
from loihi_sleep.sleep.drives import DRIVES, Drive, Gaussian, Patterns, Poisson, Raster, SlowWave
from loihi_sleep.sleep.night import Night, NightProgress, NightRecord
from loihi_sleep.sleep.phases import Schedule, run_phases, sleep_process
from loihi_sleep.sleep.run import run_night
from loihi_sleep.sleep.sleeper import Sleeper, SleepingProcesses

__all__ = [
    "ADAPTERS",
    "DRIVES",
    "Adapter",
    "Drive",
    "Gaussian",
    "Night",
    "NightProgress",
    "NightRecord",
    "Patterns",
    "Poisson",
    "Raster",
    "Schedule",
    "Sleeper",
    "SleepingProcesses",
    "SlowWave",
    "put_to_sleep",
    "run_night",
    "run_phases",
    "sleep_process",
]
