"""Weights by layer as (post, pre) matrices that fit each other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.processes import checks


def fitting_weights(
    weights: object, lowest: float = -np.inf, highest: float = np.inf
) -> tuple[NDArray[np.float64], ...]:
    """Return finite (post, pre) matrices, each of which takes the neurons of the layer before.

    Raises
    ------
    ValueError
        There are none, or they are no such matrices.
    """
    matrices = tuple(
        checks.matrix(f"weights[{layer}]", matrix, "post, pre", lowest, highest)
        for layer, matrix in enumerate(checks.sequence("weights", weights, of="matrices"))
    )
    for layer, (below, above) in enumerate(pairwise(matrices), start=1):
        if above.shape[1] != below.shape[0]:
            raise ValueError(
                f"weights[{layer}] has shape {above.shape}; it must take the {below.shape[0]} "
                "neurons of the layer before"
            )
    return matrices


def layer_sizes(weights: Sequence[NDArray[np.float64]]) -> tuple[int, ...]:
    """Neurons by layer, the input first, for one (post, pre) matrix a layer."""
    return (weights[0].shape[1], *(len(matrix) for matrix in weights))
