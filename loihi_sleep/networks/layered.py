"""Layered spiking networks: LIF neurons, dense synapses, plastic or static."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from loihi_sleep.numerics import discretize
from loihi_sleep.numerics.limits import BIAS_MAX, LEAK_MAX, MIXED_WEIGHTS, VTH_MAX
from loihi_sleep.numerics.names import NUMERICS
from loihi_sleep.processes import checks
from loihi_sleep.processes.kernels.integers import MIXED_WEIGHT_MAX, UNITY, WEIGHT_STEP
from loihi_sleep.rules import Rule, by_name
from loihi_sleep.seeds import spawn_seeds

if TYPE_CHECKING:
    from lava.magma.core.process.ports.ports import OutPort
    from lava.magma.core.process.variable import Var
    from lava.proc.dense.process import Dense, LearningDense
    from lava.proc.lif.process import LIF, LearningLIF
    from lava.proc.sparse.process import Sparse

    from loihi_sleep.processes.gated_dense.process import GatedDense

OwnRule = TypeVar("OwnRule", bound=Rule | None)


def fitting_weights(
    weights: Any, lowest: float = -np.inf, highest: float = np.inf
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


@dataclass(frozen=True)
class LayeredNetwork:
    """A feed-forward network of LIF layers; see :func:`layered`.

    Parameters
    ----------
    weights : tuple of ndarray, shape (post, pre) each
        Weight units, -256 .. 254.
    vth : tuple of int
        Threshold of each layer in weight units, 0 .. 131071: a neuron spikes when its membrane
        potential exceeds it.
    leak : float
        Share of the membrane potential that is lost each step, 0 .. 4095/4096.
    rules : tuple of Rule
        Learning rule of each layer's synapses.
    bias : tuple of ndarray, shape (post,) each
        Current of each neuron a step, weight units.
    shuffled : bool
        The rule sees pre-synaptic spikes at the wrong neurons: a control for replay, see
        :class:`loihi_sleep.processes.shuffled_dense.process.ShuffledDense`.
    """

    weights: tuple[NDArray[np.float64], ...]
    vth: tuple[int, ...]
    leak: float
    rules: tuple[Rule, ...]
    bias: tuple[NDArray[np.float64], ...]
    shuffled: bool = False

    # Asleep its input takes spikes, and all its layers learn.
    graded: ClassVar[bool] = False
    learns: ClassVar[bool] = True

    def __post_init__(self) -> None:
        weights = fitting_weights(self.weights, *MIXED_WEIGHTS)
        layers = len(weights)
        vth = checks.sequence("vth", self.vth, layers)
        biases = checks.sequence("bias", self.bias, layers, "arrays")
        checked = {
            "weights": weights,
            "vth": tuple(
                checks.integer(f"vth[{i}]", value, 0, VTH_MAX) for i, value in enumerate(vth)
            ),
            "leak": checks.number("leak", self.leak, 0.0, LEAK_MAX),
            "bias": tuple(
                checks.array(f"bias[{i}]", values, (len(matrix),), -BIAS_MAX, BIAS_MAX)
                for i, (values, matrix) in enumerate(zip(biases, weights, strict=True))
            ),
            "shuffled": checks.boolean("shuffled", self.shuffled),
        }
        for i, rule in enumerate(checks.sequence("rules", self.rules, layers, "rules")):
            checks.instance(f"rules[{i}]", rule, Rule, "a Rule")
        for field, value in checked.items():
            object.__setattr__(self, field, value)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons by layer, the input first."""
        return layer_sizes(self.weights)

    def build(self, numerics: str, seed: int, *, for_chip: bool = False) -> LayeredProcesses:
        """Wire the network as Lava Processes, each time anew.

        Parameters
        ----------
        numerics : str
            ``float`` or ``fixed``: the learning rule and the decay constants are written for it.
        seed : int
            Of the rounding of weights; every layer has its own share of it.
        for_chip : bool
            The neurons are ``LearningLIF``, which know the rule of their synapses: the chip keeps
            post-synaptic traces with them. They compute as ``LIF`` does.

        Raises
        ------
        ValueError
            Weights that ``fixed`` numerics cannot store.
        """
        from lava.proc.dense.process import LearningDense
        from lava.proc.lif.process import LIF, LearningLIF

        from loihi_sleep.processes.shuffled_dense.process import ShuffledDense

        checks.one_of("numerics", numerics, NUMERICS)
        if numerics == "fixed":
            self._check_storable()
        leak = round(self.leak * UNITY) / UNITY
        decays: dict[str, Any] = {"du": 1.0, "dv": leak}
        if numerics == "fixed":
            decays = {
                "du": discretize.current_decay(1.0),
                "dv": discretize.potential_decay(leak),
            }
        synapses: list[LearningDense] = []
        neurons: list[LIF | LearningLIF] = []
        layer_seeds = spawn_seeds(seed, len(self.weights))
        for weights, vth, rule, bias, layer_seed in zip(
            self.weights, self.vth, self.rules, self.bias, layer_seeds, strict=True
        ):
            learning = {"learning_rule": rule.loihi(numerics, layer_seed)}
            parameters = {
                "weights": weights.astype(np.int32) if numerics == "fixed" else weights,
                **learning,
            }
            synapses.append(
                ShuffledDense(shuffle_seed=layer_seed, **parameters)
                if self.shuffled
                else LearningDense(**parameters)
            )
            dynamics = {"vth": vth, **decays, **lif_bias(bias, numerics)}
            shape = (len(weights),)
            neurons.append(
                LearningLIF(shape=shape, **dynamics, **learning)
                if for_chip
                else LIF(shape=shape, **dynamics)
            )
        return LayeredProcesses.wired(synapses, neurons)

    def _check_storable(self) -> None:
        for layer, weights in enumerate(self.weights):
            unstorable = weights[weights % WEIGHT_STEP != 0]
            if unstorable.size:
                raise ValueError(
                    f"weights[{layer}] holds {unstorable.flat[0]:g}; fixed numerics stores even "
                    "integers (loihi_sleep.networks.quantize makes them)"
                )


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


def lif_bias(bias: NDArray[np.float64], numerics: str) -> dict[str, Any]:
    """Write a bias as Lava's LIF takes it."""
    return {"bias_mant": bias} if numerics == "float" else discretize.bias(bias)


@dataclass(frozen=True)
class LayeredProcesses:
    """A layered network as connected Lava Processes.

    Parameters
    ----------
    synapses : tuple of LearningDense, of GatedDense, of Dense, or of Sparse
        By layer; ``synapses[0].s_in`` is the network's input.
    neurons : tuple of LIF, or of LearningLIF
        By layer.
    """

    synapses: tuple[LearningDense | GatedDense | Dense | Sparse, ...]
    neurons: tuple[LIF | LearningLIF, ...]

    @classmethod
    def wired(
        cls,
        synapses: Sequence[LearningDense | GatedDense | Dense | Sparse],
        neurons: Sequence[LIF | LearningLIF],
    ) -> LayeredProcesses:
        """Connect layer after layer, and each layer's spikes back to its own plastic synapses."""
        for own, lif in zip(synapses, neurons, strict=True):
            own.a_out.connect(lif.a_in)
            if hasattr(own, "s_in_bap"):
                lif.s_out.connect(own.s_in_bap)
        for lif, following in zip(neurons, synapses[1:], strict=False):
            lif.s_out.connect(following.s_in)
        return cls(tuple(synapses), tuple(neurons))

    def connect_input(self, s_out: OutPort) -> None:
        """Connect a source of spikes to the first synapses."""
        s_out.connect(self.synapses[0].s_in)

    @property
    def spikes(self) -> tuple[OutPort, ...]:
        """Where the spikes of each layer come out."""
        return tuple(neurons.s_out for neurons in self.neurons)

    @property
    def weights(self) -> tuple[Var, ...]:
        """Weights of each layer, plastic or not."""
        return tuple(synapses.weights for synapses in self.synapses)


def layered(
    sizes: Sequence[int],
    weights: Sequence[ArrayLike],
    rule: Rule | str | Sequence[Rule] = "sleep_hebb",
    *,
    vth: int | Sequence[int] = MIXED_WEIGHT_MAX,
    leak: float = 0.01,
    bias: Sequence[ArrayLike] | None = None,
) -> LayeredNetwork:
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
    LayeredNetwork

    Raises
    ------
    ValueError
        Weights that do not fit the sizes, are not finite or out of range; a threshold or leak out
        of range; an unknown rule.
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
        vth = checks.sequence("vth", vth, layers)
    else:
        vth = [checks.integer("vth", vth, 0, VTH_MAX)] * layers
    biases: list[Any] = (
        [0.0] * layers if bias is None else checks.sequence("bias", bias, layers, "arrays")
    )
    rules = rules_by_layer(rule, layers)
    if None in rules:
        raise ValueError("rule holds None; every layer has a Rule (networks.CubaNetwork need not)")
    return LayeredNetwork(matrices, tuple(vth), leak, rules, tuple(biases))
