"""lava-nc's `ATRLIF`: a spike raises the threshold and puts the neuron into a refractory state."""

from typing import Any

import numpy as np

from loihi_sleep.engine.kernels.arrays import Rows
from loihi_sleep.engine.kernels.messages import send_flags
from loihi_sleep.engine.kernels.numerics import by_numerics
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.rows import COUNT, SIZE, VALUES, message, row
from loihi_sleep.engine.steps import Step, kernel
from loihi_sleep.processes.kernels.integers import DECAY_BITS, STATE_MAX, UNITY

ROW = row(
    "ATRLIF",
    message("out"),
    message("a_in"),
    # Current, potential, threshold, refractory state, spikes, scaled bias.
    *("i", "v", "theta", "r", "s", "bias"),
    # In reals: decays of i, v, theta and r; the threshold at rest, and its rise at a spike.
    *("delta_i", "delta_v", "delta_theta", "delta_r", "theta_0", "theta_step"),
    # Cells: how the decay of i multiplies in fixed; whether the layer is at rest.
    *("product", "at_rest"),
)
# The product of i and its decay is a real number that loses its fraction, an integer of 64 bits, or
# one of 32 that wraps around: as Lava's decay is a fraction, an array, or an integer.
REAL, LONG, SHORT = 0, 1, 2
# Input and thresholds are scaled by this.
_SCALE = 64
_LIMIT = np.int32(STATE_MAX + 1)
_SPAN = np.int32(2 * (STATE_MAX + 1))


@kernel
def _to_zero(product: np.int64) -> Any:
    """Divide by 4096, the magnitude rounded down."""
    magnitude = abs(product) >> DECAY_BITS
    return -magnitude if product < 0 else magnitude


@kernel
def _kept(delta: float) -> np.int64:
    """Return what a decay leaves, of 4096; fractions are cut off."""
    return np.int64(UNITY - delta * UNITY)


def _decayed_current_fixed(i: Any, delta: Any, product: Any) -> Any:
    # Lava's decay of the current is one 4096th more than it says.
    keep = UNITY - (delta * UNITY + 1)
    if product == REAL:
        return _to_zero(np.int64(i * keep))
    whole = np.int64(i) * np.int64(keep)
    return _to_zero(np.int64(np.int32(whole)) if product == SHORT else whole)


def _decayed_current_float(i: Any, delta: Any, product: Any) -> Any:
    return (1 - delta) * i


def _current_fixed(decayed: Any, a_in: Any) -> Any:
    new = np.int32(decayed + np.int32(a_in * _SCALE))
    # Lava wraps once.
    wrapped = np.int32(new - _SPAN) if new > _LIMIT else new
    return np.int32(new + _SPAN) if wrapped <= -_LIMIT else wrapped


def _current_float(decayed: Any, a_in: Any) -> Any:
    return decayed + a_in


def _potential_fixed(v: Any, delta: Any, i: Any, bias: Any) -> Any:
    new = np.int32(_to_zero(np.int64(v) * _kept(delta)) + i + bias)
    return min(max(new, np.int32(-STATE_MAX)), np.int32(STATE_MAX))


def _potential_float(v: Any, delta: Any, i: Any, bias: Any) -> Any:
    return (1 - delta) * v + i + bias


def _decayed_fixed(x: Any, delta: Any) -> Any:
    return np.int32(_to_zero(np.int64(np.int32(x)) * _kept(delta)))


def _decayed_float(x: Any, delta: Any) -> Any:
    return (1 - delta) * x


def _sum_fixed(x: Any, y: Any) -> Any:
    return np.int32(x + np.int64(y))


def _sum_float(x: Any, y: Any) -> Any:
    return x + y


def _scaled_fixed(x: Any, threshold: Any) -> Any:
    return np.float64(np.int32(threshold * _SCALE))


def _scaled_float(x: Any, threshold: Any) -> Any:
    return threshold


# The equations of i, v, theta and r, each for one neuron.
_decayed_current = by_numerics(_decayed_current_fixed, _decayed_current_float)
_current = by_numerics(_current_fixed, _current_float)
_potential = by_numerics(_potential_fixed, _potential_float)
_decayed = by_numerics(_decayed_fixed, _decayed_float)
# A sum, in 32 bits in fixed.
_sum = by_numerics(_sum_fixed, _sum_float)
# scaled(x, threshold): a threshold in units of the potential x.
_scaled = by_numerics(_scaled_fixed, _scaled_float)


@kernel
def _take_over_thresholds(p: Rows, b: int, m: Memory) -> None:
    """Scale the thresholds, as Lava's fixed-point model does in its first step."""
    x = m.values[p[b + ROW.theta]]
    theta_0 = _scaled(x, m.reals[p[b + ROW.theta_0]])
    m.reals[p[b + ROW.theta_0]] = theta_0
    m.reals[p[b + ROW.theta_step]] = _scaled(x, m.reals[p[b + ROW.theta_step]])
    for j in range(p[b + ROW.out + SIZE]):
        m.values[p[b + ROW.theta] + j] = theta_0


@kernel
def _step(p: Rows, b: int, m: Memory) -> None:
    if m.counters[p[b + ROW.at_rest]] and m.counters[p[b + ROW.a_in + COUNT]] == 0:
        return
    delta_i, delta_v = m.reals[p[b + ROW.delta_i]], m.reals[p[b + ROW.delta_v]]
    delta_theta, delta_r = m.reals[p[b + ROW.delta_theta]], m.reals[p[b + ROW.delta_r]]
    theta_0, theta_step = m.reals[p[b + ROW.theta_0]], m.reals[p[b + ROW.theta_step]]
    product = m.counters[p[b + ROW.product]]
    changed = m.counters[p[b + ROW.a_in + COUNT]] > 0
    for j in range(p[b + ROW.out + SIZE]):
        old_i, old_v = m.values[p[b + ROW.i] + j], m.values[p[b + ROW.v] + j]
        old_theta, old_r = m.values[p[b + ROW.theta] + j], m.values[p[b + ROW.r] + j]
        a_in, bias = m.values[p[b + ROW.a_in + VALUES] + j], m.values[p[b + ROW.bias] + j]
        i = _current(_decayed_current(old_i, delta_i, product), a_in)
        v = _potential(old_v, delta_v, i, bias)
        theta = _sum(_decayed(_sum(old_theta, -theta_0), delta_theta), theta_0)
        r = _decayed(old_r, delta_r)
        spikes = _sum(v, -r) >= theta
        if spikes:
            r = _sum(r, 2 * theta)
            theta = _sum(theta, theta_step)
        m.values[p[b + ROW.i] + j], m.values[p[b + ROW.v] + j] = i, v
        m.values[p[b + ROW.theta] + j], m.values[p[b + ROW.r] + j] = theta, r
        m.values[p[b + ROW.s] + j] = spikes
        m.flags[j] = spikes
        changed |= spikes or i != old_i or v != old_v or theta != old_theta or r != old_r
    m.counters[p[b + ROW.at_rest]] = not changed
    send_flags(p, b + ROW.out, m)


@kernel
def step_fixed(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """One step of `ATRLIF`."""
    if t == 1:
        _take_over_thresholds(p, b, m)
    _step(p, b, m)


@kernel
def step_float(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """One step of `ATRLIF`."""
    _step(p, b, m)


STEP = Step("ATRLIF", ROW, fixed=step_fixed, float=step_float)
