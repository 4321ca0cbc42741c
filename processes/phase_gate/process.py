"""The Process `PhaseGate`."""

from typing import Any, ClassVar

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.variable import Var

from loihi_sleep.processes import checks
from loihi_sleep.processes.checked_process import CheckedProcess
from loihi_sleep.processes.role import Role


class PhaseGate(CheckedProcess):
    """Passes the input while awake and the replay drive while asleep.

    A cycle is ``wake_steps`` awake, then ``sleep_steps`` asleep, repeated::

        asleep = elapsed >= wake_steps
        s_out = replay_in if asleep else wake_in
        phase_out = asleep
        elapsed = (elapsed + 1) mod (wake_steps + sleep_steps)

    Parameters
    ----------
    shape : tuple of int
        (neurons,).
    wake_steps, sleep_steps : int
        Steps of each phase, from 0, not both 0.
    **kwargs
        ``name`` and ``log_config``, as every Process of Lava's takes them.

    Attributes
    ----------
    wake_in, replay_in : InPort, shape (neurons,)
        Spikes or graded values; an unconnected port reads 0.
    s_out : OutPort, shape (neurons,)
        The one that is let through, in the same step.
    phase_out : OutPort, shape (1,)
        1 while asleep, 0 while awake.
    wake_steps, sleep_steps : Var
        The schedule; a host may set it between runs.
    elapsed : Var
        Steps since the cycle began; set to 0 to begin a cycle with the next step.

    Raises
    ------
    ValueError
        A phase shorter than 0 steps, or a cycle of 0 steps.
    """

    role: ClassVar[Role] = Role.GATE
    on_host: ClassVar[str] = "day and night are changed by the host"

    def __init__(
        self, *, shape: tuple[int], wake_steps: int, sleep_steps: int, **kwargs: Any
    ) -> None:
        shape = checks.layer_shape("shape", shape)
        wake_steps, sleep_steps = checks.schedule(wake_steps, sleep_steps)
        super().__init__(shape=shape, **kwargs)
        self.wake_in = InPort(shape=shape)
        self.replay_in = InPort(shape=shape)
        self.s_out = OutPort(shape=shape)
        self.phase_out = OutPort(shape=(1,))
        self.wake_steps = Var(shape=(1,), init=wake_steps)
        self.sleep_steps = Var(shape=(1,), init=sleep_steps)
        self.elapsed = Var(shape=(1,), init=0)
