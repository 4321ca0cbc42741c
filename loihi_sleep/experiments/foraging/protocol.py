"""Protocol of `foraging`: features, the first task, then everything that may follow it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.experiments.foraging import phases, recordings
from loihi_sleep.experiments.foraging.analyses import strongest
from loihi_sleep.experiments.foraging.conditions import TASKS, TRAININGS, Condition, in_waves
from loihi_sleep.experiments.foraging.config import ForagingConfig
from loihi_sleep.experiments.foraging.metrics import metrics_of
from loihi_sleep.experiments.foraging.phases import Features, Subject, Trained
from loihi_sleep.experiments.jobs import Job, SharedProgress, run_left, timed
from loihi_sleep.networks.foraging import OutputSynapses
from loihi_sleep.progress import Progress
from loihi_sleep.results.checkpoint import Checkpoint
from loihi_sleep.results.run_folder import RunFolder
from loihi_sleep.run.select import select

if TYPE_CHECKING:
    from lava.magma.core.run_configs import RunConfig

Arrays = dict[str, NDArray[Any]]
_SYNAPSE_FIELDS = [field.name for field in fields(OutputSynapses)]


def run(
    config: ForagingConfig, run_cfg: RunConfig, folder: RunFolder, progress: Progress
) -> dict[str, Any]:
    """Run the experiment over its seeds.

    Parameters
    ----------
    config : ForagingConfig
    run_cfg : RunConfig
        What runs the networks, from :func:`loihi_sleep.run.select.select`.
    folder : RunFolder
        Phases that its checkpoint holds are not run again.
    progress : Progress

    Returns
    -------
    dict
        Metrics by name.
    """
    checkpoint = folder.checkpoint
    shared = SharedProgress(progress)
    # Map neurons learn features, in float, on the same engine.
    feature_cfg = select(run_cfg.engine, "float")
    subjects = [Subject(config, seed, run_cfg, feature_cfg, shared) for seed in config.seeds]
    waves = _waves(config)
    shared.start(len(subjects) * sum(config.cycles_of(name) for wave in waves for name in wave))
    for wave in waves:
        jobs: dict[str, Job] = {
            f"seed_{subject.seed}/{name}": timed(partial(_phase, subject, name, checkpoint))
            for name in wave
            for subject in (subjects[:1] if name == "film" else subjects)
        }
        run_left(jobs, _cycles_of(config), checkpoint, shared, run_cfg.engine)
    return metrics_of(config, checkpoint)


def _waves(config: ForagingConfig) -> list[list[str]]:
    """Phases in the order in which they need each other, those of a wave side by side."""
    looked_at = [
        *(["pruned"] if config.phases.pruned_test else []),
        *(["film"] if config.phases.film else []),
    ]
    trained: list[list[str]] = [list(wave) for wave in in_waves(config.conditions)]
    return [["features"], *trained, looked_at]


def _cycles_of(config: ForagingConfig) -> Callable[[str], int]:
    return lambda group: config.cycles_of(group.split("/")[1])


def _phase(subject: Subject, name: str, checkpoint: Checkpoint) -> Arrays:
    if name == "features":
        sources, weights = phases.learn_features(subject)
        return {"sources": sources, "weights": weights}
    kept = checkpoint.read(f"seed_{subject.seed}/features")
    features = kept["sources"], kept["weights"].astype(float)
    if name in ("pruned", "film"):
        return _looked_at(subject, name, features, checkpoint)
    training = TRAININGS[cast(Condition, name)]
    before, rates = None, None
    if training.origin is not None:
        before = _outputs(checkpoint.read(f"seed_{subject.seed}/{training.origin}"))
    if training.asleep is not None:
        first = checkpoint.read(f"seed_{subject.seed}/task1")
        # What the source averages: rates awake in the two tasks.
        rates = subject.config.sleep.rate_scale * (first["rates_1"] + first["rates_2"]) / 2
        if training.asleep == "uniform":
            rates = np.full_like(rates, rates.mean())
    frozen = None
    if before is not None and training.frozen:
        frozen = strongest(before.weights, training.frozen)
    trained = phases.train(
        subject,
        features,
        before,
        TASKS[training.task],
        training.use,
        rates=rates,
        sleep_reward=0.0 if training.asleep == "no_plasticity" else subject.config.sleep.reward,
        other=None if training.other is None else TASKS[training.other],
        frozen=frozen,
        note=f"seed {subject.seed}, {name}",
    )
    return _measured(subject, features, trained, training.tested)


def _looked_at(subject: Subject, name: str, features: Features, checkpoint: Checkpoint) -> Arrays:
    """Follow agents, or remove hidden neurons, after the first task and after sleep."""
    known = [name for name in recordings.RECORDED if checkpoint.has(f"seed_{subject.seed}/{name}")]
    outputs = {name: _outputs(checkpoint.read(f"seed_{subject.seed}/{name}")) for name in known}
    arrays: Arrays = {}
    if name == "film":
        arrays |= _named("untrained_1", recordings.film(subject, features, None, TASKS[1]))
    for condition, kept in outputs.items():
        for number in (1, 2):
            task = TASKS[number]
            if name == "film":
                made = recordings.film(subject, features, kept, task)
                arrays |= _named(f"{condition}_{number}", made)
            else:
                results = recordings.pruned(subject, features, kept, task)
                arrays[f"{condition}_{number}"] = results
    return arrays


def _named(prefix: str, arrays: Arrays) -> Arrays:
    return {f"{prefix}_{name}": values for name, values in arrays.items()}


def _measured(
    subject: Subject, features: Features, trained: Trained, tested: tuple[int, ...]
) -> Arrays:
    arrays: Arrays = {
        "performance": trained.performance,
        "snapshots": trained.snapshots,
        **{name: getattr(trained.outputs, name) for name in _SYNAPSE_FIELDS},
    }
    for number in tested:
        task, cycles = TASKS[number], subject.config.phases.test
        share, rates = phases.test(subject, features, trained.outputs, task, number, cycles)
        arrays |= {f"test_{number}": np.array(share), f"rates_{number}": rates}
    return arrays


def _outputs(kept: Arrays) -> OutputSynapses:
    return OutputSynapses(**{name: kept[name].astype(float) for name in _SYNAPSE_FIELDS})
