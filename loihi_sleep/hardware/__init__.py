"""Loihi 2: what is available here, and what it could hold."""

from loihi_sleep.hardware.fit import Finding, Fit, Part, check

__all__ = ["Finding", "Fit", "Part", "check"]
