"""Lists of synapses by neuron, in which the partner of each is a number of 16 bits.

Where the partners are more than 65,536 they are divided into blocks of so many: a list says where
the synapses of each neuron with each block begin, and the number of a partner is counted from the
first one of its block. Where that would take more memory than it saves, as neurons have few
synapses with each block, numbers have 32 bits. Both kinds of numbers are in the array `index`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.engine.kernels.arrays import Values, number
from loihi_sleep.engine.memory import Region, Storage
from loihi_sleep.engine.steps import kernel

# log2 of the partners in a block.
BLOCK_BITS = 16
_BLOCK = 1 << BLOCK_BITS
# Synapses among which one is looked for first.
_NEAR = 16
# Synapses that are counted together while a list is made.
_STRETCH = 2**18


@dataclass(frozen=True)
class Partners:
    """A list of synapses, neuron by neuron and then by partner, in the memory.

    Parameters
    ----------
    storage : Storage
    first : Region
        Where the synapses of each neuron, or of it with each block, begin, counted from 0; at last
        where they end.
    listed : Region
        Numbers of partners, two in an element where they have 16 bits.
    blocks : int
        Blocks of partners; 0: numbers have 32 bits.
    """

    storage: Storage
    first: Region
    listed: Region
    blocks: int

    @property
    def begins(self) -> NDArray[np.int32]:
        """Where each neuron's synapses begin, and the end, shape (neurons + 1,)."""
        return self.storage.view(self.first)[:: max(1, self.blocks)]

    @property
    def partners(self) -> NDArray[np.int32]:
        """Partner of each synapse."""
        first = self.storage.view(self.first)
        numbers = self.storage.view(self.listed)
        if not self.blocks:
            return numbers
        halves = numbers.astype("<i4", copy=False).view("<u2")
        partners = halves[: first[-1]].astype(np.int32)
        if self.blocks > 1:
            blocks = np.arange(first.size - 1, dtype=np.int32) % self.blocks << BLOCK_BITS
            partners += np.repeat(blocks, np.diff(first))
        return partners


def block_count(neurons: int, partners: int, synapses: int) -> int:
    """Say into how many blocks partners are divided; 0: numbers of 32 bits take less memory."""
    blocks = max(1, -(-partners // _BLOCK))
    return blocks if 4 * neurons * (blocks - 1) <= 2 * synapses else 0


def store_partners(
    storage: Storage, begins: NDArray[Any], partners: NDArray[Any], count: int
) -> Partners:
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
    Partners
    """
    blocks = block_count(begins.size - 1, count, partners.size)
    first = _by_block(begins, partners, blocks) if blocks > 1 else begins
    numbers = partners
    if blocks:
        # Of each number the lower half; the first of two in the lower half of an element.
        halves = np.zeros(partners.size + partners.size % 2, dtype="<u2")
        halves[: partners.size] = partners
        numbers = halves.view("<i4")
    return Partners(
        storage,
        storage.reserve("index", first.size, first),
        storage.reserve("index", numbers.size, numbers),
        blocks,
    )


def _by_block(begins: NDArray[Any], partners: NDArray[Any], blocks: int) -> NDArray[np.int32]:
    """Find where the synapses of each neuron with each block begin, some neurons at a time."""
    neurons = begins.size - 1
    first = np.zeros(neurons * blocks + 1, dtype=np.int32)
    step = max(1, _STRETCH * neurons // max(1, partners.size))
    for low in range(0, neurons, step):
        high = min(low + step, neurons)
        own = np.repeat(np.arange(high - low) * blocks, np.diff(begins[low : high + 1]))
        own += partners[begins[low] : begins[high]] >> BLOCK_BITS
        counts = np.bincount(own, minlength=(high - low) * blocks)
        first[low * blocks + 1 : high * blocks + 1] = counts
    np.cumsum(first, out=first)
    return first


def bytes_of_lists(neurons: int, partners: int, synapses: int) -> int:
    """Bytes of a list of synapses, beyond where each neuron's begin."""
    blocks = block_count(neurons, partners, synapses)
    return 2 * synapses + 4 * neurons * (blocks - 1) if blocks else 4 * synapses


@kernel
def partner(index: Values, listed: int, blocks: int, block: int, s: int) -> int:
    """Partner of synapse s, which is one with a block; see the row for `listed` and `blocks`.

    Without a branch, which the compiler would take out of loops, and so write these twice.
    """
    halved = int(blocks > 0)
    element = number(index, listed + (s >> halved))
    in_block = (element >> ((s & halved) << 4)) & ((_BLOCK - 1) | (halved - 1))
    return (block << BLOCK_BITS) + in_block


@kernel
def synapses_with(index: Values, first: int, blocks: int, block: int, j: int) -> tuple[int, int]:
    """Where the synapses of neuron j with a block begin, and where they end."""
    at = first + j * max(1, blocks) + block
    return number(index, at), number(index, at + 1)


@kernel
def place_near(index: Values, first: int, blocks: int, partners: int, j: int, i: int) -> int:
    """Begin of the synapses of neuron j near where that with i would be.

    That is where it is, or not far from there, if the partners, of so many, were drawn at random.
    """
    block = i >> BLOCK_BITS if blocks else 0
    low, stop = synapses_with(index, first, blocks, block, j)
    begin = block << BLOCK_BITS
    end = min(begin + _BLOCK, partners) if blocks else partners
    near = low + int((stop - low) * ((i - begin) / (end - begin))) - _NEAR // 2
    return max(low, min(near, stop - _NEAR))


@kernel
def place_of(index: Values, first: int, listed: int, blocks: int, j: int, i: int, near: int) -> int:
    """Place of the synapse of neuron j with its partner i, which must be there.

    It is looked for first from :func:`place_near` on. The search has no branch that nobody can
    foresee.
    """
    block = i >> BLOCK_BITS if blocks else 0
    low, stop = synapses_with(index, first, blocks, block, j)
    n = stop - low
    if n > _NEAR:
        is_behind = partner(index, listed, blocks, block, near) <= i
        is_before = partner(index, listed, blocks, block, near + _NEAR - 1) >= i
        if is_behind & is_before:
            low, n = near, _NEAR
    while n > 1:
        half = n >> 1
        low += half * (partner(index, listed, blocks, block, low + half) <= i)
        n -= half
    return low
