"""ProcessModel of Lava's `LearningLIF` with a third factor."""

from typing import Any

import numpy as np
from lava.proc.lif.models import PyLearningLIFModelFixed

from loihi_sleep.processes.kernels.third_factor import write_traces
from loihi_sleep.processes.learning_lif.process import LearningLIF
from loihi_sleep.processes.model_of import model_of


@model_of(LearningLIF, "fixed_pt")
class PyThirdFactorLIFModelFixed(PyLearningLIFModelFixed):
    """Lava's dynamics; then spikes and traces go to the synapses."""

    # Lava's neurons have these from their Process.
    y1: np.ndarray[Any, Any]
    y2: np.ndarray[Any, Any]
    y3: np.ndarray[Any, Any]

    def run_spk(self) -> None:
        """Advance by one step."""
        third_factor = np.asarray(self.a_third_factor_in.recv(), dtype=np.int32)
        super().run_spk()
        parameters = self.proc_params
        write_traces(
            self.y1,
            self.y2,
            self.y3,
            self.s_out_buff.astype(np.uint8),
            third_factor,
            int(parameters.get("y1_impulse", 0)),
            int(parameters.get("y1_decay", 0)),
        )
        self.s_out_bap.send(self.s_out_buff)
        self.s_out_y1.send(self.y1)
        self.s_out_y2.send(self.y2)
        self.s_out_y3.send(self.y3)
