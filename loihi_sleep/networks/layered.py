"""Networks of LIF neurons without a current of their own: layers that all learn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from loihi_sleep.networks.cuba import CubaNetwork, rules_by_layer
from loihi_sleep.networks.cuba_layer import cuba_layer
from loihi_sleep.numerics.discretize import to_4096ths
from loihi_sleep.numerics.limits import BIAS_MAX, LEAK_MAX, MIXED_WEIGHTS, VTH_MAX
from loihi_sleep.processes import checks
from loihi_sleep.processes.kernels.integers import MIXED_WEIGHT_MAX
from loihi_sleep.rules import Rule


class BiasError(ValueError):
    """A bias of a layer that is beyond what its neurons can store.

    Parameters
    ----------
    layer : int
        From 0, the first that learns.
    value : float
        The first such bias, in weight units a step.
    """

    def __init__(self, layer: int, value: float) -> None:
        super().__init__(
            f"bias[{layer}] holds {value:g}; it must be from {-BIAS_MAX:g} to {BIAS_MAX:g}"
        )
        self.layer, self.value = layer, value

    def __reduce__(self) -> tuple[type[BiasError], tuple[int, float]]:
        """Let it come back from another process."""
        return type(self), (self.layer, self.value)


def layered(
    sizes: Sequence[int],
    weights: Sequence[ArrayLike],
    rule: Rule | str | Sequence[Rule] = "sleep_hebb",
    *,
    vth: int | Sequence[int] = MIXED_WEIGHT_MAX,
    leak: float = 0.01,
    bias: Sequence[ArrayLike] | None = None,
) -> CubaNetwork:
    """Describe a feed-forward network of LIF layers with plastic dense synapses.

    Each neuron integrates ``v(t) = (1 - leak) v(t-1) + sum_j w_ij s_j(t-1) + bias_i`` and, where v
    exceeds vth, spikes and starts again from 0. A spike takes one step a layer.

    Parameters
    ----------
    sizes : sequence of int
        Neurons by layer, the input first.
    weights : sequence of array_like
        One (post, pre) matrix a layer, in weight units -256 .. 254 (see
        :func:`loihi_sleep.networks.quantize`).
    rule : Rule, str or sequence of Rule
        A learning rule, or ``sleep_hebb`` or ``stdp`` with potentiation 8 and depression 2; or one
        rule a layer.
    vth : int or sequence of int
        Threshold, for all layers or by layer, 0 .. 131071.
    leak : float
        Share of the membrane potential lost each step, 0 .. 4095/4096.
    bias : sequence of array_like, shape (post,) each, optional
        Current of each neuron a step in weight units, -8190 .. 8190; fixed numerics rounds it
        to 1/64, and coarser where it is large. 0 if left out.

    Returns
    -------
    CubaNetwork

    Raises
    ------
    ValueError
        Weights that do not fit the sizes, are not finite or out of range; a threshold or leak out
        of range; an unknown rule.
    BiasError
        A bias out of range.
    """
    sizes = tuple(
        checks.integer(f"sizes[{i}]", size, 1)
        for i, size in enumerate(checks.sequence("sizes", sizes, of="integers"))
    )
    if len(sizes) < 2:
        raise ValueError(f"sizes is {sizes}; a network needs an input and at least one layer")
    weights = checks.sequence("weights", weights, of="matrices")
    if len(weights) != len(sizes) - 1:
        raise ValueError(
            f"weights has {len(weights)} matrices; sizes {sizes} need {len(sizes) - 1}"
        )
    matrices = tuple(
        checks.array(f"weights[{layer}]", w, (post, pre), *MIXED_WEIGHTS)
        for layer, (w, pre, post) in enumerate(zip(weights, sizes, sizes[1:], strict=False))
    )
    layers = len(matrices)
    if isinstance(vth, list | tuple | np.ndarray):
        thresholds = [
            checks.integer(f"vth[{layer}]", value, 0, VTH_MAX)
            for layer, value in enumerate(checks.sequence("vth", vth, layers))
        ]
    else:
        thresholds = [checks.integer("vth", vth, 0, VTH_MAX)] * layers
    given = [0.0] * layers if bias is None else checks.sequence("bias", bias, layers, "arrays")
    biases = [
        _checked_bias(layer, values, len(matrix))
        for layer, (values, matrix) in enumerate(zip(given, matrices, strict=True))
    ]
    lost = float(to_4096ths(checks.number("leak", leak, 0.0, LEAK_MAX)))
    rules = rules_by_layer(rule, layers)
    if None in rules:
        raise ValueError("rule holds None; every layer has a Rule (network.plastic need not)")
    return CubaNetwork(
        tuple(
            cuba_layer(matrix, vth=threshold, dv=lost, bias=current, rule=own)
            for matrix, threshold, current, own in zip(
                matrices, thresholds, biases, rules, strict=True
            )
        )
    )


def _checked_bias(layer: int, values: ArrayLike, neurons: int) -> NDArray[np.float64]:
    biases = checks.array(f"bias[{layer}]", values, (neurons,))
    outside = np.abs(biases) > BIAS_MAX
    if outside.any():
        raise BiasError(layer, float(biases[outside][0]))
    return biases
