"""CUBA layers as Lava Processes: what the integers of ``fixed`` numerics hold of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from lava.proc.dense.process import DelayDense, Dense, LearningDense
from lava.proc.lif.process import LIF, LearningLIF, LIFReset
from lava.proc.sparse.process import LearningSparse, Sparse
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from loihi_sleep.numerics import discretize
from loihi_sleep.processes import checks

if TYPE_CHECKING:
    from lava.magma.core.learning.learning_rule import Loihi2FLearningRule

    from loihi_sleep.networks.cuba import CubaLayer
    from loihi_sleep.networks.input_neurons import Constant


def synapses_of(
    layer: CubaLayer, numerics: str, rule: Loihi2FLearningRule | None, place: str
) -> Dense | LearningDense | Sparse:
    """Build the synapses of a layer; errors call it `place`."""
    stored: dict[str, Any] = {"weights": layer.weights}
    if numerics == "fixed":
        stored = discretize.stored_weights(layer.weights, place, plastic=rule is not None)
    if layer.sparse:
        stored["weights"] = csr_matrix(stored["weights"])
        return Sparse(**stored) if rule is None else LearningSparse(learning_rule=rule, **stored)
    if rule is not None:
        return LearningDense(learning_rule=rule, **stored)
    if layer.delays is not None:
        return DelayDense(delays=layer.delays, **stored)
    return Dense(**stored)


def connect_recurrent(
    layer: CubaLayer, numerics: str, neurons: LIF | LearningLIF, place: str
) -> None:
    """Connect the neurons of a recurrent layer to each other; errors call the layer `place`."""
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
        return lif_of(constants, layer.bias, numerics, reset, place, learning)
    if reset:
        raise ValueError(
            f"{place} has a bias of the current (current_bias) and its neurons are to start from "
            "rest at intervals; leave one of them out"
        )
    # Lava's LIF has no such bias. A current that starts that much lower, beside a bias of the
    # potential that is that much higher, is the same at every step.
    added = np.divide(layer.current_bias, layer.du, where=layer.current_bias != 0)
    added = np.where(layer.current_bias != 0, added, 0.0)
    return lif_of(constants, layer.bias + added, numerics, reset, place, learning, current=-added)


def reset_of(interval: int | None, offset: int, place: int) -> dict[str, int]:
    """Return when neurons start from rest, as Lava's ``LIFReset`` takes it.

    Parameters
    ----------
    interval : int, optional
        Steps; None for never, which is an empty result.
    offset : int
        Of the first neurons, steps.
    place : int
        How many layers of neurons there are before these.
    """
    if interval is None:
        return {}
    # Lava counts steps from 1.
    return {
        "reset_interval": checks.integer("reset_interval", interval, 1),
        "reset_offset": checks.integer("reset_offset", offset, 0) + place + 1,
    }


def lif_of(
    constants: dict[str, Constant],
    bias: NDArray[np.float64],
    numerics: str,
    reset: dict[str, int],
    place: str,
    learning: Loihi2FLearningRule | None = None,
    current: NDArray[np.float64] | None = None,
) -> LIF | LearningLIF:
    """Build LIF neurons.

    Parameters
    ----------
    constants : dict of float or ndarray, shape (neurons,)
        ``vth`` in the unit of the weights, ``du`` and ``dv`` as shares of 1.
    bias : ndarray, shape (neurons,)
        In the unit of the weights.
    numerics : str
    reset : dict
        As of :func:`reset_of`.
    place : str
        How errors call the layer.
    learning : Loihi2FLearningRule, optional
        Then the neurons are ``LearningLIF``.
    current : ndarray, shape (neurons,), optional
        At the start, in the unit of the weights; else 0.
    """
    parameters: dict[str, Any] = constants | {"bias_mant": bias}
    if current is not None:
        parameters["u"] = current
    if numerics == "fixed":
        parameters |= {
            "vth": discretize.whole(constants["vth"], f"{place}: vth"),
            "du": discretize.current_decay(constants["du"], f"{place}: "),
            "dv": discretize.potential_decay(constants["dv"], f"{place}: "),
            **discretize.bias(bias, f"{place}: "),
        }
        if current is not None:
            parameters["u"] = discretize.current(current)
    parameters |= reset
    if learning is not None:
        return LearningLIF(shape=bias.shape, learning_rule=learning, **parameters)
    return (
        LIFReset(shape=bias.shape, **parameters) if reset else LIF(shape=bias.shape, **parameters)
    )
