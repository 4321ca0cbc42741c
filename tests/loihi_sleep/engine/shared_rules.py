"""Learning rules that tests of other matters share: each takes a second or two to compile.

The code of a rule is compiled once for each text, for epochs of one step and for longer ones, for
either numerics, for either rounding, and for dense and sparse synapses.
"""

from __future__ import annotations

POTENTIATION = "2^-3*x1*y0"
# A spike of either side changes synapses whatever the traces are.
UNTOLD = "2^-1*x1*y0 - 2^-2*y0 + 2^-3*x0"
# Up to the end of the range in a few steps.
SATURATION = "2^7*x0"
BEFORE = "x0*x1"


def pairs(t_epoch: int) -> str:
    """Text of the STDP whose known values ``test_lava_learning`` has, for epochs of one length."""
    return f"(-2)*x0*y1 + {1 if t_epoch == 1 else 4}*y0*x1"
