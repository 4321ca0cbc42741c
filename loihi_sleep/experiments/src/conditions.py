"""Conditions of `src`, and the arrays that each leaves."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep import networks
from loihi_sleep.consolidation.form import spread_over_layers
from loihi_sleep.consolidation.memory import Memory
from loihi_sleep.datasets.stream import Stream, accuracy_by_task
from loihi_sleep.experiments.src import measures, replay_controls, training
from loihi_sleep.experiments.src.config import SrcConfig
from loihi_sleep.experiments.src.prototypes import prototype_conditions
from loihi_sleep.experiments.src.training import SrcCase, Trained
from loihi_sleep.experiments.study import Arrays, Condition
from loihi_sleep.networks.normalization import thresholds
from loihi_sleep.networks.readout import classify_in_spikes
from loihi_sleep.training import sgd

RASTER_STEPS = 200


def conditions(config: SrcConfig) -> list[Condition[SrcConfig, Stream]]:
    """Return the conditions of a run, the long ones first."""
    made: list[Condition[SrcConfig, Stream]] = []

    def add(name: str, compute: Callable[[SrcCase], Arrays], *needs: str) -> None:
        made.append(Condition(name, compute, needs))

    def add_trained(name: str, train: Callable[[SrcCase], Trained], *needs: str) -> None:
        add(
            name,
            lambda case: measures.measure_training(train(case), case.data.test, case.data.tasks),
            *needs,
        )

    asked = set(config.arms)
    if "joint" in asked:
        add("joint", _joint)
    if "second_task" in asked:
        add("second_task", _second_task)
    if "sequential" in asked:
        add_trained("sequential", training.train_sequentially)
    if "sleep" in asked:
        add("sleep", _sleep)
        add("sleep_spiking", _read_out_in_spikes, "sleep")
    for fraction in config.rehearsal.fractions:
        for name, asleep in (("rehearsal", False), ("sleep_rehearsal", True)):
            if name in asked:
                train = partial(training.train_with_rehearsal, fraction=fraction, asleep=asleep)
                add_trained(f"{name}_{fraction:g}", train)
    if "ewc" in asked:
        add_trained("ewc", training.train_with_ewc)
    if "si" in asked:
        add_trained("si", training.train_with_si)
    made.extend(prototype_conditions(config))
    if "replay_controls" in asked:
        for name, changes in _controls(config).items():
            add_trained(f"control_{name}", partial(training.train_with_sleep, **changes))
        if "sleep" in asked:
            for kind in ("layer", "neuron"):
                add_trained(
                    f"control_{kind}_norms",
                    partial(training.train_with_rescaling, kind=kind),
                    "sleep",
                )
    return made


def _controls(config: SrcConfig) -> dict[str, dict[str, Any]]:
    """What differs from sleep in each control that is a night of its own."""
    return {
        "flat_drive": {"alter": replay_controls.flat_drive},
        "shuffled_drive": {"alter": replay_controls.shuffled_drive},
        "shuffled_pre": {"alter": replay_controls.shuffled_pre},
        "depression_only": {"settings": config.sleep.model_copy(update={"potentiation": 0.0})},
    }


def _sleep(case: SrcCase) -> Arrays:
    trained = training.train_with_sleep(case, raster_steps=RASTER_STEPS)
    return measures.measure_sleep(trained, case.data.test, case.data.tasks)


def _joint(case: SrcCase) -> Arrays:
    weights, samples = training.train_jointly(case), case.data.test
    predicted = sgd.predict(weights, samples.x, case.config.joint.hidden_scale)
    return {"predicted": predicted.astype(np.int8)}


def _second_task(case: SrcCase) -> Arrays:
    """Learn the second task for longer and longer before sleep."""
    settings, tasks = case.config.wake, case.data.tasks[:2]
    samples = case.data.test.of_classes([c for task in tasks for c in task])
    first, second = case.data.train_by_task()[:2]
    sleep_after = training.sleeping(case, case.config.sleep, [])
    memory = Memory.empty(case.data.inputs, len(case.config.hidden) + 1)
    weights = training.learn_task(
        case, 0, first, training.initial_weights(case, settings), settings
    )
    memory = memory.after(first.x, sgd.activations(weights, first.x, settings.hidden_scale))
    weights = sleep_after(0, weights, memory)
    accuracies: dict[str, list[NDArray[np.float64]]] = {"evening": [], "morning": []}
    passed = 0
    for epochs in sorted(case.config.second_task_epochs):
        longer = settings.model_copy(update={"epochs": epochs - passed})
        weights = sgd.train(weights, second, longer, case.seed_for("wake", 1, epochs))
        passed = epochs
        seen = sgd.activations(weights, second.x, settings.hidden_scale)
        slept = sleep_after(1, weights, memory.after(second.x, seen))
        for time, measured in (("evening", weights), ("morning", slept)):
            predicted = sgd.predict(measured, samples.x, settings.hidden_scale)
            accuracies[time].append(accuracy_by_task(predicted, samples, tasks))
    return {time: np.array(values) for time, values in accuracies.items()}


def _read_out_in_spikes(case: SrcCase) -> Arrays:
    """Classify the test samples by spikes of the slept network."""
    config, kept = case.config, case.read("sleep")
    layers = len(config.hidden) + 1
    weights = [kept[f"weights_{layer}"].astype(float) for layer in range(layers)]
    unit = tuple(float(value) for value in kept["unit"])
    if config.sleep.form == "released":
        # Real weights: a LIF layer hears the activations as they are outside of training.
        scale = config.wake.hidden_scale
        heard = [matrix * (scale if layer else 1.0) for layer, matrix in enumerate(weights)]
        quantized = networks.quantize(heard, rounded=False)
        weights, unit = list(quantized.units), quantized.unit
    factors = spread_over_layers(config.readout.threshold_factors, layers)
    predicted = classify_in_spikes(
        weights,
        thresholds(factors, kept["maxima"], unit),
        case.data.test.x,
        case.run_cfg,
        steps=config.readout.steps,
        gain=config.readout.gain,
        seed=case.seed_for("readout"),
    )
    return {"predicted": predicted.astype(np.int8)}
