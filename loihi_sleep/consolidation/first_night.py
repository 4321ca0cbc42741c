"""Another name of :mod:`loihi_sleep.consolidation.continual`."""

from loihi_sleep.consolidation.continual import untrained_night as first_night

__all__ = ["first_night"]
