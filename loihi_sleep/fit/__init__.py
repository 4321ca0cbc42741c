"""Whether a network fits a Loihi chip."""

from loihi_sleep.fit.checking import Fit, check
from loihi_sleep.fit.findings import Finding
from loihi_sleep.fit.resources import Part

__all__ = ["Finding", "Fit", "Part", "check"]
