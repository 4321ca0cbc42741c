"""Spikes of a network that sees an image and then noise, nothing learned."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.experiments.slow_wave.life import PROBE, Subject, Synapses, noise
from loihi_sleep.experiments.slow_wave.measures import PROBES, built, seen_by
from loihi_sleep.processes.kernels.raster import unpack_raster
from loihi_sleep.run.session import Session
from loihi_sleep.sleep.phases import Schedule, sleep_process

# Frames of noise after that of the image: one slow wave.
NIGHT_FRAMES = 4


def day_and_night(
    subject: Subject, synapses: Synapses, image: NDArray[np.float64]
) -> dict[str, NDArray[Any]]:
    """Record all spikes during an image and a night of normal noise that it has not slept with.

    Parameters
    ----------
    subject : Subject
    synapses : Synapses
    image : ndarray, shape (pixels,)

    Returns
    -------
    dict of ndarray of bool
        ``raster_residual`` and ``raster_sparse``, shape (steps, neurons).
    """
    from loihi_sleep.processes.frame_drive.process import FrameDrive

    steps = subject.config.phases.frame_steps
    night = NIGHT_FRAMES * steps
    shown = seen_by(subject, PROBES["normal"])
    frames = np.zeros((1 + NIGHT_FRAMES, subject.network.pixels))
    frames[0] = subject.currents(image)
    day = FrameDrive(frames=frames, frame_steps=steps)
    sleep = sleep_process(
        noise(shown, subject.config.look.amplitude, night),
        Schedule(steps, night),
        subject.network.pixels,
        steps + night,
        subject.seed_for(PROBE),
    )
    day.a_out.connect(sleep.wake_in)
    made = built(subject, synapses, sleep.s_out, raster_steps=steps + night)
    with Session(day, subject.run_cfg) as session:
        session.run(steps + night)
        packed = {
            "raster_residual": session.get(made.residual_probe.raster),
            "raster_sparse": session.get(made.sparse_probe.raster),
        }
    sizes = (subject.network.pixels, subject.network.features)
    return {
        name: unpack_raster(words.astype(np.int64), size)
        for (name, words), size in zip(packed.items(), sizes, strict=True)
    }
