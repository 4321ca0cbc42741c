"""What the conditions of `src` with a hippocampus compute."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from loihi_sleep import networks
from loihi_sleep.consolidation.continual import alternate_training_and_sleep
from loihi_sleep.consolidation.memory import Memory
from loihi_sleep.datasets.stream import Samples, Stream
from loihi_sleep.engine.counting import not_counted
from loihi_sleep.experiments.case import WORK, Arrays
from loihi_sleep.experiments.src.config import SrcConfig
from loihi_sleep.experiments.src.measures import measure_training
from loihi_sleep.experiments.src.prototype_config import PrototypesConfig
from loihi_sleep.experiments.src.prototype_controls import CONTROLS, PrototypeControl
from loihi_sleep.experiments.src.prototype_nights import BEGINS, ENDS, packed, recorded_steps
from loihi_sleep.experiments.src.training import SrcCase, Trained, learn_task
from loihi_sleep.experiments.study import Condition
from loihi_sleep.hippocampus import (
    Prototypes,
    ReplayConfig,
    ReplayRecord,
    learn_prototypes,
    replay_prototypes,
)
from loihi_sleep.hippocampus.awake import empty_hippocampus
from loihi_sleep.hippocampus.night import build_replay
from loihi_sleep.hippocampus.prototypes import new_prototypes
from loihi_sleep.networks.normalization import thresholds
from loihi_sleep.networks.readout import classify_in_spikes
from loihi_sleep.processes.kernels.integers import WEIGHT_MAX
from loihi_sleep.training import sgd
from loihi_sleep.training.forward import Weights

_STATE = ("weights", "labels", "wins", "norm", "theta")

if TYPE_CHECKING:
    from loihi_sleep.processes.current_drive.process import CurrentDrive

# Work of a hippocampus, and what each prototype of a class adds, where all days and nights of a
# cortex are 1: by their times on MNIST.
_HIPPOCAMPUS, _PROTOTYPE = 0.28, 0.0057


def prototype_conditions(config: SrcConfig) -> Iterator[Condition[SrcConfig, Stream]]:
    """Yield the conditions with a hippocampus that are asked for."""
    asked, settings = set(config.arms), config.prototypes
    numbers = [settings.per_class] if {"prototypes", "prototype_controls"} & asked else []
    if "prototype_curve" in asked:
        numbers += [k for k in settings.curve if k not in numbers]
    for k in numbers:
        yield Condition(
            f"hippocampus_k{k}",
            partial(remember_prototypes, per_class=k),
            work=round(WORK * (_HIPPOCAMPUS + k * _PROTOTYPE)),
        )
    for k in numbers:
        if k == settings.per_class and "prototypes" not in asked:
            continue
        name = "prototypes" if k == settings.per_class else f"prototypes_k{k}"
        yield Condition(name, partial(sleep_with, per_class=k), (f"hippocampus_k{k}",))
    main = settings.per_class
    if "prototype_controls" in asked:
        for control in CONTROLS:
            compute = partial(sleep_with, per_class=main, control=control)
            yield Condition(control.name, compute, (f"hippocampus_k{main}",))


def remember_prototypes(case: SrcCase, per_class: int) -> Arrays:
    """Let a hippocampus learn, and say itself what test samples are."""
    prototypes = learn_awake(case, per_class)
    return {
        "predicted": prototypes.classify(case.data.test.x).astype(np.int8),
        "mean_drive": np.array(prototypes.mean_drive),
        "least_wins": np.array(prototypes.least_wins),
        "bytes_kept": np.array(prototypes.bytes_kept),
        **{name: getattr(prototypes, name).astype(np.int32) for name in _STATE},
    }


def learn_awake(case: SrcCase, per_class: int) -> Prototypes:
    """Let a hippocampus see each sample of all tasks once.

    A teacher enables the neurons of one class at a time: those of earlier tasks stay as they are,
    so that the state in the end is also that after each task.
    """
    config, stream = case.config.prototypes.hippocampus, case.data
    tasks = stream.train_by_task()
    prototypes = empty_hippocampus(
        stream.classes, per_class, tasks[0], config, case.seed_for("initial", per_class)
    )
    for task, samples in enumerate(tasks):
        seed = case.seed_for("wake", task, per_class)
        prototypes = learn_prototypes(prototypes, samples, config, case.run_cfg, seed)
        case.advance_to((task + 1) / len(tasks), f"{case.condition}, task {task + 1}/{len(tasks)}")
    return prototypes


def read_prototypes(case: SrcCase, per_class: int) -> Prototypes:
    """Read what a hippocampus has learned."""
    kept = case.read(f"hippocampus_k{per_class}")
    return Prototypes(**{name: kept[name] for name in _STATE}, mean_drive=float(kept["mean_drive"]))


def sleep_with(case: SrcCase, per_class: int, control: PrototypeControl | None = None) -> Arrays:
    """Learn all tasks with a night of replayed prototypes after each, and measure the cortex."""
    stream = case.data
    prototypes = read_prototypes(case, per_class)
    if control is not None and control.alter is not None and prototypes.wins.any():
        prototypes = control.alter(prototypes, stream.train, case.seed_for("control"))
    played: Arrays = {}
    is_played = control is None and per_class == case.config.prototypes.per_class
    trained, last = train_with_prototypes(case, prototypes, control, played if is_played else None)
    return {
        **measure_training(trained, stream.test, stream.tasks),
        "predicted_spiking": predict_in_spikes(case, last, stream.test).astype(np.int8),
        "visits": last.visits,
        "rates": np.array([spikes.mean() / last.steps for spikes in last.spikes]),
        **played,
    }


def measure_on_validation(case: SrcCase) -> Arrays:
    """Accuracy on validation samples of a cortex that has slept, by ReLU and in spikes."""
    samples = case.data.validation
    prototypes = learn_awake(case, case.config.prototypes.per_class)
    trained, last = train_with_prototypes(case, prototypes)
    predicted = sgd.predict(trained.run.after[-1], samples.x, trained.hidden_scale)
    return {
        "accuracy": np.array((predicted == samples.y).mean()),
        "accuracy_spiking": np.array((predict_in_spikes(case, last, samples) == samples.y).mean()),
    }


def train_with_prototypes(
    case: SrcCase,
    prototypes: Prototypes,
    control: PrototypeControl | None = None,
    played: Arrays | None = None,
) -> tuple[Trained, ReplayRecord]:
    """Learn all tasks with a night of replayed prototypes after each; also return the last.

    What is to be played of the nights is added to `played`.
    """
    settings, stream = case.config.prototypes, case.data
    night = settings.night
    if control is not None and not control.plastic:
        night = _without_error(night)
    nights: list[ReplayRecord] = []

    def learn(task: int, samples: Samples, weights: Weights) -> Weights:
        if control is not None and not control.learns_awake:
            return weights
        return learn_task(case, task, samples, weights, settings.wake)

    def sleep_after(task: int, weights: Weights, memory: Memory) -> Weights:
        quantized = networks.quantize(weights, night.headroom)
        nights.append(_sleep(case, task, prototypes, quantized, memory.maxima, night, played))
        return quantized.with_units(nights[-1].weights).real()

    def report(task: int, weights: Weights) -> None:
        tasks = len(stream.tasks)
        case.advance_to(0.9 * (task + 1) / tasks, f"{case.condition}, night {task + 1}/{tasks}")

    sizes = (stream.inputs, *settings.hidden, stream.classes)
    run = alternate_training_and_sleep(
        sgd.initial_weights(sizes, settings.wake, case.seed_for("initial")),
        stream.train_by_task(),
        learn,
        sleep_after,
        hidden_scale=settings.wake.hidden_scale,
        on_task=report,
    )
    return Trained(run, [], settings.wake.hidden_scale), nights[-1]


def predict_in_spikes(case: SrcCase, night: ReplayRecord, samples: Samples) -> NDArray[np.int64]:
    """Classify samples by the spikes of the cortex as a night has left it."""
    return classify_in_spikes(
        night.weights,
        night.vth,
        samples.x,
        case.run_cfg,
        steps=case.config.prototypes.readout_steps,
        gain=case.config.prototypes.readout_gain,
        seed=case.seed_for("readout"),
    )


def untrained_replay(settings: PrototypesConfig, inputs: int, classes: int) -> CurrentDrive:
    """Wire a night of replay with random prototypes: what a chip would have to hold.

    Parameters
    ----------
    settings : PrototypesConfig
    inputs, classes : int

    Returns
    -------
    CurrentDrive
        The noise that wakes the prototypes.
    """
    prototypes = new_prototypes(classes, settings.per_class, inputs, spread=WEIGHT_MAX + 1, seed=0)
    weights = sgd.initial_weights((inputs, *settings.hidden, classes), settings.wake, 0)
    quantized = networks.quantize(weights)
    vth = thresholds(settings.night.threshold_factors, np.ones(len(weights)), quantized.unit)
    return build_replay(prototypes, quantized, vth, settings.night, 0).noise


def _sleep(
    case: SrcCase,
    task: int,
    prototypes: Prototypes,
    weights: networks.QuantizedWeights,
    maxima: NDArray[np.float64],
    night: ReplayConfig,
    played: Arrays | None,
) -> ReplayRecord:
    """Sleep after a task, with the prototypes of the classes seen so far."""
    tasks = case.data.tasks
    seen = [label for classes in tasks[: task + 1] for label in classes]
    vth = thresholds(night.threshold_factors, maxima, weights.unit)
    used = np.flatnonzero(np.isin(prototypes.labels, seen) & (prototypes.wins > 0))
    if not used.size:
        # Nothing has been learned yet: there is nothing to replay.
        return ReplayRecord(weights.units, vth, np.zeros(0, dtype=np.int64), (), 1)
    shown, count = (
        prototypes.chosen(used),
        night.presentations_after((task + 1) / len(tasks), used.size),
    )
    replay = partial(
        replay_prototypes,
        shown,
        vth=vth,
        run_cfg=case.run_cfg,
        seed=case.seed_for("night", task),
        presentations=count,
        on_progress=lambda _: case.advance(0),
    )
    if played is None:
        return replay(weights=weights, config=night)
    steps = recorded_steps(night, len(vth))
    slept = replay(weights=weights, config=night, raster_steps=steps)
    # With the same seed the same prototypes wake, and the input hears the same noise.
    with not_counted():
        again = replay(
            weights=weights.with_units(slept.weights),
            config=_without_error(night),
            presentations=min(count, -(-steps // night.steps)),
            raster_steps=steps,
        )
    played |= packed(task, BEGINS, slept.rasters, shown.labels, night)
    played |= packed(task, ENDS, again.rasters, shown.labels, night)
    return slept


def _without_error(night: ReplayConfig) -> ReplayConfig:
    """Return a night in which the cortex learns nothing from its error."""
    return night.model_copy(update={"gain": 0.0, "last_gain": 0.0})
