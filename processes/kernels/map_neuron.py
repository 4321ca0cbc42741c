"""The map neuron: a spiking neuron as a two-dimensional map, driven by conductances.

Rulkov, Timofeev and Bazhenov, "Oscillations in large-scale cortical networks: map-based model",
Journal of Computational Neuroscience 17 (2004), with the parameters of Golden, Delanois, Sanda and
Bazhenov (2022)::

    i_syn <- gamma i_syn - a_in (v - v_rp)                 synaptic current
    j      = i_syn + i_in                                  and what is injected
    u      = y + clip(beta_e j, -1, 1)
    v     <- alpha / (1 - v) + u      if v <= 0
             alpha + u                if 0 < v <= alpha + u and v_before <= 0     a spike
             -1                       otherwise
    y     <- y - mu (v + 1) + mu sigma + mu sigma_e j      with the old v

A step stands for 0.5 ms.
"""

import numba
import numpy as np
from numpy.typing import NDArray


def rest(alpha: float, sigma: float) -> tuple[float, float]:
    """Fixed point without any input.

    Returns
    -------
    float, float
        v and y.
    """
    v = sigma - 1.0
    return v, v - alpha / (1.0 - v)


@numba.njit("float64(float64, float64, float64, float64, float64)", cache=True)
def synaptic_current(v: float, i_syn: float, a_in: float, gamma: float, v_rp: float) -> float:
    """Synaptic current after a step in which a conductance arrives."""
    return gamma * i_syn - a_in * (v - v_rp)


@numba.njit(
    "UniTuple(float64, 2)(float64, float64, float64, float64, UniTuple(float64, 7))",
    cache=True,
    error_model="numpy",
)
def advance(
    v: float, v_before: float, y: float, current: float, parameters: tuple[float, ...]
) -> tuple[float, float]:
    """Advance one neuron by one step; without branches, so that many are advanced at once.

    Parameters
    ----------
    v, v_before, y : float
        State: the potential now and one step before, the slow variable.
    current : float
        Synaptic and injected.
    parameters : tuple of float
        alpha, mu, sigma, beta_e, sigma_e, gamma and v_rp.

    Returns
    -------
    float, float
        v and y after the step. The potential one step before is then the v that was given; the
        neuron has spiked where both are above 0.
    """
    alpha, mu, sigma, beta_e, sigma_e, _, _ = parameters
    u = y + min(max(beta_e * current, -1.0), 1.0)
    y = y - mu * (v + 1.0) + mu * sigma + mu * sigma_e * current
    rising, peak = alpha / (1.0 - v) + u, alpha + u
    falling = peak if (v <= peak) & (v_before <= 0.0) else -1.0
    return rising if v <= 0.0 else falling, y


@numba.njit(
    "boolean[::1](float64[::1], float64[::1], float64[::1], float64[::1], float64[::1], "
    "float64[::1], UniTuple(float64, 7))",
    cache=True,
)
def advance_layer(
    v: NDArray[np.float64],
    v_before: NDArray[np.float64],
    y: NDArray[np.float64],
    i_syn: NDArray[np.float64],
    a_in: NDArray[np.float64],
    i_in: NDArray[np.float64],
    parameters: tuple[float, ...],
) -> NDArray[np.bool_]:
    """Advance a layer by one step, in place; see :func:`synaptic_current` and :func:`advance`.

    Returns
    -------
    ndarray of bool, shape (neurons,)
        Spikes.
    """
    gamma, v_rp = parameters[5:]
    spikes = np.zeros(v.size, dtype=np.bool_)
    for j in range(v.size):
        before = v[j]
        i_syn[j] = synaptic_current(before, i_syn[j], a_in[j], gamma, v_rp)
        v[j], y[j] = advance(before, v_before[j], y[j], i_syn[j] + i_in[j], parameters)
        v_before[j] = before
        spikes[j] = before > 0.0 and v[j] > 0.0
    return spikes
