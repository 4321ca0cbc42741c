"""Which ProcessModel runs a Process: by numerics, and by how plastic synapses round."""

from __future__ import annotations

from typing import Any

from lava.magma.core.learning.learning_rule import Loihi3FLearningRule
from lava.magma.core.model.model import AbstractProcessModel
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.run_configs import Loihi2SimCfg

from loihi_sleep.numerics.names import NUMERICS, ROUNDINGS, TAGS
from loihi_sleep.processes import checks
from loihi_sleep.processes.learning_dense import models as learning_dense
from loihi_sleep.processes.learning_lif import models as learning_lif
from loihi_sleep.processes.learning_sparse import models as learning_sparse

# Models of ours for Processes of Lava's; Lava's compiler looks beside a Process only.
_OWN_MODELS: tuple[type[AbstractProcessModel], ...] = (
    learning_dense.PyLearningDenseModelPerSynapseFixed,
    learning_dense.PyLearningDenseModelPerSynapseFloat,
    learning_sparse.PyLearningSparseModelPerSynapseFixed,
    learning_sparse.PyLearningSparseModelPerSynapseFloat,
)
_THIRD_FACTOR = learning_lif.PyThirdFactorLIFModelFixed


def _writes_third_factor(process: AbstractProcess) -> bool:
    """Whether a Process is a learning neuron of Lava's whose rule leaves y1, y2 and y3 to it."""
    return type(process) is _THIRD_FACTOR.implements_process and isinstance(
        process.proc_params["learning_rule"], Loihi3FLearningRule
    )


class SimulatorRunConfig(Loihi2SimCfg):
    """Lava's CPU simulator in one of the numerics.

    Parameters
    ----------
    numerics : str
        ``float`` or ``fixed``.
    rounding : str
        ``per_synapse``: our models round plastic synapses, each with its own random number.
        ``per_layer``: Lava's model, one random number a layer.
    reason : str
        Why this engine was taken.

    Attributes
    ----------
    engine, numerics, rounding, reason : str
    """

    engine = "lava"

    def __init__(
        self, numerics: str, rounding: str = "per_synapse", reason: str = "asked for", **kwargs: Any
    ) -> None:
        checks.one_of("numerics", numerics, NUMERICS)
        checks.one_of("rounding", rounding, ROUNDINGS)
        super().__init__(select_tag=TAGS[numerics], **kwargs)
        self.numerics = numerics
        self.rounding = rounding
        self.reason = reason

    def select(
        self, process: AbstractProcess, proc_models: list[type[AbstractProcessModel]]
    ) -> type[AbstractProcessModel]:
        """Choose the model of a Process: ours for per-synapse rounding, else as Lava does."""
        if self.rounding == "per_synapse" and type(process) not in self.exception_proc_model_map:
            for model in _OWN_MODELS:
                if type(process) is model.implements_process and self.select_tag in model.tags:
                    return model
        if _writes_third_factor(process) and self.select_tag in _THIRD_FACTOR.tags:
            return _THIRD_FACTOR
        tagged = [model for model in proc_models if self.select_tag in model.tags]
        untagged = [model for model in proc_models if not model.tags]
        if not tagged and len(untagged) > 1 and type(process) not in self.exception_proc_model_map:
            # Lava refuses to choose among several; one that follows time steps is what is meant.
            in_step = [one for one in untagged if issubclass(one, PyLoihiProcessModel)]
            return (in_step or untagged)[0]
        return super().select(process, proc_models)
