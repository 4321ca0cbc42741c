"""CUBA layers as Lava Processes: what the integers of ``fixed`` numerics hold of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lava.proc.dense.process import DelayDense, Dense, LearningDense
from lava.proc.lif.process import LIF, LearningLIF, LIFReset
from lava.proc.sparse.process import LearningSparse, Sparse
from scipy.sparse import csr_matrix

from loihi_sleep.networks.layered import BIAS_MAX, lif_bias
from loihi_sleep.networks.quantization import stored_weights
from processes import checks
from processes.kernels.decay import UNITY

if TYPE_CHECKING:
    from lava.magma.core.learning.learning_rule import Loihi2FLearningRule

    from loihi_sleep.networks.cuba import CubaLayer


def synapses_of(
    layer: CubaLayer, numerics: str, rule: Loihi2FLearningRule | None, place: str
) -> Dense | LearningDense | Sparse:
    """Build the synapses of a layer; errors call it `place`."""
    stored: dict[str, Any] = {"weights": layer.weights}
    if numerics == "fixed":
        stored = stored_weights(layer.weights, place, plastic=rule is not None)
    if layer.sparse:
        stored["weights"] = csr_matrix(stored["weights"])
        return Sparse(**stored) if rule is None else LearningSparse(learning_rule=rule, **stored)
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
