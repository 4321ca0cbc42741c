"""Training of `slow-wave`: images, and between them sleep or what takes its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.datasets.patches import Patches
from loihi_sleep.experiments.slow_wave.conditions import CONDITIONS, BetweenImages, ConditionName
from loihi_sleep.experiments.slow_wave.config import SlowWaveConfig
from loihi_sleep.experiments.slow_wave.forms import (
    Form,
    FormForChip,
    Learned,
    SourceForm,
    Synapses,
)
from loihi_sleep.experiments.slow_wave.scaling import scales
from loihi_sleep.experiments.study import Case
from loihi_sleep.networks.dictionary import DictionaryNetwork
from loihi_sleep.networks.dictionary_chip import ChipDictionary
from loihi_sleep.run.session import Session
from loihi_sleep.sleep.drives import Drive, Gaussian, SlowWave
from loihi_sleep.sleep.phases import Schedule, run_phases, sleep_process

if TYPE_CHECKING:
    from lava.magma.core.process.variable import Var

    from loihi_sleep.processes.frame_drive.process import FrameDrive
    from loihi_sleep.processes.residual_dense.process import ResidualDense

# What random numbers are used for; the place of each is part of its seeds.
USES = ("features", "images", "noise", "rounding", "probe")
SlowWaveCase = Case[SlowWaveConfig, Patches]


@dataclass(frozen=True)
class ConditionedNetwork:
    """The network under a condition.

    Parameters
    ----------
    config : SlowWaveConfig
    between : BetweenImages
        What it does between images.
    """

    config: SlowWaveConfig
    between: BetweenImages

    @cached_property
    def network(self) -> DictionaryNetwork:
        """The network with the parameters of the condition."""
        return self.config.network.model_copy(update=self.between.network)

    @cached_property
    def form(self) -> Form[Any, Any]:
        """The network in the form that the configuration asks for."""
        contrast = self.config.data.contrast
        if self.config.form == "chip":
            return FormForChip(ChipDictionary(self.network), contrast)
        return SourceForm(self.network, contrast, self.config.numerics)

    def noise(self, amplitude: float, night: int) -> Drive:
        """Return the noise of sleep.

        Parameters
        ----------
        amplitude : float
            Standard deviation at the crest, gray currents.
        night : int
            Steps of a sleep: one slow wave.
        """
        between, sleep, steps = self.between, self.config.sleep, self.config.phases.frame_steps
        deviation = 0.0
        if between.noise is not None:
            deviation = self.form.deviation(amplitude)
            if not between.wave:
                # As much power as a raised cosine of this depth brings.
                deviation *= (1 - sleep.wave_depth + 3 / 8 * sleep.wave_depth**2) ** 0.5
        drive = Gaussian(
            std=deviation,
            mean=-deviation if between.below else 0.0,
            hold={"short": sleep.hold, "step": 1, "frame": steps}[between.hold],
            noise=between.noise or "normal",
        )
        return SlowWave(drive, float(night), sleep.wave_depth) if between.wave else drive


def network_of(case: SlowWaveCase) -> ConditionedNetwork:
    """Return the network of a case."""
    return ConditionedNetwork(case.config, CONDITIONS[cast(ConditionName, case.condition)])


def network(config: SlowWaveConfig) -> FrameDrive:
    """Wire the network to an image, for :func:`loihi_sleep.fit.check`."""
    from loihi_sleep.processes.frame_drive.process import FrameDrive

    made = config.network
    image = FrameDrive(frames=np.zeros((1, made.pixels)), frame_steps=config.phases.frame_steps)
    form = ConditionedNetwork(config, CONDITIONS["sleep"]).form
    form.build(image.a_out, form.first_synapses(0), 0)
    return image


def train(
    case: SlowWaveCase, norms: NDArray[np.float64]
) -> tuple[list[Learned], dict[str, NDArray[np.float64]]]:
    """Show images, and let the network sleep between them.

    Parameters
    ----------
    case : Case
    norms : ndarray, shape (tests,)
        Mean norms to which features are scaled, where they are: at first, and at each test.

    Returns
    -------
    list of Synapses or ChipSynapses
        At first, and at each test.
    dict of ndarray
        ``grown_awake`` and ``grown_asleep``, shape (tests,): change of the mean squared norm since
        the last test in all frames awake, and asleep; ``transposition_error``, shape (tests,).
    """
    from loihi_sleep.processes.frame_drive.process import FrameDrive

    conditioned = network_of(case)
    config, form, between = case.config, conditioned.form, conditioned.between
    phases, (awake, asleep) = config.phases, config.ratio_of(between)
    rng = np.random.default_rng(case.seed_for("images"))
    patches = case.data.train
    chosen = patches[rng.integers(len(patches), size=phases.images)]
    steps = phases.frame_steps
    shown = _with_nights(form.currents(chosen), awake, asleep)
    images = FrameDrive(frames=shown, frame_steps=steps)
    schedule = Schedule(awake * steps, asleep * steps)
    sleep = sleep_process(
        conditioned.noise(config.sleep.amplitude, asleep * steps),
        schedule,
        conditioned.network.pixels,
        len(shown) * steps,
        case.seed_for("noise"),
    )
    images.a_out.connect(sleep.wake_in)
    first = form.first_synapses(case.seed_for("features"))
    made = form.build(sleep.s_out, first, case.seed_for("rounding"))
    tests, errors = [first], []
    growth = _Growth(_square(form.features_of(first)))
    with Session(images, case.run_cfg) as session:
        for image in range(1, phases.images + 1):
            done = (image - 1 + (image - 1) // awake * asleep) * steps
            then = (image + image // awake * asleep) * steps
            # The image, and after so many of them a sleep.
            for stretch in run_phases(session, schedule, done, then):
                features = form.features_of(form.read(session, made))
                growth.note("asleep" if stretch.asleep else "awake", _square(features))
                case.advance((stretch.stop - stretch.start) // steps, between.text)
            if between.scaled is not None and image % awake == 0:
                norm = np.interp(image / phases.images, np.linspace(0, 1, len(norms)), norms)
                features = _scaled(conditioned, session, made, features, float(norm))
                growth.square = _square(features)
            if image % (phases.images // config.look.times) == 0:
                tests.append(form.read(session, made))
                errors.append(form.transposition_error(session, made, tests[-1]))
                growth.keep()
    return tests, {
        "grown_awake": np.array(growth.tests["awake"]),
        "grown_asleep": np.array(growth.tests["asleep"]),
        "transposition_error": np.array(errors),
    }


@dataclass
class _Growth:
    """Change of the mean squared norm, awake and asleep, since the last test and at each.

    Parameters
    ----------
    square : float
        Mean squared norm now.
    """

    square: float
    since: dict[str, float] = field(default_factory=lambda: {"awake": 0.0, "asleep": 0.0})
    tests: dict[str, list[float]] = field(default_factory=lambda: {"awake": [], "asleep": []})

    def note(self, phase: str, square: float) -> None:
        """Take in what the norm is after a phase."""
        self.since[phase] += square - self.square
        self.square = square

    def keep(self) -> None:
        """Keep what has changed since the last test."""
        for phase, change in self.since.items():
            self.tests[phase].append(change)
            self.since[phase] = 0.0


def _with_nights(currents: NDArray[np.float64], awake: int, asleep: int) -> NDArray[np.float64]:
    """Put frames of nothing, for sleep, after each so many images."""
    if not asleep:
        return currents
    cycles = -(-len(currents) // awake)
    frames = np.zeros((cycles, awake + asleep, currents.shape[1]))
    rows = np.arange(len(currents))
    frames[rows // awake, rows % awake] = currents
    return frames.reshape(-1, currents.shape[1])


def _variables(synapses: ResidualDense) -> tuple[Var, Var]:
    return synapses.weights, synapses.tag_1


def _scaled(
    conditioned: ConditionedNetwork,
    session: Session,
    made: Any,
    features: NDArray[np.float64],
    norm: float,
) -> NDArray[np.float64]:
    """Scale features, as a control does, and return what synapses then hold; count anew."""
    assert conditioned.between.scaled is not None
    spikes = session.get(made.sparse_probe.count)
    session.set(made.sparse_probe.count, 0)
    factors = scales(conditioned.between.scaled, np.linalg.norm(features, axis=0), spikes, norm)
    scaled, numerics = features * factors, conditioned.config.numerics
    weights, tags = conditioned.network.weights_and_tags(scaled, numerics)
    for synapses, turned in ((made.down, False), (made.up, True)):
        for var, values in zip(_variables(synapses), (weights, tags), strict=True):
            session.set(var, values.T if turned else values)
    return conditioned.form.features_of(Synapses(weights, tags))


def _square(features: NDArray[np.float64]) -> float:
    """Mean squared norm of features."""
    return float((features**2).sum(axis=0).mean())
