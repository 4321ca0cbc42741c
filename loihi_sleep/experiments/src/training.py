"""Training over all tasks of `src`: what each day and each night does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from loihi_sleep import sleep
from loihi_sleep.consolidation.continual import (
    ContinualRun,
    SleepAfterTask,
    TaskListener,
    TrainTask,
    alternate_training_and_sleep,
)
from loihi_sleep.consolidation.form import PreparedNight
from loihi_sleep.consolidation.memory import Memory
from loihi_sleep.datasets.stream import Samples, Stream
from loihi_sleep.experiments.src.config import SleepForm, SrcConfig
from loihi_sleep.experiments.src.replay_controls import Alter
from loihi_sleep.experiments.study import Case
from loihi_sleep.training import sgd
from loihi_sleep.training.ewc import ElasticWeights
from loihi_sleep.training.rehearsal import store
from loihi_sleep.training.sgd import WakeConfig, Weights
from loihi_sleep.training.synaptic_intelligence import SynapticIntelligence

# What random numbers are used for; the place of each is part of its seeds.
USES = ("initial", "wake", "night", "joint", "store", "readout", "control")
SrcCase = Case[SrcConfig, Stream]


@dataclass(frozen=True)
class Night:
    """What is kept of a night.

    Parameters
    ----------
    prepared : PreparedNight
    record : NightRecord
    """

    prepared: PreparedNight
    record: sleep.NightRecord


@dataclass(frozen=True)
class Trained:
    """A network that has learned all tasks, and its nights.

    Parameters
    ----------
    run : ContinualRun
    nights : list of Night
        Empty where there was none.
    hidden_scale : float
        Factor of hidden activations outside of training.
    """

    run: ContinualRun
    nights: list[Night]
    hidden_scale: float


def train_sequentially(case: SrcCase, on_task: TaskListener | None = None) -> Trained:
    """Train on tasks one after another, without sleep."""
    settings = case.config.wake
    return _train(case, settings, _learning(case, settings), on_task=on_task)


def train_with_sleep(
    case: SrcCase,
    on_task: TaskListener | None = None,
    settings: SleepForm | None = None,
    alter: Alter | None = None,
    raster_steps: int = 0,
) -> Trained:
    """Sleep after each task; `settings` and `alter` make other nights of it."""
    nights: list[Night] = []
    sleep_after = sleeping(case, settings or case.config.sleep, nights, alter, raster_steps)
    day = case.config.wake
    return _train(case, day, _learning(case, day), sleep_after, on_task, nights)


def train_with_rehearsal(
    case: SrcCase, on_task: TaskListener | None = None, *, fraction: float, asleep: bool
) -> Trained:
    """Store a fraction of each task's samples and rehearse them, with nights or without."""
    config = case.config.rehearsal
    stored: Samples | None = None

    def learn(task: int, samples: Samples, weights: Weights) -> Weights:
        nonlocal stored
        learned = learn_task(
            case, task, samples, weights, config.wake, stored=stored, stored_share=config.share
        )
        count = round(fraction * count_samples(case.data, task, config.fractions_of))
        stored = store(stored, samples, count, case.seed_for("store", task))
        return learned

    nights: list[Night] = []
    sleep_after = sleeping(case, config.sleep, nights) if asleep else None
    return _train(case, config.wake, learn, sleep_after, on_task, nights)


def train_with_ewc(case: SrcCase, on_task: TaskListener | None = None) -> Trained:
    """Train on tasks one after another with elastic weight consolidation."""
    settings, penalty = case.config.wake, ElasticWeights(case.config.baselines.ewc)

    def learn(task: int, samples: Samples, weights: Weights) -> Weights:
        weights = learn_task(case, task, samples, weights, settings, penalty=penalty)
        penalty.finish_task(weights, samples, settings.hidden_scale)
        return weights

    return _train(case, settings, learn, on_task=on_task)


def train_with_si(case: SrcCase, on_task: TaskListener | None = None) -> Trained:
    """Train on tasks one after another with synaptic intelligence."""
    settings, penalty = case.config.wake, SynapticIntelligence(case.config.baselines.si)

    def learn(task: int, samples: Samples, weights: Weights) -> Weights:
        penalty.begin_task(weights)
        # Also the first task, which others share: the way through it counts.
        seed = case.seed_for("wake", task)
        weights = sgd.train(weights, samples, settings, seed, penalty=penalty)
        penalty.finish_task(weights)
        return weights

    return _train(case, settings, learn, on_task=on_task)


def train_jointly(case: SrcCase) -> Weights:
    """Train on all classes at once: what the network could know."""
    settings, stream = case.config.joint, case.data
    return sgd.train(
        initial_weights(case, settings),
        stream.joint or stream.train,
        settings,
        case.seed_for("joint"),
    )


def count_samples(stream: Stream, task: int, part: str) -> int:
    """Count training samples of a task: all in the ``data_set``, or those ``learned`` from."""
    whole = stream.joint if part == "data_set" else None
    return int(np.isin((whole or stream.train).y, stream.tasks[task]).sum())


def train_with_rescaling(case: SrcCase, kind: str) -> Trained:
    """Scale weights as the nights of sleep changed their norms, instead of sleeping."""
    kept = case.read("sleep")

    def sleep_after(task: int, weights: Weights, memory: Memory) -> Weights:
        ratios = (kept[f"{kind}_norm_ratio_{task}_{layer}"] for layer in range(len(weights)))
        return [w * ratio for w, ratio in zip(weights, ratios, strict=True)]

    settings = case.config.wake
    return _train(case, settings, _learning(case, settings), sleep_after)


def initial_weights(case: SrcCase, settings: WakeConfig) -> Weights:
    """Draw the weights with which training begins."""
    sizes = (case.data.inputs, *case.config.hidden, case.data.classes)
    return sgd.initial_weights(sizes, settings, case.seed_for("initial"))


def learn_task(
    case: SrcCase,
    task: int,
    samples: Samples,
    weights: Weights,
    settings: WakeConfig,
    **more: Any,
) -> Weights:
    """Train on a task; `more` as of :func:`loihi_sleep.training.sgd.train`.

    The first task is learned once under all conditions with the same settings: nothing is stored or
    kept by a penalty yet.
    """
    seed = case.seed_for("wake", task)
    if task:
        return sgd.train(weights, samples, settings, seed, **more)
    shapes = [matrix.shape for matrix in weights]
    key = f"first day of {shapes}, {settings.model_dump_json()}"
    return case.shared(key, lambda: sgd.train(weights, samples, settings, seed))


def _learning(case: SrcCase, settings: WakeConfig) -> TrainTask:
    def learn(task: int, samples: Samples, weights: Weights) -> Weights:
        return learn_task(case, task, samples, weights, settings)

    return learn


def _train(
    case: SrcCase,
    settings: WakeConfig,
    learn: TrainTask,
    sleep_after: SleepAfterTask | None = None,
    on_task: TaskListener | None = None,
    nights: list[Night] | None = None,
) -> Trained:
    """Train on all tasks."""

    def report(task: int, weights: Weights) -> None:
        tasks = len(case.data.tasks)
        case.advance_to((task + 1) / tasks, f"{case.condition}, task {task + 1}/{tasks}")
        if on_task is not None:
            on_task(task, weights)

    run = alternate_training_and_sleep(
        initial_weights(case, settings),
        case.data.train_by_task(),
        learn,
        sleep_after,
        hidden_scale=settings.hidden_scale,
        on_task=report,
    )
    return Trained(run, nights or [], settings.hidden_scale)


def sleeping(
    case: SrcCase,
    settings: SleepForm,
    nights: list[Night],
    alter: Alter | None = None,
    raster_steps: int = 0,
) -> SleepAfterTask:
    """Return what sleeps for a night, and adds it to `nights`."""

    def sleep_after(task: int, weights: Weights, memory: Memory) -> Weights:
        prepared = settings.prepare(
            weights, memory, task, numerics=case.config.numerics, plane=case.data.plane
        )
        if alter is not None:
            prepared = alter(prepared, case.seed_for("control"))

        def report(progress: sleep.NightProgress) -> None:
            rates = " ".join(f"{rate:.3f}" for rate in progress.rates)
            case.advance(0, f"{case.condition}, night {task + 1}, spikes/step {rates}")

        record = sleep.run_night(
            prepared.network,
            prepared.night(case.seed_for("night", task)),
            case.run_cfg,
            raster_steps=raster_steps,
            on_progress=report,
        )
        nights.append(Night(prepared, record))
        return prepared.real_weights(record.weights)

    return sleep_after
