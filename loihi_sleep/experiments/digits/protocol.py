"""Protocol of `digits`: the same tasks with and without nights, and all at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep import networks, rules, run_configs, sleep
from loihi_sleep.experiments.digits.config import DigitsConfig
from loihi_sleep.networks.normalization import thresholds
from loihi_sleep.networks.readout import classify_in_spikes
from loihi_sleep.progress import Progress
from loihi_sleep.results.checkpoint import Checkpoint
from loihi_sleep.results.metrics import backward_transfer, summarize
from loihi_sleep.results.run_folder import RunFolder
from loihi_sleep.seeds import spawn_seeds
from loihi_sleep.sleep import wake
from loihi_sleep.tasks.digits import digits
from loihi_sleep.tasks.stream import Samples, Stream, accuracy_by_task

RASTER_STEPS = 200
# What the seeds of one run are for; each use has random numbers of its own.
_INITIAL, _WAKE, _NIGHT, _READOUT, _JOINT = range(5)


@dataclass(frozen=True)
class Memory:
    """All that is kept of past tasks: no image, a mean image and a number a layer.

    Parameters
    ----------
    mean_image : ndarray, shape (inputs,)
        Running mean of the images so far.
    images : int
        How many they were.
    maxima : ndarray, shape (layers,)
        Running maximum of each layer's activations.
    """

    mean_image: NDArray[np.float64]
    images: int
    maxima: NDArray[np.float64]

    def after(self, samples: Samples, weights: wake.Weights) -> Memory:
        """Take in the samples of one more task, seen through the present weights."""
        images = self.images + len(samples)
        total = self.mean_image * self.images + samples.x.sum(axis=0)
        largest = np.array([a.max() for a in wake.activations(weights, samples.x)])
        return Memory(total / images, images, np.maximum(self.maxima, largest))


@dataclass(frozen=True)
class Life:
    """What became of one network over all tasks.

    Parameters
    ----------
    before, after : list of weights
        Real weights before and after the night that follows each task.
    units : tuple of ndarray
        Weights after the last night, weight units.
    unit : tuple of float
        Real weight of one unit, by layer.
    memory : Memory
        At the end.
    nights : list of dict of ndarray
        What was recorded in each night (``rates``, ``raster_0`` ..).
    """

    before: list[wake.Weights]
    after: list[wake.Weights]
    units: tuple[NDArray[np.float64], ...]
    unit: tuple[float, ...]
    memory: Memory
    nights: list[dict[str, NDArray[Any]]]


def run(config: DigitsConfig, folder: RunFolder, progress: Progress) -> dict[str, Any]:
    """Run the experiment over its seeds.

    Parameters
    ----------
    config : DigitsConfig
    folder : RunFolder
        Nights that its checkpoint holds are not simulated again.
    progress : Progress

    Returns
    -------
    dict
        Metrics by name, measured on the test split.
    """
    run_cfg = run_configs.select(config.engine, config.numerics, config.sleep.rounding)
    folder.log("engine", engine=run_cfg.engine, reason=run_cfg.reason)
    streams = {seed: digits(seed) for seed in config.seeds}
    nights = sum(len(stream.tasks) for stream in streams.values())
    progress.start(nights * config.sleep.steps)
    measured = []
    for seed, stream in streams.items():
        life = live_with_sleep(config, stream, seed, run_cfg, folder.checkpoint, progress)
        measured.append(measure(config, stream, stream.test, seed, life, run_cfg))
        folder.log("seed", seed=seed, accuracy_sleep=measured[-1]["accuracy_sleep"])
    return {
        name: summarize([values[name] for values in measured], unit)
        for name, unit in METRIC_UNITS.items()
    }


METRIC_UNITS = {
    "accuracy_sequential": "fraction",
    "accuracy_sleep": "fraction",
    "accuracy_sleep_spiking": "fraction",
    "accuracy_joint": "fraction",
    "backward_transfer_sequential": "fraction",
    "backward_transfer_sleep": "fraction",
    "accuracy_by_task_sequential": "fraction, [task, after task]",
    "accuracy_by_task_before_sleep": "fraction, [task, after task]",
    "accuracy_by_task_sleep": "fraction, [task, after task]",
    "spike_rate_sleep": "spikes per neuron and step, [night, layer]",
}


def live_with_sleep(
    config: DigitsConfig,
    stream: Stream,
    seed: int,
    run_cfg: Any,
    checkpoint: Checkpoint,
    progress: Progress,
) -> Life:
    """Learn the tasks in sequence and sleep after each.

    Parameters
    ----------
    config : DigitsConfig
    stream : Stream
    seed : int
    run_cfg : RunConfig
    checkpoint : Checkpoint
        Completed nights are read from it and written to it.
    progress : Progress

    Returns
    -------
    Life
    """
    weights = _initial_weights(config, stream, seed)
    memory = Memory(np.zeros(stream.inputs), 0, np.zeros(len(weights)))
    before, after, nights = [], [], []
    for task, classes in enumerate(stream.tasks):
        samples = stream.train.of_classes(classes)
        weights = wake.train(weights, samples, config.wake, _seed(seed, _WAKE, task))
        memory = memory.after(samples, weights)
        before.append(weights)
        quantized = networks.quantize(
            weights, config.sleep.headroom, rounded=config.numerics == "fixed"
        )
        group = f"seed_{seed}/night_{task}"
        if checkpoint.has(group):
            night = checkpoint.read(group)
            progress.advance(config.sleep.steps)
        else:
            note = f"seed {seed}, night {task + 1}/{len(stream.tasks)}"
            night = _sleep(
                config, stream, seed, task, quantized, memory, run_cfg, _listener(progress, note)
            )
            checkpoint.write(group, night)
        quantized = quantized.with_units([night[f"weights_{i}"] for i in range(len(weights))])
        weights = quantized.real()
        after.append(weights)
        nights.append(night)
    return Life(before, after, quantized.units, quantized.unit, memory, nights)


def live_without_sleep(config: DigitsConfig, stream: Stream, seed: int) -> list[wake.Weights]:
    """Learn the tasks in sequence, with the same training; weights after each task."""
    weights = _initial_weights(config, stream, seed)
    after = []
    for task, classes in enumerate(stream.tasks):
        samples = stream.train.of_classes(classes)
        weights = wake.train(weights, samples, config.wake, _seed(seed, _WAKE, task))
        after.append(weights)
    return after


def learn_jointly(config: DigitsConfig, stream: Stream, seed: int) -> wake.Weights:
    """Learn all classes at once: what the network could know."""
    joint = config.wake.model_copy(update={"epochs": config.joint_epochs})
    return wake.train(
        _initial_weights(config, stream, seed), stream.train, joint, _seed(seed, _JOINT)
    )


def measure(
    config: DigitsConfig, stream: Stream, samples: Samples, seed: int, life: Life, run_cfg: Any
) -> dict[str, Any]:
    """Accuracies of one seed on a split that nothing was trained on.

    Parameters
    ----------
    config : DigitsConfig
    stream : Stream
    samples : Samples
        ``stream.test`` for results, ``stream.validation`` to choose hyperparameters.
    seed : int
    life : Life
        Of the network that slept.
    run_cfg : RunConfig

    Returns
    -------
    dict
        A value for each name in METRIC_UNITS.
    """

    def by_task(history: list[wake.Weights]) -> NDArray[np.float64]:
        columns = [
            accuracy_by_task(wake.predict(weights, samples.x), samples, stream.tasks)
            for weights in history
        ]
        return np.array(columns).T

    def accuracy(predicted: NDArray[np.int64]) -> float:
        return float((predicted == samples.y).mean())

    sequential = live_without_sleep(config, stream, seed)
    matrix_sequential, matrix_sleep = by_task(sequential), by_task(life.after)
    spiking = classify_in_spikes(
        life.units,
        thresholds(config.readout.threshold_factors, life.memory.maxima, life.unit),
        samples.x,
        run_cfg,
        steps=config.readout.steps,
        gain=config.readout.gain,
        seed=_seed(seed, _READOUT),
    )
    return {
        "accuracy_sequential": accuracy(wake.predict(sequential[-1], samples.x)),
        "accuracy_sleep": accuracy(wake.predict(life.after[-1], samples.x)),
        "accuracy_sleep_spiking": accuracy(spiking),
        "accuracy_joint": accuracy(wake.predict(learn_jointly(config, stream, seed), samples.x)),
        "backward_transfer_sequential": backward_transfer(matrix_sequential),
        "backward_transfer_sleep": backward_transfer(matrix_sleep),
        "accuracy_by_task_sequential": matrix_sequential,
        "accuracy_by_task_before_sleep": by_task(life.before),
        "accuracy_by_task_sleep": matrix_sleep,
        "spike_rate_sleep": np.array([night["rates"].mean(axis=0) for night in life.nights]),
    }


def _sleep(
    config: DigitsConfig,
    stream: Stream,
    seed: int,
    task: int,
    quantized: networks.QuantizedWeights,
    memory: Memory,
    run_cfg: Any,
    on_progress: Callable[[sleep.NightProgress], None],
) -> dict[str, NDArray[Any]]:
    """Sleep for one night; returns what is kept of it."""
    settings = config.sleep
    network = networks.layered(
        (stream.inputs, *config.hidden, stream.classes),
        quantized.units,
        rules.sleep_hebb(settings.potentiation, settings.depression, gated=settings.gated),
        vth=thresholds(settings.threshold_factors, memory.maxima, quantized.unit),
        leak=settings.leak,
    )
    night = sleep.Night(
        steps=settings.steps,
        drive=sleep.Poisson(
            rates=settings.max_rate * memory.mean_image / memory.mean_image.max(),
            plane=stream.plane,
            window=settings.window,
        ),
        seed=_seed(seed, _NIGHT, task),
    )
    record = sleep.run_night(
        network, night, run_cfg, raster_steps=RASTER_STEPS, on_progress=on_progress
    )
    kept: dict[str, NDArray[Any]] = {"rates": record.rates}
    kept |= {f"weights_{layer}": w for layer, w in enumerate(record.weights)}
    kept |= {f"evening_{layer}": w for layer, w in enumerate(quantized.units)}
    kept |= {f"raster_{layer}": r for layer, r in enumerate(record.rasters)}
    return kept


def _initial_weights(config: DigitsConfig, stream: Stream, seed: int) -> wake.Weights:
    sizes = (stream.inputs, *config.hidden, stream.classes)
    return wake.initial_weights(sizes, config.wake.init_gain, _seed(seed, _INITIAL))


def _seed(seed: int, *use: int) -> int:
    return spawn_seeds(seed, 1, *use)[0]


def _listener(progress: Progress, note: str) -> Callable[[sleep.NightProgress], None]:
    """Turn a night's progress into the run's."""
    done = 0

    def on_progress(night: sleep.NightProgress) -> None:
        nonlocal done
        rates = " ".join(f"{rate:.3f}" for rate in night.rates)
        progress.advance(night.steps - done, f"{note}, spikes/step {rates}")
        done = night.steps

    return on_progress
