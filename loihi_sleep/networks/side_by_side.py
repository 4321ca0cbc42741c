"""Copies of one static network side by side, which start afresh at regular intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from lava.proc.dense.process import Dense
from lava.proc.lif.process import LIFReset
from lava.proc.sparse.process import Sparse
from numpy.typing import NDArray
from scipy.sparse import block_diag, csr_matrix

from loihi_sleep.numerics.discretize import current_decay

if TYPE_CHECKING:
    from lava.magma.core.process.ports.ports import OutPort


def side_by_side(
    weights: Sequence[NDArray[np.float64]],
    vth: Sequence[int],
    copies: int,
    spikes: OutPort,
    numerics: str,
    interval: int,
) -> LIFReset:
    """Wire copies of a layered network of LIF neurons without leak.

    Parameters
    ----------
    weights : sequence of ndarray, shape (post, pre) each
        Weight units.
    vth : sequence of int
        Threshold of each layer, weight units.
    copies : int
        How many; they do not touch each other.
    spikes : OutPort, shape (copies * inputs,)
        Input of all copies, one after the other.
    numerics : str
        ``float`` or ``fixed``.
    interval : int
        Steps after which the neurons start from rest, each layer when the first spike of the input
        at that step can have reached it.

    Returns
    -------
    LIFReset
        The last layer.
    """
    fixed = numerics == "fixed"
    kind, du = (np.int32, current_decay(1.0)) if fixed else (float, 1.0)
    neurons = None
    for layer, (matrix, threshold) in enumerate(zip(weights, vth, strict=True)):
        synapses = _synapses(matrix.astype(kind), copies)
        neurons = LIFReset(
            shape=(copies * matrix.shape[0],),
            vth=threshold,
            du=du,
            dv=0,
            reset_interval=interval,
            reset_offset=layer + 2,  # time steps count from 1, and each layer takes one
        )
        spikes.connect(synapses.s_in)
        synapses.a_out.connect(neurons.a_in)
        spikes = neurons.s_out
    return neurons


def _synapses(matrix: NDArray[Any], copies: int) -> Dense | Sparse:
    if copies == 1:
        return Dense(weights=matrix)
    # One message bit: Lava then multiplies by the spikes instead of picking columns, which a sparse
    # matrix does slowly. The spikes are 0 or 1 all the same.
    blocks = csr_matrix(block_diag([matrix] * copies, format="csr"))
    return Sparse(weights=blocks, num_message_bits=1)
