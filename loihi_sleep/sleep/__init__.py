"""Wake and sleep phases, and the protocol that alternates them."""

from loihi_sleep.sleep.night import (
    Night,
    NightProgress,
    NightRecord,
    Poisson,
    put_to_sleep,
    run_night,
)

__all__ = ["Night", "NightProgress", "NightRecord", "Poisson", "put_to_sleep", "run_night"]
