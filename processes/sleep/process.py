"""The Process `Sleep`."""

from typing import Any, ClassVar

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.variable import Var
from numpy.typing import ArrayLike

from loihi_sleep.processes import checks
from loihi_sleep.processes.checked_process import CheckedProcess
from loihi_sleep.processes.current_drive.process import CurrentDrive
from loihi_sleep.processes.phase_gate.process import PhaseGate
from loihi_sleep.processes.registry import release
from loihi_sleep.processes.spike_drive.process import SpikeDrive


class Sleep(CheckedProcess):
    """Puts a network to sleep: cuts its input and replays noise instead.

    Stands between an input and a network's first synapses. Awake it passes ``wake_in`` through;
    asleep it ignores it and emits its own drive, either spikes (:class:`SpikeDrive`, where
    ``rates`` is given) or graded current (:class:`CurrentDrive`, where ``std`` is given).
    Hierarchical: a drive and a :class:`PhaseGate`, whose docstrings hold the equations.

    Parameters
    ----------
    shape : tuple of int
        (neurons,) of the input.
    wake_steps, sleep_steps : int
        The schedule: steps awake, then steps asleep, repeated; from 0, not both 0.
    seed : int
        Of the drive, 0 .. 2**63 - 1.
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
        Slow wave over either drive; period 0: none.

    Attributes
    ----------
    wake_in : InPort, shape (neurons,)
        The input that the network has while awake; it may stay unconnected.
    s_out : OutPort, shape (neurons,)
        To the network's first synapses, in the same step.
    phase_out : OutPort, shape (1,)
        1 while asleep.
    wake_steps, sleep_steps, elapsed, wave_period, wave_depth : Var
        Schedule and slow wave, for a host to set between runs.
    rates : Var
        Of the spike drive (absent with a graded drive).
    mean, std, hold : Var
        Of the graded drive (absent with a spike drive).

    Raises
    ------
    ValueError
        Not exactly one of ``rates`` and ``std``, or a parameter out of its range.
    """

    on_host: ClassVar[str] = "noise is drawn by the host"

    def __init__(
        self,
        *,
        shape: tuple[int],
        wake_steps: int,
        sleep_steps: int,
        seed: int,
        rates: ArrayLike | None = None,
        plane: tuple[int, int] | None = None,
        window: int = 0,
        mean: ArrayLike | None = None,
        std: ArrayLike | None = None,
        hold: int = 1,
        noise: str = "normal",
        wave_period: float = 0.0,
        wave_depth: float = 0.0,
        **kwargs: Any,
    ) -> None:
        if (rates is None) == (std is None):
            raise ValueError(
                "a Sleep process needs one drive: either rates (spikes) or std (graded current)"
            )
        shape = checks.layer_shape("shape", shape)
        drive: dict[str, Any] = {
            "shape": shape,
            "seed": seed,
            "wave_period": wave_period,
            "wave_depth": wave_depth,
        }
        if rates is not None:
            drive |= {"rates": rates, "plane": plane, "window": window}
        else:
            drive |= {"mean": 0.0 if mean is None else mean, "std": std}
            drive |= {"hold": hold, "noise": noise}
        schedule = {"shape": shape, "wake_steps": wake_steps, "sleep_steps": sleep_steps}
        super().__init__(shape=shape, drive=drive, schedule=schedule, **kwargs)
        self.wake_in = InPort(shape=shape)
        self.s_out = OutPort(shape=shape)
        self.phase_out = OutPort(shape=(1,))
        # Each part checks its own arguments, and its Vars become this Process's.
        parts = build_parts(self)
        for part in parts:
            for var in part.vars:
                setattr(self, var.name, Var(shape=var.shape, init=var.init))
        release(parts)


def build_parts(sleep: Sleep) -> tuple[SpikeDrive | CurrentDrive, PhaseGate]:
    """Build the drive and the gate that a Sleep process consists of, not yet connected."""
    drive = sleep.proc_params["drive"]
    drive_class = SpikeDrive if "rates" in drive else CurrentDrive
    return drive_class(**drive), PhaseGate(**sleep.proc_params["schedule"])
