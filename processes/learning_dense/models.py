"""ProcessModels of Lava's `LearningDense` with stochastic rounding per synapse.

Only the last part of the learning phase differs from Lava's models: which synapses are visited, and
how their new values are rounded and clipped. Spikes, traces, the product series and their shifts
are Lava's own code.
"""

from typing import Any

import numpy as np
from lava.magma.core.learning.constants import (
    W_ACCUMULATOR_S,
    W_SYN_VAR_S,
    W_TAG_1_U,
    W_TAG_2_U,
    W_WEIGHTS_U,
    GradedSpikeCfg,
)
from lava.magma.core.learning.learning_rule import LoihiLearningRule
from lava.proc.dense.models import (
    PyLearningDenseModelBitApproximate,
    PyLearningDenseModelFloat,
)
from lava.utils.weightutils import SignMode
from numpy.typing import NDArray

from loihi_sleep.processes.kernels.integers import WEIGHT_BITS
from loihi_sleep.processes.kernels.philox import Stream
from loihi_sleep.processes.kernels.rounding import round_each_synapse
from loihi_sleep.processes.learning_dense.process import LearningDense
from loihi_sleep.processes.model_of import model_of

PER_SYNAPSE = "per_synapse"

_ROUNDING_STREAM = {
    "weights": Stream.WEIGHT_ROUNDING,
    "tag_1": Stream.TAG_1_ROUNDING,
    "tag_2": Stream.TAG_2_ROUNDING,
}
_PRE_TRACES = ("x1", "x2")
_POST_TRACES = ("y1", "y2", "y3")


def weight_step_bits(num_weight_bits: int, sign_mode: SignMode) -> int:
    """Log2 of the storable weight step: the bits not stored, and the sign's."""
    return WEIGHT_BITS - num_weight_bits + (sign_mode == SignMode.MIXED)


def storable_range(variable: str, num_weight_bits: int, sign_mode: SignMode) -> tuple[int, int]:
    """Lowest and highest storable value of ``weights``, ``tag_1`` or ``tag_2``."""
    if variable == "tag_1":
        return -(2**W_TAG_1_U), 2**W_TAG_1_U - 1
    if variable == "tag_2":
        return 0, 2**W_TAG_2_U - 1
    step = 2 ** weight_step_bits(num_weight_bits, sign_mode)
    top = (2**W_WEIGHTS_U - 1) // step * step
    bottom = -(2**W_WEIGHTS_U) if sign_mode == SignMode.MIXED else -top
    return (
        0 if sign_mode == SignMode.EXCITATORY else bottom,
        0 if sign_mode == SignMode.INHIBITORY else top,
    )


class AbstractPyPerSynapseModel:
    """What both numerics share: visit only the synapses that a product can change."""

    # From Lava's learning connection, which the concrete models inherit beside this class.
    proc_params: dict[str, Any]
    time_step: int
    sign_mode: SignMode
    weights: NDArray[Any]
    tag_1: NDArray[Any]
    tag_2: NDArray[Any]
    x0: NDArray[np.bool_]
    y0: NDArray[np.bool_]
    tx: NDArray[np.int64]
    ty: NDArray[np.int64]
    _shape: tuple[int, int]
    _learning_rule: LoihiLearningRule
    _learning_rule_appliers: dict[str, Any]

    def __init__(self, proc_params: dict[str, Any]) -> None:
        super().__init__(proc_params)  # type: ignore[call-arg]
        if proc_params["graded_spike_cfg"] != GradedSpikeCfg.USE_REGULAR_IMPULSE:
            raise ValueError(
                f"graded_spike_cfg is {proc_params['graded_spike_cfg']!r}; plastic synapses take "
                "binary spikes here (GradedSpikeCfg.USE_REGULAR_IMPULSE)"
            )

    @property
    def _weight_bits(self) -> int:
        return int(self.proc_params.get("num_weight_bits", WEIGHT_BITS))

    def _weight_step_bits(self) -> int:
        return weight_step_bits(self._weight_bits, self.sign_mode)

    def _bounds(self, variable: str) -> tuple[int, int]:
        return storable_range(variable, self._weight_bits, self.sign_mode)

    def _apply_learning_rules(
        self, x_traces_history: NDArray[Any], y_traces_history: NDArray[Any]
    ) -> None:
        """Update the synaptic variables that have a rule, block by block."""
        u = self._u_dependency()
        blocks = {
            name: self._touched_blocks({p.dependency for p in applier._product_series.products}, u)
            for name, applier in self._learning_rule_appliers.items()
        }
        # Every rule reads values from before the epoch: nothing is written until all are known.
        updates = []
        for name, applier in self._learning_rule_appliers.items():
            for rows, columns in blocks[name]:
                arguments = self._applier_arguments(
                    rows, columns, u, x_traces_history, y_traces_history
                )
                block = np.ix_(rows, columns)
                updates.append((name, block, self._updated(name, applier, block, arguments)))
        for name, block, values in updates:
            getattr(self, name)[block] = values

    def _u_dependency(self) -> int:
        """1 in the epochs in which `uk` products apply, else 0."""
        k = self._learning_rule.decimate_exponent
        if k is None:
            return 0
        return int(self.time_step // self._learning_rule.t_epoch % 2**k == 0)

    def _touched_blocks(
        self, dependencies: set[str], u: int
    ) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Disjoint (rows, columns) blocks that hold every synapse whose dependency is met."""
        every_row, every_column = np.arange(self._shape[0]), np.arange(self._shape[1])
        if u and "u" in dependencies:
            return [(every_row, every_column)]
        spiked_rows = every_row[self.y0] if "y0" in dependencies else every_row[:0]
        spiked_columns = every_column[self.x0] if "x0" in dependencies else every_column[:0]
        blocks = [
            (spiked_rows, every_column),
            (np.setdiff1d(every_row, spiked_rows, assume_unique=True), spiked_columns),
        ]
        return [(rows, columns) for rows, columns in blocks if rows.size and columns.size]

    def _applier_arguments(
        self,
        rows: NDArray[np.int64],
        columns: NDArray[np.int64],
        u: int,
        x_traces_history: NDArray[Any],
        y_traces_history: NDArray[Any],
    ) -> dict[str, Any]:
        """Dependencies, synaptic variables and traces of a block, as Lava's appliers name them."""
        block = np.ix_(rows, columns)
        arguments = {
            "shape": (rows.size, columns.size),
            "np": np,
            "u": u,
            "x0": self.x0[np.newaxis, columns],
            "y0": self.y0[rows, np.newaxis],
            "weights": self.weights[block],
            "tag_1": self.tag_1[block],
            "tag_2": self.tag_2[block],
        }
        pre_time, post_time = self.tx[columns], self.ty[rows]
        for dependency, traces in self._learning_rule.active_traces_per_dependency.items():
            for trace in traces:
                if trace in _PRE_TRACES:
                    history = x_traces_history[:, _PRE_TRACES.index(trace), columns]
                    values = _trace_at(dependency, "x0", history, pre_time, post_time)
                else:
                    history = y_traces_history[:, _POST_TRACES.index(trace), rows]
                    values = _trace_at(dependency, "y0", history, post_time, pre_time).T
                arguments[f"{trace}_{dependency}"] = values
        return arguments

    def _updated(
        self, name: str, applier: Any, block: tuple[Any, ...], arguments: dict[str, Any]
    ) -> NDArray[Any]:
        """New values of one synaptic variable in one block."""
        raise NotImplementedError


def _trace_at(
    dependency: str,
    own_dependency: str,
    history: NDArray[Any],
    own_time: NDArray[np.int64],
    partner_time: NDArray[np.int64],
) -> NDArray[Any]:
    """Values of a trace at the within-epoch time that a dependency refers to.

    Parameters
    ----------
    dependency : str
        ``x0``, ``y0`` (the time of the neurons' spikes) or ``u`` (the end of the epoch).
    own_dependency : str
        The one of ``x0`` and ``y0`` that is of the neurons that the trace belongs to.
    history : ndarray, shape (t_epoch + 1, neurons)
        The trace after each step of the epoch.
    own_time, partner_time : ndarray of int, shape (neurons,) and (partners,)
        When the neurons and their partners across the synapse spiked, 0 for not at all.

    Returns
    -------
    ndarray, shape (1, neurons), or (partners, neurons) where the partners' spikes set the time
    """
    if dependency == "u":
        return history[-1:]
    if dependency == own_dependency:
        return history[own_time, np.arange(own_time.size)][np.newaxis, :]
    return history[partner_time]


class AbstractPyPerSynapseModelFixed(AbstractPyPerSynapseModel):
    """Loihi's integers, each synapse rounded by its own random number."""

    def _updated(
        self, name: str, applier: Any, block: tuple[Any, ...], arguments: dict[str, Any]
    ) -> NDArray[Any]:
        fraction_bits = W_ACCUMULATOR_S - W_SYN_VAR_S[name]
        accumulator = applier.apply(arguments[name] << fraction_bits, **arguments)
        rows, columns = block
        synapses = rows * self._shape[1] + columns
        values = round_each_synapse(
            accumulator.ravel().astype(np.int64),
            synapses.ravel(),
            self._learning_rule.rng_seed,
            _ROUNDING_STREAM[name].value,
            self.time_step,
            fraction_bits,
            self._weight_step_bits() if name == "weights" else 0,
            *self._bounds(name),
        )
        return values.reshape(accumulator.shape)


class AbstractPyPerSynapseModelFloat(AbstractPyPerSynapseModel):
    """No rounding; clipped to the range that Loihi can store."""

    def _updated(
        self, name: str, applier: Any, block: tuple[Any, ...], arguments: dict[str, Any]
    ) -> NDArray[Any]:
        return np.clip(applier.apply(arguments[name], **arguments), *self._bounds(name))


@model_of(LearningDense, "fixed_pt", PER_SYNAPSE)
class PyLearningDenseModelPerSynapseFixed(
    AbstractPyPerSynapseModelFixed, PyLearningDenseModelBitApproximate
):
    """Rounds each synapse by itself."""


@model_of(LearningDense, "floating_pt", PER_SYNAPSE)
class PyLearningDenseModelPerSynapseFloat(
    AbstractPyPerSynapseModelFloat, PyLearningDenseModelFloat
):
    """Clips to what Loihi can store."""
