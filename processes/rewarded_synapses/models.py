"""ProcessModel of `RewardedSynapses`."""

import numpy as np
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType

from loihi_sleep.processes.kernels.reward_unit import REWARD_UNIT
from loihi_sleep.processes.kernels.rewarded_stdp import (
    chip_weight,
    finish_cycle,
    pair,
    transmit_balanced,
)
from loihi_sleep.processes.model_of import model_of
from loihi_sleep.processes.rewarded_synapses.process import RewardedSynapses


@model_of(RewardedSynapses, "floating_pt")
class PyRewardedSynapsesModelFloat(PyLoihiProcessModel):
    """Sends what arrived in the step before, then takes in and learns."""

    _reward_unit = 1.0

    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    s_in_bap: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    reward_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    phase_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    a_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    weights: np.ndarray = LavaPyType(np.ndarray, float)
    frozen: np.ndarray = LavaPyType(np.ndarray, np.int64)
    initial_sum: np.ndarray = LavaPyType(np.ndarray, float)
    mean_weight: np.ndarray = LavaPyType(np.ndarray, float)
    input_sum: np.ndarray = LavaPyType(np.ndarray, float)
    rate: np.ndarray = LavaPyType(np.ndarray, float)
    eligibility: np.ndarray = LavaPyType(np.ndarray, float)
    eligible: np.ndarray = LavaPyType(np.ndarray, np.int64)
    x: np.ndarray = LavaPyType(np.ndarray, float)
    x_step: np.ndarray = LavaPyType(np.ndarray, np.int64)
    y: np.ndarray = LavaPyType(np.ndarray, float)
    y_step: np.ndarray = LavaPyType(np.ndarray, np.int64)
    spikes: np.ndarray = LavaPyType(np.ndarray, np.int64)
    cycles: np.ndarray = LavaPyType(np.ndarray, np.int64)
    asleep: np.ndarray = LavaPyType(np.ndarray, np.int64)
    conductance: np.ndarray = LavaPyType(np.ndarray, float)
    learning: np.ndarray = LavaPyType(np.ndarray, np.int64)

    def run_spk(self) -> None:
        """Advance by one step."""
        self.a_out.send(self.conductance)
        pre_spikes = np.flatnonzero(self.s_in.recv())
        post_spikes = np.flatnonzero(self.s_in_bap.recv())
        reward = self._reward_unit * float(self.reward_in.recv()[0])
        asleep = int(self.phase_in.recv()[0] != 0)
        parameters = self.proc_params
        # The kernels go by pre-synaptic neuron.
        by_pre = np.ascontiguousarray(self.weights.T)
        if self.time_step > 1 and (self.time_step - 1) % parameters["cycle_steps"] == 0:
            self._finish_cycle(by_pre, reward, asleep)
        self.asleep[0] = asleep
        if self.learning[0]:
            self.spikes[post_spikes] += 1
            pair(
                self.eligibility[self.cycles[0] % len(self.eligible)],
                self.x,
                self.x_step,
                self.y,
                self.y_step,
                self.eligible[self.cycles[0] % len(self.eligible)],
                pre_spikes,
                post_spikes,
                self.time_step,
                parameters["pairing"],
            )
        self.conductance = np.zeros_like(self.conductance)
        for neuron in pre_spikes:
            self._transmit(by_pre, neuron)

    def _transmit(self, by_pre: np.ndarray, neuron: int) -> None:
        parameters = self.proc_params
        transmit_balanced(
            by_pre,
            self.mean_weight,
            parameters["inhibition"],
            parameters["release"],
            parameters["seed"],
            self.time_step,
            neuron,
            self.conductance,
        )

    def _finish_cycle(self, by_pre: np.ndarray, reward: float, asleep: int) -> None:
        finish_cycle(
            by_pre,
            np.ascontiguousarray(self.frozen.T),
            self.eligibility,
            self.eligible,
            self.initial_sum,
            self.input_sum,
            self.mean_weight,
            self.rate,
            self.y,
            self.spikes,
            self.cycles,
            reward,
            bool(self.asleep[0]),
            asleep != self.asleep[0],
            bool(self.learning[0]),
            self.proc_params["scaled_asleep"],
            self.proc_params["stabilizers"],
        )
        self.weights[:] = by_pre.T


@model_of(RewardedSynapses, "fixed_pt")
class PyRewardedSynapsesModelFixed(PyRewardedSynapsesModelFloat):
    """The same, with integers on its ports: the state is the host's."""

    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    s_in_bap: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    reward_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    phase_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    a_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    conductance: np.ndarray = LavaPyType(np.ndarray, np.int32)

    _reward_unit = REWARD_UNIT

    def _transmit(self, by_pre: np.ndarray, neuron: int) -> None:
        inhibition, scale = self.proc_params["inhibition"], self.proc_params["scale"]
        mean = self.mean_weight[neuron]
        self.conductance += np.array(
            [chip_weight(weight, mean, inhibition, scale) for weight in by_pre[neuron]],
            dtype=np.int32,
        )
