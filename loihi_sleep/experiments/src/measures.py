"""What is measured under a condition of `src`, as arrays for the checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.datasets.stream import Samples, accuracy_by_task
from loihi_sleep.experiments.src.replay_controls import norm_ratios
from loihi_sleep.experiments.src.training import Night, Trained
from loihi_sleep.experiments.study import Arrays
from loihi_sleep.results.packed_rasters import pack
from loihi_sleep.training import sgd
from loihi_sleep.training.sgd import Weights

# Images of each class by which hidden activity is described.
CLASS_IMAGES = 50
# Part of a layer's neurons that are taken for a class's own: those most active for it.
OWN_PART = 12
_WEIGHT_BINS = 65


def night_raster(night: int, layer: int) -> str:
    """Name the array that holds how a night begins, in a layer.

    Packed as by :func:`loihi_sleep.results.packed_rasters.pack`.
    """
    return f"night_{night}_raster_{layer}"


def accuracies(
    history: Sequence[Weights], samples: Samples, tasks: Sequence[Sequence[int]], scale: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Accuracy on each task after each, and the last classes predicted.

    Returns
    -------
    ndarray, shape (tasks, tasks)
        ``[task, after task]``; of tasks that are yet to come too.
    ndarray of int64, shape (samples,)
    """
    columns = []
    predicted = np.zeros(0, dtype=np.int64)
    for weights in history:
        predicted = sgd.predict(weights, samples.x, scale)
        columns.append(accuracy_by_task(predicted, samples, tasks))
    return np.array(columns).T, predicted


def measure_training(trained: Trained, samples: Samples, tasks: Sequence[Sequence[int]]) -> Arrays:
    """Measure what a network knows after each task."""
    after, predicted = accuracies(trained.run.after, samples, tasks, trained.hidden_scale)
    return {"accuracy_morning": after, "predicted": predicted.astype(np.int8)}


def measure_sleep(trained: Trained, samples: Samples, tasks: Sequence[Sequence[int]]) -> Arrays:
    """Measure what nights do, beside what the network knows."""
    run, last = trained.run, trained.nights[-1]
    accuracy_before, _ = accuracies(run.before, samples, tasks, trained.hidden_scale)
    kept = measure_training(trained, samples, tasks) | {
        "accuracy_evening": accuracy_before,
        "rates": np.array([night.record.rates.mean(axis=0) for night in trained.nights]),
        "maxima": run.memory.maxima,
        "mean_image": run.memory.mean_image,
        "unit": np.array(last.prepared.unit),
    }
    for layer, raster in enumerate(last.record.rasters):
        kept[f"raster_{layer}"] = raster
        for number, slept in enumerate(trained.nights):
            kept[night_raster(number, layer)] = pack(slept.record.rasters[layer])
    for layer, units in enumerate(last.record.weights):
        # 8-bit weights fit in 16; real ones are kept in single precision.
        whole = bool((units == np.rint(units)).all())
        kept[f"weights_{layer}"] = units.astype(np.int16 if whole else np.float32)
        kept |= _histograms(f"weights_{layer}", last.prepared.network.weights[layer], units)
    for by_neuron, name in ((False, "layer"), (True, "neuron")):
        for night, (before, after) in enumerate(zip(run.before, run.after, strict=True)):
            for layer, ratio in enumerate(norm_ratios(before, after, by_neuron=by_neuron)):
                kept[f"{name}_norm_ratio_{night}_{layer}"] = ratio
    return kept | _hidden_activity(trained, last, samples)


def _histograms(name: str, before: NDArray[np.float64], after: NDArray[np.float64]) -> Arrays:
    largest = max(np.abs(before).max(), np.abs(after).max())
    bins = np.linspace(-largest, largest, _WEIGHT_BINS)
    return {
        f"{name}_bins": bins,
        f"{name}_evening_counts": np.histogram(before, bins)[0],
        f"{name}_morning_counts": np.histogram(after, bins)[0],
    }


def _hidden_activity(trained: Trained, night: Night, samples: Samples) -> Arrays:
    """Describe hidden activity before and after the last night, and firing in it."""
    classes = int(samples.y.max()) + 1
    chosen = np.concatenate([np.flatnonzero(samples.y == c)[:CLASS_IMAGES] for c in range(classes)])
    x, y = samples.x[chosen], samples.y[chosen]
    before, after = (
        sgd.activations(weights, x, trained.hidden_scale)[:-1]
        for weights in (trained.run.before[-1], trained.run.after[-1])
    )
    hidden = range(len(before))
    own, mean = zip(
        *(_own_firing(before[layer], y, night.record.spikes[layer]) for layer in hidden),
        strict=True,
    )
    return {
        "correlation_evening": np.array([_class_correlation(before[i], y) for i in hidden]),
        "correlation_morning": np.array([_class_correlation(after[i], y) for i in hidden]),
        "sparseness_evening": np.array([_sparseness(before[i]) for i in hidden]),
        "sparseness_morning": np.array([_sparseness(after[i]) for i in hidden]),
        "own_firing": np.array(own),
        "mean_firing": np.array(mean),
    }


def _class_correlation(activity: NDArray[Any], y: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean Pearson correlation between the activity for images of two classes, [class, class].

    An image is not compared with itself; images without any activity are left out.
    """
    centered = activity - activity.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(centered, axis=1)
    active = norms > 0
    unit = centered[active] / norms[active, np.newaxis]
    labels = y[active]
    pairs = unit @ unit.T
    np.fill_diagonal(pairs, 0.0)
    classes = range(int(y.max()) + 1)
    members = np.array([labels == c for c in classes], dtype=float)
    sums = members @ pairs @ members.T
    sizes = members.sum(axis=1)
    counts = np.outer(sizes, sizes) - np.diag(sizes)
    return np.where(counts > 0, sums / np.maximum(counts, 1), 0.0)


def _sparseness(activity: NDArray[Any]) -> float:
    """Population sparseness, 0 (all alike) .. 1 (one neuron), mean over images.

    ``(1 - mean(a)^2 / mean(a^2)) / (1 - 1/n)``: Vinje and Gallant, Science 287 (2000).
    """
    squares = (activity**2).mean(axis=1)
    active = squares > 0
    if not active.any():
        return 1.0
    ratio = activity[active].mean(axis=1) ** 2 / squares[active]
    return float(((1 - ratio) / (1 - 1 / activity.shape[1])).mean())


def _own_firing(
    activity: NDArray[Any], y: NDArray[np.int64], spikes: NDArray[np.int64]
) -> tuple[NDArray[np.float64], float]:
    """Spikes in the night of the neurons that are most active for each class, and of all."""
    own = []
    for c in range(int(y.max()) + 1):
        order = np.argsort(-activity[y == c].mean(axis=0), kind="stable")
        most = order[: max(1, len(order) // OWN_PART)]
        own.append(spikes[most].mean())
    return np.array(own), float(spikes.mean())
