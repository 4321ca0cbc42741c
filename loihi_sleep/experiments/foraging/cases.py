"""What the conditions of `foraging` compute: features, trainings, and what is shown after them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from functools import partial

import numpy as np

from loihi_sleep.experiments.foraging import phases, recordings
from loihi_sleep.experiments.foraging.analyses import strongest
from loihi_sleep.experiments.foraging.conditions import (
    TASKS,
    TRAININGS,
    ConditionName,
    Training,
    with_origins,
)
from loihi_sleep.experiments.foraging.config import PRUNED_SHARES, ForagingConfig
from loihi_sleep.experiments.foraging.phases import Features, Subject, Trained
from loihi_sleep.experiments.study import Arrays, Case, Condition
from loihi_sleep.networks.foraging import OutputSynapses
from loihi_sleep.run.select import select

FEATURES = "features"
# What random numbers are used for; the place of each is part of its seeds.
USES = ("features", "training", "test", "film", "pruned")
ForagingCase = Case[ForagingConfig, None]
_SYNAPSE_FIELDS = [field.name for field in fields(OutputSynapses)]


def conditions(config: ForagingConfig) -> list[Condition[ForagingConfig, None]]:
    """Return features, all trainings, and what is shown after some of them."""
    made = [Condition(FEATURES, _learn_features, work=config.phases.features)]
    names = with_origins(config.conditions)
    for name in names:
        training = TRAININGS[name]
        needs = {FEATURES, *([training.origin] if training.origin else ())}
        if training.asleep is not None:
            needs.add("task1")
        compute = partial(_train, training=training)
        made.append(Condition(name, compute, tuple(needs), config.cycles_of(name)))
    shown = [name for name in recordings.RECORDED if name in names]
    needs_of_shown = (FEATURES, *shown)
    if config.phases.pruned_test:
        work = 2 * len(shown) * len(PRUNED_SHARES) * config.phases.pruned_test
        made.append(Condition("pruned", partial(_prune, shown=shown), needs_of_shown, work))
    if config.phases.film:
        film = partial(_film, shown=shown)
        made.append(Condition("film", film, needs_of_shown, work=1, first_seed_only=True))
    return made


def _subject(case: ForagingCase) -> Subject:
    # Map neurons learn features, in float, on the same engine.
    feature_cfg = select(case.run_cfg.engine, "float")
    return Subject(case.config, case.seed, case.run_cfg, feature_cfg, case.progress)


def _features(case: ForagingCase) -> Features:
    kept = case.read(FEATURES)
    return kept["sources"], kept["weights"].astype(float)


def _learn_features(case: ForagingCase) -> Arrays:
    sources, weights = phases.learn_features(_subject(case))
    return {"sources": sources, "weights": weights}


def _train(case: ForagingCase, training: Training) -> Arrays:
    config, subject, features = case.config, _subject(case), _features(case)
    before, rates, frozen = None, None, None
    if training.origin is not None:
        before = _outputs(case.read(training.origin))
    if training.asleep is not None:
        first = case.read("task1")
        # What the source averages: rates awake in the two tasks.
        rates = config.sleep.rate_scale * (first["rates_1"] + first["rates_2"]) / 2
        if training.asleep == "uniform":
            rates = np.full_like(rates, rates.mean())
    if before is not None and training.frozen:
        frozen = strongest(before.weights, training.frozen)
    trained = phases.train(
        subject,
        features,
        before,
        TASKS[training.task],
        training.use,
        rates=rates,
        sleep_reward=0.0 if training.asleep == "no_plasticity" else config.sleep.reward,
        other=None if training.other is None else TASKS[training.other],
        frozen=frozen,
        note=f"seed {case.seed}, {case.condition}",
    )
    return _measured(subject, features, trained, training.tested)


def _prune(case: ForagingCase, shown: Sequence[ConditionName]) -> Arrays:
    """Remove hidden neurons after the first task and after sleep."""
    subject, features = _subject(case), _features(case)
    return {
        f"{name}_{number}": recordings.pruned(
            subject, features, _outputs(case.read(name)), TASKS[number]
        )
        for name in shown
        for number in (1, 2)
    }


def _film(case: ForagingCase, shown: Sequence[ConditionName]) -> Arrays:
    """Follow agents before they learn, after the first task and after sleep."""
    subject, features = _subject(case), _features(case)
    agents: list[tuple[str, OutputSynapses | None, int]] = [("untrained", None, 1)]
    for name in shown:
        agents += [(name, _outputs(case.read(name)), number) for number in (1, 2)]
    arrays: Arrays = {}
    for agent, outputs, number in agents:
        film = recordings.film(subject, features, outputs, TASKS[number])
        arrays |= {f"{agent}_{number}_{part}": values for part, values in film.items()}
    return arrays


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
