"""A list of synapses by neuron in few bits, for those who read it from the first to the last.

The partners of a neuron ascend. Of each the lower bits are listed as they are; the upper ones say
in which bucket it is, and are told in a string of bits by neuron: for each bucket as many ones as
there are partners in it, then a zero. That is the code of Elias (J. ACM 21, 246, 1974) and Fano:
where each neuron has s synapses with N partners it takes about 2 + log2(N / s) bits a synapse, half
a bit more than any code must.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba.cpython.unsafe.numbers import trailing_zeros
from numpy.typing import NDArray

from loihi_sleep.engine.kernels.arrays import Values, number
from loihi_sleep.engine.memory import Region, Storage
from loihi_sleep.engine.steps import compiled, kernel

# Bits of an element of the array `index`.
_ELEMENT = 32


@dataclass(frozen=True)
class CodedList:
    """A list of synapses, neuron by neuron and then by partner.

    Parameters
    ----------
    first : Region
        Where the synapses of each neuron begin, and at last where they end, counted from 0.
    low, high : Region
        Lower bits of the partners, and the strings of the upper ones.
    bits : int
        How many bits are lower ones.
    buckets : int
        How many values the upper ones may have.
    """

    first: Region
    low: Region
    high: Region
    bits: int
    buckets: int


def lower_bits(neurons: int, partners: int, synapses: int) -> tuple[int, int]:
    """Choose how many bits are lower ones, so that the list is as short as can be.

    Returns
    -------
    int, int
        These, and how many bits the list takes.
    """
    sizes = [synapses * (bits + 1) + neurons * _buckets(partners, bits) for bits in range(31)]
    return int(np.argmin(sizes)), min(sizes)


def _buckets(partners: int, bits: int) -> int:
    return (max(1, partners) - 1 >> bits) + 1


def bytes_of_code(neurons: int, partners: int, synapses: int) -> int:
    """Bytes of a list, beyond where each neuron's synapses begin."""
    return lower_bits(neurons, partners, synapses)[1] // 8


def store_code(
    storage: Storage, begins: NDArray[Any], partners: NDArray[Any], count: int
) -> CodedList:
    """Store a list of synapses.

    Parameters
    ----------
    storage : Storage
    begins : ndarray of int, shape (neurons + 1,)
        Where each neuron's synapses begin, and the end.
    partners : ndarray of int, shape (synapses,)
        From 0 to `count` - 1, ascending for each neuron.
    count : int
        How many neurons partners may be.

    Returns
    -------
    CodedList
    """
    neurons, synapses = begins.size - 1, partners.size
    bits, _ = lower_bits(neurons, count, synapses)
    buckets = _buckets(count, bits)
    # An element is read together with the next one.
    low = np.zeros(synapses * bits // _ELEMENT + 2, dtype=np.uint32)
    high = np.zeros((synapses + neurons * buckets) // _ELEMENT + 2, dtype=np.uint32)
    first = begins.astype(np.int32, copy=False)
    _write(first, partners.astype(np.int32, copy=False), bits, buckets, low, high)
    return CodedList(
        storage.reserve("index", first.size, first),
        storage.reserve("index", low.size, low.view(np.int32)),
        storage.reserve("index", high.size, high.view(np.int32)),
        bits,
        buckets,
    )


@compiled()
def _write(
    first: NDArray[np.int32],
    partners: NDArray[np.int32],
    bits: int,
    buckets: int,
    low: NDArray[np.uint32],
    high: NDArray[np.uint32],
) -> None:
    """Write the bits of a list into elements that are 0."""
    for j in range(first.size - 1):
        for s in range(first[j], first[j + 1]):
            partner = int(partners[s])
            _write_bits(low, s * bits, partner & ((1 << bits) - 1))
            _write_bits(high, s + j * buckets + (partner >> bits), 1)


@kernel
def _write_bits(elements: NDArray[np.uint32], at: int, value: int) -> None:
    """Write a number from a bit on, of which it may lead into the next element."""
    shifted = value << (at & (_ELEMENT - 1))
    elements[at // _ELEMENT] |= np.uint32(shifted & 0xFFFFFFFF)
    elements[at // _ELEMENT + 1] |= np.uint32(shifted >> _ELEMENT)


@kernel
def bits_from(index: Values, first: int, at: int) -> int:
    """Read the 32 bits of a list from one of them on."""
    element = first + (at >> 5)
    both = (number(index, element) & 0xFFFFFFFF) | (number(index, element + 1) << _ELEMENT)
    return (both >> (at & (_ELEMENT - 1))) & 0xFFFFFFFF


@kernel
def first_bit(buckets: int, begin: int, j: int) -> int:
    """Where the upper bits of neuron j begin, whose synapses are listed from `begin` on."""
    return begin + j * buckets


@kernel
def next_partner(
    index: Values, low: int, high: int, bits: int, buckets: int, j: int, s: int, at: int
) -> tuple[int, int]:
    """Partner of synapse s of neuron j, and from which bit on to look for that of the next one.

    `at` is that bit of this synapse: :func:`first_bit` for the first one of a neuron.
    """
    ahead = bits_from(index, high, at)
    while ahead == 0:
        at += _ELEMENT
        ahead = bits_from(index, high, at)
    at += int(trailing_zeros(ahead))
    lower = bits_from(index, low, s * bits) & ((1 << bits) - 1)
    return ((at - s - j * buckets) << bits) | lower, at + 1
