"""Layers of current-based LIF neurons (CUBA), each with constants of its own, plastic or static."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from loihi_sleep.networks.layered import (
    VTH_MAX,
    LayeredNetwork,
    LayeredProcesses,
    layer_sizes,
    rules_by_layer,
)
from loihi_sleep.networks.quantization import quantize
from loihi_sleep.rules import Rule
from loihi_sleep.seeds import spawn_seeds
from processes import checks
from processes.kernels.decay import UNITY

DELAY_MAX = 62


@dataclass(frozen=True)
class CubaLayer:
    """Synapses and the neurons that they lead to; see :func:`cuba_layer`.

    Parameters
    ----------
    weights : ndarray, shape (post, pre)
    vth : float
        Threshold, in the unit of the weights.
    du, dv : float
        Share of the current and of the membrane potential that is lost each step, 0 .. 1.
    bias : ndarray, shape (post,)
        Current of each neuron a step, in the unit of the weights.
    delays : ndarray of int64, shape (post, pre), optional
        Steps that a spike takes beyond the one of every synapse.
    rule : Rule, optional
        Learning rule; without one the synapses are static.
    sparse : bool
        There is no synapse where the weight is 0, and none can grow there.
    """

    weights: NDArray[np.float64]
    vth: float
    du: float
    dv: float
    bias: NDArray[np.float64]
    delays: NDArray[np.int64] | None = None
    rule: Rule | None = None
    sparse: bool = False

    def scaled(self, factor: float) -> CubaLayer:
        """Return the same layer in another unit: its spikes stay as they are."""
        return replace(
            self,
            weights=self.weights * factor,
            vth=self.vth * factor,
            bias=self.bias * factor,
        )


def cuba_layer(
    weights: ArrayLike,
    *,
    vth: float,
    du: float = 1.0,
    dv: float = 0.0,
    bias: ArrayLike = 0.0,
    delays: ArrayLike | None = None,
    rule: Rule | None = None,
    sparse: bool = False,
) -> CubaLayer:
    """Describe one layer of current-based LIF neurons.

    Each neuron follows ``u(t) = (1 - du) u(t-1) + sum_j w_ij s_j(t - 1 - delay_ij)`` and
    ``v(t) = (1 - dv) v(t-1) + u(t) + bias_i``; where v exceeds vth it spikes and v becomes 0.

    Parameters
    ----------
    weights : array_like, shape (post, pre)
        In weight units (-256 .. 254) for ``fixed`` numerics, in any unit for ``float``.
    vth : float
        From 0, in the unit of the weights.
    du, dv : float
        0 .. 1; du = 1 forgets the current of the step before.
    bias : array_like, shape (post,) or scalar
        In the unit of the weights.
    delays : array_like of int, shape (post, pre), optional
        0 .. 62 steps; static dense synapses only.
    rule : Rule, optional
    sparse : bool
        Of a pruned layer: there is no synapse where the weight is 0, and none can grow there.

    Returns
    -------
    CubaLayer

    Raises
    ------
    ValueError
        A parameter out of range or of a wrong shape; delays on plastic or sparse synapses; a sparse
        layer without synapses.
    """
    matrix = checks.matrix("weights", weights)
    steps = None
    if delays is not None:
        steps = checks.array("delays", delays, matrix.shape, 0, DELAY_MAX)
        if (steps != np.rint(steps)).any():
            raise ValueError(f"delays holds {steps[steps != np.rint(steps)][0]:g}; steps are whole")
        if rule is not None and steps.any():
            raise ValueError(
                "delays are not 0 and there is a learning rule; Lava has no plastic synapses with "
                "delays: leave one of them out"
            )
        if sparse and steps.any():
            raise ValueError(
                "delays are not 0 and sparse is true; sparse synapses with delays are not built: "
                "leave one of them out"
            )
    if sparse and not matrix.any():
        raise ValueError(
            "sparse is true and all weights are 0; Lava fails on a sparse layer without synapses: "
            "keep at least one"
        )
    return CubaLayer(
        weights=matrix,
        vth=checks.number("vth", vth, 0),
        du=checks.number("du", du, 0, 1),
        dv=checks.number("dv", dv, 0, 1),
        bias=checks.array("bias", bias, matrix.shape[:1]),
        delays=steps.astype(np.int64) if steps is not None and steps.any() else None,
        rule=rule,
        sparse=sparse,
    )


@dataclass(frozen=True)
class CubaNetwork:
    """A feed-forward network of CUBA layers, as trained elsewhere or slept here.

    Parameters
    ----------
    layers : tuple of CubaLayer
        From the input on.

    Raises
    ------
    ValueError
        No layers, or layers that do not fit each other.
    """

    layers: tuple[CubaLayer, ...]

    def __post_init__(self) -> None:
        if not self.layers:
            raise ValueError("layers is empty; a network needs at least one")
        for place, (below, above) in enumerate(pairwise(self.layers), start=1):
            if above.weights.shape[1] != len(below.weights):
                raise ValueError(
                    f"layers[{place}] has weights of shape {above.weights.shape}; it must take the "
                    f"{len(below.weights)} neurons of the layer before"
                )

    @classmethod
    def of(cls, network: LayeredNetwork, weights: Sequence[ArrayLike] | None = None) -> CubaNetwork:
        """Return a layered network, static.

        Parameters
        ----------
        network : LayeredNetwork
        weights : sequence of array_like, shape (post, pre) each, optional
            Of the morning, in weight units; else those of the network.
        """
        leak = round(network.leak * UNITY) / UNITY
        layers = [
            cuba_layer(matrix, vth=vth, dv=leak, bias=bias)
            for matrix, vth, bias in zip(network.weights, network.vth, network.bias, strict=True)
        ]
        static = cls(tuple(layers))
        return static if weights is None else static.with_weights(weights)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons by layer, the input first."""
        return layer_sizes(self.weights)

    @property
    def weights(self) -> tuple[NDArray[np.float64], ...]:
        """Weights of each layer, (post, pre)."""
        return tuple(layer.weights for layer in self.layers)

    def with_weights(self, weights: Sequence[ArrayLike]) -> CubaNetwork:
        """Return the network with other weights, as after a night."""
        if len(weights) != len(self.layers):
            raise ValueError(
                f"weights has {len(weights)} matrices; the network has {len(self.layers)} layers"
            )
        return CubaNetwork(
            tuple(
                replace(layer, weights=checks.array(f"weights[{place}]", w, layer.weights.shape))
                for place, (layer, w) in enumerate(zip(self.layers, weights, strict=True))
            )
        )

    def plastic(self, rule: Rule | str | Sequence[Rule | None]) -> CubaNetwork:
        """Return the network with a learning rule in each layer, or in some of them.

        Parameters
        ----------
        rule : Rule, str or sequence of Rule or None
            As :func:`loihi_sleep.networks.layered` takes it; None leaves a layer static.
        """
        return CubaNetwork(
            tuple(
                cuba_layer(**(vars(layer) | {"rule": own}))
                for layer, own in zip(
                    self.layers, rules_by_layer(rule, len(self.layers)), strict=True
                )
            )
        )

    def sparse(self, layers: Sequence[bool] | None = None) -> CubaNetwork:
        """Return the network with sparse synapses: those whose weight is 0 are not there.

        Parameters
        ----------
        layers : sequence of bool, optional
            True where a layer is to be sparse; else all are.

        Raises
        ------
        ValueError
            As of :func:`cuba_layer`.
        """
        chosen = [True] * len(self.layers) if layers is None else layers
        return CubaNetwork(
            tuple(
                cuba_layer(**(vars(layer) | {"sparse": sparse}))
                for layer, sparse in zip(self.layers, chosen, strict=True)
            )
        )

    def static(self) -> CubaNetwork:
        """Return the network without learning rules."""
        return CubaNetwork(tuple(replace(layer, rule=None) for layer in self.layers))

    def scaled(self, factors: Sequence[float]) -> CubaNetwork:
        """Return the network in other units, a factor a layer; spikes stay as they are."""
        layers = zip(self.layers, factors, strict=True)
        return CubaNetwork(tuple(layer.scaled(factor) for layer, factor in layers))

    def in_weight_units(self, headroom: float = 1.0) -> tuple[CubaNetwork, tuple[float, ...]]:
        """Round a network to what ``fixed`` numerics stores.

        A LIF layer spikes the same if weights, threshold and bias are divided by the same number.
        That number, the layer's unit, makes its largest weight 254 / headroom; then weights are
        rounded to even integers, the threshold to an integer and the decays to 4096ths.

        Parameters
        ----------
        headroom : float
            Room for weights to grow in, from 1.

        Returns
        -------
        CubaNetwork, tuple of float
            In weight units, and the unit of each layer: ``scaled(unit)`` leads back.

        Raises
        ------
        ValueError
            A threshold outside of 1 .. 131071 units, by its layer.
        """
        quantized = quantize(self.weights, headroom)
        layers = []
        for place, (layer, units, unit) in enumerate(
            zip(self.layers, quantized.units, quantized.unit, strict=True)
        ):
            vth = float(np.rint(layer.vth / unit))
            if not 1 <= vth <= VTH_MAX:
                raise ValueError(
                    f"layers[{place}] has a threshold of {vth:g} weight units of {unit:g}; "
                    f"it must be from 1 to {VTH_MAX}: the largest weight is too large or too small "
                    "beside it"
                )
            layers.append(
                replace(
                    layer.scaled(1 / unit),
                    weights=units,
                    vth=vth,
                    du=round(layer.du * UNITY) / UNITY,
                    dv=round(layer.dv * UNITY) / UNITY,
                )
            )
        return CubaNetwork(tuple(layers)), quantized.unit

    def build(
        self,
        numerics: str,
        seed: int = 0,
        *,
        for_chip: bool = False,
        reset_interval: int | None = None,
        reset_offset: int = 0,
    ) -> LayeredProcesses:
        """Wire the network as Lava Processes, each time anew.

        Parameters
        ----------
        numerics : str
            ``float`` or ``fixed``.
        seed : int
            Of the rounding of plastic weights; every layer has its own share of it.
        for_chip : bool
            Neurons behind plastic synapses are ``LearningLIF``, as in
            :meth:`LayeredNetwork.build`.
        reset_interval : int, optional
            Steps after which neurons start from rest, each layer one step after the layer before,
            as in lava-dl's ``netx.hdf5.Network``.
        reset_offset : int
            Of the first layer, steps.

        Raises
        ------
        ValueError
            What ``fixed`` numerics cannot store, by layer and parameter.
        """
        from loihi_sleep.networks.cuba_processes import neurons_of, synapses_of

        synapses, neurons = [], []
        seeds = spawn_seeds(seed, len(self.layers))
        for place, (layer, layer_seed) in enumerate(zip(self.layers, seeds, strict=True)):
            reset = {}
            if reset_interval is not None:
                # Lava counts steps from 1.
                offset = checks.integer("reset_offset", reset_offset, 0) + place + 1
                reset = {
                    "reset_interval": checks.integer("reset_interval", reset_interval, 1),
                    "reset_offset": offset,
                }
            rule = None if layer.rule is None else layer.rule.loihi(numerics, layer_seed)
            synapses.append(synapses_of(layer, numerics, rule, f"layers[{place}]"))
            learning = rule if for_chip else None
            neurons.append(neurons_of(layer, numerics, learning, reset, f"layers[{place}]"))
        return LayeredProcesses.wired(synapses, neurons)
