"""Spikes of a network that sees an image and then noise, nothing learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.experiments.slow_wave.conditions import ConditionName
from loihi_sleep.experiments.slow_wave.forms import Learned
from loihi_sleep.experiments.slow_wave.measures import PROBES, build_trained, with_noise_of
from loihi_sleep.experiments.slow_wave.training import SlowWaveCase, network_of
from loihi_sleep.processes.kernels.raster import unpack_raster
from loihi_sleep.results.packed_rasters import pack, unpack
from loihi_sleep.run.session import Session
from loihi_sleep.sleep.phases import Schedule, sleep_process

# Conditions of which a report plays nights.
PLAYED: tuple[ConditionName, ...] = ("no_sleep", "sleep")
_LAYERS = ("raster_residual", "raster_sparse")
# Frames of noise after that of the image: one slow wave.
NIGHT_FRAMES = 4


def day_and_night(
    case: SlowWaveCase,
    synapses: Learned,
    image: NDArray[np.float64],
) -> dict[str, NDArray[Any]]:
    """Record all spikes during an image and a night of normal noise that it has not slept with.

    Parameters
    ----------
    case : Case
    synapses : Synapses or ChipSynapses
    image : ndarray, shape (pixels,)

    Returns
    -------
    dict of ndarray of bool
        ``raster_residual`` and ``raster_sparse``, shape (steps, neurons).
    """
    from loihi_sleep.processes.frame_drive.process import FrameDrive

    steps = case.config.phases.frame_steps
    night = NIGHT_FRAMES * steps
    conditioned = network_of(case)
    shown = with_noise_of(conditioned, PROBES["normal"])
    frames = np.zeros((1 + NIGHT_FRAMES, conditioned.network.pixels))
    frames[0] = conditioned.form.currents(image)
    day = FrameDrive(frames=frames, frame_steps=steps)
    sleep = sleep_process(
        shown.noise(case.config.look.amplitude, night),
        Schedule(steps, night),
        conditioned.network.pixels,
        steps + night,
        case.seed_for("probe"),
    )
    day.a_out.connect(sleep.wake_in)
    made = build_trained(conditioned, synapses, sleep.s_out, raster_steps=steps + night)
    with Session(day, case.run_cfg) as session:
        session.run(steps + night)
        packed = {
            "raster_residual": session.get(made.residual_probe.raster),
            "raster_sparse": session.get(made.sparse_probe.raster),
        }
    sizes = (case.config.residual_neurons, conditioned.network.features)
    return {
        name: unpack_raster(words.astype(np.int64), size)
        for (name, words), size in zip(packed.items(), sizes, strict=True)
    }


def moments_of(tests: int) -> list[int]:
    """Return the numbers of the tests with which nights are recorded: at first, later, at last."""
    return sorted({0, (tests - 1) // 2, tests - 1})


def packed(moment: int, rasters: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Pack what :func:`day_and_night` recorded with a test, eight neurons a byte."""
    return {f"test_{moment}_{name}": pack(rasters[name]) for name in _LAYERS}


def unpacked(
    kept: Mapping[str, NDArray[Any]], moment: int, sizes: Sequence[int]
) -> list[NDArray[np.bool_]] | None:
    """Return the rasters of a test, residual and sparse; None where none were kept.

    Parameters
    ----------
    kept : mapping of str to ndarray
        What a condition left.
    moment : int
        Number of the test.
    sizes : sequence of int
        Neurons of the two layers.
    """
    names = [f"test_{moment}_{name}" for name in _LAYERS]
    if not all(name in kept for name in names):
        return None
    return [unpack(kept[name], size) for name, size in zip(names, sizes, strict=True)]
