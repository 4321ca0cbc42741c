"""Metrics over seeds, and metrics.json."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from loihi_sleep.files.atomic import write_text
from loihi_sleep.files.regular_file import read_regular
from loihi_sleep.results.record import DIGEST, checked, digest_of, sample_sd

DECIMALS = 6
# Of metrics.json, bytes.
_LARGEST = 2**28


def summarize(values: Sequence[ArrayLike], unit: str) -> dict[str, Any]:
    """Mean and sample standard deviation over seeds.

    Parameters
    ----------
    values : sequence of array_like
        One number, or one array, a seed.
    unit : str
        Such as ``fraction``.

    Returns
    -------
    dict
        ``values``, ``mean``, ``sd`` (0 for a single seed) and ``unit``, ready for JSON.
    """
    stacked = np.asarray(values, dtype=float)
    return {
        "values": _rounded(stacked),
        "mean": _rounded(stacked.mean(axis=0)),
        "sd": _rounded(sample_sd(stacked)),
        "unit": unit,
    }


def paired_test(
    differences: ArrayLike, alternative: Literal["two-sided", "greater"] = "two-sided"
) -> float:
    """Chance of such differences, or larger ones, where there is none in the mean.

    Parameters
    ----------
    differences : array_like, shape (pairs,)
        Two at least.
    alternative : {'two-sided', 'greater'}
        To a mean of 0.

    Returns
    -------
    float
        p of a t test; of differences that are all alike 1 where they are 0, else 0.
    """
    from scipy.stats import ttest_1samp

    values = np.asarray(differences, dtype=float)
    if np.ptp(values) == 0:
        return float(values[0] == 0)
    return float(ttest_1samp(values, 0.0, alternative=alternative).pvalue)


def chance_of_least(values: ArrayLike, seed: int, draws: int = 2000) -> NDArray[np.float64]:
    """How often each choice has the least mean, were the seeds drawn anew.

    Parameters
    ----------
    values : array_like, shape (choices, seeds)
        Such as errors.
    seed : int
        Seed of the draws.
    draws : int
        How often as many seeds as there are, are drawn with replacement.

    Returns
    -------
    ndarray of float64, shape (choices,)
        Shares of the draws; of equal choices the first has the least.

    Notes
    -----
    The bootstrap: Efron, Annals of Statistics 7 (1979).
    """
    array = np.asarray(values, dtype=float)
    choices, seeds = array.shape
    drawn = np.random.default_rng(seed).integers(seeds, size=(draws, seeds))
    least = array[:, drawn].mean(axis=2).argmin(axis=0)
    return np.asarray(np.bincount(least, minlength=choices) / draws)


def backward_transfer(accuracy: NDArray[np.float64]) -> float:
    """Mean change of the earlier tasks' accuracies from when each was learned to the end.

    ``1/(T-1) * sum over i < T of (a[i, T] - a[i, i])``; negative where tasks were forgotten.

    Parameters
    ----------
    accuracy : ndarray, shape (tasks, tasks)
        ``accuracy[i, k]``: on task i, after task k (and its night, where there is one).

    Returns
    -------
    float
        -1 .. 1; 0 for a single task.

    Notes
    -----
    Lopez-Paz and Ranzato, "Gradient episodic memory for continual learning", NeurIPS 2017.
    """
    tasks = len(accuracy)
    if tasks < 2:
        return 0.0
    return float(np.mean(accuracy[:-1, -1] - np.diag(accuracy)[:-1]))


def forgetting(accuracy: NDArray[np.float64]) -> float:
    """Mean loss of the earlier tasks' accuracies from their best to the end.

    ``1/(T-1) * sum over i < T of (max over i <= k < T of a[i, k] - a[i, T])``.

    Parameters
    ----------
    accuracy : ndarray, shape (tasks, tasks)
        ``accuracy[i, k]``: on task i, after task k (and its night, where there is one).

    Returns
    -------
    float
        -1 .. 1; 0 for a single task. Negative where tasks became better than they ever were.

    Notes
    -----
    Chaudhry, Dokania, Ajanthan and Torr, "Riemannian walk for incremental learning", ECCV 2018.
    """
    tasks = len(accuracy)
    if tasks < 2:
        return 0.0
    best = [accuracy[i, i : tasks - 1].max() for i in range(tasks - 1)]
    return float(np.mean(best - accuracy[:-1, -1]))


def write_metrics(path: Path, record: Mapping[str, Any]) -> None:
    """Write metrics.json, with a digest by which damage is noticed."""
    digested = {**record, DIGEST: digest_of(record)}
    write_text(path, json.dumps(digested, indent=2, allow_nan=False) + "\n")


def read_metrics(path: Path) -> dict[str, Any]:
    """Read metrics.json.

    Returns
    -------
    dict
        The record; a metric that is asked of its ``metrics`` and missing is a ValueError.

    Raises
    ------
    ValueError
        The file is absent, cannot be read, or is no such record; the message names the field.
    """
    try:
        text = read_regular(path, _LARGEST).decode("utf-8")
    except FileNotFoundError:
        raise ValueError(f"{path.parent} holds no finished run: {path.name} is not there") from None
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not valid JSON: it is not text in UTF-8") from None
    try:
        record = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError(f"{path} is not a run's metrics: it nests too deeply") from None
    except ValueError as error:
        raise ValueError(f"{path} is not valid JSON: {error}") from None
    return checked(record, str(path))


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _rounded(values: NDArray[np.float64]) -> Any:
    return np.round(values, DECIMALS).tolist()
