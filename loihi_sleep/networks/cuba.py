"""Layers of current-based LIF neurons (CUBA), each with constants of its own, plastic or static."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from loihi_sleep.networks.input_neurons import Constant, InputNeurons, constant
from loihi_sleep.networks.layered import (
    LayeredNetwork,
    LayeredProcesses,
    layer_sizes,
    rules_by_layer,
)
from loihi_sleep.networks.quantization import quantize
from loihi_sleep.numerics.discretize import to_4096ths
from loihi_sleep.numerics.limits import DELAY_MAX, VTH_MAX
from loihi_sleep.numerics.names import NUMERICS
from loihi_sleep.processes import checks
from loihi_sleep.processes.kernels.integers import UNITY
from loihi_sleep.rules import Rule
from loihi_sleep.seeds import spawn_seeds


@dataclass(frozen=True)
class CubaLayer:
    """Synapses and the neurons that they lead to; see :func:`cuba_layer`.

    Parameters
    ----------
    weights : ndarray, shape (post, pre)
    vth : float or ndarray, shape (post,)
        Threshold, in the unit of the weights; an array where neurons differ.
    du, dv : float or ndarray, shape (post,)
        Share of the current and of the membrane potential that is lost each step, 0 .. 1; an array
        where neurons differ.
    bias : ndarray, shape (post,)
        What is added to the potential of each neuron a step, in the unit of the weights.
    delays : ndarray of int64, shape (post, pre), optional
        Steps that a spike takes beyond the one of every synapse.
    rule : Rule, optional
        Learning rule; without one the synapses are static.
    sparse : bool
        There is no synapse where the weight is 0, and none can grow there.
    recurrent : ndarray, shape (post, post), optional
        Weights of static synapses from the layer's neurons to each other, (to, from).
    current_bias : ndarray, shape (post,), optional
        What is added to the current of each neuron a step, in the unit of the weights.
    """

    weights: NDArray[np.float64]
    vth: Constant
    du: Constant
    dv: Constant
    bias: NDArray[np.float64]
    delays: NDArray[np.int64] | None = None
    rule: Rule | None = None
    sparse: bool = False
    recurrent: NDArray[np.float64] | None = None
    current_bias: NDArray[np.float64] | None = None

    @property
    def all_weights(self) -> NDArray[np.float64]:
        """Weights of all synapses, (post, pre); of a recurrent layer (post, pre + post)."""
        parts = [self.weights] if self.recurrent is None else [self.weights, self.recurrent]
        return np.hstack(parts)

    def with_all_weights(self, weights: NDArray[np.float64]) -> CubaLayer:
        """Return the layer with other weights, as :attr:`all_weights` gives them."""
        pre = self.weights.shape[1]
        recurrent = None if self.recurrent is None else weights[:, pre:]
        return replace(self, weights=weights[:, :pre], recurrent=recurrent)

    def scaled(self, factor: float) -> CubaLayer:
        """Return the same layer in another unit: its spikes stay as they are.

        Parameters
        ----------
        factor : float
            Above 0.
        """
        factor = checks.positive("factor", factor)
        return replace(
            self.with_all_weights(self.all_weights * factor),
            vth=self.vth * factor,
            bias=self.bias * factor,
            current_bias=None if self.current_bias is None else self.current_bias * factor,
        )


def cuba_layer(
    weights: ArrayLike,
    *,
    vth: ArrayLike,
    du: ArrayLike = 1.0,
    dv: ArrayLike = 0.0,
    bias: ArrayLike = 0.0,
    delays: ArrayLike | None = None,
    rule: Rule | None = None,
    sparse: bool = False,
    recurrent: ArrayLike | None = None,
    current_bias: ArrayLike | None = None,
) -> CubaLayer:
    """Describe one layer of current-based LIF neurons.

    Each neuron follows
    ``u(t) = (1 - du_i) u(t-1) + current_bias_i + sum_j w_ij s_j(t - 1 - delay_ij)`` and
    ``v(t) = (1 - dv_i) v(t-1) + u(t) + bias_i``; where v exceeds vth_i it spikes and v becomes 0.
    In a recurrent layer u also takes ``sum_k recurrent_ik s_k(t - 1)`` of its own spikes.

    Parameters
    ----------
    weights : array_like, shape (post, pre)
        In weight units (-256 .. 254) for ``fixed`` numerics, in any unit for ``float``.
    vth : array_like, shape (post,) or scalar
        From 0, in the unit of the weights.
    du, dv : array_like, shape (post,) or scalar
        0 .. 1; du = 1 forgets the current of the step before.
    bias : array_like, shape (post,) or scalar
        In the unit of the weights.
    delays : array_like of int, shape (post, pre), optional
        0 .. 62 steps; static dense synapses only.
    rule : Rule, optional
    sparse : bool
        Of a pruned layer: there is no synapse where the weight is 0, and none can grow there.
    recurrent : array_like, shape (post, post), optional
        Weights of static synapses from the layer's neurons to each other, (to, from).
    current_bias : array_like, shape (post,) or scalar, optional
        In the unit of the weights; needs du above 0. Where du is 1 it is added to the bias.

    Returns
    -------
    CubaLayer

    Raises
    ------
    ValueError
        A parameter out of range or of a wrong shape; delays on plastic or sparse synapses; a sparse
        layer without synapses; a bias of a current that never decays.
    """
    matrix = checks.matrix("weights", weights)
    post = len(matrix)
    _check_rule("rule", rule)
    if not isinstance(sparse, bool | np.bool_):
        raise ValueError(f"sparse is {sparse!r}; it must be true or false")
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
    lost = constant("du", du, post, 0, 1)
    to_potential = checks.array("bias", bias, (post,))
    to_current = checks.array(
        "current_bias", 0.0 if current_bias is None else current_bias, (post,)
    )
    if (to_current[np.equal(lost, 0)]).any():
        raise ValueError(
            "current_bias is not 0 and du is 0; a current that never decays would grow without end"
        )
    if isinstance(lost, float) and lost == 1:
        to_potential, to_current = to_potential + to_current, np.zeros(post)
    return CubaLayer(
        weights=matrix,
        vth=constant("vth", vth, post, 0),
        du=lost,
        dv=constant("dv", dv, post, 0, 1),
        bias=to_potential,
        delays=steps.astype(np.int64) if steps is not None and steps.any() else None,
        rule=rule,
        sparse=bool(sparse),
        recurrent=(
            None if recurrent is None else checks.array("recurrent", recurrent, (post, post))
        ),
        current_bias=to_current if to_current.any() else None,
    )


def _check_rule(field: str, rule: object) -> None:
    if rule is not None and not isinstance(rule, Rule):
        raise ValueError(f"{field} is {rule!r}; it must be a Rule of loihi_sleep.rules, or None")


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

    Raises
    ------
    ValueError
        No layers, or layers or input neurons that do not fit each other.
    """

    layers: tuple[CubaLayer, ...]
    input_neurons: InputNeurons | None = None

    # Asleep its input takes spikes.
    graded: ClassVar[bool] = False

    def __post_init__(self) -> None:
        checks.instance("layers", self.layers, tuple | list, "a tuple of layers")
        object.__setattr__(self, "layers", tuple(self.layers))
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

    @classmethod
    def of(cls, network: LayeredNetwork, weights: Sequence[ArrayLike] | None = None) -> CubaNetwork:
        """Return a layered network, static.

        Parameters
        ----------
        network : LayeredNetwork
        weights : sequence of array_like, shape (post, pre) each, optional
            Of the morning, in weight units; else those of the network.

        Raises
        ------
        ValueError
            The network is no LayeredNetwork, or the weights do not fit it.
        """
        checks.instance("network", network, LayeredNetwork, "a LayeredNetwork")
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

        Raises
        ------
        ValueError
            An unknown rule, one that is no rule, or delays in the same layer.
        """
        if not isinstance(rule, Rule | str):
            for place, own in enumerate(self._by_layer("rule", rule, "rules")):
                _check_rule(f"rule[{place}]", own)
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
        """Return the network without learning rules."""
        return self._with(replace(layer, rule=None) for layer in self.layers)

    def scaled(self, factors: Sequence[float]) -> CubaNetwork:
        """Return the network in other units, a factor a layer; spikes stay as they are.

        Parameters
        ----------
        factors : sequence of float
            Above 0. Input neurons stay in their own unit.

        Raises
        ------
        ValueError
            Other than one factor a layer, or one that is not above 0.
        """
        own = self._by_layer("factors", factors)
        return self._with(
            layer.scaled(factor) for layer, factor in zip(self.layers, own, strict=True)
        )

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
            In weight units, and the unit of each layer: ``scaled(unit)`` leads back. Input neurons
            stay in their own unit.

        Raises
        ------
        ValueError
            A threshold outside of 1 .. 131071 units, by its layer.
        """
        quantized = quantize([layer.all_weights for layer in self.layers], headroom)
        layers = []
        for place, (layer, units, unit) in enumerate(
            zip(self.layers, quantized.units, quantized.unit, strict=True)
        ):
            vth = np.rint(layer.vth / unit)
            outside = np.atleast_1d((vth < 1) | (vth > VTH_MAX))
            if outside.any():
                raise ValueError(
                    f"layers[{place}] has a threshold of {np.atleast_1d(vth)[outside][0]:g} weight "
                    f"units of {unit:g}; it must be from 1 to {VTH_MAX}: the largest weight is too "
                    "large or too small beside it"
                )
            post = len(layer.weights)
            layers.append(
                replace(
                    layer.scaled(1 / unit).with_all_weights(units),
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
            Of the rounding of plastic weights; every layer has its own share of it.
        for_chip : bool
            Neurons behind plastic synapses are ``LearningLIF``, as in
            :meth:`LayeredNetwork.build`.
        reset_interval : int, optional
            Steps after which neurons start from rest, each layer one step after the layer before,
            as in lava-dl's ``netx.hdf5.Network``.
        reset_offset : int
            Of the first layer, steps.

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
        from loihi_sleep.networks.cuba_processes import (
            connect_recurrent,
            neurons_of,
            reset_of,
            synapses_of,
        )

        checks.one_of("numerics", numerics, NUMERICS)
        synapses, neurons = [], []
        seeds = spawn_seeds(checks.seed("seed", seed), len(self.layers))
        for place, (layer, layer_seed) in enumerate(zip(self.layers, seeds, strict=True)):
            reset = reset_of(reset_interval, reset_offset, place)
            rule = None if layer.rule is None else layer.rule.loihi(numerics, layer_seed)
            synapses.append(synapses_of(layer, numerics, rule, f"layers[{place}]"))
            learning = rule if for_chip else None
            neurons.append(neurons_of(layer, numerics, learning, reset, f"layers[{place}]"))
            connect_recurrent(layer, numerics, neurons[-1], f"layers[{place}]")
        return LayeredProcesses.wired(synapses, neurons)

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
