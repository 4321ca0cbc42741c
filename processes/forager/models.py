"""ProcessModel of `Forager`."""

import numpy as np
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType

from loihi_sleep.processes.forager.process import Forager
from loihi_sleep.processes.kernels.foraging_world import view
from loihi_sleep.processes.kernels.movement import act
from loihi_sleep.processes.kernels.reward_unit import to_integer_reward
from loihi_sleep.processes.kernels.schedule import advance, is_asleep
from loihi_sleep.processes.model_of import model_of


@model_of(Forager, "floating_pt")
class PyForagerModelFloat(PyLoihiProcessModel):
    """Sends what was decided in the step before, then listens."""

    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    reward_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    grid: np.ndarray = LavaPyType(np.ndarray, np.int64)
    particles: np.ndarray = LavaPyType(np.ndarray, np.int64)
    agent: np.ndarray = LavaPyType(np.ndarray, np.int64)
    drawn: np.ndarray = LavaPyType(np.ndarray, np.int64)
    eaten: np.ndarray = LavaPyType(np.ndarray, np.int64)
    worth: np.ndarray = LavaPyType(np.ndarray, float)
    sleep_reward: np.ndarray = LavaPyType(np.ndarray, float)
    wake_steps: np.ndarray = LavaPyType(np.ndarray, np.int64)
    sleep_steps: np.ndarray = LavaPyType(np.ndarray, np.int64)
    elapsed: np.ndarray = LavaPyType(np.ndarray, np.int64)
    counts: np.ndarray = LavaPyType(np.ndarray, np.int64)
    pulses: np.ndarray = LavaPyType(np.ndarray, float)
    reward: np.ndarray = LavaPyType(np.ndarray, float)

    def run_spk(self) -> None:
        """Advance by one step."""
        self.s_out.send(self.pulses)
        self.reward_out.send(self.reward)
        spikes = self.s_in.recv()
        cycle_steps = self.proc_params["cycle_steps"]
        step = (self.time_step - 1) % cycle_steps
        if step < self.proc_params["decision_steps"]:
            self.counts += spikes != 0
        asleep = is_asleep(self.elapsed[0], self.wake_steps[0])
        self.elapsed[0] = advance(self.elapsed[0], self.wake_steps[0], self.sleep_steps[0])
        self.pulses = np.zeros_like(self.pulses)
        self.reward = np.zeros_like(self.reward)
        if step == cycle_steps - 1 - self.proc_params["steps_after_move"]:
            self.reward[:] = self._sent(self.sleep_reward[0] if asleep else self._act())
            self.counts[:] = 0
        if step == cycle_steps - 1 and not is_asleep(self.elapsed[0], self.wake_steps[0]):
            self.pulses[:] = view(self.grid, self.agent)

    def _act(self) -> float:
        return act(
            self.grid,
            self.particles,
            self.agent,
            self.drawn,
            self.proc_params["seed"],
            self.counts,
            self.eaten,
            self.worth,
            self.proc_params["exploration"],
        )

    def _sent(self, reward: float) -> float:
        return reward


@model_of(Forager, "fixed_pt")
class PyForagerModelFixed(PyForagerModelFloat):
    """The same, with integers on its ports."""

    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    reward_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    pulses: np.ndarray = LavaPyType(np.ndarray, np.int32)
    reward: np.ndarray = LavaPyType(np.ndarray, np.int32)

    def _sent(self, reward: float) -> float:
        return to_integer_reward(reward)
