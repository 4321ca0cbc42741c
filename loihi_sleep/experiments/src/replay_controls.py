"""Nights that differ from sleep in one thing, to tell how much of the gain is replay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.consolidation.evening import Evening
from loihi_sleep.processes import checks
from loihi_sleep.sleep.drives import Poisson
from loihi_sleep.training.sgd import Weights

# From an evening and a seed to another evening.
Alter = Callable[[Evening, int], Evening]


def flat_drive(evening: Evening, seed: int) -> Evening:
    """Replace the rates of all inputs by their mean."""
    rates = _rates(evening)
    return _with_rates(evening, np.full_like(rates, rates.mean()))


def shuffled_drive(evening: Evening, seed: int) -> Evening:
    """Give each input the rate of another one, the same other one in every night."""
    rates = _rates(evening)
    return _with_rates(evening, np.random.default_rng(seed).permutation(rates))


def shuffled_pre(evening: Evening, seed: int) -> Evening:
    """Let the learning rule see pre-synaptic spikes at the wrong neurons."""
    network: Any = evening.network
    return replace(evening, network=replace(network, shuffled=True))


def _rates(evening: Evening) -> NDArray[np.float64]:
    return np.asarray(_poisson(evening).rates, dtype=np.float64)


def _with_rates(evening: Evening, rates: NDArray[np.float64]) -> Evening:
    return replace(evening, drive=replace(_poisson(evening), rates=rates))


def _poisson(evening: Evening) -> Poisson:
    """Return the drive, whose rates a control changes."""
    drive = evening.drive
    checks.instance("the drive of a control", drive, Poisson, "a Poisson, which has rates")
    assert isinstance(drive, Poisson)
    return drive


def norm_ratios(before: Weights, after: Weights, *, by_neuron: bool) -> list[NDArray[np.float64]]:
    """How much a night changed the norms of weights.

    Parameters
    ----------
    before, after : list of ndarray, shape (post, pre) each
        In the evening and in the morning.
    by_neuron : bool
        Of each neuron's own synapses, instead of each layer's.

    Returns
    -------
    list of ndarray, shape (post, 1) or (1, 1) each
        Factors that give the weights of the evening the norms of the morning.
    """
    ratios = []
    for evening, morning in zip(before, after, strict=True):
        axis = 1 if by_neuron else None
        old, new = (np.linalg.norm(w, axis=axis, keepdims=True) for w in (evening, morning))
        ratios.append(np.where(old > 0, new / np.where(old > 0, old, 1.0), 1.0))
    return ratios
