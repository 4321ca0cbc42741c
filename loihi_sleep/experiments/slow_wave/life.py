"""A life: images, and between them sleep or what takes its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.experiments.slow_wave.conditions import Rest
from loihi_sleep.experiments.slow_wave.config import SlowWaveConfig
from loihi_sleep.experiments.slow_wave.scaling import scales
from loihi_sleep.networks.dictionary import DictionaryNetwork, DictionaryProcesses
from loihi_sleep.progress import Progress
from loihi_sleep.run.session import Session
from loihi_sleep.seeds import spawn_seeds
from loihi_sleep.sleep.drives import Drive, Gaussian, SlowWave
from loihi_sleep.sleep.phases import Schedule, run_phases, sleep_process

if TYPE_CHECKING:
    from lava.magma.core.process.variable import Var

    from loihi_sleep.processes.frame_drive.process import FrameDrive
    from loihi_sleep.processes.residual_dense.process import ResidualDense

# What the random numbers of a seed are for.
FEATURES, IMAGES, NOISE, ROUNDING, PROBE = range(5)


@dataclass(frozen=True)
class Synapses:
    """What a network has learned.

    Parameters
    ----------
    weights, tags : ndarray, shape (pixels, features)
        As the synapses from the sparse layer hold them.
    """

    weights: NDArray[Any]
    tags: NDArray[Any]


@dataclass(frozen=True)
class Subject:
    """One seed of a run, under one condition.

    Parameters
    ----------
    config : SlowWaveConfig
    rest : Rest
    seed : int
    run_cfg : RunConfig
    progress : Progress
        Told of frames.
    """

    config: SlowWaveConfig
    rest: Rest
    seed: int
    run_cfg: Any
    progress: Progress

    @cached_property
    def network(self) -> DictionaryNetwork:
        """The network under this condition."""
        return self.config.network.model_copy(update=self.rest.network)

    def seed_for(self, use: int) -> int:
        """Seed of one use of random numbers, the same under all conditions."""
        return spawn_seeds(self.seed, 1, use)[0]

    def features_of(self, synapses: Synapses) -> NDArray[np.float64]:
        """Features that synapses hold, shape (pixels, features)."""
        return self.network.features_of(synapses.weights, synapses.tags, self.config.numerics)

    def currents(self, patches: NDArray[np.float64]) -> NDArray[np.float64]:
        """Currents around gray that show patches, in the residual neurons' units."""
        gray = self.network.gray_current
        shown = np.maximum(0.0, gray * (1 + self.config.data.contrast * patches)) - gray
        return shown * self.network.thresholds(self.config.numerics)[0]


def network(config: SlowWaveConfig) -> FrameDrive:
    """Wire the network to an image, for :func:`loihi_sleep.fit.check`."""
    from loihi_sleep.processes.frame_drive.process import FrameDrive

    made, numerics = config.network, config.numerics
    image = FrameDrive(frames=np.zeros((1, made.pixels)), frame_steps=config.phases.frame_steps)
    weights, tags = made.held(made.initial_features(0), numerics)
    made.build(image.a_out, weights, numerics, 0, phi_tags=tags)
    return image


def live(
    subject: Subject, patches: NDArray[np.float64], norms: NDArray[np.float64]
) -> tuple[list[Synapses], dict[str, NDArray[np.float64]]]:
    """Let a network live.

    Parameters
    ----------
    subject : Subject
    patches : ndarray, shape (patches, pixels)
        To choose images from.
    norms : ndarray, shape (looks,)
        Mean norms to which features are scaled, where they are: at first, and at each look.

    Returns
    -------
    list of Synapses
        At first, and at each look.
    dict of ndarray
        ``grown_awake`` and ``grown_asleep``, shape (looks,): change of the mean squared norm since
        the last look in all frames awake, and asleep; ``transposition_error``, shape (looks,).
    """
    from loihi_sleep.processes.frame_drive.process import FrameDrive

    config, network, rest = subject.config, subject.network, subject.rest
    phases, (awake, asleep) = config.phases, config.ratio_of(rest)
    rng = np.random.default_rng(subject.seed_for(IMAGES))
    chosen = patches[rng.integers(len(patches), size=phases.images)]
    steps = phases.frame_steps
    shown = _with_nights(subject.currents(chosen), awake, asleep)
    images = FrameDrive(frames=shown, frame_steps=steps)
    schedule = Schedule(awake * steps, asleep * steps)
    sleep = sleep_process(
        noise(subject, config.sleep.amplitude, asleep * steps),
        schedule,
        network.pixels,
        len(shown) * steps,
        subject.seed_for(NOISE),
    )
    images.a_out.connect(sleep.wake_in)
    features = network.initial_features(subject.seed_for(FEATURES))
    first = Synapses(*network.held(features, config.numerics))
    made = network.build(
        sleep.s_out,
        first.weights,
        config.numerics,
        subject.seed_for(ROUNDING),
        phi_tags=first.tags,
    )
    looks, errors = [first], []
    thermostat = _Thermostat(_square(subject.features_of(first)))
    with Session(images, subject.run_cfg) as session:
        for image in range(1, phases.images + 1):
            done = (image - 1 + (image - 1) // awake * asleep) * steps
            then = (image + image // awake * asleep) * steps
            # The image, and after so many of them a sleep.
            for stretch in run_phases(session, schedule, done, then):
                features = subject.features_of(_synapses(session, made))
                thermostat.note("asleep" if stretch.asleep else "awake", _square(features))
                frames = (stretch.stop - stretch.start) // steps
                subject.progress.advance(frames, f"seed {subject.seed}, {rest.text}")
            if rest.scaled is not None and image % awake == 0:
                norm = np.interp(image / phases.images, np.linspace(0, 1, len(norms)), norms)
                features = _scaled(subject, session, made, features, float(norm))
                thermostat.square = _square(features)
            if image % (phases.images // config.look.times) == 0:
                looks.append(_synapses(session, made))
                errors.append(_transposition_error(looks[-1].weights, session.get(made.up.weights)))
                thermostat.look()
    return looks, {
        "grown_awake": np.array(thermostat.looks["awake"]),
        "grown_asleep": np.array(thermostat.looks["asleep"]),
        "transposition_error": np.array(errors),
    }


@dataclass
class _Thermostat:
    """Change of the mean squared norm, awake and asleep, since the last look and at each.

    Parameters
    ----------
    square : float
        Mean squared norm now.
    """

    square: float
    since: dict[str, float] = field(default_factory=lambda: {"awake": 0.0, "asleep": 0.0})
    looks: dict[str, list[float]] = field(default_factory=lambda: {"awake": [], "asleep": []})

    def note(self, phase: str, square: float) -> None:
        """Take in what the norm is after a phase."""
        self.since[phase] += square - self.square
        self.square = square

    def look(self) -> None:
        """Keep what has changed since the last look."""
        for phase, change in self.since.items():
            self.looks[phase].append(change)
            self.since[phase] = 0.0


def noise(subject: Subject, amplitude: float, night: int) -> Drive:
    """Return the noise of sleep under a condition.

    Parameters
    ----------
    subject : Subject
    amplitude : float
        Standard deviation at the crest, gray currents.
    night : int
        Steps of a sleep: one slow wave.

    Returns
    -------
    Drive
    """
    rest, sleep, steps = subject.rest, subject.config.sleep, subject.config.phases.frame_steps
    vth = subject.network.thresholds(subject.config.numerics)[0]
    deviation = 0.0
    if rest.noise is not None:
        deviation = amplitude * subject.network.gray_current * vth
        if not rest.wave:
            # As much power as a raised cosine of this depth brings.
            deviation *= (1 - sleep.wave_depth + 3 / 8 * sleep.wave_depth**2) ** 0.5
    drive = Gaussian(
        std=deviation,
        mean=-deviation if rest.below else 0.0,
        hold={"short": sleep.hold, "step": 1, "frame": steps}[rest.hold],
        noise=rest.noise or "normal",
    )
    return SlowWave(drive, float(night), sleep.wave_depth) if rest.wave else drive


def _with_nights(currents: NDArray[np.float64], awake: int, asleep: int) -> NDArray[np.float64]:
    """Put frames of nothing, for sleep, after each so many images."""
    if not asleep:
        return currents
    cycles = -(-len(currents) // awake)
    frames = np.zeros((cycles, awake + asleep, currents.shape[1]))
    rows = np.arange(len(currents))
    frames[rows // awake, rows % awake] = currents
    return frames.reshape(-1, currents.shape[1])


def _held(synapses: ResidualDense) -> tuple[Var, Var]:
    return synapses.weights, synapses.tag_1


def _synapses(session: Session, made: DictionaryProcesses) -> Synapses:
    return Synapses(*(session.get(var) for var in _held(made.down)))


def _scaled(
    subject: Subject,
    session: Session,
    made: DictionaryProcesses,
    features: NDArray[np.float64],
    norm: float,
) -> NDArray[np.float64]:
    """Scale features, as a control does, and return what synapses then hold; count anew."""
    assert subject.rest.scaled is not None
    spikes = session.get(made.sparse_probe.count)
    session.set(made.sparse_probe.count, 0)
    factors = scales(subject.rest.scaled, np.linalg.norm(features, axis=0), spikes, norm)
    weights, tags = subject.network.held(features * factors, subject.config.numerics)
    for synapses, turned in ((made.down, False), (made.up, True)):
        for var, values in zip(_held(synapses), (weights, tags), strict=True):
            session.set(var, values.T if turned else values)
    return subject.features_of(Synapses(weights, tags))


def _transposition_error(down: NDArray[np.float64], up: NDArray[np.float64]) -> float:
    """Norm of what the two sets of synapses differ by, relative to that of the features."""
    return float(np.linalg.norm(down - up.T) / np.linalg.norm(down))


def _square(features: NDArray[np.float64]) -> float:
    """Mean squared norm of features."""
    return float((features**2).sum(axis=0).mean())
