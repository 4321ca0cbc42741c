"""Neurons without dynamics that send graded values, as lava-nc's `GradedVec`, `ProdNeuron` and kin.

Their integers are NumPy's of 32 bits: products wrap around.
"""

from typing import Any

import numpy as np

from loihi_sleep.engine.kernels.arrays import Rows, fill, part
from loihi_sleep.engine.kernels.loop import FAILED
from loihi_sleep.engine.kernels.messages import clear, list_events, list_flagged
from loihi_sleep.engine.kernels.wrapping import magnitude, right_bits, shifted_right
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.rows import COUNT, EVENTS, SIZE, VALUES, message, row
from loihi_sleep.engine.steps import Step, kernel

# Cell: 1 where a host has set v.
VEC = row("GradedVec", message("out"), message("a_in"), "v", "vth", "was_set")
# Bits by which products are shifted right in index.
PROD = row("ProdNeuron", message("out"), message("a_in1"), message("a_in2"), "vth", "exp")
NORM = row(
    "NormVecDelay",
    *(message(name) for name in ("out", "squares", "a_in1", "a_in2")),
    # What arrived in this step and in the one before. Cell: 1 while all of it was 0.
    *("v", "v2", "vth", "at_rest"),
)
INV_SQRT = row("InvSqrt", message("out"), message("a_in"))

# Lava's fixed-point inverse square root: 24 bits, of them 12 behind the point whatever `fp_base`
# is; five steps of Goldschmidt's method from an estimate by the highest bit.
_ROOT_BITS, _FRACTION, _ITERATIONS = 24, 12, 5
_ADJUSTMENT = 1.238982962
_ESTIMATES = np.array(
    [
        2 * int(2**_FRACTION / (2 ** ((_ROOT_BITS - 1 - zeros - _FRACTION) / 2) * _ADJUSTMENT))
        for zeros in range(_ROOT_BITS)
    ],
    dtype=np.int64,
)


@kernel
def _send_beyond(p: Rows, message: int, m: Memory, vth: np.int32, rectified: bool) -> None:
    """Of the values of a message send those, or those whose magnitude, exceed a threshold."""
    n = p[message + SIZE]
    out = part(m.values, p[message + VALUES], n)
    for j in range(n):
        exceeds = (out[j] if rectified else magnitude(out[j])) > vth
        out[j] = out[j] if exceeds else 0
        m.flags[j] = out[j] != 0
    m.counters[p[message + COUNT]] = list_flagged(m, n, p[message + EVENTS])


@kernel
def _step_vec(p: Rows, b: int, m: Memory, rectified: bool) -> None:
    if not (m.counters[p[b + VEC.a_in + COUNT]] or m.counters[p[b + VEC.was_set]]):
        clear(p, b + VEC.out, m)
        return
    n = p[b + VEC.out + SIZE]
    out, v = part(m.values, p[b + VEC.out + VALUES], n), part(m.values, p[b + VEC.v], n)
    a_in = part(m.values, p[b + VEC.a_in + VALUES], n)
    for j in range(n):
        out[j] = np.int32(v[j] + a_in[j])
    if m.counters[p[b + VEC.was_set]]:
        fill(v, 0)
        m.counters[p[b + VEC.was_set]] = 0
    _send_beyond(p, b + VEC.out, m, m.values[p[b + VEC.vth]], rectified)


@kernel
def step_vec(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """One step of `GradedVec`."""
    _step_vec(p, b, m, False)


@kernel
def step_relu(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """One step of `GradedReluVec`."""
    _step_vec(p, b, m, True)


@kernel
def step_prod(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """One step of `ProdNeuron`."""
    first, second = p[b + PROD.a_in1 + COUNT], p[b + PROD.a_in2 + COUNT]
    if m.counters[first] == 0 or m.counters[second] == 0:
        clear(p, b + PROD.out, m)
        return
    n = p[b + PROD.out + SIZE]
    out = part(m.values, p[b + PROD.out + VALUES], n)
    a_in1 = part(m.values, p[b + PROD.a_in1 + VALUES], n)
    a_in2 = part(m.values, p[b + PROD.a_in2 + VALUES], n)
    vth = m.values[p[b + PROD.vth]]
    bits = right_bits(vth, m.index[p[b + PROD.exp]])
    for j in range(n):
        out[j] = shifted_right(a_in1[j] * a_in2[j], bits)
    _send_beyond(p, b + PROD.out, m, vth, False)


@kernel
def step_norm(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """One step of `NormVecDelay`: squares at once, products with what arrived one step ago."""
    arrives = m.counters[p[b + NORM.a_in1 + COUNT]] > 0
    if m.counters[p[b + NORM.at_rest]] and not arrives:
        return
    n, rests = p[b + NORM.out + SIZE], not arrives
    out = part(m.values, p[b + NORM.out + VALUES], n)
    squares = part(m.values, p[b + NORM.squares + VALUES], n)
    v, v2 = part(m.values, p[b + NORM.v], n), part(m.values, p[b + NORM.v2], n)
    a_in1 = part(m.values, p[b + NORM.a_in1 + VALUES], n)
    a_in2 = part(m.values, p[b + NORM.a_in2 + VALUES], n)
    for j in range(n):
        squares[j] = np.int32(a_in1[j] * a_in1[j])
        m.flags[j] = squares[j] != 0
    m.counters[p[b + NORM.squares + COUNT]] = list_flagged(m, n, p[b + NORM.squares + EVENTS])
    for j in range(n):
        v2[j] = v[j]
        v[j] = a_in1[j]
        rests &= v2[j] == 0
    for j in range(n):
        out[j] = np.int32(v2[j] * a_in2[j])
    _send_beyond(p, b + NORM.out, m, m.values[p[b + NORM.vth]], False)
    m.counters[p[b + NORM.at_rest]] = rests


@kernel
def inverse_root(value: np.int64) -> Any:
    """Return Lava's approximation of 1 / sqrt of an integer above 0, both with 12 binary places."""
    highest = 0
    while value >> (highest + 1):
        highest += 1
    # Beyond 24 bits Lava takes an estimate from the other end of its table.
    zeros = (_ROOT_BITS - 1 - highest) % _ROOT_BITS
    factor = _ESTIMATES[zeros]
    b, y, shift = np.int64(value), factor // 2, np.int64(_FRACTION + 1)
    for _ in range(_ITERATIONS):
        b = ((b * factor >> shift) * factor) >> shift
        factor = (np.int64(3) << np.int64(_FRACTION)) - b
        y = (y * factor) >> shift
    return y


@kernel
def step_inv_sqrt_fixed(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """One step of `InvSqrt`, which is one neuron."""
    value = np.int64(m.values[p[b + INV_SQRT.a_in + VALUES]])
    if value < 0:
        m.counters[FAILED] = 1
        return
    m.values[p[b + INV_SQRT.out + VALUES]] = inverse_root(value) if value > 0 else 0
    list_events(p, b + INV_SQRT.out, m)


@kernel
def step_inv_sqrt_float(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """One step of `InvSqrt`; of 0 it is infinite, of less it is no number."""
    for j in range(p[b + INV_SQRT.out + SIZE]):
        root = np.sqrt(m.values[p[b + INV_SQRT.a_in + VALUES] + j])
        m.values[p[b + INV_SQRT.out + VALUES] + j] = 1.0 / root
    list_events(p, b + INV_SQRT.out, m)


VEC_STEP = Step("GradedVec", VEC, fixed=step_vec)
RELU_STEP = Step("GradedReluVec", VEC, fixed=step_relu)
PROD_STEP = Step("ProdNeuron", PROD, fixed=step_prod)
NORM_STEP = Step("NormVecDelay", NORM, fixed=step_norm)
INV_SQRT_STEP = Step(
    "InvSqrt",
    INV_SQRT,
    fixed=step_inv_sqrt_fixed,
    float=step_inv_sqrt_float,
    failure="InvSqrt received a number below 0, of which there is no root: Lava's model fails too",
)
