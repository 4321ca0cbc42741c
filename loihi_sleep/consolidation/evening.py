"""Another name of :mod:`loihi_sleep.consolidation.form`."""

from loihi_sleep.consolidation.form import PreparedNight as Evening
from loihi_sleep.consolidation.form import check_window

__all__ = ["Evening", "check_window"]
