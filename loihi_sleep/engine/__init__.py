"""The compiled engine: Lava's Processes, run in this process by compiled code.

It stands in for Lava's runtime. Attach it to a network that is built of Lava's Processes, and go on
with Lava's own calls:

>>> from loihi_sleep import engine
>>> engine.attach(neurons, numerics="fixed")
>>> neurons.run(condition=RunSteps(1000))
>>> weights = synapses.weights.get()

In ``fixed`` every number is equal to Lava's fixed-point models, random numbers included.
"""

from loihi_sleep.engine.attach import attach
from loihi_sleep.engine.checkpoint import State, restore, state
from loihi_sleep.engine.counting import Counter, count, counting
from loihi_sleep.engine.many import run_many
from loihi_sleep.engine.report import Report, report

__all__ = [
    "Counter",
    "Report",
    "State",
    "attach",
    "count",
    "counting",
    "report",
    "restore",
    "run_many",
    "state",
]
