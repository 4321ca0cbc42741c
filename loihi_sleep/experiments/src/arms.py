"""What is compared: how each arm spends its days and its nights."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep import sleep
from loihi_sleep.consolidation.evening import Evening
from loihi_sleep.consolidation.lifelong import Learn, Life, OnDay, Rest, live
from loihi_sleep.consolidation.memory import Memory
from loihi_sleep.datasets.stream import Samples, Stream
from loihi_sleep.experiments.src.config import SleepForm, SrcConfig
from loihi_sleep.experiments.src.replay_controls import Alter
from loihi_sleep.progress import Progress
from loihi_sleep.seeds import spawn_seeds
from loihi_sleep.training import sgd
from loihi_sleep.training.ewc import ElasticWeights
from loihi_sleep.training.rehearsal import store
from loihi_sleep.training.sgd import WakeConfig, Weights
from loihi_sleep.training.synaptic_intelligence import SynapticIntelligence

# What the seeds of one run are for; each use has random numbers of its own.
_INITIAL, _WAKE, _NIGHT, _JOINT, _STORE, READOUT, CONTROL = range(7)


@dataclass(frozen=True)
class Subject:
    """One seed of a run: everything that its arms share.

    Parameters
    ----------
    config : SrcConfig
    stream : Stream
    seed : int
    run_cfg : RunConfig
    progress : Progress
    """

    config: SrcConfig
    stream: Stream
    seed: int
    run_cfg: Any
    progress: Progress
    _first_days: dict[str, Weights] = field(default_factory=dict)
    _lock: Any = field(default_factory=threading.Lock)

    def seed_for(self, *use: int) -> int:
        """Seed of one use of random numbers."""
        return spawn_seeds(self.seed, 1, *use)[0]

    def initial_weights(self, settings: WakeConfig) -> Weights:
        """Weights with which life begins."""
        sizes = (self.stream.inputs, *self.config.hidden, self.stream.classes)
        return sgd.initial_weights(sizes, settings, self.seed_for(_INITIAL))

    def samples_of(self, task: int, part: str) -> int:
        """Training samples of a task: all in the ``data_set``, or those it is ``learned`` from."""
        whole = self.stream.joint if part == "data_set" else None
        classes = (whole or self.stream.train).y
        return int(np.isin(classes, self.stream.tasks[task]).sum())

    def day(
        self, task: int, samples: Samples, weights: Weights, settings: WakeConfig, **more: Any
    ) -> Weights:
        """Learn a task; `more` as of :func:`loihi_sleep.training.sgd.train`.

        The first task is learned once for all arms with the same settings: nothing is stored or
        held by a penalty yet.
        """
        if task:
            return sgd.train(weights, samples, settings, self.seed_for(_WAKE, task), **more)
        key = settings.model_dump_json()
        with self._lock:
            if key not in self._first_days:
                self._first_days[key] = sgd.train(
                    weights, samples, settings, self.seed_for(_WAKE, 0)
                )
        return self._first_days[key]


@dataclass(frozen=True)
class Night:
    """What is kept of a night.

    Parameters
    ----------
    evening : Evening
    record : NightRecord
    """

    evening: Evening
    record: sleep.NightRecord


@dataclass(frozen=True)
class ArmLife:
    """A life and its nights.

    Parameters
    ----------
    life : Life
    nights : list of Night
        Empty where there was none.
    hidden_scale : float
        Factor of hidden activations outside of training.
    """

    life: Life
    nights: list[Night]
    hidden_scale: float


def sequential(subject: Subject, on_day: OnDay) -> ArmLife:
    """Tasks one after another, no sleep."""
    settings = subject.config.wake
    return _live(subject, settings, _plain(subject, settings), None, on_day)


def slept(
    subject: Subject,
    on_day: OnDay,
    settings: SleepForm | None = None,
    alter: Alter | None = None,
    raster_steps: int = 0,
) -> ArmLife:
    """Sleep after each task; `settings` and `alter` make other nights of it."""
    nights: list[Night] = []
    rest = _resting(subject, settings or subject.config.sleep, nights, alter, raster_steps)
    day = subject.config.wake
    return _live(subject, day, _plain(subject, day), rest, on_day, nights)


def rescaled(subject: Subject, on_day: OnDay, ratios: list[list[NDArray[np.float64]]]) -> ArmLife:
    """Weights are multiplied by given ratios (by night and layer) instead of sleeping."""

    def rest(task: int, weights: Weights, memory: Memory) -> Weights:
        return [w * ratio for w, ratio in zip(weights, ratios[task], strict=True)]

    settings = subject.config.wake
    return _live(subject, settings, _plain(subject, settings), rest, on_day)


def rehearsed(subject: Subject, on_day: OnDay, fraction: float, *, asleep: bool) -> ArmLife:
    """A fraction of each task's samples is stored and rehearsed, with nights or without."""
    config = subject.config.rehearsal
    stored: Samples | None = None

    def learn(task: int, samples: Samples, weights: Weights) -> Weights:
        nonlocal stored
        learned = subject.day(
            task, samples, weights, config.wake, stored=stored, stored_share=config.share
        )
        count = round(fraction * subject.samples_of(task, config.fractions_of))
        stored = store(stored, samples, count, subject.seed_for(_STORE, task))
        return learned

    nights: list[Night] = []
    rest = _resting(subject, config.sleep, nights) if asleep else None
    return _live(subject, config.wake, learn, rest, on_day, nights)


def elastic(subject: Subject, on_day: OnDay) -> ArmLife:
    """Elastic weight consolidation."""
    settings, penalty = subject.config.wake, ElasticWeights(subject.config.baselines.ewc)

    def learn(task: int, samples: Samples, weights: Weights) -> Weights:
        weights = subject.day(task, samples, weights, settings, penalty=penalty)
        penalty.finish_task(weights, samples, settings.hidden_scale)
        return weights

    return _live(subject, settings, learn, None, on_day)


def intelligent(subject: Subject, on_day: OnDay) -> ArmLife:
    """Synaptic intelligence."""
    settings, penalty = subject.config.wake, SynapticIntelligence(subject.config.baselines.si)

    def learn(task: int, samples: Samples, weights: Weights) -> Weights:
        penalty.begin_task(weights)
        # Not by `day`: the way through the first task counts too.
        seed = subject.seed_for(_WAKE, task)
        weights = sgd.train(weights, samples, settings, seed, penalty=penalty)
        penalty.finish_task(weights)
        return weights

    return _live(subject, settings, learn, None, on_day)


def jointly(subject: Subject) -> Weights:
    """All classes at once: what the network could know."""
    settings = subject.config.joint
    return sgd.train(
        subject.initial_weights(settings),
        subject.stream.joint or subject.stream.train,
        settings,
        subject.seed_for(_JOINT),
    )


def second_task(subject: Subject) -> tuple[list[Weights], list[Weights]]:
    """Learn the second task for longer and longer before sleep.

    Returns
    -------
    list of weights, list of weights
        In the evening and in the morning, for each of ``second_task_epochs``.
    """
    settings = subject.config.wake
    first, second = subject.stream.train_by_task()[:2]
    rest = _resting(subject, subject.config.sleep, [])
    memory = Memory.empty(subject.stream.inputs, len(subject.config.hidden) + 1)
    weights = subject.day(0, first, subject.initial_weights(settings), settings)
    memory = memory.after(first.x, sgd.activations(weights, first.x, settings.hidden_scale))
    weights = rest(0, weights, memory)
    evenings, mornings = [], []
    passed = 0
    for epochs in sorted(subject.config.second_task_epochs):
        longer = settings.model_copy(update={"epochs": epochs - passed})
        weights = sgd.train(weights, second, longer, subject.seed_for(_WAKE, 1, epochs))
        passed = epochs
        seen = sgd.activations(weights, second.x, settings.hidden_scale)
        evenings.append(weights)
        mornings.append(rest(1, weights, memory.after(second.x, seen)))
    return evenings, mornings


def _live(
    subject: Subject,
    settings: WakeConfig,
    learn: Learn,
    rest: Rest | None,
    on_day: OnDay,
    nights: list[Night] | None = None,
) -> ArmLife:
    """Live through all tasks."""
    life = live(
        subject.initial_weights(settings),
        subject.stream.train_by_task(),
        learn,
        rest,
        hidden_scale=settings.hidden_scale,
        on_day=on_day,
    )
    return ArmLife(life, nights or [], settings.hidden_scale)


def _plain(subject: Subject, settings: WakeConfig) -> Learn:
    def learn(task: int, samples: Samples, weights: Weights) -> Weights:
        return subject.day(task, samples, weights, settings)

    return learn


def _resting(
    subject: Subject,
    settings: SleepForm,
    nights: list[Night],
    alter: Alter | None = None,
    raster_steps: int = 0,
) -> Rest:
    def rest(task: int, weights: Weights, memory: Memory) -> Weights:
        evening = settings.evening(
            weights, memory, task, numerics=subject.config.numerics, plane=subject.stream.plane
        )
        if alter is not None:
            evening = alter(evening, subject.seed_for(CONTROL))
        record = sleep.run_night(
            evening.network,
            evening.night(subject.seed_for(_NIGHT, task)),
            subject.run_cfg,
            raster_steps=raster_steps,
        )
        nights.append(Night(evening, record))
        return evening.real(record.weights)

    return rest
