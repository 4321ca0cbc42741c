"""A pruned network in spikes: LIF layers whose synapses are those that are left."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.networks.layered import LayeredProcesses
from loihi_sleep.networks.quantization import stored_weights


def sparse_layers(
    weights: Sequence[NDArray[np.float64]], vth: Sequence[int], numerics: str
) -> LayeredProcesses:
    """Wire LIF neurons without leak behind static sparse synapses.

    They spike as behind `Dense`, and a chip stores no synapse of weight 0.

    Parameters
    ----------
    weights : sequence of ndarray, shape (post, pre) each
        Weight units; 0 where there is no synapse.
    vth : sequence of int
        Threshold of each layer, weight units.
    numerics : str
        ``float`` or ``fixed``.

    Returns
    -------
    LayeredProcesses

    Raises
    ------
    ValueError
        Weights that ``fixed`` numerics cannot store.
    """
    from lava.proc.lif.process import LIF
    from lava.proc.sparse.process import Sparse
    from scipy.sparse import csr_matrix

    fixed = numerics == "fixed"
    synapses, neurons = [], []
    for layer, (matrix, threshold) in enumerate(zip(weights, vth, strict=True)):
        stored = stored_weights(matrix, f"weights[{layer}]") if fixed else {"weights": matrix}
        synapses.append(Sparse(**stored | {"weights": csr_matrix(stored["weights"])}))
        neurons.append(LIF(shape=(len(matrix),), vth=threshold, du=4095 if fixed else 1.0, dv=0))
    return LayeredProcesses.wired(synapses, neurons)
