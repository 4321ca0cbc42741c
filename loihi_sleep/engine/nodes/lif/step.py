"""Leaky integrate-and-fire neurons, as lava-nc's `PyLifModelBitAcc`, `PyLifModelFloat` and kin."""

import numpy as np

from loihi_sleep.engine.kernels.arrays import Rows, Values, fill, part
from loihi_sleep.engine.kernels.call import uncounted
from loihi_sleep.engine.kernels.messages import clear, send_flags
from loihi_sleep.engine.kernels.numerics import by_numerics
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.rows import COUNT, SIZE, VALUES, message, row
from loihi_sleep.engine.steps import Step, kernel
from loihi_sleep.processes.kernels.decay import decayed
from loihi_sleep.processes.kernels.integers import DECAY_BITS, STATE_MAX, UNITY

# Decays and thresholds are in `values` in fixed, in `reals` in float: one number each for the
# layer, or one for each neuron.
LIF = row(
    "LIF",
    message("out"),
    message("a_in"),
    "u",
    "v",
    "bias",
    # Cell: 1 while some u, v or bias is not zero.
    "active",
    # Cell: 1 where some bias is not zero.
    "biased",
    # Decay constants; where `per_neuron` is 1 what they leave of u and v, one number a neuron.
    "du",
    "dv",
    # Threshold, aligned to v in fixed.
    "vth",
    "per_neuron",
)
TERNARY_LIF = LIF.extend("TernaryLIF", "vth_lo")
LIF_RESET = LIF.extend("LIFReset", "reset_interval", "reset_offset")
# Counters: for each neuron the last time step of its refractory period.
REFRACTORY_LIF = LIF.extend("LIFRefractory", "refractory_period", "refractory_end")

ACTIVATION_SHIFT = np.int32(6)
UV_LIMIT = np.int32(STATE_MAX + 1)
UV_SPAN = np.int32(2 * (STATE_MAX + 1))
V_MAX = np.int32(STATE_MAX)
V_MIN = np.int32(-STATE_MAX)
LOW_BITS, SIGN_BIT = np.int32(UNITY - 1), 31


@kernel
def decay_fixed(x: Values, n: int, keep: int) -> None:
    """Let a state decay to keep / 4096 of it."""
    if keep == UNITY:
        return
    if keep == 0:
        fill(x, 0)
        return
    for j in range(n):
        x[j] = np.int32(decayed(x[j], keep))


@kernel
def decayed_in_32_bits(x: np.int32, keep: np.int32) -> np.int32:
    """Decay as `decayed`, which needs 64 bits for its product: here in two parts of 12 bits."""
    low = np.int32(np.int32(x & LOW_BITS) * keep) + np.int32((x >> SIGN_BIT) & LOW_BITS)
    high = np.int32(np.int32(x >> DECAY_BITS) * keep)
    return np.int32(high + np.int32(np.int32(low) >> DECAY_BITS))


@kernel
def decay_each(x: Values, keep: Values, n: int) -> None:
    """Let states decay, each to its own keep / 4096 of it."""
    for j in range(n):
        x[j] = np.int32(decayed(x[j], np.int64(keep[j])))


@kernel
def wrapped(u: np.int32) -> np.int32:
    """Let a current wrap around.

    Lava wraps once a step; what is far out of range takes several, with or without input.
    """
    lowered = np.int32(u - UV_SPAN) if u > UV_LIMIT else u
    return np.int32(u + UV_SPAN) if lowered <= -UV_LIMIT else lowered


@kernel
def clamped(v: np.int32) -> np.int32:
    """Keep a potential within its range."""
    return min(max(v, V_MIN), V_MAX)


@kernel
def integrate_fixed(p: Rows, b: int, m: Memory) -> None:
    """Update u and v of all neurons of a layer."""
    n = p[b + LIF.out + SIZE]
    u = part(m.values, p[b + LIF.u], n)
    v = part(m.values, p[b + LIF.v], n)
    arrives, keep_u = m.counters[p[b + LIF.a_in + COUNT]], UNITY - 1 - m.values[p[b + LIF.du]]
    a_in = part(m.values, p[b + LIF.a_in + VALUES], n)
    if p[b + LIF.per_neuron]:
        decay_each(u, part(m.values, p[b + LIF.du], n), n)
    elif keep_u or not arrives:
        decay_fixed(u, n, keep_u)
    if arrives and keep_u == 0 and not p[b + LIF.per_neuron]:
        for j in range(n):
            u[j] = wrapped(np.int32(a_in[j] << ACTIVATION_SHIFT))
    elif arrives:
        for j in range(n):
            u[j] = wrapped(np.int32(u[j] + np.int32(a_in[j] << ACTIVATION_SHIFT)))
    else:
        for j in range(n):
            u[j] = wrapped(u[j])
    if p[b + LIF.per_neuron]:
        decay_each(v, part(m.values, p[b + LIF.dv], n), n)
    elif not m.counters[p[b + LIF.biased]]:
        keep = np.int32(UNITY - m.values[p[b + LIF.dv]])
        for j in range(n):
            v[j] = clamped(np.int32(decayed_in_32_bits(v[j], keep) + u[j]))
        return
    else:
        decay_fixed(v, n, UNITY - m.values[p[b + LIF.dv]])
    bias = part(m.values, p[b + LIF.bias], n)
    for j in range(n):
        v[j] = np.int32(v[j] + np.int32(u[j] + bias[j]))
    for j in range(n):
        v[j] = clamped(v[j])


@kernel
def integrate_float(p: Rows, b: int, m: Memory) -> None:
    """Update u and v of all neurons of a layer."""
    n = p[b + LIF.out + SIZE]
    u = part(m.values, p[b + LIF.u], n)
    v = part(m.values, p[b + LIF.v], n)
    a_in = part(m.values, p[b + LIF.a_in + VALUES], n)
    bias = part(m.values, p[b + LIF.bias], n)
    if p[b + LIF.per_neuron]:
        each_u = part(m.reals, p[b + LIF.du], n)
        each_v = part(m.reals, p[b + LIF.dv], n)
        for j in range(n):
            u[j] = u[j] * each_u[j] + a_in[j]
        for j in range(n):
            v[j] = v[j] * each_v[j] + u[j] + bias[j]
        return
    keep_u, keep_v = 1.0 - m.reals[p[b + LIF.du]], 1.0 - m.reals[p[b + LIF.dv]]
    for j in range(n):
        u[j] = u[j] * keep_u + a_in[j]
    for j in range(n):
        v[j] = v[j] * keep_v + u[j] + bias[j]


def _integrate_in_fixed(values: Values, p: Rows, b: int, m: Memory) -> None:
    integrate_fixed(p, b, m)


def _integrate_in_float(values: Values, p: Rows, b: int, m: Memory) -> None:
    integrate_float(p, b, m)


# integrate(values, p, b, m): update u and v of all neurons of a layer.
integrate = by_numerics(_integrate_in_fixed, _integrate_in_float)


def _constants_in_fixed(values: Values, reals: Values) -> Values:
    return values


def _constants_in_float(values: Values, reals: Values) -> Values:
    return reals


# constants_of(values, reals): where decays and thresholds are.
constants_of = by_numerics(_constants_in_fixed, _constants_in_float)


@kernel
def is_silent(p: Rows, b: int, m: Memory) -> bool:
    """Tell whether a step can change nothing: nothing comes in, and all was zero before."""
    return m.counters[p[b + LIF.a_in + COUNT]] == 0 and m.counters[p[b + LIF.active]] == 0


@kernel
def note_activity(p: Rows, b: int, vth: float, m: Memory) -> None:
    """Look for what is not zero, in steps without input only: those alone can end in silence.

    Below a threshold of 0 there is none: neurons at rest spike.
    """
    n = p[b + LIF.out + SIZE]
    if m.counters[p[b + LIF.a_in + COUNT]] or m.counters[p[b + LIF.biased]] or vth < 0:
        m.counters[p[b + LIF.active]] = 1
        return
    u, v = part(m.values, p[b + LIF.u], n), part(m.values, p[b + LIF.v], n)
    active = 0
    for j in range(n):
        active |= (u[j] != 0) | (v[j] != 0)
    m.counters[p[b + LIF.active]] = active


@kernel
def spike_above(p: Rows, b: int, vth: float, m: Memory) -> None:
    """Let the neurons whose v exceeds vth spike and start again from 0."""
    n = p[b + LIF.out + SIZE]
    v = part(m.values, p[b + LIF.v], n)
    for j in range(n):
        above = v[j] > vth
        m.flags[j] = above
        v[j] = 0 if above else v[j]
    send_flags(p, b + LIF.out, m)


@kernel
def spike_above_each(p: Rows, b: int, vth: Values, m: Memory) -> None:
    """Let the neurons whose v exceeds their own vth spike and start again from 0."""
    n = p[b + LIF.out + SIZE]
    v = part(m.values, p[b + LIF.v], n)
    for j in range(n):
        above = v[j] > vth[j]
        m.flags[j] = above
        v[j] = 0 if above else v[j]
    send_flags(p, b + LIF.out, m)


@kernel
def spike_outside(p: Rows, b: int, vth_lo: float, vth_hi: float, m: Memory) -> None:
    """Let neurons spike +1 above the upper and -1 below the lower threshold; both may hold: 0."""
    n = p[b + LIF.out + SIZE]
    v = part(m.values, p[b + LIF.v], n)
    for j in range(n):
        m.flags[j] = (v[j] > vth_hi) != (v[j] < vth_lo)
    send_flags(p, b + LIF.out, m)
    for j in range(n):
        if m.flags[j]:
            if v[j] < vth_lo:
                m.values[p[b + LIF.out + VALUES] + j] = -1
            v[j] = 0


@kernel
def step_lif(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """One step of `LIF`."""
    p = uncounted(p)
    m = uncounted(m)
    if is_silent(p, b, m):
        clear(p, b + LIF.out, m)
        return
    integrate(m.values, p, b, m)
    constants = constants_of(m.values, m.reals)
    if p[b + LIF.per_neuron]:
        vth = constants[p[b + LIF.vth] : p[b + LIF.vth] + p[b + LIF.out + SIZE]]
        spike_above_each(p, b, vth, m)
        note_activity(p, b, vth.min(), m)
        return
    spike_above(p, b, constants[p[b + LIF.vth]], m)
    note_activity(p, b, constants[p[b + LIF.vth]], m)


@kernel
def step_ternary(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """One step of `TernaryLIF`."""
    integrate(m.values, p, b, m)
    constants = constants_of(m.values, m.reals)
    spike_outside(p, b, constants[p[b + TERNARY_LIF.vth_lo]], constants[p[b + LIF.vth]], m)


@kernel
def step_reset(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """One step of `LIFReset`: u and v are 0 where an interval begins."""
    if t % p[b + LIF_RESET.reset_interval] == p[b + LIF_RESET.reset_offset]:
        n = p[b + LIF.out + SIZE]
        fill(part(m.values, p[b + LIF.u], n), 0)
        fill(part(m.values, p[b + LIF.v], n), 0)
    step_lif(p, b, t, k, m)


@kernel
def step_refractory_float(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """One step of `LIFRefractory`: v rests until the refractory period is over."""
    n = p[b + LIF.out + SIZE]
    keep_u, keep_v, vth = (
        1.0 - m.reals[p[b + LIF.du]],
        1.0 - m.reals[p[b + LIF.dv]],
        m.reals[p[b + LIF.vth]],
    )
    for j in range(n):
        u, v = p[b + LIF.u] + j, p[b + LIF.v] + j
        m.values[u] = m.values[u] * keep_u + m.values[p[b + LIF.a_in + VALUES] + j]
        if m.counters[p[b + REFRACTORY_LIF.refractory_end] + j] < t:
            m.values[v] = m.values[v] * keep_v + (m.values[u] + m.values[p[b + LIF.bias] + j])
        m.flags[j] = m.values[v] > vth
        if m.flags[j]:
            m.counters[p[b + REFRACTORY_LIF.refractory_end] + j] = (
                t + p[b + REFRACTORY_LIF.refractory_period]
            )
            m.values[v] = 0.0
    send_flags(p, b + LIF.out, m)


STEP = Step("LIF", LIF, fixed=step_lif, float=step_lif)
RESET_STEP = Step("LIFReset", LIF_RESET, fixed=step_reset, float=step_reset)
TERNARY_STEP = Step("TernaryLIF", TERNARY_LIF, fixed=step_ternary, float=step_ternary)
REFRACTORY_STEP = Step("LIFRefractory", REFRACTORY_LIF, float=step_refractory_float)
