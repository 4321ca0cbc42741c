"""How prototypes tell the output of the cortex which class is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.hippocampus.replay_config import ReplayConfig
from loihi_sleep.numerics.limits import DECAY_MAX, WEIGHT_EXPONENT_MAX
from loihi_sleep.processes.kernels.integers import MIXED_WEIGHT_MAX

if TYPE_CHECKING:
    from lava.magma.core.process.ports.ports import InPort, OutPort
    from lava.proc.lif.process import LIF, LIFReset

    from loihi_sleep.processes.taught_lif.process import TaughtLIF


def name_class(prototypes: OutPort, says: NDArray[np.int64], output: TaughtLIF, delay: int) -> None:
    """Tell an output that measures its error who is right.

    Parameters
    ----------
    prototypes : OutPort
        Spikes of the prototypes.
    says : ndarray of int, shape (classes, prototypes)
        1 for the class of each.
    output : TaughtLIF
    delay : int
        Steps by which the output hears of them later.
    """
    from lava.proc.dense.process import DelayDense

    teacher = DelayDense(weights=says, delays=np.full(says.shape, delay), name="teacher")
    prototypes.connect(teacher.s_in)
    teacher.a_out.connect(output.teacher_in)


def force_class(
    prototypes: OutPort,
    says: NDArray[np.int64],
    inputs: LIF,
    output: LIFReset,
    config: ReplayConfig,
) -> None:
    """Silence the input in the second half of each presentation, and make the right class spike.

    A clock silences the teacher in the first half, and the input in the second. All neurons are
    Lava's own.

    Parameters
    ----------
    prototypes, says :
        As of :func:`name_class`.
    inputs : LIF
        The neurons of the input.
    output : LIFReset
    config : ReplayConfig
    """
    from lava.proc.dense.process import Dense
    from lava.proc.lif.process import LIF

    from loihi_sleep.processes.image_drive.process import ImageDrive

    classes, strongest = len(says), MIXED_WEIGHT_MAX
    clock = ImageDrive(rates=1.0 - np.eye(2), steps=config.steps // 2, seed=0, name="clock")
    teacher = LIF(shape=(classes,), vth=0, du=DECAY_MAX, dv=DECAY_MAX, name="teacher")

    def connect(
        name: str, sender: OutPort, weights: NDArray[np.int64], receiver: InPort, exponent: int
    ) -> None:
        synapses = Dense(weights=weights, weight_exp=exponent, name=name)
        sender.connect(synapses.s_in)
        synapses.a_out.connect(receiver)

    connect("says", prototypes, says, teacher.a_in, 0)
    for place, silenced in enumerate((inputs, teacher)):
        weights = np.zeros((*silenced.a_in.shape, 2), dtype=np.int64)
        weights[:, place] = -strongest
        name = f"silences {silenced.name}"
        connect(name, clock.s_out, weights, silenced.a_in, WEIGHT_EXPONENT_MAX)
    forced = strongest * np.eye(classes, dtype=np.int64)
    connect("forces output", teacher.s_out, forced, output.a_in, WEIGHT_EXPONENT_MAX)
