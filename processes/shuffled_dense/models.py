"""ProcessModels of `ShuffledDense`: our per-synapse models on other pre-synaptic spikes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.processes.kernels.shuffle import shuffled_events
from loihi_sleep.processes.learning_dense.models import (
    PyLearningDenseModelPerSynapseFixed,
    PyLearningDenseModelPerSynapseFloat,
)
from loihi_sleep.processes.model_of import model_of
from loihi_sleep.processes.shuffled_dense.process import ShuffledDense


class AbstractPyShuffledDenseModel:
    """Moves the spikes before they reach the traces."""

    # Concrete models inherit those of another Process; Lava lets them have their own only so.
    implements_process: Any = None
    # From the models that concrete ones inherit beside this class.
    proc_params: dict[str, Any]
    time_step: int

    def _process_pre_spikes(self, s_in: NDArray[Any]) -> None:
        moved = np.zeros_like(s_in)
        seed = self.proc_params["shuffle_seed"]
        moved[shuffled_events(np.count_nonzero(s_in), s_in.size, seed, self.time_step)] = 1
        super()._process_pre_spikes(moved)  # type: ignore[misc]


@model_of(ShuffledDense, "fixed_pt")
class PyShuffledDenseModelFixed(AbstractPyShuffledDenseModel, PyLearningDenseModelPerSynapseFixed):
    """Loihi's integers."""


@model_of(ShuffledDense, "floating_pt")
class PyShuffledDenseModelFloat(AbstractPyShuffledDenseModel, PyLearningDenseModelPerSynapseFloat):
    """No rounding."""
