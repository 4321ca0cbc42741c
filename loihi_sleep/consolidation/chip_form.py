"""Other names of :mod:`loihi_sleep.consolidation.form` and ``chip``."""

from loihi_sleep.consolidation.chip import ChipSleep
from loihi_sleep.consolidation.form import check_lengths
from loihi_sleep.consolidation.form import spread_over_layers as by_layer

__all__ = ["ChipSleep", "by_layer", "check_lengths"]
