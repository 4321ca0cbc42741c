"""Release noise: a synapse passes on a little more or less of its strength each time."""

import numba
import numpy as np

from loihi_sleep.processes.kernels.philox import Stream, philox_4x32

_RELEASE = Stream.RELEASE.value
_LOW_32 = np.uint64(0xFFFFFFFF)
_SHIFT_32 = np.uint64(32)
_TWO_TO_32 = 4294967296.0


@numba.njit("float64(int64, int64, int64, float64)", cache=True)
def released(seed: int, step: int, synapse: int, spread: float) -> float:
    """Factor on the strength of a synapse in one step, uniform on 1 - spread .. 1 + spread.

    Parameters
    ----------
    seed : int
        0 .. 2**63 - 1.
    step : int
        Time step, 0 .. 2**32 - 1.
    synapse : int
        Which, 0 .. 2**34 - 1.
    spread : float
        0 .. 1.
    """
    if spread == 0.0:
        return 1.0
    lanes = philox_4x32(
        np.uint64(synapse >> 2),
        np.uint64(step),
        np.uint64(_RELEASE),
        np.uint64(0),
        np.uint64(seed) & _LOW_32,
        np.uint64(seed) >> _SHIFT_32,
    )
    return 1.0 + spread * (2.0 * float(lanes[synapse & 3]) / _TWO_TO_32 - 1.0)
