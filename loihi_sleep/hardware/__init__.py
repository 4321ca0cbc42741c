"""Loihi 2: what is available here, what it could hold, and what a run would cost there."""

from loihi_sleep.hardware.activity import Activity, ProcessActivity
from loihi_sleep.hardware.energy import Cost, estimate
from loihi_sleep.hardware.finding import Finding
from loihi_sleep.hardware.fit import Fit, check
from loihi_sleep.hardware.size import Part

__all__ = [
    "Activity",
    "Cost",
    "Finding",
    "Fit",
    "Part",
    "ProcessActivity",
    "check",
    "estimate",
]
