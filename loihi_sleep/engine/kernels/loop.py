"""The loop over time steps and nodes: all of it compiled, none of it Python."""

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.engine.kernels.call import call_step, uncounted
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.steps import compiled

# The first counter holds which node failed, counted from 1.
FAILED = 0


@compiled(nogil=True)
def run(
    addresses: NDArray[np.int64],
    places: NDArray[np.int64],
    p: NDArray[np.int64],
    m: Memory,
    done: int,
    steps: int,
) -> None:
    """Run the time steps ``done + 1 .. done + steps``.

    Parameters
    ----------
    addresses : ndarray of int64, shape (nodes,)
        Addresses of the nodes' steps, in the order in which they are called.
    places : ndarray of int64, shape (nodes,)
        Where their rows begin.
    p : ndarray of int64
        The rows.
    m : Memory
    done, steps : int
    """
    # Whoever calls this keeps them.
    arrays = uncounted(m)
    for k in range(steps):
        for node in range(addresses.size):
            call_step(addresses[node], p, places[node], done + k + 1, k, arrays)
            if arrays.counters[FAILED] != 0:
                arrays.counters[FAILED] = node + 1
                return
