"""Nights that differ from sleep in one thing, to tell how much of the gain is replay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.consolidation.form import PreparedNight
from loihi_sleep.processes import checks
from loihi_sleep.sleep.drives import Poisson
from loihi_sleep.training.sgd import Weights

# From a prepared night and a seed to another one.
Alter = Callable[[PreparedNight, int], PreparedNight]


def flat_drive(prepared: PreparedNight, seed: int) -> PreparedNight:
    """Replace the rates of all inputs by their mean."""
    rates = _rates(prepared)
    return _with_rates(prepared, np.full_like(rates, rates.mean()))


def shuffled_drive(prepared: PreparedNight, seed: int) -> PreparedNight:
    """Give each input the rate of another one, the same other one in every night."""
    rates = _rates(prepared)
    return _with_rates(prepared, np.random.default_rng(seed).permutation(rates))


def shuffled_pre(prepared: PreparedNight, seed: int) -> PreparedNight:
    """Let the learning rule see pre-synaptic spikes at the wrong neurons."""
    network: Any = prepared.network
    return replace(prepared, network=replace(network, shuffled=True))


def _rates(prepared: PreparedNight) -> NDArray[np.float64]:
    return np.asarray(_poisson(prepared).rates, dtype=np.float64)


def _with_rates(prepared: PreparedNight, rates: NDArray[np.float64]) -> PreparedNight:
    return replace(prepared, drive=replace(_poisson(prepared), rates=rates))


def _poisson(prepared: PreparedNight) -> Poisson:
    """Return the drive, whose rates a control changes."""
    drive = prepared.drive
    checks.instance("the drive of a control", drive, Poisson, "a Poisson, which has rates")
    assert isinstance(drive, Poisson)
    return drive


def norm_ratios(before: Weights, after: Weights, *, by_neuron: bool) -> list[NDArray[np.float64]]:
    """How much a night changed the norms of weights.

    Parameters
    ----------
    before, after : list of ndarray, shape (post, pre) each
        Before and after it.
    by_neuron : bool
        Norms of each neuron's own synapses, instead of each layer's.

    Returns
    -------
    list of ndarray, shape (post, 1) or (1, 1) each
        Factors that give the weights before the norms of those after.
    """
    ratios = []
    for old_weights, new_weights in zip(before, after, strict=True):
        axis = 1 if by_neuron else None
        old, new = (np.linalg.norm(w, axis=axis, keepdims=True) for w in (old_weights, new_weights))
        ratios.append(np.where(old > 0, new / np.where(old > 0, old, 1.0), 1.0))
    return ratios
