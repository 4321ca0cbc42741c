"""Resonators, as lava-nc's `RF`, `RF_IZ` and `RFZero`: a state that turns and decays.

A layer at rest that receives nothing is skipped: its state is 0, and nothing was sent.
"""

from typing import Any

import numpy as np

from loihi_sleep.engine.kernels.arrays import Rows
from loihi_sleep.engine.kernels.messages import list_flagged, send_flags
from loihi_sleep.engine.kernels.numerics import by_numerics
from loihi_sleep.engine.kernels.wrapping import left_factor
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.rows import COUNT, EVENTS, SIZE, VALUES, message, row
from loihi_sleep.engine.steps import Step, kernel
from loihi_sleep.processes.kernels.integers import STATE_MAX

# Loihi's units turn a plane: real and imaginary part, by what each keeps of the other.
RESONATOR = row(
    "RF",
    *(message(name) for name in ("out", "a_real_in", "a_imag_in")),
    # Decays as one number a neuron; the threshold is one number.
    *("real", "imag", "sin_decay", "cos_decay", "vth"),
    # In index: bits by which input is shifted left, and products with a decay right.
    *("state_exp", "decay_bits"),
    # Cell: 1 while the layer is at rest.
    "at_rest",
)
# The parts are u and v, and what is kept of them in 32768ths.
RF_ZERO = row(
    "RFZero",
    *(message(name) for name in ("out", "u_in", "v_in")),
    *("u", "v", "lct", "lst", "uth", "at_rest"),
)
_ZERO_BITS = np.int32(15)
# Bits of an integer that a shift can move.
_LONG_BITS = 64
# By how much Lava's floating-point model leaves a neuron below its threshold after a spike.
_BELOW = 1e-5


def _turned_fixed(
    real: Any, imag: Any, sin: Any, cos: Any, real_in: Any, imag_in: Any, factor: Any, bits: Any
) -> Any:
    x, y, s, c = np.int64(real), np.int64(imag), np.int64(sin), np.int64(cos)
    turned_real = _shifted(c * x, bits) - _shifted(s * y, bits) + np.int32(real_in * factor)
    turned_imag = _shifted(s * x, bits) + _shifted(c * y, bits) + np.int32(imag_in * factor)
    return _clipped(turned_real), _clipped(turned_imag)


def _turned_float(
    real: Any, imag: Any, sin: Any, cos: Any, real_in: Any, imag_in: Any, factor: Any, bits: Any
) -> Any:
    return cos * real - sin * imag + real_in, sin * real + cos * imag + imag_in


def _reset_fixed(real: Any, imag: Any, vth: Any, spikes: Any) -> Any:
    return (np.int32(0), np.int32(vth - 1)) if spikes else (real, imag)


def _reset_float(real: Any, imag: Any, vth: Any, spikes: Any) -> Any:
    # As Lava multiplies: infinity does not become 0.
    return real * (1 - spikes), spikes * (vth - _BELOW) + (1 - spikes) * imag


@kernel
def _shifted(product: np.int64, bits: int) -> Any:
    """Shift the magnitude of a product right."""
    magnitude = abs(product) >> bits
    return -magnitude if product < 0 else magnitude


@kernel
def _clipped(state: Any) -> np.int32:
    return np.int32(min(max(state, -STATE_MAX), STATE_MAX))


# turned(real, imag, sin, cos, real_in, imag_in, factor, bits): the state of a resonator after it
# turned and received something, which in fixed is multiplied by a factor.
_turned = by_numerics(_turned_fixed, _turned_float)
# reset(real, imag, vth, spikes): the state of an Izhikevich resonator after its spike.
_reset = by_numerics(_reset_fixed, _reset_float)


@kernel
def _turn(p: Rows, b: int, m: Memory, j: int, factor: Any, bits: int) -> Any:
    """Return the new state of a neuron."""
    return _turned(
        m.values[p[b + RESONATOR.real] + j],
        m.values[p[b + RESONATOR.imag] + j],
        m.values[p[b + RESONATOR.sin_decay] + j],
        m.values[p[b + RESONATOR.cos_decay] + j],
        m.values[p[b + RESONATOR.a_real_in + VALUES] + j],
        m.values[p[b + RESONATOR.a_imag_in + VALUES] + j],
        factor,
        bits,
    )


@kernel
def _settings(p: Rows, b: int, m: Memory) -> Any:
    """Return threshold, factor of the input, and bits of the decays within what can be shifted."""
    vth, bits = m.values[p[b + RESONATOR.vth]], m.index[p[b + RESONATOR.decay_bits]]
    factor = left_factor(vth, m.index[p[b + RESONATOR.state_exp]])
    return vth, factor, np.int64(bits) if 0 <= bits < _LONG_BITS else np.int64(_LONG_BITS - 1)


@kernel
def _receives(p: Rows, b: int, m: Memory) -> bool:
    return (
        m.counters[p[b + RESONATOR.a_real_in + COUNT]] > 0
        or m.counters[p[b + RESONATOR.a_imag_in + COUNT]] > 0
    )


@kernel
def _send_spikes(p: Rows, b: int, m: Memory) -> None:
    """Send the flags; look for rest in steps without input, which alone can end in it."""
    send_flags(p, b + RESONATOR.out, m)
    rests = not _receives(p, b, m) and m.counters[p[b + RESONATOR.out + COUNT]] == 0
    if rests:
        for j in range(p[b + RESONATOR.out + SIZE]):
            rests &= m.values[p[b + RESONATOR.real] + j] == 0
            rests &= m.values[p[b + RESONATOR.imag] + j] == 0
    m.counters[p[b + RESONATOR.at_rest]] = rests


@kernel
def step_rf(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """One step of `RF`: a spike where the state crosses the real axis beyond the threshold."""
    if m.counters[p[b + RESONATOR.at_rest]] and not _receives(p, b, m):
        return
    vth, factor, bits = _settings(p, b, m)
    for j in range(p[b + RESONATOR.out + SIZE]):
        real, imag = _turn(p, b, m, j, factor, bits)
        crossed = imag >= 0 and m.values[p[b + RESONATOR.imag] + j] < 0
        m.flags[j] = real >= vth and crossed
        m.values[p[b + RESONATOR.real] + j] = real
        m.values[p[b + RESONATOR.imag] + j] = imag
    _send_spikes(p, b, m)


@kernel
def step_iz(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """One step of `RF_IZ`: a spike where the imaginary part reaches the threshold."""
    if m.counters[p[b + RESONATOR.at_rest]] and not _receives(p, b, m):
        return
    vth, factor, bits = _settings(p, b, m)
    for j in range(p[b + RESONATOR.out + SIZE]):
        real, imag = _turn(p, b, m, j, factor, bits)
        spikes = imag >= vth
        real, imag = _reset(real, imag, vth, spikes)
        m.flags[j] = spikes
        m.values[p[b + RESONATOR.real] + j] = real
        m.values[p[b + RESONATOR.imag] + j] = imag
    _send_spikes(p, b, m)


@kernel
def step_rf_zero(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """One step of `RFZero`: the real part is sent where the state crosses the real axis."""
    received = (
        m.counters[p[b + RF_ZERO.u_in + COUNT]] > 0 or m.counters[p[b + RF_ZERO.v_in + COUNT]] > 0
    )
    if m.counters[p[b + RF_ZERO.at_rest]] and not received:
        return
    n, uth = p[b + RF_ZERO.out + SIZE], m.values[p[b + RF_ZERO.uth]]
    rests = not received
    for j in range(n):
        u, v = m.values[p[b + RF_ZERO.u] + j], m.values[p[b + RF_ZERO.v] + j]
        cos, sin = m.values[p[b + RF_ZERO.lct] + j], m.values[p[b + RF_ZERO.lst] + j]
        # Lava's products have 32 bits.
        new_u = (np.int32(u * cos) >> _ZERO_BITS) - (np.int32(v * sin) >> _ZERO_BITS)
        new_v = (np.int32(v * cos) >> _ZERO_BITS) + (np.int32(u * sin) >> _ZERO_BITS)
        new_u = np.int32(new_u + m.values[p[b + RF_ZERO.u_in + VALUES] + j])
        new_v = np.int32(new_v + m.values[p[b + RF_ZERO.v_in + VALUES] + j])
        sent = new_u if new_u > uth and new_v >= 0 and v < 0 else np.int32(0)
        m.values[p[b + RF_ZERO.u] + j], m.values[p[b + RF_ZERO.v] + j] = new_u, new_v
        m.values[p[b + RF_ZERO.out + VALUES] + j] = sent
        m.flags[j] = sent != 0
        rests &= new_u == 0 and new_v == 0
    m.counters[p[b + RF_ZERO.at_rest]] = rests
    m.counters[p[b + RF_ZERO.out + COUNT]] = list_flagged(m, n, p[b + RF_ZERO.out + EVENTS])


RF_STEP = Step("RF", RESONATOR, fixed=step_rf, float=step_rf)
IZ_STEP = Step("RF_IZ", RESONATOR, fixed=step_iz, float=step_iz)
ZERO_STEP = Step("RFZero", RF_ZERO, fixed=step_rf_zero)
