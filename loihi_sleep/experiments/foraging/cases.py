"""What the conditions of `foraging` compute: features, trainings, and what is shown after them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from functools import partial

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.experiments.foraging import recordings, training
from loihi_sleep.experiments.foraging.analyses import strongest
from loihi_sleep.experiments.foraging.conditions import (
    TASKS,
    TRAININGS,
    ConditionName,
    Training,
    with_origins,
)
from loihi_sleep.experiments.foraging.config import PRUNED_SHARES, ForagingConfig
from loihi_sleep.experiments.foraging.training import ForagingCase
from loihi_sleep.experiments.study import Arrays, Condition
from loihi_sleep.networks.foraging_processes import Features, OutputSynapses

FEATURES, NIGHTS = "features", "nights"
# The condition whose nights are recorded.
NIGHTS_OF: ConditionName = "sleep"
_SYNAPSE_FIELDS = [field.name for field in fields(OutputSynapses)]


def conditions(config: ForagingConfig) -> list[Condition[ForagingConfig, None]]:
    """Return features, all trainings, and what is shown after some of them."""
    made = [Condition(FEATURES, _learn_features, work=config.phases.features)]
    names = with_origins(config.conditions)
    for name in names:
        asked = TRAININGS[name]
        needs = {FEATURES, *([asked.origin] if asked.origin else ())}
        if asked.asleep is not None:
            needs.add("task1")
        compute = partial(_train, asked=asked)
        made.append(Condition(name, compute, tuple(needs), config.cycles_of(name)))
    shown = [name for name in recordings.RECORDED if name in names]
    needs_of_shown = (FEATURES, *shown)
    if config.phases.pruned_test:
        work = 2 * len(shown) * len(PRUNED_SHARES) * config.phases.pruned_test
        made.append(Condition("pruned", partial(_prune, shown=shown), needs_of_shown, work))
    if config.phases.film:
        film = partial(_film, shown=shown)
        made.append(Condition("film", film, needs_of_shown, work=1, first_seed_only=True))
        if NIGHTS_OF in names:
            needed = (FEATURES, "task1", NIGHTS_OF)
            made.append(Condition(NIGHTS, _record_nights, needed, work=1, first_seed_only=True))
    return made


def _features(case: ForagingCase) -> Features:
    kept = case.read(FEATURES)
    return kept["sources"], kept["weights"].astype(float)


def _learn_features(case: ForagingCase) -> Arrays:
    sources, weights = training.learn_features(case)
    return {"sources": sources, "weights": weights}


def _train(case: ForagingCase, asked: Training) -> Arrays:
    features, outputs, rates, frozen = _features(case), None, None, None
    if asked.origin is not None:
        outputs = _outputs(case.read(asked.origin))
    if asked.asleep is not None:
        rates = _rates_asleep(case)
        if asked.asleep == "uniform" or case.config.sleep.uniform:
            rates = np.full_like(rates, rates.mean())
    if outputs is not None and asked.frozen:
        frozen = strongest(outputs.weights, asked.frozen)
    trained = training.train(case, asked, features, outputs, rates=rates, frozen=frozen)
    arrays: Arrays = {
        "performance": trained.performance,
        "snapshots": trained.snapshots,
        **{name: getattr(trained.outputs, name) for name in _SYNAPSE_FIELDS},
    }
    for number in asked.tested:
        share, rates = training.evaluate(
            case, features, trained.outputs, TASKS[number], number, case.config.phases.test
        )
        arrays |= {f"test_{number}": np.array(share), f"rates_{number}": rates}
    return arrays


def _rates_asleep(case: ForagingCase) -> NDArray[np.float64]:
    """Return what the source averages: spikes a cycle awake in the two tasks."""
    first = case.read("task1")
    return np.asarray(case.config.sleep.rate_scale * (first["rates_1"] + first["rates_2"]) / 2)


def _record_nights(case: ForagingCase) -> Arrays:
    """Record nights of the network that sleeps, from before its training to the end."""
    kept = case.read(NIGHTS_OF)
    weights = [case.read("task1")["weights"], *kept["snapshots"]]
    moments = recordings.moments_of(case.config.phases.samples)
    nights = recordings.record_nights(
        case,
        _features(case),
        _outputs(kept),
        [weights[moment] for moment in moments],
        _rates_asleep(case),
        TASKS[TRAININGS[NIGHTS_OF].task],
    )
    return dict(nights)


def _prune(case: ForagingCase, shown: Sequence[ConditionName]) -> Arrays:
    """Remove hidden neurons after the first task and after sleep."""
    features = _features(case)
    return {
        f"{name}_{number}": recordings.evaluate_pruned(
            case, features, _outputs(case.read(name)), TASKS[number]
        )
        for name in shown
        for number in (1, 2)
    }


def _film(case: ForagingCase, shown: Sequence[ConditionName]) -> Arrays:
    """Follow agents before they learn, after the first task and after sleep."""
    features = _features(case)
    agents: list[tuple[str, OutputSynapses | None, int]] = [("untrained", None, 1)]
    for name in shown:
        agents += [(name, _outputs(case.read(name)), number) for number in (1, 2)]
    arrays: Arrays = {}
    for agent, outputs, number in agents:
        film = recordings.film_agent(case, features, outputs, TASKS[number])
        arrays |= {f"{agent}_{number}_{part}": values for part, values in film.items()}
    return arrays


def _outputs(kept: Arrays) -> OutputSynapses:
    return OutputSynapses(**{name: kept[name].astype(float) for name in _SYNAPSE_FIELDS})
