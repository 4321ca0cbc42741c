"""Thresholds or gains from the activity of a trained ReLU network: data-based normalization."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.networks.matrices import fitting_weights
from loihi_sleep.numerics.limits import VTH_MAX
from loihi_sleep.processes import checks


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
        A factor or unit that is not above 0, or not one for each layer.

    Notes
    -----
    Diehl, Neil, Binas, Cook, Liu and Pfeiffer, "Fast-classifying, high-accuracy spiking deep
    networks through weight and threshold balancing", IJCNN 2015; Sleep Replay Consolidation scales
    its sleeping network in this way.
    """
    vth = []
    below = 1.0
    for factor, largest, one in zip(*_by_layer(factors, maxima, unit), strict=True):
        if largest <= 0 or below <= 0:
            vth.append(VTH_MAX)
        else:
            vth.append(int(np.clip(np.rint(factor * largest / below / one), 1, VTH_MAX)))
        below = float(largest)
    return tuple(vth)


def bias_currents(
    biases: Sequence[NDArray[np.float64]],
    max_rate: float,
    factors: Sequence[float],
    maxima: NDArray[np.float64],
    unit: Sequence[float],
) -> tuple[NDArray[np.float64], ...]:
    """Currents that stand for the biases of a ReLU network where spike rates follow activations.

    With the thresholds of :func:`thresholds` the rate of a neuron in layer l is its activation
    times ``r_l = max_rate / (factor_1 ... factor_l * A_l)``, so that its bias is the current
    ``bias * r_(l-1)`` a step.

    Parameters
    ----------
    biases : sequence of ndarray, shape (post,) each
        Biases of the ReLU network.
    max_rate : float
        Spikes a step of an input of 1.
    factors, maxima, unit
        As of :func:`thresholds`.

    Returns
    -------
    tuple of ndarray, shape (post,) each
        In weight units a step. 0 in layers after one that was never active.

    Raises
    ------
    ValueError
        As of :func:`thresholds`; biases that are not finite.
    """
    currents = []
    rate = checks.number("max_rate", max_rate, 0)
    scale = 1.0
    by_layer = _by_layer(factors, maxima, unit)
    arrays = checks.sequence("biases", biases, len(by_layer[0]), "arrays")
    for layer, (values, factor, largest, one) in enumerate(zip(arrays, *by_layer, strict=True)):
        currents.append(checks.array(f"biases[{layer}]", values, None) * rate / one)
        scale *= factor
        rate = max_rate / (scale * largest) if largest > 0 else 0.0
    return tuple(currents)


def released_gains(
    weights: Sequence[NDArray[np.float64]], maxima: NDArray[np.float64]
) -> tuple[float, ...]:
    """Gains of a sleeping network as the released code of Sleep Replay Consolidation has them.

    ``s_l = max(largest weight of layer l, A_l)``, ``f_1 = s_1``, ``f_l = s_l / f_(l-1)``,
    ``gain_l = 1 / f_l``. The division is by the factor of the layer before, not by its largest
    activation as in :func:`thresholds`.

    Parameters
    ----------
    weights : sequence of ndarray, shape (post, pre) each
        Real weights.
    maxima : ndarray, shape (layers,)
        A_l, the largest activation of each layer on the data so far.

    Returns
    -------
    tuple of float
        One a layer, above 0.

    Raises
    ------
    ValueError
        A layer that has no positive weight and was never active; weights or maxima that do not fit
        each other.
    """
    gains = []
    factor = 1.0
    matrices = fitting_weights(weights)
    maxima = checks.array("maxima", maxima, (len(matrices),))
    for layer, (matrix, largest) in enumerate(zip(matrices, maxima, strict=True)):
        scale = max(float(matrix.max()), float(largest))
        if scale <= 0:
            raise ValueError(
                f"layer {layer} has no positive weight and was never active; it cannot be scaled"
            )
        factor = scale / factor
        gains.append(1.0 / factor)
    return tuple(gains)


def _by_layer(
    factors: Sequence[float], maxima: NDArray[np.float64], unit: Sequence[float]
) -> tuple[list[float], list[float], list[float]]:
    """Return factors, maxima and units, one a layer.

    Raises
    ------
    ValueError
    """
    factors = checks.sequence("factors", factors)
    layers = len(factors)
    return (
        [checks.positive(f"factors[{i}]", factor) for i, factor in enumerate(factors)],
        checks.array("maxima", maxima, (layers,)).tolist(),
        [
            checks.positive(f"unit[{i}]", one)
            for i, one in enumerate(checks.sequence("unit", unit, layers))
        ],
    )
