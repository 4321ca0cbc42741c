"""Protocol of `src`: every arm of every seed is a job, and what jobs leave becomes metrics."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep import networks
from loihi_sleep.configuration import name_settings
from loihi_sleep.consolidation.chip_form import by_layer
from loihi_sleep.consolidation.first_night import first_night
from loihi_sleep.consolidation.lifelong import OnDay
from loihi_sleep.datasets import DATA_SETS, load_stream
from loihi_sleep.datasets.stream import Samples, Stream, accuracy_by_task
from loihi_sleep.experiments.jobs import Job, SharedProgress, run_left
from loihi_sleep.experiments.src import arms, measures, replay_controls
from loihi_sleep.experiments.src.arms import ArmLife, Subject
from loihi_sleep.experiments.src.config import SrcConfig
from loihi_sleep.experiments.src.metrics import metrics_of
from loihi_sleep.networks.normalization import thresholds
from loihi_sleep.networks.readout import classify_in_spikes
from loihi_sleep.progress import Progress
from loihi_sleep.results.checkpoint import Checkpoint
from loihi_sleep.results.run_folder import RunFolder
from loihi_sleep.training import sgd
from loihi_sleep.training.sgd import Weights

if TYPE_CHECKING:
    from lava.magma.core.run_configs import RunConfig

    from loihi_sleep.processes.sleep.process import Sleep

RASTER_STEPS = 200
# Of MNIST, Fashion-MNIST and CIFAR-10.
CLASSES = 10
Arrays = dict[str, NDArray[Any]]


def load_data(config: SrcConfig) -> Stream:
    """Load the data of a run.

    Raises
    ------
    ValueError
        Data that are missing or damaged.
    """
    data = config.data
    with name_settings("data", LOIHI_SLEEP_DATA="LOIHI_SLEEP_DATA"):
        return load_stream(
            data.name, task_order=data.task_order, task_images=data.task_images, folder=data.folder
        )


def run(
    config: SrcConfig, run_cfg: RunConfig, folder: RunFolder, progress: Progress
) -> dict[str, Any]:
    """Run the experiment over its seeds.

    Parameters
    ----------
    config : SrcConfig
    run_cfg : RunConfig
        What runs the networks, from :func:`loihi_sleep.run.select.select`.
    folder : RunFolder
        Arms that its checkpoint holds are not run again.
    progress : Progress

    Returns
    -------
    dict
        Metrics by name, measured on the test split.
    """
    stream = load_data(config)
    folder.log("data", name=config.data.name, inputs=stream.source, tasks=stream.tasks)
    checkpoint = folder.checkpoint
    if not checkpoint.has("tasks"):
        # What figures need, without loading the data again.
        checkpoint.write("tasks", {"classes": np.array(stream.tasks)})
    shared = SharedProgress(progress)
    subjects = [Subject(config, stream, seed, run_cfg, shared) for seed in config.seeds]
    waves = [jobs_of(config, subjects, stream.test)]
    waves.append(jobs_after_sleep(config, subjects, stream.test, checkpoint))
    shared.start(sum(work_of(group, len(stream.tasks)) for wave in waves for group in wave))
    for wave in waves:
        work = partial(work_of, tasks=len(stream.tasks))
        run_left(wave, work, checkpoint, shared, run_cfg.engine)
    return metrics_of(config, stream, checkpoint)


def network(config: SrcConfig) -> Sleep:
    """Wire the network of a first night, for :func:`loihi_sleep.fit.check`."""
    image = DATA_SETS[config.data.name].image
    plane = image[1:] if image is not None else load_data(config).plane
    sizes = (plane[0] * plane[1], *config.hidden, CLASSES)
    return first_night(sizes, plane, config.wake, config.sleep, config.numerics)


def host_only(config: SrcConfig) -> list[str]:
    """Say which arms no chip can run."""
    if "replay_controls" not in config.arms:
        return []
    return ["arms names replay_controls, whose shuffled_pre learns with ShuffledDense on the host"]


def work_of(group: str, tasks: int) -> int:
    """Units of progress that a job reports."""
    single = group.endswith(("/joint", "/second_task", "/sleep_spiking"))
    return 1 if single else tasks


def jobs_of(config: SrcConfig, subjects: list[Subject], samples: Samples) -> dict[str, Job]:
    """Jobs that need no other one, by group of the checkpoint; the long ones first."""
    jobs: dict[str, Job] = {}
    tasks = subjects[0].stream.tasks
    for subject in subjects:

        def add(
            name: str,
            live: Callable[..., ArmLife],
            subject: Subject = subject,
            measure: Callable[..., Arrays] = measures.of_life,
        ) -> None:
            def job() -> Arrays:
                return measure(live(subject, _reporter(subject, name)), samples, tasks)

            jobs[f"seed_{subject.seed}/{name}"] = job

        if "joint" in config.arms:
            jobs[f"seed_{subject.seed}/joint"] = partial(_joint, subject, samples)
        if "second_task" in config.arms:
            jobs[f"seed_{subject.seed}/second_task"] = partial(_second_task, subject, samples)
        if "sequential" in config.arms:
            add("sequential", arms.sequential)
        if "sleep" in config.arms:
            slept = partial(arms.slept, raster_steps=RASTER_STEPS)
            add("sleep", slept, measure=measures.of_sleep)
        for fraction in config.rehearsal.fractions:
            for name, asleep in (("rehearsal", False), ("sleep_rehearsal", True)):
                if name in config.arms:
                    live = partial(arms.rehearsed, fraction=fraction, asleep=asleep)
                    add(f"{name}_{fraction:g}", live)
        if "ewc" in config.arms:
            add("ewc", arms.elastic)
        if "si" in config.arms:
            add("si", arms.intelligent)
        if "replay_controls" in config.arms:
            for name, settings, alter in _controls(config):
                add(f"control_{name}", partial(arms.slept, settings=settings, alter=alter))
    return jobs


def jobs_after_sleep(
    config: SrcConfig, subjects: list[Subject], samples: Samples, checkpoint: Checkpoint
) -> dict[str, Job]:
    """Jobs that begin with what the sleeping arm left."""
    jobs: dict[str, Job] = {}
    if "sleep" not in config.arms:
        return jobs
    for subject in subjects:
        group = f"seed_{subject.seed}"
        jobs[f"{group}/sleep_spiking"] = partial(_spiking, subject, samples, checkpoint)
        if "replay_controls" in config.arms:
            for kind in ("layer", "neuron"):
                jobs[f"{group}/control_{kind}_norms"] = partial(
                    _rescaled, subject, samples, checkpoint, kind
                )
    return jobs


def _controls(
    config: SrcConfig,
) -> list[tuple[str, Any, replay_controls.Alter | None]]:
    """Name, sleep settings and alteration of each control that is a night of its own."""
    no_potentiation = {"potentiation": 0.0}
    return [
        ("flat_drive", None, replay_controls.flat_drive),
        ("shuffled_drive", None, replay_controls.shuffled_drive),
        ("shuffled_pre", None, replay_controls.shuffled_pre),
        ("depression_only", config.sleep.model_copy(update=no_potentiation), None),
    ]


def _reporter(subject: Subject, name: str) -> OnDay:
    def on_day(task: int, weights: Weights) -> None:
        subject.progress.advance(1, f"seed {subject.seed}, {name}, task {task + 1}")

    return on_day


def _joint(subject: Subject, samples: Samples) -> Arrays:
    subject.progress.advance(1, f"seed {subject.seed}, joint")
    weights = arms.jointly(subject)
    predicted = sgd.predict(weights, samples.x, subject.config.joint.hidden_scale)
    return {"predicted": predicted.astype(np.int8)}


def _second_task(subject: Subject, samples: Samples) -> Arrays:
    subject.progress.advance(1, f"seed {subject.seed}, second task")
    tasks = subject.stream.tasks[:2]
    both = samples.of_classes([c for task in tasks for c in task])
    scale = subject.config.wake.hidden_scale
    evening, morning = (
        np.array([accuracy_by_task(sgd.predict(w, both.x, scale), both, tasks) for w in history])
        for history in arms.second_task(subject)
    )
    return {"evening": evening, "morning": morning}


def _rescaled(subject: Subject, samples: Samples, checkpoint: Checkpoint, kind: str) -> Arrays:
    kept = checkpoint.read(f"seed_{subject.seed}/sleep")
    layers = len(subject.config.hidden) + 1
    ratios = [
        [kept[f"{kind}_norm_ratio_{night}_{layer}"] for layer in range(layers)]
        for night in range(len(subject.stream.tasks))
    ]
    on_day = _reporter(subject, f"control_{kind}_norms")
    return measures.of_life(arms.rescaled(subject, on_day, ratios), samples, subject.stream.tasks)


def _spiking(subject: Subject, samples: Samples, checkpoint: Checkpoint) -> Arrays:
    """Read the slept network out in spikes."""
    subject.progress.advance(1, f"seed {subject.seed}, read out in spikes")
    config = subject.config
    kept = checkpoint.read(f"seed_{subject.seed}/sleep")
    layers = len(config.hidden) + 1
    weights = [kept[f"weights_{layer}"].astype(float) for layer in range(layers)]
    unit = tuple(float(value) for value in kept["unit"])
    if config.sleep.form == "released":
        # Real weights: a LIF layer hears the activations as they are outside of training.
        scale = config.wake.hidden_scale
        heard = [matrix * (scale if layer else 1.0) for layer, matrix in enumerate(weights)]
        quantized = networks.quantize(heard, rounded=False)
        weights, unit = list(quantized.units), quantized.unit
    factors = by_layer(config.readout.threshold_factors, layers)
    predicted = classify_in_spikes(
        weights,
        thresholds(factors, kept["maxima"], unit),
        samples.x,
        subject.run_cfg,
        steps=config.readout.steps,
        gain=config.readout.gain,
        seed=subject.seed_for(arms.READOUT),
    )
    return {"predicted": predicted.astype(np.int8)}
