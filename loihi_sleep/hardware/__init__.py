"""Loihi 2: what is available here, what it could hold, how a network gets there, and the cost."""

from loihi_sleep.hardware.activity import Activity, ProcessActivity
from loihi_sleep.hardware.adapters import Adapters
from loihi_sleep.hardware.boundary import Deployment, deploy, refusals
from loihi_sleep.hardware.energy import Cost, estimate
from loihi_sleep.hardware.finding import Finding
from loihi_sleep.hardware.fit import Fit, check
from loihi_sleep.hardware.place import place
from loihi_sleep.hardware.size import Part

__all__ = [
    "Activity",
    "Adapters",
    "Cost",
    "Deployment",
    "Finding",
    "Fit",
    "Part",
    "ProcessActivity",
    "check",
    "deploy",
    "estimate",
    "place",
    "refusals",
]
