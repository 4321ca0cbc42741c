"""Protocol of `pruning`: a day, then nights of equal length with other numbers of cycles."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.experiments.jobs import Job, SharedProgress, run_left, timed
from loihi_sleep.experiments.pruning.config import PruningConfig
from loihi_sleep.experiments.pruning.metrics import (
    DAY,
    UNPRUNED,
    learner_name,
    metrics_of,
    night_name,
)
from loihi_sleep.networks.normalization import thresholds
from loihi_sleep.networks.quantization import quantize
from loihi_sleep.progress import Progress
from loihi_sleep.pruning.learners import LEARNERS, Course
from loihi_sleep.pruning.masks import strongest
from loihi_sleep.pruning.night import prune_and_retrain
from loihi_sleep.results.checkpoint import Checkpoint
from loihi_sleep.results.run_folder import RunFolder
from loihi_sleep.seeds import spawn_seeds
from loihi_sleep.sleep import wake
from loihi_sleep.tasks.digits import digits
from loihi_sleep.tasks.images import images
from loihi_sleep.tasks.stream import Stream

if TYPE_CHECKING:
    from lava.proc.lif.process import LIF

Arrays = dict[str, NDArray[Any]]
# What the seeds of one run are for; each use has random numbers of its own.
_INITIAL, _WAKE, _NIGHT, _COURSE = range(4)


def load_streams(config: PruningConfig) -> Mapping[int, Stream]:
    """Load the data of each seed: a split of its own of the digits, or the one MNIST.

    Raises
    ------
    ValueError
        Data that are missing or damaged.
    """
    if config.data.name == "digits":
        return {seed: digits(seed) for seed in config.seeds}
    stream = images("mnist", task_images=config.data.task_images, folder=config.data.folder)
    return dict.fromkeys(config.seeds, stream)


def run(config: PruningConfig, folder: RunFolder, progress: Progress) -> dict[str, Any]:
    """Run the experiment over its seeds.

    Parameters
    ----------
    config : PruningConfig
    folder : RunFolder
        Days and nights that its checkpoint holds are not run again.
    progress : Progress

    Returns
    -------
    dict
        Metrics by name, measured on the test split.
    """
    streams = load_streams(config)
    train = max(len(stream.train) for stream in streams.values())
    folder.log("data", name=config.data.name, train=train)
    shared, checkpoint = SharedProgress(progress), folder.checkpoint
    days: dict[str, Job] = {}
    nights: dict[str, Job] = {}
    for seed, stream in streams.items():
        days |= _days(config, seed, stream, shared)
        nights |= _nights(config, seed, stream, shared, checkpoint)
    shared.start(len(days) + len(nights))
    for wave in (days, nights):
        # torch runs on the host, in threads, whatever runs spiking networks.
        run_left(wave, lambda group: 1, checkpoint, shared, "compiled")
    return metrics_of(config, streams, checkpoint)


def network(config: PruningConfig) -> LIF:
    """Wire the most pruned network in spikes, for :func:`loihi_sleep.hardware.check`.

    Its weights are initial ones: as many and as wide as in the morning.
    """
    from loihi_sleep.networks.sparse import sparse_layers

    kept = config.kept_counts(min(config.kept))
    weights = wake.initial_weights(config.sizes, config.wake, 0)
    pruned = [
        matrix * strongest(matrix, np.ones(matrix.shape, dtype=bool), count)
        for matrix, count in zip(weights, kept, strict=True)
    ]
    quantized = quantize(pruned, rounded=config.numerics == "fixed")
    vth = thresholds([1.0] * len(weights), np.ones(len(weights)), quantized.unit)
    return sparse_layers(quantized.units, vth, config.numerics).neurons[-1]


def host_only(config: PruningConfig) -> list[str]:
    """Say what no chip can run."""
    return ["nights prune and learn by gradient descent with torch, on the host"]


def _days(
    config: PruningConfig, seed: int, stream: Stream, progress: SharedProgress
) -> dict[str, Job]:
    """Jobs that need no other one: the day before the nights, and the learners."""
    named: dict[str, Job] = {DAY: partial(_day, config, seed, stream)}
    for name in config.learners.names:
        for kept in config.kept:
            learner = partial(_learner, config, seed, stream, name=name, kept=kept)
            named[learner_name(name, kept)] = learner
    return _jobs(named, seed, progress)


def _nights(
    config: PruningConfig,
    seed: int,
    stream: Stream,
    progress: SharedProgress,
    checkpoint: Checkpoint,
) -> dict[str, Job]:
    """Jobs that begin with the network of the day."""
    night = partial(_night, config, seed, stream, progress, checkpoint)
    named: dict[str, Job] = {UNPRUNED: partial(night, kept=None, cycles=1)}
    for kept in config.kept:
        for cycles in config.cycles:
            named[night_name(kept, cycles)] = partial(night, kept=kept, cycles=cycles)
    return _jobs(named, seed, progress)


def _jobs(named: Mapping[str, Job], seed: int, progress: SharedProgress) -> dict[str, Job]:
    """Jobs by group of the checkpoint; each tells when it begins."""

    def told(name: str, job: Job) -> Job:
        def run() -> Mapping[str, NDArray[Any]]:
            progress.advance(1, f"seed {seed}, {name}")
            return job()

        return timed(run)

    return {f"seed_{seed}/{name}": told(name, job) for name, job in named.items()}


def _day(config: PruningConfig, seed: int, stream: Stream) -> Arrays:
    first = wake.initial_weights(config.sizes, config.wake, _seed(seed, _INITIAL))
    weights = wake.train(first, stream.train, config.wake, _seed(seed, _WAKE))
    # They are of single precision, in which torch learns.
    kept = {f"weights_{layer}": w.astype(np.float32) for layer, w in enumerate(weights)}
    return {**kept, **_answers(weights, stream)}


def _night(
    config: PruningConfig,
    seed: int,
    stream: Stream,
    progress: SharedProgress,
    checkpoint: Checkpoint,
    *,
    kept: float | None,
    cycles: int,
) -> Arrays:
    """Sleep one night; without a share of weights to keep the network learns on as it is."""
    day = checkpoint.read(f"seed_{seed}/{DAY}")
    evening = [day[f"weights_{layer}"].astype(float) for layer in range(len(config.sizes) - 1)]
    morning = prune_and_retrain(
        evening,
        stream.train,
        config.retraining,
        kept=[w.size for w in evening] if kept is None else config.kept_counts(kept),
        cycles=cycles,
        steps=config.night.steps,
        seed=_seed(seed, _NIGHT),
        on_cycle=lambda cycle, steps: progress.advance(0),
    )
    return {
        "synapses": np.array([np.count_nonzero(w) for w in morning.weights]),
        "kept": np.array(morning.kept),
        "synapses_of_inputs": morning.masks[0].sum(axis=0),
        **_answers(morning.weights, stream),
    }


def _learner(config: PruningConfig, seed: int, stream: Stream, *, name: str, kept: float) -> Arrays:
    """Learn the tasks in sequence; accuracy on each in the end, its classes being known."""
    wake_config = config.wake.model_copy(update={"epochs": config.learners.epochs})
    course = Course(
        first=wake.initial_weights(config.sizes, config.wake, _seed(seed, _INITIAL)),
        tasks=stream.tasks,
        days=stream.days(),
        wake=wake_config,
        retraining=config.retraining,
        kept=config.hidden_counts(kept),
        cycles=config.learners.cycles,
        steps=config.night.steps,
        seed=_seed(seed, _COURSE),
    )
    learned = LEARNERS[name](course)
    return {
        "accuracy_validation": np.array(learned.accuracy(stream.validation, stream.tasks)),
        "accuracy_test": np.array(learned.accuracy(stream.test, stream.tasks)),
        "synapses": np.array(learned.synapses),
    }


def _answers(weights: wake.Weights, stream: Stream) -> Arrays:
    """Class of every sample that nothing was learned from."""
    return {
        f"predicted_{split}": wake.predict(weights, samples.x).astype(np.int8)
        for split, samples in (("validation", stream.validation), ("test", stream.test))
    }


def _seed(seed: int, use: int) -> int:
    return spawn_seeds(seed, 1, use)[0]
