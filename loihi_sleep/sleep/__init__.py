"""Sleep: nights of noise-driven replay under local plasticity."""

from loihi_sleep.sleep.night import Night, NightProgress, NightRecord, Poisson, run_night

__all__ = ["Night", "NightProgress", "NightRecord", "Poisson", "run_night"]
