"""What a run would cost on a chip: operations, and the energy that they take."""

from loihi_sleep.cost.activity import Activity, ProcessActivity
from loihi_sleep.cost.energy import Cost, estimate

__all__ = ["Activity", "Cost", "ProcessActivity", "estimate"]
