"""Ranges of the Vars that have one, by Process.

Some say what the compiled code may use as an index, a count or a divisor; others what Lava's
models, or ours, mean by a value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from lava.magma.core.process.connection import LearningConnectionProcess
from lava.proc.dense.process import DelayDense, Dense
from lava.proc.lif.process import AbstractLIF
from lava.proc.sparse.process import DelaySparse, Sparse
from numpy.typing import ArrayLike

from loihi_sleep.numerics.limits import DECAY_MAX
from loihi_sleep.processes.current_drive.process import CurrentDrive
from loihi_sleep.processes.forager.process import Forager
from loihi_sleep.processes.frame_drive.process import FrameDrive
from loihi_sleep.processes.gated_dense.process import GatedDense
from loihi_sleep.processes.image_drive.process import ImageDrive
from loihi_sleep.processes.kernels.foraging_world import DIRECTIONS, EMPTY, Orientation
from loihi_sleep.processes.kernels.integers import STATE_MAX, UNITY
from loihi_sleep.processes.kernels.residual_hebb import TAG_UNITS
from loihi_sleep.processes.phase_gate.process import PhaseGate
from loihi_sleep.processes.receptive_synapses.process import ReceptiveSynapses
from loihi_sleep.processes.residual_dense.process import ResidualDense
from loihi_sleep.processes.rewarded_synapses.process import RewardedSynapses
from loihi_sleep.processes.spike_drive.process import SpikeDrive
from loihi_sleep.processes.spike_probe.process import SpikeProbe

Range = tuple[ArrayLike, ArrayLike]
ANY: Range = (-np.inf, np.inf)
_FLAG: Range = (0, 1)
_SHARE: Range = (0.0, 1.0)
_NOT_NEGATIVE: Range = (0, np.inf)
_TRACES = ("x1", "x2", "y1", "y2", "y3")
# Bits of a shift, either way.
_SHIFT_MAX = 31


def range_of(var: Any, *, fixed: bool) -> Range:
    """Say from where to where a Var may be set.

    Parameters
    ----------
    var : Var
    fixed : bool
        Loihi's integers, else floats.

    Returns
    -------
    low, high : array_like
        To be spread over the Var's shape; infinite where there is no bound.
    """
    for kind, ranges in _RANGES.items():
        if isinstance(var.process, kind):
            found = ranges(var.process, fixed).get(var.name)
            if found is not None:
                return found
    return ANY


def _lif(process: Any, fixed: bool) -> dict[str, Range]:
    if not fixed:
        return {}
    return {
        "du": (0, DECAY_MAX),
        "dv": (0, UNITY),
        "bias_exp": (-_SHIFT_MAX, _SHIFT_MAX),
    }


def _synapses(process: Any, fixed: bool) -> dict[str, Range]:
    return {"num_message_bits": _NOT_NEGATIVE}


def _delays(process: Any, fixed: bool) -> dict[str, Range]:
    # The activation buffer has a slot for each delay up to the longest.
    return {"delays": (0, process.a_buff.shape[-1] - 1)}


def _plastic(process: Any, fixed: bool) -> dict[str, Range]:
    t_epoch = int(process.proc_params["learning_rule"].t_epoch)
    ranges: dict[str, Range] = {"x0": _FLAG, "y0": _FLAG, "tx": (0, t_epoch), "ty": (0, t_epoch)}
    for name in _TRACES:
        ranges |= {f"{name}_tau": _NOT_NEGATIVE, f"{name}_impulse": _NOT_NEGATIVE}
    return ranges


def _wave(process: Any, fixed: bool) -> dict[str, Range]:
    return {"wave_period": _NOT_NEGATIVE, "wave_depth": _SHARE}


def _current(process: Any, fixed: bool) -> dict[str, Range]:
    current = {"mean": (-STATE_MAX, STATE_MAX), "std": (0, STATE_MAX), "hold": (1, np.inf)}
    return _wave(process, fixed) | current


def _schedule(process: Any, fixed: bool) -> dict[str, Range]:
    return dict.fromkeys(("wake_steps", "sleep_steps", "elapsed"), _NOT_NEGATIVE)


def _forager(process: Any, fixed: bool) -> dict[str, Range]:
    last, particles = process.grid.shape[0] - 1, process.particles.shape[0]
    return _schedule(process, fixed) | {
        "grid": (EMPTY, particles - 1),
        # Row, column and orientation of each.
        "particles": (0, [last, last, len(Orientation) - 1]),
        # Row, column, heading and moves since the last particle.
        "agent": (0, [last, last, DIRECTIONS - 1, np.inf]),
        **dict.fromkeys(("drawn", "eaten", "counts"), _NOT_NEGATIVE),
    }


def _receptive(process: Any, fixed: bool) -> dict[str, Range]:
    return {
        "sources": (0, process.s_in.size - 1),
        "last_spike": (-1, np.inf),
        "learning": _FLAG,
        **dict.fromkeys(("weights", "input_sum"), _NOT_NEGATIVE),
    }


def _rewarded(process: Any, fixed: bool) -> dict[str, Range]:
    flags = ("frozen", "eligible", "asleep", "learning")
    sums = ("weights", "initial_sum", "mean_weight", "input_sum", "rate")
    steps = ("x_step", "y_step", "spikes", "cycles")
    return dict.fromkeys(flags, _FLAG) | dict.fromkeys((*sums, *steps), _NOT_NEGATIVE)


def _gated(process: Any, fixed: bool) -> dict[str, Range]:
    positive = (np.nextafter(0.0, 1.0), np.inf)
    rule = dict.fromkeys(("gain", "potentiation", "depression"), _NOT_NEGATIVE)
    return rule | {"width": positive}


_RANGES: dict[type, Callable[[Any, bool], dict[str, Range]]] = {
    AbstractLIF: _lif,
    DelayDense: lambda process, fixed: _synapses(process, fixed) | _delays(process, fixed),
    LearningConnectionProcess: lambda process, fixed: (
        _synapses(process, fixed) | _plastic(process, fixed)
    ),
    Dense: _synapses,
    DelaySparse: _synapses,
    Sparse: _synapses,
    SpikeDrive: lambda process, fixed: _wave(process, fixed) | {"rates": _SHARE},
    CurrentDrive: _current,
    ImageDrive: lambda process, fixed: {"rates": _SHARE},
    FrameDrive: lambda process, fixed: {"frames": (-STATE_MAX, STATE_MAX)},
    PhaseGate: _schedule,
    SpikeProbe: lambda process, fixed: {"count": _NOT_NEGATIVE},
    GatedDense: _gated,
    Forager: _forager,
    ReceptiveSynapses: _receptive,
    RewardedSynapses: _rewarded,
    ResidualDense: lambda process, fixed: {
        "learning": _FLAG,
        "tag_1": (1 - TAG_UNITS, TAG_UNITS - 1),
    },
}
