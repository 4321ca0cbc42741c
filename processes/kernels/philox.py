"""Counter-based random words: Philox-4x32-10.

A word is a function of (seed, stream, step, index) and of nothing else. Any engine can therefore
draw the number of any neuron at any time step, in any order, without carrying generator state.

References
----------
Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
"""

from enum import IntEnum

import numba
import numpy as np
from numpy.typing import NDArray

_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = np.uint64(0x9E3779B9)
_WEYL_1 = np.uint64(0xBB67AE85)
_LOW_32 = np.uint64(0xFFFFFFFF)
_SHIFT_32 = np.uint64(32)
_ROUNDS = 10

WORD_BITS = 32


class Stream(IntEnum):
    """What a random word is for; draws of different streams never share a counter."""

    SPIKES = 0
    WINDOW = 1
    CURRENT = 2
    WEIGHT_ROUNDING = 3
    TAG_1_ROUNDING = 4
    TAG_2_ROUNDING = 5
    IMAGES = 6
    SHUFFLE = 7
    WORLD = 8
    RELEASE = 9
    GAPS = 10


@numba.njit("UniTuple(uint64, 4)(uint64, uint64, uint64, uint64, uint64, uint64)", cache=True)
def philox_4x32(
    c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64, key_0: np.uint64, key_1: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Encrypt one 128-bit counter; every argument and result is a 32-bit word in a uint64."""
    for _ in range(_ROUNDS):
        product_0 = _MULTIPLIER_0 * c0
        product_1 = _MULTIPLIER_1 * c2
        c0, c1, c2, c3 = (
            (product_1 >> _SHIFT_32) ^ c1 ^ key_0,
            product_1 & _LOW_32,
            (product_0 >> _SHIFT_32) ^ c3 ^ key_1,
            product_0 & _LOW_32,
        )
        key_0 = (key_0 + _WEYL_0) & _LOW_32
        key_1 = (key_1 + _WEYL_1) & _LOW_32
    return c0, c1, c2, c3


@numba.njit("uint32[::1](int64, int64, int64, int64[::1])", cache=True)
def words_at(seed: int, stream: int, step: int, indices: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Random words of the given indices.

    Parameters
    ----------
    seed : int
        0 .. 2**63 - 1; its two halves are the cipher's key.
    stream : int
        A :class:`Stream`.
    step : int
        Time step, 0 .. 2**32 - 1.
    indices : ndarray of int64, shape (n,)
        Which neurons or synapses, 0 .. 2**34 - 1.

    Returns
    -------
    ndarray of uint32, shape (n,)
        Uniform on 0 .. 2**32 - 1; the word of an index does not depend on the other indices.
    """
    key_0 = np.uint64(seed) & _LOW_32
    key_1 = np.uint64(seed) >> _SHIFT_32
    words = np.empty(indices.size, dtype=np.uint32)
    block = np.int64(-1)
    lanes = (np.uint64(0), np.uint64(0), np.uint64(0), np.uint64(0))
    for n in range(indices.size):
        # Four neighbors share one cipher block, so a contiguous run costs one block per four words.
        if indices[n] >> 2 != block:
            block = indices[n] >> 2
            lanes = philox_4x32(
                np.uint64(block), np.uint64(step), np.uint64(stream), np.uint64(0), key_0, key_1
            )
        words[n] = np.uint32(lanes[indices[n] & 3])
    return words


@numba.njit("uint32[::1](int64, int64, int64, int64)", cache=True)
def words(seed: int, stream: int, step: int, count: int) -> NDArray[np.uint32]:
    """Random words of the indices 0 .. count - 1; see :func:`words_at`."""
    return words_at(seed, stream, step, np.arange(count, dtype=np.int64))


@numba.njit("UniTuple(uint64, 2)(int64, int64, int64, int64)", cache=True)
def word_pair(seed: int, stream: int, step: int, index: int) -> tuple[np.uint64, np.uint64]:
    """Draw two random words at once, for streams that need no more for each index.

    Parameters
    ----------
    seed, stream, step : int
        As of :func:`words_at`.
    index : int
        0 .. 2**32 - 1.

    Returns
    -------
    uint64, uint64
        Each uniform on 0 .. 2**32 - 1.
    """
    lanes = philox_4x32(
        np.uint64(index),
        np.uint64(step),
        np.uint64(stream),
        np.uint64(0),
        np.uint64(seed) & _LOW_32,
        np.uint64(seed) >> _SHIFT_32,
    )
    return lanes[0], lanes[1]


@numba.njit("uint32(int64, int64, int64[::1])", cache=True)
def next_word(seed: int, stream: int, drawn: NDArray[np.int64]) -> np.uint32:
    """Random word of a sequence that is drawn one by one, where nobody knows how long it gets.

    Parameters
    ----------
    seed, stream : int
        As of :func:`words_at`.
    drawn : ndarray of int64, shape (1,)
        Words drawn so far; counted up.

    Returns
    -------
    uint32
    """
    n = int(drawn[0])
    drawn[0] += 1
    lanes = philox_4x32(
        np.uint64(n >> 2) & _LOW_32,
        np.uint64(n >> 2) >> _SHIFT_32,
        np.uint64(stream),
        np.uint64(0),
        np.uint64(seed) & _LOW_32,
        np.uint64(seed) >> _SHIFT_32,
    )
    return np.uint32(lanes[n & 3])


@numba.njit("int64(int64, int64, int64[::1], int64)", cache=True)
def next_below(seed: int, stream: int, drawn: NDArray[np.int64], bound: int) -> int:
    """Random integer 0 .. bound - 1 of such a sequence, bound 1 .. 2**31."""
    return int((np.uint64(next_word(seed, stream, drawn)) * np.uint64(bound)) >> _SHIFT_32)
