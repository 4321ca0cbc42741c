"""What the weights say: receptive fields, a classifier of tasks, distances between states.

A state is all output weights at one time, flat. The last fifth of a phase stands for what it led
to.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.processes.kernels.foraging_world import VIEW_SIDE

States = NDArray[np.float64]
LAST_PART = 5


def in_view(sources: NDArray[np.int64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Input weights of hidden neurons in the plane of what the agent sees.

    Parameters
    ----------
    sources, weights : ndarray, shape (hidden, fan_in)
        Which inputs a neuron has, and their weights.

    Returns
    -------
    ndarray, shape (hidden, 7, 7)
    """
    fields = np.zeros((len(sources), VIEW_SIDE**2))
    np.put_along_axis(fields, sources, weights, axis=1)
    return fields.reshape(-1, VIEW_SIDE, VIEW_SIDE)


def receptive_fields(
    sources: NDArray[np.int64], features: NDArray[np.float64], outputs: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What each output answers to: the hidden neurons' inputs, weighted by their output weights.

    Parameters
    ----------
    sources, features : ndarray, shape (hidden, fan_in)
        Inputs of the hidden neurons and their weights.
    outputs : ndarray, shape (8, hidden)

    Returns
    -------
    ndarray, shape (8, 7, 7)
        Weighted mean over hidden neurons.
    """
    share = outputs / outputs.sum(axis=1, keepdims=True)
    return np.tensordot(share, in_view(sources, features), axes=1)


def strongest(weights: NDArray[np.float64], share: float) -> NDArray[np.bool_]:
    """Mark the strongest share of the synapses.

    Parameters
    ----------
    weights : ndarray
    share : float
        0 .. 1.

    Returns
    -------
    ndarray of bool, of the shape of weights
        ``round(share * size)`` of them are marked; of equal ones those that come first.
    """
    marked = np.zeros(weights.size, dtype=bool)
    order = np.argsort(-weights.ravel(), kind="stable")
    marked[order[: round(share * weights.size)]] = True
    return marked.reshape(weights.shape)


def last_states(snapshots: NDArray[np.float32]) -> States:
    """States of the last fifth of a phase.

    Parameters
    ----------
    snapshots : ndarray, shape (samples, 8, hidden)

    Returns
    -------
    ndarray, shape (samples / 5, at least 1, 8 hidden)
    """
    count = max(1, len(snapshots) // LAST_PART)
    return snapshots[-count:].reshape(count, -1).astype(float)


def task_side(task_1: States, task_2: States, others: States) -> tuple[float, float, float]:
    """On which side of the boundary between two tasks states lie.

    A support vector machine with a radial kernel is trained on every other state of each task;
    distances are those of its decision function, task 1 negative, in units of the mean distance of
    the states that were left out.

    Returns
    -------
    float, float, float
        Mean of the states left out of task 1 and of task 2, and of the others.
    """
    from sklearn.svm import SVC

    known = np.vstack([task_1[::2], task_2[::2]])
    labels = np.repeat([-1, 1], [len(task_1[::2]), len(task_2[::2])])
    classifier = SVC(kernel="rbf").fit(known, labels)
    held_out = [states[1::2] if len(states) > 1 else states for states in (task_1, task_2)]
    first, second, mean = (
        float(classifier.decision_function(states).mean()) for states in (*held_out, others)
    )
    unit = (abs(first) + abs(second)) / 2 or 1.0
    return first / unit, second / unit, mean / unit


def distances(snapshots: NDArray[np.float32], states: States) -> NDArray[np.float64]:
    """Euclidean distance of each sample of a phase to the nearest of some states.

    Returns
    -------
    ndarray, shape (samples,)
    """
    flat = snapshots.reshape(len(snapshots), -1).astype(float)
    return np.array([np.linalg.norm(states - sample, axis=1).min() for sample in flat])


def principal_components(phases: list[NDArray[np.float32]]) -> list[NDArray[np.float64]]:
    """Project the samples of several phases on the two directions in which they differ most.

    Returns
    -------
    list of ndarray, shape (samples, 2) each
    """
    from sklearn.decomposition import PCA

    flat = [phase.reshape(len(phase), -1).astype(float) for phase in phases]
    model = PCA(2, svd_solver="full").fit(np.vstack(flat))
    return [model.transform(phase) for phase in flat]
