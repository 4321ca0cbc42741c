"""ProcessModels of Lava's `LearningSparse` with stochastic rounding per synapse."""

from typing import Any

from lava.proc.sparse.models import (
    PyLearningSparseModelBitApproximate,
    PyLearningSparseModelFloat,
)
from numpy.typing import NDArray

from loihi_sleep.processes.learning_dense.models import (
    PER_SYNAPSE,
    AbstractPyPerSynapseModel,
    AbstractPyPerSynapseModelFixed,
    AbstractPyPerSynapseModelFloat,
)
from loihi_sleep.processes.learning_sparse.process import LearningSparse
from loihi_sleep.processes.model_of import model_of

_VARIABLES = ("weights", "tag_1", "tag_2")


class AbstractPyPerSynapseSparseModel(AbstractPyPerSynapseModel):
    """Learns as a dense layer does, and keeps what it learned where there are synapses."""

    def _apply_learning_rules(
        self, x_traces_history: NDArray[Any], y_traces_history: NDArray[Any]
    ) -> None:
        there = {name: getattr(self, name) for name in _VARIABLES}
        for name, matrix in there.items():
            setattr(self, name, matrix.toarray())
        super()._apply_learning_rules(x_traces_history, y_traces_history)
        for name, matrix in there.items():
            # Entries that are 0 count: a weight may become 0 and grow again.
            entries = matrix.tocoo()
            matrix.data = getattr(self, name)[entries.row, entries.col]
            setattr(self, name, matrix)


@model_of(LearningSparse, "fixed_pt", PER_SYNAPSE)
class PyLearningSparseModelPerSynapseFixed(
    AbstractPyPerSynapseSparseModel,
    AbstractPyPerSynapseModelFixed,
    PyLearningSparseModelBitApproximate,
):
    """Rounds each synapse by itself."""


@model_of(LearningSparse, "floating_pt", PER_SYNAPSE)
class PyLearningSparseModelPerSynapseFloat(
    AbstractPyPerSynapseSparseModel, AbstractPyPerSynapseModelFloat, PyLearningSparseModelFloat
):
    """Clips to what Loihi can store."""
