"""A layer of current-based LIF neurons (CUBA) with the synapses to it, and both as Processes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix

from loihi_sleep.networks.neuron_constants import Constant, build_lif, constant
from loihi_sleep.numerics import discretize
from loihi_sleep.numerics.limits import DELAY_MAX
from loihi_sleep.processes import checks
from loihi_sleep.rules import Rule

if TYPE_CHECKING:
    from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
    from lava.proc.dense.process import Dense, LearningDense
    from lava.proc.lif.process import LIF, LearningLIF
    from lava.proc.sparse.process import Sparse


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
        """Return the layer with other weights.

        Parameters
        ----------
        weights : ndarray, shape (post, pre) or (post, pre + post)
            As :attr:`all_weights` gives them.

        Returns
        -------
        CubaLayer
        """
        pre = self.weights.shape[1]
        recurrent = None if self.recurrent is None else weights[:, pre:]
        return replace(self, weights=weights[:, :pre], recurrent=recurrent)

    def scaled(self, factor: float) -> CubaLayer:
        """Return the same layer in another unit: its spikes stay as they are.

        Parameters
        ----------
        factor : float
            Above 0.

        Returns
        -------
        CubaLayer

        Raises
        ------
        ValueError
            A factor that is not above 0.
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
        Whether the layer is pruned: there is no synapse where the weight is 0, and none can grow
        there.
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
    check_rule("rule", rule)
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


def check_rule(field: str, rule: object) -> None:
    """Refuse what is neither a Rule nor None."""
    if rule is not None and not isinstance(rule, Rule):
        raise ValueError(f"{field} is {rule!r}; it must be a Rule of loihi_sleep.rules, or None")


def synapses_of(
    layer: CubaLayer,
    numerics: str,
    rule: Loihi2FLearningRule | None,
    place: str,
    shuffle_seed: int | None = None,
) -> Dense | LearningDense | Sparse:
    """Build the synapses of a layer; errors call it `place`.

    With a `shuffle_seed` the rule sees pre-synaptic spikes at the wrong neurons.
    """
    from lava.proc.dense.process import DelayDense, Dense, LearningDense
    from lava.proc.sparse.process import LearningSparse, Sparse

    from loihi_sleep.processes.shuffled_dense.process import ShuffledDense

    stored: dict[str, Any] = {"weights": layer.weights}
    if numerics == "fixed":
        stored = discretize.stored_weights(layer.weights, place, plastic=rule is not None)
    if layer.sparse:
        stored["weights"] = csr_matrix(stored["weights"])
        return Sparse(**stored) if rule is None else LearningSparse(learning_rule=rule, **stored)
    if rule is not None and shuffle_seed is not None:
        return ShuffledDense(shuffle_seed=shuffle_seed, learning_rule=rule, **stored)
    if rule is not None:
        return LearningDense(learning_rule=rule, **stored)
    if layer.delays is not None:
        return DelayDense(delays=layer.delays, **stored)
    return Dense(**stored)


def connect_recurrent(
    layer: CubaLayer, numerics: str, neurons: LIF | LearningLIF, place: str
) -> None:
    """Connect the neurons of a recurrent layer to each other; errors call the layer `place`."""
    from lava.proc.dense.process import Dense

    if layer.recurrent is None:
        return
    stored: dict[str, Any] = {"weights": layer.recurrent}
    if numerics == "fixed":
        stored = discretize.stored_weights(layer.recurrent, f"{place}: recurrent")
    synapses = Dense(**stored)
    neurons.s_out.connect(synapses.s_in)
    synapses.a_out.connect(neurons.a_in)


def neurons_of(
    layer: CubaLayer,
    numerics: str,
    learning: Loihi2FLearningRule | None,
    reset: dict[str, int],
    place: str,
) -> LIF | LearningLIF:
    """Build the neurons of a layer, which may start from rest at intervals or know a rule."""
    constants = {"vth": layer.vth, "du": layer.du, "dv": layer.dv}
    if layer.current_bias is None:
        return build_lif(constants, layer.bias, numerics, reset, place, learning)
    if reset:
        raise ValueError(
            f"{place} has a bias of the current (current_bias) and its neurons are to start from "
            "rest at intervals; leave one of them out"
        )
    # Lava's LIF has no such bias. A current that starts that much lower, beside a bias of the
    # potential that is that much higher, is the same at every step.
    added = np.divide(layer.current_bias, layer.du, where=layer.current_bias != 0)
    added = np.where(layer.current_bias != 0, added, 0.0)
    bias = layer.bias + added
    return build_lif(constants, bias, numerics, reset, place, learning, current=-added)
