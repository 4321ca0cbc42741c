"""What a network is worth: it answers to images, and to noise as little as it can."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.experiments.slow_wave.conditions import Rest
from loihi_sleep.experiments.slow_wave.life import PROBE, Subject, Synapses, noise
from loihi_sleep.experiments.slow_wave.structure import (
    gabor_energy,
    neighbor_correlation,
    structured,
)
from loihi_sleep.networks.dictionary import DictionaryProcesses
from loihi_sleep.processes.kernels.residual_hebb import SUM_MAX, TAG_UNITS
from loihi_sleep.run.session import Session
from loihi_sleep.sleep.phases import Schedule, sleep_process

# Noise that every network is probed with, whatever it slept with. Noise that is held for a frame is
# close to an image of low contrast.
PROBES = {
    "normal": Rest("", "normal"),
    "uniform": Rest("", "uniform"),
    "pink": Rest("", "pink"),
    "salt_and_pepper": Rest("", "salt_and_pepper"),
    "held": Rest("", "normal", "frame"),
}
# Frames of a probe, one slow wave; of the first the network has yet to become used to noise.
PROBE_FRAMES = 4
# Spikes a second from which a neuron that sees nothing hallucinates, or fires without end.
HALLUCINATES, LATCHED = 5, 900
# Features that are looked at for structure, the most active on images.
TOP = 64
_MS = 1000.0


@dataclass(frozen=True)
class Answers:
    """What a network makes of held-out images.

    Parameters
    ----------
    reconstructions : ndarray, shape (images, pixels)
        In standard deviations of an image.
    counts : ndarray, shape (images, features)
        Spikes of the second half of a frame.
    """

    reconstructions: NDArray[np.float64]
    counts: NDArray[np.int64]


def measure(
    subject: Subject, synapses: Synapses, held_out: NDArray[np.float64]
) -> tuple[dict[str, float], Answers]:
    """Measure a network, nothing learned.

    Parameters
    ----------
    subject : Subject
    synapses : Synapses
    held_out : ndarray, shape (images, pixels)
        Patches that it has never seen, of mean 0 and standard deviation 1.

    Returns
    -------
    dict of str to float
        By the names of the metrics, without the condition.
    Answers
    """
    features = subject.features_of(synapses)
    norms = np.linalg.norm(features, axis=0)
    values = {
        "norm_mean": float(norms.mean()),
        "norm_max": float(norms.max()),
        "saturated_share": 0.0,
    }
    if subject.config.numerics == "fixed":
        held = synapses.weights * TAG_UNITS + synapses.tags
        values["saturated_share"] = float((np.abs(held) >= SUM_MAX).mean())
    latched = np.zeros(features.shape[1], dtype=bool)
    for kind in PROBES:
        rates = probe(subject, synapses, kind)
        values[f"hallucinating_share_{kind}"] = float((rates[1:] >= HALLUCINATES).mean())
        latched |= (rates >= LATCHED).any(axis=0)
    values["hallucinating_share"] = values["hallucinating_share_normal"]
    answers = answer(subject, synapses, held_out)
    latched |= (answers.counts * 2 / subject.config.phases.frame_steps * _MS >= LATCHED).any(axis=0)
    values["latched_share"] = float(latched.mean())
    values["active_share"] = float((answers.counts > 0).mean())
    values["reconstruction_correlation"] = _correlation(answers.reconstructions, held_out)
    values["psnr_db"] = float(psnr(answers.reconstructions, held_out).mean())
    most_active = np.argsort(-answers.counts.sum(axis=0), kind="stable")[:TOP]
    top, side = features[:, most_active], subject.network.side
    values["structured_share_top64"] = float(
        structured(top, side, subject.config.data.whiten).mean()
    )
    values["neighbor_correlation"] = float(neighbor_correlation(top, side).mean())
    values["gabor_energy"] = float(gabor_energy(top, side).mean())
    return values, answers


def probe(subject: Subject, synapses: Synapses, kind: str) -> NDArray[np.float64]:
    """Show noise that no network has slept with.

    Parameters
    ----------
    subject : Subject
    synapses : Synapses
    kind : str
        Of :data:`PROBES`.

    Returns
    -------
    ndarray, shape (frames, features)
        Spikes a second.
    """
    steps = subject.config.phases.frame_steps
    night = PROBE_FRAMES * steps
    shown = seen_by(subject, PROBES[kind])
    source = sleep_process(
        noise(shown, subject.config.look.amplitude, night),
        Schedule(0, night),
        subject.network.pixels,
        night,
        subject.seed_for(PROBE),
    )
    made = built(subject, synapses, source.s_out)
    counts = [np.zeros(subject.network.features)]
    with Session(source, subject.run_cfg) as session:
        for _ in range(PROBE_FRAMES):
            session.run(steps)
            counts.append(session.get(made.sparse_probe.count))
    return np.diff(counts, axis=0) / steps * _MS


def answer(subject: Subject, synapses: Synapses, images: NDArray[np.float64]) -> Answers:
    """Show images, each for a frame, and decode the spikes of its second half.

    At rest the sparse layer takes off as much as comes in above gray, so that
    ``gain_down * phi @ rate`` stands for the current of the image.
    """
    from loihi_sleep.processes.frame_drive.process import FrameDrive

    network, phases = subject.network, subject.config.phases
    half = phases.frame_steps // 2
    source = FrameDrive(frames=subject.currents(images), frame_steps=phases.frame_steps)
    made = built(subject, synapses, source.a_out)
    counts = []
    with Session(source, subject.run_cfg) as session:
        for _ in images:
            session.run(phases.frame_steps - half)
            before = session.get(made.sparse_probe.count)
            session.run(half)
            counts.append(session.get(made.sparse_probe.count) - before)
    unit = network.weight_unit(subject.config.numerics)
    currents = network.gain_down * np.array(counts) / half @ (synapses.weights.T * unit)
    return Answers(
        currents / (network.gray_current * subject.config.data.contrast), np.array(counts)
    )


def seen_by(subject: Subject, probe: Rest) -> Subject:
    """Give a network the noise of a probe instead of its own; it stays what it is."""
    return replace(subject, rest=replace(probe, network=subject.rest.network))


def built(
    subject: Subject, synapses: Synapses, source: Any, *, raster_steps: int = 0
) -> DictionaryProcesses:
    """Wire what a network has learned to what drives it; it learns nothing more."""
    return subject.network.build(
        source,
        synapses.weights,
        subject.config.numerics,
        0,
        phi_tags=synapses.tags,
        learning=False,
        raster_steps=raster_steps,
    )


def _correlation(made: NDArray[np.float64], images: NDArray[np.float64]) -> float:
    """Mean Pearson correlation; 0 for an image of which nothing is made."""
    made = made - made.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(made, axis=1) * np.linalg.norm(images, axis=1)
    return float(((made * images).sum(axis=1) / np.maximum(lengths, 1e-12)).mean())


def psnr(made: NDArray[np.float64], images: NDArray[np.float64]) -> NDArray[np.float64]:
    """Peak signal-to-noise ratio of each image in dB; the peak is its range."""
    error = np.sqrt(((made - images) ** 2).mean(axis=1))
    ratio: NDArray[np.float64] = 20 * np.log10(np.ptp(images, axis=1) / error)
    return ratio
