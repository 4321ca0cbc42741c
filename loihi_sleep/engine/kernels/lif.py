"""Leaky integrate-and-fire neurons, as lava-nc's `PyLifModelBitAcc`, `PyLifModelFloat` and kin."""

import numba
import numpy as np

from loihi_sleep.engine.kernels.arrays import Counters, Flags, Index, Program, Reals, Values
from loihi_sleep.engine.kernels.messages import MESSAGE_FIELDS, SIZE, clear, send_flags
from loihi_sleep.processes.kernels.decay import decayed
from loihi_sleep.processes.kernels.integers import STATE_MAX, UNITY

# Row of a neuron layer. Decays and thresholds lie in `values` in fixed, in `reals` in float: one
# number each for the layer, or one for each neuron.
OUT = 0
IN_VALUES = OUT + MESSAGE_FIELDS
(
    IN_COUNT,
    U,
    V,
    BIAS,
    # Cell: 1 while some u, v or bias is not zero.
    ACTIVE,
    # 1 where some bias is not zero.
    BIASED,
    # Decay constants; where PER_NEURON is 1 what they leave of u and v, one number a neuron.
    DU,
    DV,
    # Threshold, aligned to v in fixed.
    VTH,
    # Where the lower threshold of ternary neurons lies.
    VTH_LO,
    RESET_INTERVAL,
    RESET_OFFSET,
    REFRACTORY_PERIOD,
    # Counters: for each neuron the last time step of its refractory period.
    REFRACTORY_END,
    PER_NEURON,
    FIELDS,
) = range(IN_VALUES + 1, IN_VALUES + 17)

ACTIVATION_SHIFT = np.int32(6)
UV_LIMIT = np.int32(STATE_MAX + 1)
UV_SPAN = np.int32(2 * (STATE_MAX + 1))
V_MAX = np.int32(STATE_MAX)
V_MIN = np.int32(-STATE_MAX)


@numba.njit(cache=True)
def decay_fixed(x: Values, n: int, keep: int) -> None:
    """Let a state decay to keep / 4096 of it."""
    if keep == UNITY:
        return
    if keep == 0:
        x[:n] = 0
        return
    for j in range(n):
        x[j] = np.int32(decayed(x[j], keep))


@numba.njit(cache=True)
def decay_each(x: Values, keep: Values, n: int) -> None:
    """Let states decay, each to its own keep / 4096 of it."""
    for j in range(n):
        x[j] = np.int32(decayed(x[j], np.int64(keep[j])))


@numba.njit(cache=True)
def integrate_fixed(p: Program, b: int, values: Values, counters: Counters) -> None:
    """Update u and v of all neurons of a layer."""
    n = p[b + OUT + SIZE]
    u = values[p[b + U] : p[b + U] + n]
    v = values[p[b + V] : p[b + V] + n]
    if p[b + PER_NEURON]:
        decay_each(u, values[p[b + DU] : p[b + DU] + n], n)
    else:
        decay_fixed(u, n, UNITY - 1 - values[p[b + DU]])
    if counters[p[b + IN_COUNT]]:
        a_in = values[p[b + IN_VALUES] : p[b + IN_VALUES] + n]
        for j in range(n):
            u[j] = np.int32(u[j] + np.int32(a_in[j] << ACTIVATION_SHIFT))
    # Lava wraps once a step; what is far out of range takes several, with or without input.
    for j in range(n):
        wrapped = np.int32(u[j] - UV_SPAN) if u[j] > UV_LIMIT else u[j]
        u[j] = np.int32(u[j] + UV_SPAN) if wrapped <= -UV_LIMIT else wrapped
    if p[b + PER_NEURON]:
        decay_each(v, values[p[b + DV] : p[b + DV] + n], n)
    else:
        decay_fixed(v, n, UNITY - values[p[b + DV]])
    if counters[p[b + BIASED]]:
        bias = values[p[b + BIAS] : p[b + BIAS] + n]
        for j in range(n):
            v[j] = np.int32(v[j] + np.int32(u[j] + bias[j]))
        for j in range(n):
            v[j] = min(max(v[j], V_MIN), V_MAX)
    else:
        for j in range(n):
            v[j] = min(max(np.int32(v[j] + u[j]), V_MIN), V_MAX)


@numba.njit(cache=True)
def integrate_float(p: Program, b: int, values: Values, counters: Counters, reals: Reals) -> None:
    """Update u and v of all neurons of a layer."""
    n = p[b + OUT + SIZE]
    u = values[p[b + U] : p[b + U] + n]
    v = values[p[b + V] : p[b + V] + n]
    a_in = values[p[b + IN_VALUES] : p[b + IN_VALUES] + n]
    bias = values[p[b + BIAS] : p[b + BIAS] + n]
    if p[b + PER_NEURON]:
        each_u = reals[p[b + DU] : p[b + DU] + n]
        each_v = reals[p[b + DV] : p[b + DV] + n]
        for j in range(n):
            u[j] = u[j] * each_u[j] + a_in[j]
        for j in range(n):
            v[j] = v[j] * each_v[j] + u[j] + bias[j]
        return
    keep_u, keep_v = 1.0 - reals[p[b + DU]], 1.0 - reals[p[b + DV]]
    for j in range(n):
        u[j] = u[j] * keep_u + a_in[j]
    for j in range(n):
        v[j] = v[j] * keep_v + u[j] + bias[j]


@numba.njit(cache=True)
def is_silent(p: Program, b: int, counters: Counters) -> bool:
    """Tell whether a step can change nothing: nothing comes in, and all was zero before."""
    return counters[p[b + IN_COUNT]] == 0 and counters[p[b + ACTIVE]] == 0


@numba.njit(cache=True)
def note_activity(p: Program, b: int, vth: float, values: Values, counters: Counters) -> None:
    """Look for what is not zero, in steps without input only: those alone can end in silence.

    Below a threshold of 0 there is none: neurons at rest spike.
    """
    n = p[b + OUT + SIZE]
    if counters[p[b + IN_COUNT]] or counters[p[b + BIASED]] or vth < 0:
        counters[p[b + ACTIVE]] = 1
        return
    active = 0
    for j in range(n):
        active |= (values[p[b + U] + j] != 0) | (values[p[b + V] + j] != 0)
    counters[p[b + ACTIVE]] = active


@numba.njit(cache=True)
def start_again(
    p: Program, b: int, values: Values, index: Index, counters: Counters, flags: Flags
) -> None:
    """Let the neurons that are flagged spike and start again from 0."""
    n = p[b + OUT + SIZE]
    v = values[p[b + V] : p[b + V] + n]
    for j in range(n):
        v[j] = 0 if flags[j] else v[j]
    send_flags(p, b + OUT, flags, values, index, counters)


@numba.njit(cache=True)
def spike_above(
    p: Program, b: int, vth: float, values: Values, index: Index, counters: Counters, flags: Flags
) -> None:
    """Let the neurons whose v exceeds vth spike and start again from 0."""
    n = p[b + OUT + SIZE]
    v = values[p[b + V] : p[b + V] + n]
    for j in range(n):
        flags[j] = v[j] > vth
    start_again(p, b, values, index, counters, flags)


@numba.njit(cache=True)
def spike_above_each(
    p: Program,
    b: int,
    vth: Values | Reals,
    values: Values,
    index: Index,
    counters: Counters,
    flags: Flags,
) -> None:
    """Let the neurons whose v exceeds their own vth spike and start again from 0."""
    n = p[b + OUT + SIZE]
    v = values[p[b + V] : p[b + V] + n]
    for j in range(n):
        flags[j] = v[j] > vth[j]
    start_again(p, b, values, index, counters, flags)


@numba.njit(cache=True)
def spike_outside(
    p: Program,
    b: int,
    vth_lo: float,
    vth_hi: float,
    values: Values,
    index: Index,
    counters: Counters,
    flags: Flags,
) -> None:
    """Let neurons spike +1 above the upper and -1 below the lower threshold; both may hold: 0."""
    n = p[b + OUT + SIZE]
    v = values[p[b + V] : p[b + V] + n]
    for j in range(n):
        flags[j] = (v[j] > vth_hi) != (v[j] < vth_lo)
    send_flags(p, b + OUT, flags, values, index, counters)
    for j in range(n):
        if flags[j]:
            if v[j] < vth_lo:
                values[p[b + OUT] + j] = -1
            v[j] = 0


@numba.njit(cache=True)
def step_lif_fixed(
    p: Program, b: int, values: Values, index: Index, counters: Counters, flags: Flags
) -> None:
    """One step of `LIF`."""
    if is_silent(p, b, counters):
        clear(p, b + OUT, values, index, counters)
        return
    integrate_fixed(p, b, values, counters)
    if p[b + PER_NEURON]:
        vth = values[p[b + VTH] : p[b + VTH] + p[b + OUT + SIZE]]
        spike_above_each(p, b, vth, values, index, counters, flags)
        note_activity(p, b, vth.min(), values, counters)
        return
    spike_above(p, b, values[p[b + VTH]], values, index, counters, flags)
    note_activity(p, b, values[p[b + VTH]], values, counters)


@numba.njit(cache=True)
def step_lif_float(
    p: Program, b: int, values: Values, index: Index, counters: Counters, reals: Reals, flags: Flags
) -> None:
    """One step of `LIF`."""
    if is_silent(p, b, counters):
        clear(p, b + OUT, values, index, counters)
        return
    integrate_float(p, b, values, counters, reals)
    if p[b + PER_NEURON]:
        vth = reals[p[b + VTH] : p[b + VTH] + p[b + OUT + SIZE]]
        spike_above_each(p, b, vth, values, index, counters, flags)
        note_activity(p, b, vth.min(), values, counters)
        return
    spike_above(p, b, reals[p[b + VTH]], values, index, counters, flags)
    note_activity(p, b, reals[p[b + VTH]], values, counters)


@numba.njit(cache=True)
def step_ternary_fixed(
    p: Program, b: int, values: Values, index: Index, counters: Counters, flags: Flags
) -> None:
    """One step of `TernaryLIF`."""
    integrate_fixed(p, b, values, counters)
    spike_outside(p, b, values[p[b + VTH_LO]], values[p[b + VTH]], values, index, counters, flags)


@numba.njit(cache=True)
def step_ternary_float(
    p: Program, b: int, values: Values, index: Index, counters: Counters, reals: Reals, flags: Flags
) -> None:
    """One step of `TernaryLIF`."""
    integrate_float(p, b, values, counters, reals)
    spike_outside(p, b, reals[p[b + VTH_LO]], reals[p[b + VTH]], values, index, counters, flags)


@numba.njit(cache=True)
def reset_at_interval(p: Program, b: int, t: int, values: Values) -> None:
    """Set u and v to zero in the steps in which `LIFReset` does."""
    if t % p[b + RESET_INTERVAL] == p[b + RESET_OFFSET]:
        n = p[b + OUT + SIZE]
        values[p[b + U] : p[b + U] + n] = 0
        values[p[b + V] : p[b + V] + n] = 0


@numba.njit(cache=True)
def step_refractory_float(
    p: Program,
    b: int,
    t: int,
    values: Values,
    index: Index,
    counters: Counters,
    reals: Reals,
    flags: Flags,
) -> None:
    """One step of `LIFRefractory`: v rests until the refractory period is over."""
    n = p[b + OUT + SIZE]
    keep_u, keep_v, vth = 1.0 - reals[p[b + DU]], 1.0 - reals[p[b + DV]], reals[p[b + VTH]]
    for j in range(n):
        u, v = p[b + U] + j, p[b + V] + j
        values[u] = values[u] * keep_u + values[p[b + IN_VALUES] + j]
        if counters[p[b + REFRACTORY_END] + j] < t:
            values[v] = values[v] * keep_v + (values[u] + values[p[b + BIAS] + j])
        flags[j] = values[v] > vth
        if flags[j]:
            counters[p[b + REFRACTORY_END] + j] = t + p[b + REFRACTORY_PERIOD]
            values[v] = 0.0
    send_flags(p, b + OUT, flags, values, index, counters)
