"""Arithmetic of the accumulator in which a rule sums its products; generated code calls it.

A call takes numba a fraction of the time that the same arithmetic takes, written out in a rule.
"""

from typing import Any

import numpy as np
from lava.magma.core.learning.constants import W_ACCUMULATOR_U

from loihi_sleep.engine.steps import compiled
from loihi_sleep.processes.kernels.philox import WORD_BITS, philox_4x32

FRACTION_BITS = TRACE_BITS = 7
LOW, HIGH = -(2**W_ACCUMULATOR_U) - 1, 2**W_ACCUMULATOR_U - 1


@compiled()
def clipped(value: Any, low: int, high: int) -> Any:
    """Wrap a value to 32 bits, as NumPy's integers do, then clip it."""
    return min(max(np.int32(value), np.int32(low)), np.int32(high))


@compiled()
def multiplied(term: Any, factor: Any, bits: int) -> Any:
    """Multiply a term by a factor of so many bits and a sign."""
    return np.int32(term * clipped(factor, -(1 << bits), (1 << bits) - 1))


@compiled()
def scaled(term: Any, mantissa: int, right: int, left: int) -> Any:
    """Multiply a term by a mantissa, shift it to the right and then to the left, and clip it."""
    product = np.int32(term * np.int32(mantissa))
    return clipped(np.int32(product >> right) << left, LOW, HIGH)


@compiled()
def summed(total: Any, term: Any) -> Any:
    """Add a scaled term to a total."""
    return clipped(total + term, LOW, HIGH)


@compiled()
def added(total: Any, term: Any, mantissa: int, right: int, left: int) -> Any:
    """Scale a term and add it to a total."""
    return summed(total, scaled(term, mantissa, right, left))


@compiled()
def ends_added(
    rising: Any, sinking: Any, most: int, const: int, mantissa: int, right: int, left: int
) -> tuple[Any, Any]:
    """Add the largest amount of a product to one total, and the least to another one.

    The product has one factor: a constant and a trace from 0 to `most`.
    """
    unit = np.int32(1)
    largest = multiplied(unit, (most if mantissa > 0 else 0) + const, TRACE_BITS)
    least = multiplied(unit, (0 if mantissa > 0 else most) + const, TRACE_BITS)
    return (
        added(rising, largest, mantissa, right, left),
        added(sinking, least, mantissa, right, left),
    )


@compiled()
def ends_move(rising: Any, sinking: Any, noise: Any, low: Any, high: Any) -> bool:
    """Tell whether totals that began at both ends of a range are within it, once rounded."""
    return (rounded(rising, noise, FRACTION_BITS) > low) | (
        rounded(sinking, noise, FRACTION_BITS) < high
    )


@compiled()
def ends_of(low: Any, high: Any) -> tuple[Any, Any]:
    """Write both ends of a range into an accumulator each."""
    return np.int32(low << FRACTION_BITS), np.int32(high << FRACTION_BITS)


@compiled()
def rounded(total: Any, noise: Any, bits: int) -> Any:
    """Shift the fraction out of a total, after noise was added to it."""
    return np.int32(np.int32(total + noise) >> np.int32(bits))


@compiled()
def rounded_alone(
    total: Any,
    step_bits: int,
    post_neuron: Any,
    pre: int,
    pre_neuron: int,
    time_step: np.uint64,
    stream: int,
    key_0: np.uint64,
    key_1: np.uint64,
) -> Any:
    """Round with the synapse's own random number; a value that can be stored needs none."""
    dropped = FRACTION_BITS + step_bits
    if total & ((1 << dropped) - 1):
        at = np.uint64(post_neuron) * np.uint64(pre) + np.uint64(pre_neuron)
        words = philox_4x32(
            at >> np.uint64(2), time_step, np.uint64(stream), np.uint64(0), key_0, key_1
        )
        word = words[at & np.uint64(3)]
        total = np.int32(total + np.int64(word >> np.uint64(WORD_BITS - dropped)))
    return np.int32((total >> dropped) << step_bits)


@compiled()
def stored(total: Any, low: Any, high: Any) -> Any:
    """Bring a total into the range of a synaptic variable."""
    return np.int16(min(max(total, low), high))
