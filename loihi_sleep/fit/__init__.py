"""Whether a network fits a Loihi chip."""

from loihi_sleep.fit.checking import Fit, check
from loihi_sleep.fit.finding import Finding
from loihi_sleep.fit.size import Part

__all__ = ["Finding", "Fit", "Part", "check"]
