"""Thresholds from the activity of a trained ReLU network: data-based normalization."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.networks.layered import VTH_MAX
from processes import checks


def thresholds(
    factors: Sequence[float], maxima: NDArray[np.float64], unit: Sequence[float]
) -> tuple[int, ...]:
    """Thresholds that make spike rates follow the activations of a ReLU network.

    ``vth_l = factor_l * (A_l / A_{l-1}) / unit_l``: with factor 1 the most active neuron of a layer
    spikes about as often as the most active one of the layer before.

    Parameters
    ----------
    factors : sequence of float
        One a layer, above 0; below 1 for higher rates.
    maxima : ndarray, shape (layers,)
        A_l, the largest activation of each layer on the data so far (a running maximum; the inputs
        reach 1).
    unit : sequence of float
        Real weight of one weight unit, by layer.

    Returns
    -------
    tuple of int
        In weight units, 1 .. 131071. A layer that was never active gets the largest: it is silent.

    Raises
    ------
    ValueError
        A factor that is not above 0.

    Notes
    -----
    Diehl, Neil, Binas, Cook, Liu and Pfeiffer, "Fast-classifying, high-accuracy spiking deep
    networks through weight and threshold balancing", IJCNN 2015; Sleep Replay Consolidation scales
    its sleeping network in this way.
    """
    vth = []
    below = 1.0
    for layer, (factor, largest, one) in enumerate(zip(factors, maxima, unit, strict=True)):
        if not checks.number(f"factors[{layer}]", factor, 0.0) > 0:
            raise ValueError(f"factors[{layer}] is 0; it must be above 0")
        if largest <= 0 or below <= 0:
            vth.append(VTH_MAX)
        else:
            vth.append(int(np.clip(np.rint(factor * largest / below / one), 1, VTH_MAX)))
        below = float(largest)
    return tuple(vth)
