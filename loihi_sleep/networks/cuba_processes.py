"""CUBA layers as Lava Processes: what the integers of ``fixed`` numerics hold of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from lava.proc.dense.process import DelayDense, Dense, LearningDense
from lava.proc.lif.process import LIF, LearningLIF, LIFReset
from numpy.typing import NDArray

from loihi_sleep.networks.layered import BIAS_MAX, lif_bias
from loihi_sleep.networks.quantization import WEIGHT_MAX, WEIGHT_MIN, WEIGHT_STEP
from processes import checks
from processes.kernels.decay import UNITY

if TYPE_CHECKING:
    from lava.magma.core.learning.learning_rule import Loihi2FLearningRule

    from loihi_sleep.networks.cuba import CubaLayer

# Synapses of one sign need no bit for it.
ONE_SIGN_MAX = 255


def synapses_of(
    layer: CubaLayer, numerics: str, rule: Loihi2FLearningRule | None, place: str
) -> Dense | LearningDense:
    """Build the synapses of a layer; errors call it `place`."""
    stored = {"weights": layer.weights}
    if numerics == "fixed":
        stored = stored_weights(layer.weights, place, plastic=rule is not None)
    if rule is not None:
        return LearningDense(learning_rule=rule, **stored)
    if layer.delays is not None:
        return DelayDense(delays=layer.delays, **stored)
    return Dense(**stored)


def neurons_of(
    layer: CubaLayer,
    numerics: str,
    learning: Loihi2FLearningRule | None,
    reset: dict[str, int],
    place: str,
) -> LIF | LearningLIF:
    """Build the neurons of a layer, which may start from rest at intervals or know a rule."""
    parameters: dict[str, Any] = {"vth": layer.vth, "du": layer.du, "dv": layer.dv}
    if numerics == "fixed":
        # Lava's fixed-point LIF adds 1 to du, and nothing to dv.
        parameters = {
            "vth": _whole(layer.vth, f"{place}: vth"),
            "du": _whole(layer.du * UNITY, f"{place}: du in 4096ths") - 1,
            "dv": _whole(layer.dv * UNITY, f"{place}: dv in 4096ths"),
        }
        checks.array(f"{place}: bias", layer.bias, layer.bias.shape, -BIAS_MAX, BIAS_MAX)
    parameters |= lif_bias(layer.bias, numerics) | reset
    shape = (len(layer.weights),)
    if learning is not None:
        return LearningLIF(shape=shape, learning_rule=learning, **parameters)
    return LIFReset(shape=shape, **parameters) if reset else LIF(shape=shape, **parameters)


def _whole(value: float, name: str) -> int:
    if value != round(value):
        raise ValueError(
            f"{name} is {value:g}; fixed numerics stores integers (in_weight_units makes them)"
        )
    return round(value)


def stored_weights(
    weights: NDArray[np.float64], place: str, *, plastic: bool = False
) -> dict[str, Any]:
    """Write weights as the 8 bits of a Loihi synapse and, where needed, an exponent.

    Of 8 bits mixed signs take the lowest, so that weights are even; so are those of plastic
    synapses, which may change their sign. Static odd weights of both signs up to 127 are stored
    doubled, with the exponent -1: a weight counts ``weights * 2**weight_exp``.

    Parameters
    ----------
    weights : ndarray, shape (post, pre)
        Weight units.
    place : str
        How errors call the layer.
    plastic : bool

    Returns
    -------
    dict
        ``weights`` (int32) and, unless it is 0, ``weight_exp``, as Lava's `Dense` takes them.

    Raises
    ------
    ValueError
        A weight that cannot be stored.
    """
    lowest, highest = weights.min(), weights.max()
    whole, even = weights == np.rint(weights), weights % WEIGHT_STEP == 0
    exponent = 0
    if not plastic and not lowest < 0 < highest:
        stored = whole & (np.abs(weights) <= ONE_SIGN_MAX)
        allowed = f"integers of one sign, up to {ONE_SIGN_MAX}"
    elif not plastic and not even.all() and lowest >= -128 and highest <= 127:
        stored, exponent = whole, -1
        allowed = "integers, -128 .. 127"
    else:
        stored = even & (weights >= WEIGHT_MIN) & (weights <= WEIGHT_MAX)
        allowed = f"even integers, {WEIGHT_MIN} .. {WEIGHT_MAX}"
        if not plastic:
            allowed += " (or any, -128 .. 127)"
    if not stored.all():
        raise ValueError(
            f"{place}: weights hold {weights[~stored][0]:g}; such a layer stores {allowed} "
            "(in_weight_units makes them)"
        )
    units = (weights * 2.0**-exponent).astype(np.int32)
    return {"weights": units, "weight_exp": exponent} if exponent else {"weights": units}
