"""What differs between the numerics below the level of a kernel, chosen by the type of the values.

In fixed, values are Loihi's integers: shifts, 7-bit traces and stochastic rounding as in lava-nc's
bit-approximate learning engine. In float they are plain numbers.
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numba.extending import overload

from loihi_sleep.engine.steps import kernel
from loihi_sleep.processes.kernels.integers import TRACE_MAX

# lava-nc's GradedSpikeCfg.
USE_REGULAR_IMPULSE, OVERWRITE, ADD_WITH_SATURATION, ADD_WITHOUT_SATURATION = range(4)


def by_numerics(fixed: Callable[..., Any], plain: Callable[..., Any]) -> Callable[..., Any]:
    """Make a kernel function that is `plain` where its first argument is a float, else `fixed`."""

    def stub(*arguments: Any) -> Any:
        raise NotImplementedError("kernels are called from compiled code only")

    def choose(first: Any, *rest: Any) -> Any:
        kind = getattr(first, "dtype", first)
        return plain if isinstance(kind, numba.types.Float) else fixed

    overload(stub, strict=False)(choose)
    return stub


def _shifted_fixed(x: Any, exponent: Any) -> Any:
    return np.int32(x << exponent if exponent >= 0 else x >> -exponent)


def _shifted_float(x: Any, exponent: Any) -> Any:
    return x


def _decayed_fixed(trace: Any, factor: Any, draw: Any) -> Any:
    product = factor * trace
    whole = np.floor(product)
    return np.int32(np.int32(whole) + (draw < product - whole))


def _decayed_float(trace: Any, factor: Any, draw: Any) -> Any:
    return factor * trace


def _impelled_fixed(trace: Any, whole: Any, fraction: Any, draw: Any) -> Any:
    return np.int32(min(max(trace + np.int64(whole) + (draw < fraction), 0), TRACE_MAX))


def _impelled_float(trace: Any, whole: Any, fraction: Any, draw: Any) -> Any:
    return trace + whole


def _take_payload_fixed(trace: Any, payload: Any, graded: Any) -> Any:
    half = np.int64(np.rint(payload / 2)) & 255
    total = (trace + half) & 255
    overflows = total > TRACE_MAX
    if graded == OVERWRITE:
        return np.int32(half), True
    if graded == ADD_WITH_SATURATION:
        return np.int32(min(total, TRACE_MAX)), True
    return np.int32(total - TRACE_MAX * overflows), overflows


def _take_payload_float(trace: Any, payload: Any, graded: Any) -> Any:
    half = payload / 2
    return (half if graded == OVERWRITE else trace + half), True


# Bits behind the point of a factor of decay as a whole number: times a trace it fits 32 bits.
_FACTOR_BITS = 24


def _whole_decay_fixed(x: Any, factor: Any, draw: Any) -> Any:
    unit = 1 << _FACTOR_BITS
    whole, summand = np.uint32(factor * unit + 0.5), np.uint32(unit - 1 - int(draw * unit))
    differs = np.int32(0)
    for k in range(TRACE_MAX + 1):
        trace = np.int32(k)
        differs |= whole_decayed(trace, whole, summand) ^ decayed(trace, factor, draw)
    return np.uint32(0 if differs else whole), summand


def _whole_decay_float(x: Any, factor: Any, draw: Any) -> Any:
    return np.uint32(0), np.uint32(0)


@kernel
def whole_decayed(trace: Any, factor: np.uint32, summand: np.uint32) -> np.int32:
    """Let a trace from 0 to 127 decay, in 32 bits; see `whole_decay`."""
    product = np.uint32(np.uint32(np.uint32(trace) * factor) + summand)
    return np.int32(product >> np.uint32(_FACTOR_BITS))


def _larger_fixed(x: Any, most: Any) -> Any:
    return max(np.uint32(x), np.uint32(most))


def _larger_float(x: Any, most: Any) -> Any:
    return most


# shifted(x, exponent): x * 2**exponent as a shift, exponents below 0 round down; float: x itself.
shifted = by_numerics(_shifted_fixed, _shifted_float)
# decayed(trace, factor, draw): a trace after one step; fixed: rounded up where the draw is below
# the fraction.
decayed = by_numerics(_decayed_fixed, _decayed_float)
# whole_decay(traces, factor, draw): with which factor and which summand `whole_decayed` tells the
# same of every trace from 0 to 127 as `decayed`; factor 0: with none, or in float.
whole_decay = by_numerics(_whole_decay_fixed, _whole_decay_float)
# impelled(trace, whole, fraction, draw): a trace after a spike; fixed: the impulse is `whole`, and
# one more where the draw (7 bits) is below `fraction` (8 bits), saturated to 0 .. 127.
impelled = by_numerics(_impelled_fixed, _impelled_float)
# larger(trace, most): the larger of both as numbers without a sign; float: not looked for.
larger = by_numerics(_larger_fixed, _larger_float)
# take_payload(trace, payload, graded): what a graded spike makes of x1, and whether it counts as a
# spike for the rule. Half of the payload replaces x1 or is added; fixed: half is rounded to even
# and sums have 8 bits, saturated to 7 or, where the overflow counts as the spike, less 127.
take_payload = by_numerics(_take_payload_fixed, _take_payload_float)


@kernel
def noise_of(draw: float) -> int:
    """Noise n for which ``(a + n) >> 7`` rounds a up where draw is below its 7-bit fraction."""
    return 127 - int(np.floor(draw * 128))
