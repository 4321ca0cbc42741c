"""The Process `Sleep`."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var
from numpy.typing import ArrayLike

from loihi_sleep.processes import checks
from loihi_sleep.processes.checked_process import CheckedProcess
from loihi_sleep.processes.current_drive.process import CurrentDrive
from loihi_sleep.processes.phase_gate.process import PhaseGate
from loihi_sleep.processes.registry import release
from loihi_sleep.processes.role import Role
from loihi_sleep.processes.spike_drive.process import SpikeDrive


class Sleep(CheckedProcess):
    """Puts a network to sleep: cuts its input and replays noise instead.

    Stands between an input and a network's first synapses. Awake it passes ``wake_in`` through;
    asleep it ignores it and emits its own drive: spikes (:class:`SpikeDrive`, where ``rates`` is
    given), graded current (:class:`CurrentDrive`, where ``std`` is given), or what any other
    Process emits (``drive``). Hierarchical: the drive and a :class:`PhaseGate`, whose docstrings
    hold the equations.

    Parameters
    ----------
    shape : tuple of int
        (neurons,) of the input.
    wake_steps, sleep_steps : int
        The schedule: steps awake, then steps asleep, repeated; from 0, not both 0.
    seed : int
        Of ``rates`` or ``std``, 0 .. 2**63 - 1.
    rates : array_like, optional
        Spike probability per neuron and step, 0 .. 1, shape (neurons,) or scalar.
    plane, window :
        Of the spike drive, see :class:`loihi_sleep.processes.spike_drive.process.SpikeDrive`.
    mean, std : array_like, optional
        Of the graded current; ``mean`` defaults to 0.
    hold, noise :
        Of the graded current, see
        :class:`loihi_sleep.processes.current_drive.process.CurrentDrive`.
    wave_period, wave_depth : float
        Slow wave over ``rates`` or ``std``; period 0: none.
    drive : callable, optional
        Builds any other drive, without arguments, the same each time: a Process with one OutPort,
        of this shape, such as Lava's ``RingBuffer`` or one of your own.
    **kwargs
        ``name`` and ``log_config``, as every Process of Lava's takes them.

    Attributes
    ----------
    wake_in : InPort, shape (neurons,)
        The input that the network has while awake; it may stay unconnected.
    s_out : OutPort, shape (neurons,)
        To the network's first synapses, in the same step.
    phase_out : OutPort, shape (1,)
        1 while asleep.
    wake_steps, sleep_steps, elapsed : Var
        The schedule, for a host to set between runs.
    rates, mean, std, hold, wave_period, wave_depth, ... : Var
        All those that the drive has, by their names.

    Raises
    ------
    ValueError
        Not exactly one of ``rates``, ``std`` and ``drive``, a parameter out of its range, or a
        drive that does not fit.
    """

    role: ClassVar[Role] = Role.DRIVE
    on_host: ClassVar[str] = "noise is drawn by the host"

    def __init__(
        self,
        *,
        shape: tuple[int],
        wake_steps: int,
        sleep_steps: int,
        seed: int | None = None,
        rates: ArrayLike | None = None,
        plane: tuple[int, int] | None = None,
        window: int = 0,
        mean: ArrayLike | None = None,
        std: ArrayLike | None = None,
        hold: int = 1,
        noise: str = "normal",
        wave_period: float = 0.0,
        wave_depth: float = 0.0,
        drive: Callable[[], AbstractProcess] | None = None,
        **kwargs: Any,
    ) -> None:
        if sum(given is not None for given in (rates, std, drive)) != 1:
            raise ValueError(
                "a Sleep process needs one drive: either rates (spikes), or std (graded current), "
                "or drive (which builds a Process)"
            )
        shape = checks.layer_shape("shape", shape)
        own: dict[str, Any] = {
            "shape": shape,
            "seed": seed,
            "wave_period": wave_period,
            "wave_depth": wave_depth,
        }
        if rates is not None:
            drive = partial(SpikeDrive, rates=rates, plane=plane, window=window, **own)
        elif std is not None:
            mean = 0.0 if mean is None else mean
            drive = partial(CurrentDrive, mean=mean, std=std, hold=hold, noise=noise, **own)
        schedule = {"shape": shape, "wake_steps": wake_steps, "sleep_steps": sleep_steps}
        super().__init__(
            shape=shape,
            drive=checks.function("drive", drive),
            schedule=schedule,
            **kwargs,
        )
        self.wake_in = InPort(shape=shape)
        self.s_out = OutPort(shape=shape)
        self.phase_out = OutPort(shape=(1,))
        # Each part checks its own arguments, and its Vars become this Process's.
        parts = build_parts(self)
        for part in parts:
            for var in part.vars:
                setattr(self, var.name, Var(shape=var.shape, init=var.init))
        release(parts)


def build_parts(sleep: Sleep) -> tuple[AbstractProcess, PhaseGate]:
    """Build the drive and the gate that a Sleep process consists of, not yet connected.

    Raises
    ------
    ValueError
        A drive with another number of OutPorts, another shape, or a Var that the gate has too.
    """
    drive = sleep.proc_params["drive"]()
    gate = PhaseGate(**sleep.proc_params["schedule"])
    checks.instance("what drive builds", drive, AbstractProcess, "a Process")
    shapes = [tuple(port.shape) for port in drive.out_ports]
    if shapes != [gate.replay_in.shape]:
        raise ValueError(
            f"{type(drive).__name__} has OutPorts of shapes {shapes}; a drive has one, of shape "
            f"{gate.replay_in.shape}"
        )
    taken = {var.name for var in drive.vars} & {var.name for var in gate.vars}
    if taken:
        raise ValueError(
            f"{type(drive).__name__} has a Var {min(taken)!r}, as the gate has; name it otherwise"
        )
    return drive, gate


def output_of(drive: AbstractProcess) -> OutPort:
    """Return the only OutPort of a drive."""
    (port,) = drive.out_ports
    return port
