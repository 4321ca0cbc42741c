"""Protocol of `digits`: the same tasks with and without nights, and all at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep import sleep
from loihi_sleep.consolidation.evening import Evening
from loihi_sleep.consolidation.first_night import first_night
from loihi_sleep.consolidation.lifelong import Life, Rest, live
from loihi_sleep.consolidation.memory import Memory
from loihi_sleep.datasets.digits import DIGITS, IMAGE, load_digits
from loihi_sleep.datasets.stream import Samples, Stream, accuracy_by_task
from loihi_sleep.experiments.digits.config import DigitsConfig
from loihi_sleep.networks.normalization import thresholds
from loihi_sleep.networks.readout import classify_in_spikes
from loihi_sleep.progress import Progress
from loihi_sleep.results.checkpoint import Checkpoint
from loihi_sleep.results.metrics import backward_transfer, summarize
from loihi_sleep.results.run_folder import RunFolder
from loihi_sleep.seeds import spawn_seeds
from loihi_sleep.training import sgd

if TYPE_CHECKING:
    from lava.magma.core.run_configs import RunConfig

    from loihi_sleep.processes.sleep.process import Sleep

RASTER_STEPS = 200
# What the seeds of one run are for; each use has random numbers of its own.
_INITIAL, _WAKE, _NIGHT, _READOUT, _JOINT = range(5)


@dataclass(frozen=True)
class SleptLife:
    """What became of one network that slept after each task.

    Parameters
    ----------
    life : Life
    units : tuple of ndarray
        Weights after the last night, weight units.
    unit : tuple of float
        Real weight of one unit, by layer.
    nights : list of dict of ndarray
        What was recorded in each night (``rates``, ``raster_0`` ..).
    """

    life: Life
    units: tuple[NDArray[np.float64], ...]
    unit: tuple[float, ...]
    nights: list[dict[str, NDArray[Any]]]


def run(
    config: DigitsConfig, run_cfg: RunConfig, folder: RunFolder, progress: Progress
) -> dict[str, Any]:
    """Run the experiment over its seeds.

    Parameters
    ----------
    config : DigitsConfig
    run_cfg : RunConfig
        What runs the networks, from :func:`loihi_sleep.run.select.select`.
    folder : RunFolder
        Nights that its checkpoint holds are not simulated again.
    progress : Progress

    Returns
    -------
    dict
        Metrics by name, measured on the test split.
    """
    streams = {seed: load_digits(seed=seed) for seed in config.seeds}
    nights = sum(len(stream.tasks) for stream in streams.values())
    progress.start(nights * config.sleep.steps)
    measured = []
    for seed, stream in streams.items():
        slept = live_with_sleep(config, stream, seed, run_cfg, folder.checkpoint, progress)
        measured.append(measure(config, stream, stream.test, seed, slept, run_cfg))
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


def network(config: DigitsConfig) -> Sleep:
    """Wire the network of a first night, for :func:`loihi_sleep.fit.check`."""
    sizes = (prod(IMAGE), *config.hidden, DIGITS.classes)
    return first_night(sizes, IMAGE[1:], config.wake, config.sleep, config.numerics)


def live_with_sleep(
    config: DigitsConfig,
    stream: Stream,
    seed: int,
    run_cfg: Any,
    checkpoint: Checkpoint,
    progress: Progress,
) -> SleptLife:
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
    SleptLife
    """
    nights: list[dict[str, NDArray[Any]]] = []
    units: list[tuple[float, ...]] = []

    def rest(task: int, weights: sgd.Weights, memory: Memory) -> sgd.Weights:
        evening = config.sleep.evening(
            weights, memory, task, numerics=config.numerics, plane=stream.plane
        )
        group = f"seed_{seed}/night_{task}"
        if checkpoint.has(group):
            night = checkpoint.read(group)
            progress.advance(evening.steps)
        else:
            note = f"seed {seed}, night {task + 1}/{len(stream.tasks)}"
            night = _sleep(evening, _seed(seed, _NIGHT, task), run_cfg, _listener(progress, note))
            checkpoint.write(group, night)
        nights.append(night)
        units.append(evening.unit)
        return evening.real(_units_after(night, len(weights)))

    life = _live(config, stream, seed, rest)
    last = nights[-1]
    return SleptLife(life, _units_after(last, len(life.after[-1])), units[-1], nights)


def live_without_sleep(config: DigitsConfig, stream: Stream, seed: int) -> list[sgd.Weights]:
    """Learn the tasks in sequence, with the same training; weights after each task."""
    return _live(config, stream, seed, None).after


def _live(config: DigitsConfig, stream: Stream, seed: int, rest: Rest | None) -> Life:
    def learn(task: int, samples: Samples, weights: sgd.Weights) -> sgd.Weights:
        return sgd.train(weights, samples, config.wake, _seed(seed, _WAKE, task))

    return live(_initial_weights(config, stream, seed), stream.train_by_task(), learn, rest)


def learn_jointly(config: DigitsConfig, stream: Stream, seed: int) -> sgd.Weights:
    """Learn all classes at once: what the network could know."""
    joint = config.wake.model_copy(update={"epochs": config.joint_epochs})
    return sgd.train(
        _initial_weights(config, stream, seed), stream.train, joint, _seed(seed, _JOINT)
    )


def measure(
    config: DigitsConfig,
    stream: Stream,
    samples: Samples,
    seed: int,
    slept: SleptLife,
    run_cfg: Any,
) -> dict[str, Any]:
    """Accuracies of one seed on a split that nothing was trained on.

    Parameters
    ----------
    config : DigitsConfig
    stream : Stream
    samples : Samples
        ``stream.test`` for results, ``stream.validation`` to choose hyperparameters.
    seed : int
    slept : SleptLife
    run_cfg : RunConfig

    Returns
    -------
    dict
        A value for each name in METRIC_UNITS.
    """

    def by_task(history: list[sgd.Weights]) -> NDArray[np.float64]:
        columns = [
            accuracy_by_task(sgd.predict(weights, samples.x), samples, stream.tasks)
            for weights in history
        ]
        return np.array(columns).T

    def accuracy(predicted: NDArray[np.int64]) -> float:
        return float((predicted == samples.y).mean())

    sequential = live_without_sleep(config, stream, seed)
    matrix_sequential, matrix_sleep = by_task(sequential), by_task(slept.life.after)
    spiking = classify_in_spikes(
        slept.units,
        thresholds(config.readout.threshold_factors, slept.life.memory.maxima, slept.unit),
        samples.x,
        run_cfg,
        steps=config.readout.steps,
        gain=config.readout.gain,
        seed=_seed(seed, _READOUT),
    )
    return {
        "accuracy_sequential": accuracy(sgd.predict(sequential[-1], samples.x)),
        "accuracy_sleep": accuracy(sgd.predict(slept.life.after[-1], samples.x)),
        "accuracy_sleep_spiking": accuracy(spiking),
        "accuracy_joint": accuracy(sgd.predict(learn_jointly(config, stream, seed), samples.x)),
        "backward_transfer_sequential": backward_transfer(matrix_sequential),
        "backward_transfer_sleep": backward_transfer(matrix_sleep),
        "accuracy_by_task_sequential": matrix_sequential,
        "accuracy_by_task_before_sleep": by_task(slept.life.before),
        "accuracy_by_task_sleep": matrix_sleep,
        "spike_rate_sleep": np.array([night["rates"].mean(axis=0) for night in slept.nights]),
    }


def _sleep(
    evening: Evening,
    seed: int,
    run_cfg: Any,
    on_progress: Callable[[sleep.NightProgress], None],
) -> dict[str, NDArray[Any]]:
    """Sleep for one night; returns what is kept of it."""
    record = sleep.run_night(
        evening.network,
        evening.night(seed),
        run_cfg,
        raster_steps=RASTER_STEPS,
        on_progress=on_progress,
    )
    kept: dict[str, NDArray[Any]] = {"rates": record.rates}
    kept |= {f"weights_{layer}": w for layer, w in enumerate(record.weights)}
    kept |= {f"evening_{layer}": w for layer, w in enumerate(evening.network.weights)}
    kept |= {f"raster_{layer}": r for layer, r in enumerate(record.rasters)}
    return kept


def _units_after(night: dict[str, NDArray[Any]], layers: int) -> tuple[NDArray[np.float64], ...]:
    return tuple(night[f"weights_{layer}"] for layer in range(layers))


def _initial_weights(config: DigitsConfig, stream: Stream, seed: int) -> sgd.Weights:
    sizes = (stream.inputs, *config.hidden, stream.classes)
    return sgd.initial_weights(sizes, config.wake, _seed(seed, _INITIAL))


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
