"""What a chain of `Dense` and `LIFReset` layers makes of images, in fixed.

Layers know nothing of those behind them, and each begins an image from rest. So a layer goes
through all steps of several images before the next one begins, some of its neurons at a time: their
weights stay in the cache, and so do their states.
"""

import numba
import numpy as np
from numpy.typing import NDArray

from loihi_sleep.engine.kernels.arrays import Values
from loihi_sleep.engine.kernels.numerics import shifted
from loihi_sleep.engine.nodes.lif.step import (
    ACTIVATION_SHIFT,
    clamped,
    decay_fixed,
    wrapped,
)
from loihi_sleep.engine.rows import row
from loihi_sleep.engine.steps import kernel
from loihi_sleep.processes.kernels.integers import UNITY
from loihi_sleep.processes.kernels.philox import Stream, philox_4x32

# A layer: sizes, places of weights and bias, constants as of `lif.step.LIF`, decays as what is
# left of 4096.
LAYER = row(
    "a layer", "pre", "post", "weights", "weight_exp", "keep_u", "keep_v", "vth", "bias", "biased"
)
# Neurons that are gone through together.
WIDTH = 2048
# So many weights, none of which is further from 0, are added in 16 bits.
TOGETHER, WEIGHT_LIMIT = 8, 2**15 // 8 - 1

# Inlined, several blocks are encrypted by the same instructions. It is kept with what calls it.
_philox = numba.njit(forceinline=True)(philox_4x32.py_func)
_TWO_TO_32 = 4294967296.0
_STREAM = np.uint64(Stream.IMAGES.value)
_LANES = 4
_WORD = 8


@kernel
def list_blocks(rates: Values, first: int, blocks: NDArray[np.int64]) -> int:
    """List the blocks of four random numbers of which a neuron needs one; return how many.

    A neuron that never spikes needs none. `first`: place of the first rate among all rates.
    """
    count = 0
    for block in range(first // _LANES, (first + rates.size - 1) // _LANES + 1):
        begin, end = max(block * _LANES - first, 0), min((block + 1) * _LANES - first, rates.size)
        highest = 0.0
        for j in range(begin, end):
            highest = max(highest, rates[j])
        blocks[count] = block
        count += highest > 0.0
    return count


@kernel
def draw_spikes(
    rates: Values,
    first: int,
    blocks: NDArray[np.int64],
    step: int,
    seed: int,
    words: tuple[NDArray[np.uint32], ...],
    events: NDArray[np.int32],
) -> int:
    """List the neurons that `image_spikes` lets spike; return their number."""
    key_0, key_1 = np.uint64(seed) & np.uint64(0xFFFFFFFF), np.uint64(seed) >> np.uint64(32)
    first_words, second_words, third_words, fourth_words = words
    for k in range(blocks.size):
        a, b, c, d = _philox(
            np.uint64(blocks[k]), np.uint64(step), _STREAM, np.uint64(0), key_0, key_1
        )
        first_words[k], second_words[k] = np.uint32(a), np.uint32(b)
        third_words[k], fourth_words[k] = np.uint32(c), np.uint32(d)
    count = 0
    for k in range(blocks.size):
        for lane in range(_LANES):
            j = blocks[k] * _LANES + lane - first
            if 0 <= j < rates.size:
                events[count] = j
                count += np.float64(words[lane][k]) < rates[j] * _TWO_TO_32
    return count


@kernel
def list_flags(flags: NDArray[np.uint8], n: int, events: NDArray[np.int32]) -> int:
    """List the flags that are set, read eight at a time; return their number."""
    count = 0
    words = flags.view(np.uint64)
    for word in range(words.size):
        if words[word] != 0:
            for j in range(word * _WORD, min(word * _WORD + _WORD, n)):
                events[count] = j
                count += flags[j]
    return count


@kernel
def four_rows(
    weights: int, post: int, events: NDArray[np.int32], k: int
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Where the weights of four neurons begin, from the k-th of a list on."""
    return (
        np.uint64(weights + np.int64(events[k]) * post),
        np.uint64(weights + np.int64(events[k + 1]) * post),
        np.uint64(weights + np.int64(events[k + 2]) * post),
        np.uint64(weights + np.int64(events[k + 3]) * post),
    )


@kernel
def add_weights(
    synaptic: Values,
    weights: int,
    post: int,
    events: NDArray[np.int32],
    count: int,
    total: NDArray[np.int32],
) -> None:
    """Sum the weights of neurons that spike, of some columns; those of the first begin at weights.

    Eight rows are added in 16 bits, which their sums do not leave.
    """
    total[:] = 0
    n, done = total.size, count // TOGETHER * TOGETHER
    for k in range(0, done, TOGETHER):
        first, second, third, fourth = four_rows(weights, post, events, k)
        fifth, sixth, seventh, eighth = four_rows(weights, post, events, k + 4)
        for place in range(n):
            j = np.uint64(place)
            total[j] += np.int16(
                (synaptic[first + j] + synaptic[second + j])
                + (synaptic[third + j] + synaptic[fourth + j])
                + (synaptic[fifth + j] + synaptic[sixth + j])
                + (synaptic[seventh + j] + synaptic[eighth + j])
            )
    if count - done >= TOGETHER // 2:
        first, second, third, fourth = four_rows(weights, post, events, done)
        done += TOGETHER // 2
        for place in range(n):
            j = np.uint64(place)
            total[j] += np.int16(
                (synaptic[first + j] + synaptic[second + j])
                + (synaptic[third + j] + synaptic[fourth + j])
            )
    for k in range(done, count):
        first = np.uint64(weights + np.int64(events[k]) * post)
        for place in range(n):
            j = np.uint64(place)
            total[j] += synaptic[first + j]


@kernel
def step_neurons(
    layer: NDArray[np.int64],
    values: Values,
    first: int,
    total: NDArray[np.int32],
    u: NDArray[np.int32],
    v: NDArray[np.int32],
    flags: NDArray[np.uint8],
) -> None:
    """Let neurons, from the first one on, take in what arrives, and spike."""
    n, vth = total.size, np.int32(layer[LAYER.vth])
    if layer[LAYER.weight_exp] != 0:
        for j in range(n):
            total[j] = shifted(total[j], layer[LAYER.weight_exp])
    if layer[LAYER.keep_u] == 0 and layer[LAYER.keep_v] == UNITY and not layer[LAYER.biased]:
        # In one pass, as it often is.
        for j in range(n):
            current = wrapped(np.int32(total[j] << ACTIVATION_SHIFT))
            potential = clamped(np.int32(v[j] + current))
            flags[j] = potential > vth
            v[j] = 0 if potential > vth else potential
        return
    decay_fixed(u, n, layer[LAYER.keep_u])
    for j in range(n):
        u[j] = wrapped(np.int32(u[j] + np.int32(total[j] << ACTIVATION_SHIFT)))
    decay_fixed(v, n, layer[LAYER.keep_v])
    bias = values[layer[LAYER.bias] + first : layer[LAYER.bias] + first + n]
    for j in range(n):
        potential = clamped(np.int32(v[j] + np.int32(u[j] + bias[j])))
        flags[j] = potential > vth
        v[j] = 0 if potential > vth else potential


@numba.njit(cache=True, nogil=True, error_model="numpy")
def show_images(
    layers: NDArray[np.int64],
    values: NDArray[np.int32],
    synaptic: NDArray[np.int16],
    rates: NDArray[np.float64],
    first_image: int,
    steps: int,
    seed: int,
    spikes: NDArray[np.int64],
    potentials: NDArray[np.int64],
) -> None:
    """Show images, each for some steps; count the spikes of the last layer.

    Parameters
    ----------
    layers : ndarray of int64, shape (layers, LAYER.width)
    values : ndarray of int32
    synaptic : ndarray of int16
    rates : ndarray of float64, shape (images, inputs)
    first_image : int
        Number of the first one, among all for which spikes are drawn.
    steps, seed : int
    spikes, potentials : ndarray of int64, shape (images, outputs)
        Written: spikes of the last layer in all steps, and its potentials after the last.
    """
    images, inputs = rates.shape
    widest = max(inputs, layers[:, LAYER.post].max())
    # Listing events may touch one place more than they need.
    events = np.empty((images, steps, widest + 1), dtype=np.int32)
    counts = np.empty((images, steps), dtype=np.int64)
    padded = (widest + _WORD - 1) // _WORD * _WORD
    flags = np.zeros((images, steps, padded), dtype=np.uint8)
    states = np.empty((3, WIDTH), dtype=np.int32)
    blocks = np.empty(inputs // _LANES + 2, dtype=np.int64)
    lanes = np.empty((_LANES, blocks.size), dtype=np.uint32)
    words = (lanes[0], lanes[1], lanes[2], lanes[3])
    for image in range(images):
        first = (first_image + image) * inputs
        drawn = blocks[: list_blocks(rates[image], first, blocks)]
        for step in range(steps):
            counts[image, step] = draw_spikes(
                rates[image], first, drawn, step, seed, words, events[image, step]
            )
    for place in range(len(layers)):
        layer = layers[place]
        post, is_last = layer[LAYER.post], place == len(layers) - 1
        for first in range(0, post, WIDTH):
            n = min(WIDTH, post - first)
            total, u, v = states[0, :n], states[1, :n], states[2, :n]
            for image in range(images):
                u[:] = 0
                v[:] = 0
                for step in range(steps):
                    count = counts[image, step]
                    add_weights(
                        synaptic,
                        layer[LAYER.weights] + first,
                        post,
                        events[image, step],
                        count,
                        total,
                    )
                    step_neurons(
                        layer,
                        values,
                        first,
                        total,
                        u,
                        v,
                        flags[image, step, first : first + n],
                    )
                if is_last:
                    for j in range(n):
                        potentials[image, first + j] = v[j]
        for image in range(images):
            for step in range(steps):
                if is_last:
                    for j in range(post):
                        spikes[image, j] += flags[image, step, j]
                else:
                    end = (post + _WORD - 1) // _WORD * _WORD
                    counts[image, step] = list_flags(
                        flags[image, step, :end], post, events[image, step]
                    )
