"""Protocol of `foraging`: features, the first task, then everything that may follow it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import fields
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep import run_configs
from loihi_sleep.experiments.foraging import phases, recordings
from loihi_sleep.experiments.foraging.analyses import strongest
from loihi_sleep.experiments.foraging.config import ALTERNATING, Condition, ForagingConfig
from loihi_sleep.experiments.foraging.metrics import metrics_of
from loihi_sleep.experiments.foraging.phases import Features, Subject, Trained
from loihi_sleep.experiments.jobs import SharedProgress, run_jobs
from loihi_sleep.hardware.cores import usable_cores
from loihi_sleep.networks.foraging import OutputSynapses
from loihi_sleep.progress import Progress
from loihi_sleep.results.checkpoint import Checkpoint
from loihi_sleep.results.run_folder import RunFolder
from loihi_sleep.tasks.foraging import TASK_1, TASK_2

Arrays = dict[str, NDArray[Any]]
Job = Callable[[], Arrays]
# Conditions that begin with new output synapses; `sleep_after_both` begins with `sequential`, all
# others with `task1`.
_FROM_THE_START: tuple[Condition, ...] = ("task1", "task2")
_SYNAPSE_FIELDS = [field.name for field in fields(OutputSynapses)]


def run(config: ForagingConfig, folder: RunFolder, progress: Progress) -> dict[str, Any]:
    """Run the experiment over its seeds.

    Parameters
    ----------
    config : ForagingConfig
    folder : RunFolder
        Phases that its checkpoint holds are not run again.
    progress : Progress

    Returns
    -------
    dict
        Metrics by name.
    """
    run_cfg = run_configs.select(config.engine, config.numerics)
    folder.log("engine", engine=run_cfg.engine, reason=run_cfg.reason)
    checkpoint = folder.checkpoint
    shared = SharedProgress(progress)
    feature_cfg = run_configs.select(config.engine, "float")
    subjects = [Subject(config, seed, run_cfg, feature_cfg, shared) for seed in config.seeds]
    waves = _waves(config)
    shared.start(len(subjects) * sum(config.cycles_of(name) for wave in waves for name in wave))
    # Lava's simulator is run, and watched, from the main thread.
    workers = usable_cores() if run_cfg.engine == "compiled" else 1
    for wave in waves:
        left: dict[str, Job] = {}
        for name in wave:
            for subject in subjects:
                group = f"seed_{subject.seed}/{name}"
                if name == "film" and subject is not subjects[0]:
                    continue
                if checkpoint.has(group):
                    shared.advance(config.cycles_of(name))
                else:
                    left[group] = partial(_timed, partial(_phase, subject, name, checkpoint))
        run_jobs(left, checkpoint, shared, workers)
    return metrics_of(config, checkpoint)


def _waves(config: ForagingConfig) -> list[list[str]]:
    """Phases in the order in which they need each other, those of a wave side by side."""
    wanted: tuple[str, ...] = config.conditions
    first = [name for name in ("task2",) if name in wanted]
    after_both = [name for name in ("sleep_after_both",) if name in wanted]
    second: list[str] = [name for name in wanted if name not in (*_FROM_THE_START, *after_both)]
    if after_both and "sequential" not in second:
        second.append("sequential")
    # The longest first.
    second.sort(key=lambda name: name not in ALTERNATING)
    looked_at = [
        *(["pruned"] if config.phases.pruned_test else []),
        *(["film"] if config.phases.film else []),
    ]
    return [["features"], ["task1", *first], second, [*after_both, *looked_at]]


def _timed(job: Job) -> Arrays:
    began = time.perf_counter()
    arrays = job()
    return arrays | {"seconds": np.array(time.perf_counter() - began)}


def _phase(subject: Subject, name: str, checkpoint: Checkpoint) -> Arrays:
    if name == "features":
        sources, weights = phases.learn_features(subject)
        return {"sources": sources, "weights": weights}
    kept = checkpoint.read(f"seed_{subject.seed}/features")
    features = kept["sources"], kept["weights"].astype(float)
    if name in ("pruned", "film"):
        return _looked_at(subject, name, features, checkpoint)
    before = None
    if name not in (*_FROM_THE_START, "untrained_sleep"):
        origin = "sequential" if name == "sleep_after_both" else "task1"
        before = _outputs(checkpoint.read(f"seed_{subject.seed}/{origin}"))
    rates = None
    if name not in _FROM_THE_START:
        first = checkpoint.read(f"seed_{subject.seed}/task1")
        # What the source averages: rates awake in the two tasks.
        rates = subject.config.sleep.rate_scale * (first["rates_1"] + first["rates_2"]) / 2
    trained = _train(subject, name, features, before, rates)
    return _measured(subject, features, trained)


def _looked_at(subject: Subject, name: str, features: Features, checkpoint: Checkpoint) -> Arrays:
    """Follow agents, or remove hidden neurons, after the first task and after sleep."""
    known = [name for name in recordings.RECORDED if checkpoint.has(f"seed_{subject.seed}/{name}")]
    outputs = {name: _outputs(checkpoint.read(f"seed_{subject.seed}/{name}")) for name in known}
    arrays: Arrays = {}
    if name == "film":
        arrays |= _named("untrained_1", recordings.film(subject, features, None, TASK_1))
    for condition, kept in outputs.items():
        for number, task in enumerate((TASK_1, TASK_2), start=1):
            if name == "film":
                made = recordings.film(subject, features, kept, task)
                arrays |= _named(f"{condition}_{number}", made)
            else:
                results = recordings.pruned(subject, features, kept, task)
                arrays[f"{condition}_{number}"] = results
    return arrays


def _named(prefix: str, arrays: Arrays) -> Arrays:
    return {f"{prefix}_{name}": values for name, values in arrays.items()}


def _train(
    subject: Subject,
    name: str,
    features: Features,
    before: OutputSynapses | None,
    rates: NDArray[np.float64] | None,
) -> Trained:
    """Train as a condition says."""
    learn = partial(phases.train, subject, features, before, note=f"seed {subject.seed}, {name}")
    reward = subject.config.sleep.reward
    # All conditions after the first task meet the same worlds.
    if name == "task1":
        return learn(TASK_1, 0)
    if name in ("task2", "sequential"):
        return learn(TASK_2, 1)
    if name == "interleaved":
        return learn(TASK_2, 1, other=TASK_1)
    if name == "sleep":
        return learn(TASK_2, 1, rates=rates, sleep_reward=reward)
    if name == "sleep_no_plasticity":
        return learn(TASK_2, 1, rates=rates, sleep_reward=0.0)
    if name == "sleep_uniform":
        assert rates is not None
        uniform = np.full_like(rates, rates.mean())
        return learn(TASK_2, 1, rates=uniform, sleep_reward=reward)
    if name in ("sleep_after_both", "untrained_sleep"):
        return learn(TASK_1, 2, rates=rates, sleep_reward=reward)
    assert before is not None
    return learn(TASK_2, 1, frozen=strongest(before.weights, float(name.removeprefix("freeze_"))))


def _measured(subject: Subject, features: Features, trained: Trained) -> Arrays:
    arrays: Arrays = {
        "performance": trained.performance,
        "snapshots": trained.snapshots,
        **{name: getattr(trained.outputs, name) for name in _SYNAPSE_FIELDS},
    }
    for number, task in enumerate((TASK_1, TASK_2), start=1):
        cycles = subject.config.phases.test
        share, rates = phases.test(subject, features, trained.outputs, task, number, cycles)
        arrays |= {f"test_{number}": np.array(share), f"rates_{number}": rates}
    return arrays


def _outputs(kept: Arrays) -> OutputSynapses:
    return OutputSynapses(**{name: kept[name].astype(float) for name in _SYNAPSE_FIELDS})
