"""What a network is worth: it answers to images, and to noise as little as it can."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.experiments.slow_wave.conditions import BetweenImages
from loihi_sleep.experiments.slow_wave.forms import Learned, Made
from loihi_sleep.experiments.slow_wave.structure import (
    gabor_energy,
    neighbor_correlation,
    structured,
)
from loihi_sleep.experiments.slow_wave.training import (
    ConditionedNetwork,
    SlowWaveCase,
    network_of,
)
from loihi_sleep.run.session import Session
from loihi_sleep.sleep.phases import Schedule, sleep_process

if TYPE_CHECKING:
    from lava.magma.core.process.ports.ports import OutPort

# Noise that every network is probed with, whatever it slept with. Noise that is held for a frame is
# close to an image of low contrast.
PROBES = {
    "normal": BetweenImages("", "normal"),
    "uniform": BetweenImages("", "uniform"),
    "pink": BetweenImages("", "pink"),
    "salt_and_pepper": BetweenImages("", "salt_and_pepper"),
    "held": BetweenImages("", "normal", "frame"),
}
# Frames of a probe, one slow wave; of the first the network has yet to become used to noise.
PROBE_FRAMES = 4
# Spikes a second from which a neuron that sees nothing hallucinates, or fires without end.
HALLUCINATES, LATCHED = 5, 900
# Features in which structure is searched, the most active on images.
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
    case: SlowWaveCase,
    synapses: Learned,
    held_out: NDArray[np.float64],
) -> tuple[dict[str, float], Answers]:
    """Measure a network, nothing learned.

    Parameters
    ----------
    case : Case
    synapses : Synapses or ChipSynapses
    held_out : ndarray, shape (images, pixels)
        Patches that it has never seen, of mean 0 and standard deviation 1.

    Returns
    -------
    dict of str to float
        By the names of the metrics, without the condition.
    Answers
    """
    conditioned = network_of(case)
    features = conditioned.form.features_of(synapses)
    norms = np.linalg.norm(features, axis=0)
    values = {
        "norm_mean": float(norms.mean()),
        "norm_max": float(norms.max()),
        "saturated_share": conditioned.form.saturated(synapses),
    }
    latched = np.zeros(features.shape[1], dtype=bool)
    for kind in PROBES:
        rates = probe(case, synapses, kind)
        values[f"hallucinating_share_{kind}"] = float((rates[1:] >= HALLUCINATES).mean())
        latched |= (rates >= LATCHED).any(axis=0)
    values["hallucinating_share"] = values["hallucinating_share_normal"]
    answers = answer(case, synapses, held_out)
    latched |= (answers.counts * 2 / case.config.phases.frame_steps * _MS >= LATCHED).any(axis=0)
    values["latched_share"] = float(latched.mean())
    values["active_share"] = float((answers.counts > 0).mean())
    values["reconstruction_correlation"] = _correlation(answers.reconstructions, held_out)
    values["psnr_db"] = float(psnr(answers.reconstructions, held_out).mean())
    most_active = np.argsort(-answers.counts.sum(axis=0), kind="stable")[:TOP]
    top, side = features[:, most_active], conditioned.network.side
    values["structured_share_top64"] = float(structured(top, side, case.config.data.whiten).mean())
    values["neighbor_correlation"] = float(neighbor_correlation(top, side).mean())
    values["gabor_energy"] = float(gabor_energy(top, side).mean())
    return values, answers


def probe(case: SlowWaveCase, synapses: Learned, kind: str) -> NDArray[np.float64]:
    """Show noise that no network has slept with.

    Parameters
    ----------
    case : Case
    synapses : Synapses or ChipSynapses
    kind : str
        Of :data:`PROBES`.

    Returns
    -------
    ndarray, shape (frames, features)
        Spikes a second.
    """
    steps = case.config.phases.frame_steps
    night = PROBE_FRAMES * steps
    conditioned = network_of(case)
    shown = with_noise_of(conditioned, PROBES[kind])
    source = sleep_process(
        shown.noise(case.config.look.amplitude, night),
        Schedule(0, night),
        conditioned.network.pixels,
        night,
        case.seed_for("probe"),
    )
    made = build_trained(conditioned, synapses, source.s_out)
    counts = [np.zeros(conditioned.network.features)]
    with Session(source, case.run_cfg) as session:
        for _ in range(PROBE_FRAMES):
            session.run(steps)
            counts.append(session.get(made.sparse_probe.count))
    return np.diff(counts, axis=0) / steps * _MS


def answer(
    case: SlowWaveCase,
    synapses: Learned,
    images: NDArray[np.float64],
) -> Answers:
    """Show images, each for a frame, and decode the spikes of its second half.

    At rest the sparse layer takes off as much as comes in above gray, so that
    ``gain_down * phi @ rate`` stands for the current of the image.
    """
    from loihi_sleep.processes.frame_drive.process import FrameDrive

    conditioned, phases = network_of(case), case.config.phases
    network = conditioned.network
    half = phases.frame_steps // 2
    source = FrameDrive(frames=conditioned.form.currents(images), frame_steps=phases.frame_steps)
    made = build_trained(conditioned, synapses, source.a_out)
    counts = []
    with Session(source, case.run_cfg) as session:
        for _ in images:
            session.run(phases.frame_steps - half)
            before = session.get(made.sparse_probe.count)
            session.run(half)
            counts.append(session.get(made.sparse_probe.count) - before)
    currents = network.gain_down * np.array(counts) / half @ conditioned.form.sent_of(synapses).T
    return Answers(currents / conditioned.form.contrast_current, np.array(counts))


def with_noise_of(conditioned: ConditionedNetwork, probe: BetweenImages) -> ConditionedNetwork:
    """Give a network the noise of a probe instead of its own; it stays what it is."""
    return replace(conditioned, between=replace(probe, network=conditioned.between.network))


def build_trained(
    conditioned: ConditionedNetwork, synapses: Learned, source: OutPort, *, raster_steps: int = 0
) -> Made:
    """Wire what a network has learned to what drives it; it learns nothing more."""
    return conditioned.form.build(source, synapses, 0, learning=False, raster_steps=raster_steps)


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
