"""Loihi 2: what is available here, and what it could hold."""

from loihi_sleep.hardware.finding import Finding
from loihi_sleep.hardware.fit import Fit, check
from loihi_sleep.hardware.size import Part

__all__ = ["Finding", "Fit", "Part", "check"]
