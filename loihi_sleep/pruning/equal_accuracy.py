"""How many weights two learners need for the same accuracy, between the shares that were tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from loihi_sleep.processes import checks


class Reached(NamedTuple):
    """What a learner reaches with how many weights.

    Parameters
    ----------
    weights : array_like, shape (shares,)
        In all networks of the learner, above 0.
    accuracy : array_like, shape (shares,)
        With so many.
    """

    weights: ArrayLike
    accuracy: ArrayLike


@dataclass(frozen=True)
class WeightsRatio:
    """Weights that one learner needs over those that another needs.

    Parameters
    ----------
    mean : float
        Geometric mean over all accuracies that both reach, each counting alike.
    lowest, highest : float
        Over these accuracies.
    accuracies : tuple of float
        The lowest and the highest of them.
    """

    mean: float
    lowest: float
    highest: float
    accuracies: tuple[float, float]


class NoOverlapError(ValueError):
    """There is no range of accuracies that both learners reach."""


def weights_ratio(one: Reached, other: Reached) -> WeightsRatio:
    """Compare the weights that two learners need for equal accuracy.

    Between two numbers of weights accuracy is taken to rise straight with their logarithm. Where
    more weights do no better than fewer did, the fewer are what is needed.

    Parameters
    ----------
    one, other : Reached
        Of two shares at least; in any order.

    Returns
    -------
    WeightsRatio
        Above 1 where `one` needs more.

    Raises
    ------
    NoOverlapError
        All that one of them reaches is below what the other has with its fewest weights.
    ValueError
        Weights and accuracies that are not as many, or weights that are not above 0.
    """
    records = {"one": _records(*one, "one"), "other": _records(*other, "other")}
    floor = max(accuracy[0] for _, accuracy in records.values())
    top = min(accuracy[-1] for _, accuracy in records.values())
    if floor >= top:
        ranges = ", ".join(f"{name} {a[0]:.4f} .. {a[-1]:.4f}" for name, (_, a) in records.items())
        raise NoOverlapError(
            f"no range of accuracies is reached by both ({ranges}); try fewer or more weights"
        )
    # All that bends the difference lies on these: between them it is straight, and so the
    # trapezoids are exact.
    corners = np.unique(np.concatenate([accuracy for _, accuracy in records.values()]))
    corners = corners[(corners >= floor) & (corners <= top)]
    needed, needed_by_other = (np.interp(corners, a, logs) for logs, a in records.values())
    logs = needed - needed_by_other
    mean = (np.diff(corners) * (logs[1:] + logs[:-1]) / 2).sum() / (top - floor)
    return WeightsRatio(
        mean=float(np.exp(mean)),
        lowest=float(np.exp(logs.min())),
        highest=float(np.exp(logs.max())),
        accuracies=(float(floor), float(top)),
    )


def _records(
    weights: ArrayLike, accuracy: ArrayLike, name: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Logarithms of the weights that do better than all fewer ones, and their accuracies."""
    counts = np.asarray(weights, dtype=float)
    counts = checks.array(f"{name}.weights", counts, (counts.size,), 0)
    reached = checks.array(f"{name}.accuracy", accuracy, counts.shape)
    if counts.size == 0 or not counts.min() > 0:
        raise ValueError(f"{name}.weights is {counts.tolist()}; it must hold numbers above 0")
    order = np.lexsort((-reached, counts))
    counts, reached = counts[order], reached[order]
    best_before = np.concatenate([[-np.inf], np.maximum.accumulate(reached)[:-1]])
    better = reached > best_before
    return np.log(counts[better]), reached[better]


def weights_for(reached: Reached, accuracy: float) -> float:
    """Weights that a learner needs for an accuracy, between those that were tried.

    Raises
    ------
    ValueError
        An accuracy below that of the fewest weights, or above all that was reached.
    """
    logs, accuracies = _records(*reached, "reached")
    accuracy = checks.number("accuracy", accuracy, accuracies[0], accuracies[-1])
    return float(np.exp(np.interp(accuracy, accuracies, logs)))
