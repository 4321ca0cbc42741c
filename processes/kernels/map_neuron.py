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


_REAL = "float64"


@numba.njit(
    f"Tuple(({_REAL}, {_REAL}, {_REAL}, boolean))"
    f"({_REAL}, {_REAL}, {_REAL}, {_REAL}, {_REAL}, {_REAL}, UniTuple({_REAL}, 7))",
    cache=True,
)
def advance(
    v: float,
    v_before: float,
    y: float,
    i_syn: float,
    a_in: float,
    i_in: float,
    parameters: tuple[float, ...],
) -> tuple[float, float, float, bool]:
    """Advance one neuron by one step.

    Parameters
    ----------
    v, v_before, y, i_syn : float
        State: the potential now and one step before, the slow variable, the synaptic current.
    a_in, i_in : float
        Conductance that arrives, and current that is injected.
    parameters : tuple of float
        alpha, mu, sigma, beta_e, sigma_e, gamma and v_rp.

    Returns
    -------
    float, float, float, bool
        v, y and i_syn after the step, and whether the neuron spiked in it. The potential one step
        before is then the v that was given.
    """
    alpha, mu, sigma, beta_e, sigma_e, gamma, v_rp = parameters
    i_syn = gamma * i_syn - a_in * (v - v_rp)
    current = i_syn + i_in
    u = y + min(max(beta_e * current, -1.0), 1.0)
    y = y - mu * (v + 1.0) + mu * sigma + mu * sigma_e * current
    if v <= 0.0:
        return alpha / (1.0 - v) + u, y, i_syn, False
    if v <= alpha + u and v_before <= 0.0:
        return alpha + u, y, i_syn, True
    return -1.0, y, i_syn, False


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
    """Advance a layer by one step, in place; see :func:`advance`.

    Returns
    -------
    ndarray of bool, shape (neurons,)
        Spikes.
    """
    spikes = np.zeros(v.size, dtype=np.bool_)
    for j in range(v.size):
        before = v[j]
        v[j], y[j], i_syn[j], spikes[j] = advance(
            before, v_before[j], y[j], i_syn[j], a_in[j], i_in[j], parameters
        )
        v_before[j] = before
    return spikes
