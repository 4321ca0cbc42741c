"""Layers of current-based LIF neurons (CUBA), each with constants of its own, plastic or static."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from loihi_sleep.networks.cuba_layer import (
    CubaLayer,
    check_rule,
    connect_recurrent,
    cuba_layer,
    neurons_of,
    synapses_of,
)
from loihi_sleep.networks.input_neurons import InputNeurons
from loihi_sleep.networks.layered_processes import LayeredProcesses
from loihi_sleep.networks.matrices import layer_sizes
from loihi_sleep.networks.neuron_constants import constant, reset_of, threshold_in_units
from loihi_sleep.networks.quantization import quantize
from loihi_sleep.numerics.discretize import to_4096ths
from loihi_sleep.numerics.names import NUMERICS
from loihi_sleep.processes import checks
from loihi_sleep.rules import Rule, by_name
from loihi_sleep.seeds import spawn_seeds

OwnRule = TypeVar("OwnRule", bound=Rule | None)


@dataclass(frozen=True)
class CubaNetwork:
    """A network of CUBA layers in a chain, as trained elsewhere or slept here.

    Parameters
    ----------
    layers : tuple of CubaLayer
        From the input on.
    input_neurons : InputNeurons, optional
        What turns values into the spikes of the input, where a file says so. They are built
        separately (:meth:`InputNeurons.build`); asleep a drive takes their place.
    shuffled : bool
        The rules of dense synapses see pre-synaptic spikes at the wrong neurons: a control for
        replay, see :class:`loihi_sleep.processes.shuffled_dense.process.ShuffledDense`.

    Raises
    ------
    ValueError
        No layers, or layers or input neurons that do not fit each other.
    """

    layers: tuple[CubaLayer, ...]
    input_neurons: InputNeurons | None = None
    shuffled: bool = False

    # Asleep its input takes spikes.
    graded: ClassVar[bool] = False

    def __post_init__(self) -> None:
        checks.instance("layers", self.layers, tuple | list, "a tuple of layers")
        object.__setattr__(self, "layers", tuple(self.layers))
        object.__setattr__(self, "shuffled", checks.boolean("shuffled", self.shuffled))
        if not self.layers:
            raise ValueError("layers is empty; a network needs at least one")
        for place, layer in enumerate(self.layers):
            description = "a CubaLayer, which cuba_layer makes"
            checks.instance(f"layers[{place}]", layer, CubaLayer, description)
        for place, (below, above) in enumerate(pairwise(self.layers), start=1):
            if above.weights.shape[1] != len(below.weights):
                raise ValueError(
                    f"layers[{place}] has weights of shape {above.weights.shape}; it must take the "
                    f"{len(below.weights)} neurons of the layer before"
                )
        if self.input_neurons is None:
            return
        checks.instance("input_neurons", self.input_neurons, InputNeurons, "InputNeurons")
        if self.input_neurons.size != self.sizes[0]:
            raise ValueError(
                f"input_neurons has {self.input_neurons.size} neurons; layers[0] has weights of "
                f"shape {self.layers[0].weights.shape} and takes {self.sizes[0]}"
            )

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons by layer, the input first."""
        return layer_sizes(self.weights)

    @property
    def learns(self) -> bool:
        """Whether any layer has a learning rule."""
        return any(layer.rule is not None for layer in self.layers)

    @property
    def weights(self) -> tuple[NDArray[np.float64], ...]:
        """Weights of each layer, (post, pre); without those of recurrent synapses."""
        return tuple(layer.weights for layer in self.layers)

    def with_weights(self, weights: Sequence[ArrayLike]) -> CubaNetwork:
        """Return the network with other weights, as after a night.

        Parameters
        ----------
        weights : sequence of array_like, shape (post, pre) each
            In the unit of the weights; recurrent synapses stay as they are.

        Returns
        -------
        CubaNetwork

        Raises
        ------
        ValueError
            Weights that do not fit the layers.
        """
        return self._with(
            replace(layer, weights=checks.array(f"weights[{place}]", w, layer.weights.shape))
            for place, (layer, w) in enumerate(
                zip(self.layers, self._by_layer("weights", weights, "matrices"), strict=True)
            )
        )

    def plastic(self, rule: Rule | str | Sequence[Rule | None]) -> CubaNetwork:
        """Return the network with a learning rule in each layer, or in some of them.

        Parameters
        ----------
        rule : Rule, str or sequence of Rule or None
            As :func:`loihi_sleep.networks.layered` takes it; None leaves a layer static. Recurrent
            synapses are always static.

        Returns
        -------
        CubaNetwork

        Raises
        ------
        ValueError
            An unknown rule, one that is no rule, or delays in the same layer.
        """
        if not isinstance(rule, Rule | str):
            for place, own in enumerate(self._by_layer("rule", rule, "rules")):
                check_rule(f"rule[{place}]", own)
        return self._with(
            cuba_layer(**(vars(layer) | {"rule": own}))
            for layer, own in zip(self.layers, rules_by_layer(rule, len(self.layers)), strict=True)
        )

    def sparse(self, layers: Sequence[bool] | None = None) -> CubaNetwork:
        """Return the network with sparse synapses: those whose weight is 0 are not there.

        Parameters
        ----------
        layers : sequence of bool, optional
            True where a layer is to be sparse; else all are. Recurrent synapses are always dense.

        Returns
        -------
        CubaNetwork

        Raises
        ------
        ValueError
            As of :func:`cuba_layer`.
        """
        chosen = [True] * len(self.layers) if layers is None else self._by_layer("layers", layers)
        return self._with(
            cuba_layer(**(vars(layer) | {"sparse": sparse}))
            for layer, sparse in zip(self.layers, chosen, strict=True)
        )

    def static(self) -> CubaNetwork:
        """Return the network without learning rules.

        Returns
        -------
        CubaNetwork
        """
        return self._with(replace(layer, rule=None) for layer in self.layers)

    def scaled(self, factors: Sequence[float]) -> CubaNetwork:
        """Return the network in other units, a factor a layer; spikes stay as they are.

        Parameters
        ----------
        factors : sequence of float
            Above 0. Input neurons stay in their own unit.

        Returns
        -------
        CubaNetwork

        Raises
        ------
        ValueError
            Other than one factor a layer, or one that is not above 0.
        """
        own = self._by_layer("factors", factors)
        return self._with(
            layer.scaled(factor) for layer, factor in zip(self.layers, own, strict=True)
        )

    def in_weight_units(
        self, headroom: float = 1.0, *, whole_biases: bool = False
    ) -> tuple[CubaNetwork, tuple[float, ...]]:
        """Round a network to what ``fixed`` numerics stores.

        A LIF layer spikes the same if weights, threshold and bias are divided by the same number.
        That number, the layer's unit, makes its largest weight 254 / headroom; then weights are
        rounded to even integers, the threshold to an integer and the decays to 4096ths.

        Parameters
        ----------
        headroom : float
            Room for weights to grow in, from 1.
        whole_biases : bool
            Round biases to whole units, as a ``.net`` file holds them. Else they stay as they are;
            ``fixed`` numerics rounds them to 64ths of a unit.

        Returns
        -------
        CubaNetwork, tuple of float
            In weight units, and the unit of each layer: ``scaled(unit)`` leads back. Input neurons
            stay in their own unit.

        Raises
        ------
        ValueError
            A threshold outside of 1 .. 131071 units, by its layer.
        """
        whole_biases = checks.boolean("whole_biases", whole_biases)
        quantized = quantize([layer.all_weights for layer in self.layers], headroom)
        layers = []
        for place, (layer, units, unit) in enumerate(
            zip(self.layers, quantized.units, quantized.unit, strict=True)
        ):
            vth = threshold_in_units(layer.vth, unit, f"layers[{place}]")
            post = len(layer.weights)
            scaled = layer.scaled(1 / unit).with_all_weights(units)
            layers.append(
                replace(
                    scaled,
                    bias=np.rint(scaled.bias) if whole_biases else scaled.bias,
                    vth=constant("vth", vth, post, 1),
                    du=constant("du", to_4096ths(layer.du), post, 0),
                    dv=constant("dv", to_4096ths(layer.dv), post, 0),
                )
            )
        return self._with(layers), quantized.unit

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
            Seed of the rounding of plastic weights; every layer has its own share of it.
        for_chip : bool
            Neurons behind plastic synapses are ``LearningLIF``, which know the rule of their
            synapses: the chip keeps post-synaptic traces with them. They compute as ``LIF`` does.
        reset_interval : int, optional
            Steps after which neurons start from rest, each layer one step after the layer before,
            as in lava-dl's ``netx.hdf5.Network``.
        reset_offset : int
            Reset offset of the first layer, steps.

        Returns
        -------
        LayeredProcesses
            Without the input neurons, for which :meth:`InputNeurons.build` is.

        Raises
        ------
        ValueError
            What ``fixed`` numerics cannot store, by layer and parameter; a bias of the current and
            a reset, which would change what the current starts from.
        """
        checks.one_of("numerics", numerics, NUMERICS)
        synapses, neurons = [], []
        seeds = spawn_seeds(checks.seed("seed", seed), len(self.layers))
        for place, (layer, layer_seed) in enumerate(zip(self.layers, seeds, strict=True)):
            reset = reset_of(reset_interval, reset_offset, place)
            rule = None if layer.rule is None else layer.rule.loihi(numerics, layer_seed)
            shuffle_seed = layer_seed if self.shuffled else None
            synapses.append(synapses_of(layer, numerics, rule, f"layers[{place}]", shuffle_seed))
            learning = rule if for_chip else None
            neurons.append(neurons_of(layer, numerics, learning, reset, f"layers[{place}]"))
            connect_recurrent(layer, numerics, neurons[-1], f"layers[{place}]")
        return LayeredProcesses.wired(
            synapses, neurons, [layer.rule is not None for layer in self.layers]
        )

    def _with(self, layers: Iterable[CubaLayer]) -> CubaNetwork:
        return replace(self, layers=tuple(layers))

    def _by_layer(self, field: str, values: Sequence[Any], kind: str = "values") -> Sequence[Any]:
        """Return what a caller gave for the layers, one value each."""
        if isinstance(values, str) or not isinstance(values, Sequence | np.ndarray):
            raise ValueError(
                f"{field} is {checks.shown(values)}; it must be a list with one a layer"
            )
        if len(values) != len(self.layers):
            raise ValueError(
                f"{field} has {len(values)} {kind}; the network has {len(self.layers)} layers"
            )
        return values


def rules_by_layer(rule: Rule | str | Sequence[OwnRule], layers: int) -> tuple[Rule | OwnRule, ...]:
    """Return the rule of each layer."""
    if isinstance(rule, str):
        rule = by_name(rule)
    if isinstance(rule, Rule):
        return (rule,) * layers
    if not isinstance(rule, list | tuple):
        raise ValueError(
            f"rule is {checks.shown(rule)}; it must be a Rule, a name, or a Rule for each layer"
        )
    if len(rule) != layers:
        raise ValueError(f"rule has {len(rule)} rules; the network has {layers} layers")
    for layer, one in enumerate(rule):
        checks.instance(f"rule[{layer}]", one, Rule | None, "a Rule")
    return tuple(rule)
