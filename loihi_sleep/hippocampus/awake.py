"""Learning prototypes awake: spikes of images, competition, a teacher that says the class."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from loihi_sleep.datasets.stream import Samples
from loihi_sleep.hippocampus.prototypes import FULL_WEIGHT, Prototypes, new_prototypes
from loihi_sleep.numerics.limits import WEIGHT_EXPONENT_MAX
from loihi_sleep.processes.kernels.integers import TRACE_MAX, WEIGHT_MAX
from loihi_sleep.rules import competitive_hebb
from loihi_sleep.run.session import Session
from loihi_sleep.seeds import spawn_seeds
from loihi_sleep.settings import Settings

if TYPE_CHECKING:
    from lava.magma.core.run_configs import RunConfig

# A teacher inhibits by so many lines a class, with the largest weight a synapse has.
_TEACHER_LINES, _LARGEST = 4, -WEIGHT_MAX
# An image reaches the neurons in the step after the one in which it is shown.
_OFFSET = 2


class HippocampusConfig(Settings):
    """How prototypes are learned awake."""

    steps: int = Field(32, ge=4, le=10_000, description="time steps an image is shown")
    tau: float = Field(4.0, gt=0, le=1000, description="steps over which a rate is measured")
    threshold: float = Field(
        3.6, gt=0, le=100, description="of a neuron, in what its own image brings it in a step"
    )
    bias: float = Field(0.1, ge=-10, le=10, description="constant current, in the same unit")
    inhibition: float = Field(
        0.35, ge=0, le=100, description="of a competitor's spike, in thresholds"
    )
    conscience: float = Field(
        0.06, ge=0, le=100, description="rise of a winner's threshold, in thresholds"
    )
    least_rate: int = Field(2, ge=0, le=TRACE_MAX, description="lowest learning rate, in 128ths")
    first_weights: int = Field(
        70, ge=1, le=WEIGHT_MAX, description="weights begin uniform below this"
    )
    first_thresholds: float = Field(
        0.5, ge=0, le=1, description="thresholds begin lower by up to this part"
    )


def empty_hippocampus(
    classes: int, per_class: int, samples: Samples, config: HippocampusConfig, seed: int
) -> Prototypes:
    """Return a hippocampus that has learned nothing, in the scale of the first samples.

    Parameters
    ----------
    classes, per_class : int
    samples : Samples
        Those of the first task: how bright they are sets thresholds once and for all.
    config : HippocampusConfig
    seed : int
    """
    weights_seed, thresholds_seed = spawn_seeds(seed, 2)
    made = new_prototypes(
        classes, per_class, samples.x.shape[1], spread=config.first_weights, seed=weights_seed
    )
    drive = FULL_WEIGHT * float((samples.x**2).sum(axis=1, dtype=np.float64).mean())
    lower = np.random.default_rng(thresholds_seed).random(len(made.labels))
    theta = -np.rint(lower * config.first_thresholds * config.threshold * drive)
    return replace(made, theta=theta.astype(np.int64), mean_drive=drive)


def learn_prototypes(
    prototypes: Prototypes,
    samples: Samples,
    config: HippocampusConfig,
    run_cfg: RunConfig,
    seed: int,
) -> Prototypes:
    """Show samples one after another, in spikes, to a hippocampus that learns.

    Parameters
    ----------
    prototypes : Prototypes
        From :func:`empty_hippocampus`, or what was learned before.
    samples : Samples
        Inputs of 0 .. 1; each is seen once.
    config : HippocampusConfig
    run_cfg : RunConfig
        From :func:`loihi_sleep.run.select.select`, in ``fixed``.
    seed : int

    Returns
    -------
    Prototypes
        After learning.
    """
    from lava.proc.dense.process import Dense, LearningDense
    from lava.utils.weightutils import SignMode

    from loihi_sleep.processes.competing_lif.process import CompetingLIF
    from loihi_sleep.processes.image_drive.process import ImageDrive

    images_seed, teacher_seed, rounding_seed = spawn_seeds(seed, 3)
    labels, drive = prototypes.labels, prototypes.mean_drive
    vth = round(config.threshold * drive)
    conscience = round(config.conscience * vth)
    per_class = int(np.bincount(labels).max())
    images = ImageDrive(rates=samples.x, steps=config.steps, seed=images_seed, name="images")
    lines = np.repeat(np.arange(prototypes.classes), _TEACHER_LINES)
    teacher = ImageDrive(
        rates=(samples.y[:, np.newaxis] == lines).astype(float),
        steps=config.steps,
        seed=teacher_seed,
        name="teacher",
    )
    rule = competitive_hebb(config.tau).loihi("fixed", rounding_seed)
    synapses = LearningDense(
        weights=prototypes.weights,
        learning_rule=rule,
        sign_mode=SignMode.EXCITATORY,
        name="bottom up",
    )
    silencing = Dense(
        weights=_LARGEST * (labels[:, np.newaxis] != lines).astype(np.int64),
        weight_exp=WEIGHT_EXPONENT_MAX,
        name="silencing",
    )
    lateral = Dense(weights=competitors(labels[:, np.newaxis] == labels), name="lateral")
    neurons = CompetingLIF(
        shape=(len(labels),),
        vth=vth,
        bias=round(config.bias * drive),
        inhibition=round(config.inhibition * vth),
        conscience=conscience,
        share=round(conscience / per_class),
        least_rate=config.least_rate,
        interval=config.steps,
        offset=_OFFSET,
        norm=prototypes.norm,
        theta=prototypes.theta,
        wins=prototypes.wins,
        name="prototypes",
    )
    images.s_out.connect(synapses.s_in)
    synapses.a_out.connect(neurons.a_in)
    teacher.s_out.connect(silencing.s_in)
    silencing.a_out.connect(neurons.a_in)
    neurons.s_out.connect(lateral.s_in)
    lateral.a_out.connect(neurons.inhibition_in)
    neurons.s_out_bap.connect(synapses.s_in_bap)
    neurons.s_out_y1.connect(synapses.s_in_y1)
    with Session(images, run_cfg) as session:
        # The thresholds move when the next presentation begins.
        session.run(len(samples.x) * config.steps + _OFFSET)
        learned: dict[str, Any] = {
            name: session.get(getattr(neurons, name)).astype(np.int64)
            for name in ("wins", "norm", "theta")
        }
        weights = session.get(synapses.weights).astype(np.int64)
    return replace(prototypes, weights=weights, **learned)


def competitors(compete: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return weights of 1 between those that compete, of which none inhibits itself.

    Parameters
    ----------
    compete : ndarray of bool, shape (neurons, neurons)
    """
    weights = compete.astype(np.int64)
    np.fill_diagonal(weights, 0)
    return weights
