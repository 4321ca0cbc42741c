"""Another name of :mod:`loihi_sleep.consolidation.released`."""

from loihi_sleep.consolidation.released import ReleasedSleep

__all__ = ["ReleasedSleep"]
