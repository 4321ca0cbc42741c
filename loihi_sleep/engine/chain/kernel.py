"""What a chain of `Dense` and `LIFReset` layers makes of images, in fixed.

Layers know nothing of those behind them, and each begins an image from rest. So a layer goes
through all steps of several images before the next one begins, a block of its neurons at a time:
their weights stay in the cache, and what arrives at them is summed in registers.
"""

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from loihi_sleep.engine.chain.sums import BLOCK, Packed, sum_rows, take_widest_vectors
from loihi_sleep.engine.kernels.arrays import Values
from loihi_sleep.engine.kernels.call import uncounted
from loihi_sleep.engine.kernels.messages import (
    list_set,
)
from loihi_sleep.engine.kernels.numerics import shifted
from loihi_sleep.engine.memory import FLAGS_PER_WORD, LIST_ROOM
from loihi_sleep.engine.nodes.lif.step import (
    ACTIVATION_SHIFT,
    clamped,
    decay_fixed,
    wrapped,
)
from loihi_sleep.engine.rows import row
from loihi_sleep.engine.steps import compiled, kernel
from loihi_sleep.processes.kernels.integers import UNITY
from loihi_sleep.processes.kernels.philox import Stream, philox_4x32

# A layer: sizes, place of its weights among those in blocks; log2 of what weights of 8 bits are
# multiples of, or -1 for those of 16 bits; how many are summed in 16 bits; constants as of
# `lif.step.LIF`, decays as what is left of 4096, place of the bias.
LAYER = row(
    "a layer",
    "pre",
    "post",
    "weights",
    "unit",
    "together",
    "weight_exp",
    "keep_u",
    "keep_v",
    "vth",
    "bias",
    "biased",
)

# With weights that are multiples of 2^k, k at most this, sums of 16 bits need no wrapping.
MOST_UNIT = 2

# Inlined, several blocks are encrypted by the same instructions. It is kept with what calls it.
_philox = numba.njit(forceinline=True)(philox_4x32.py_func)
_TWO_TO_32 = 4294967296.0
_STREAM = np.uint64(Stream.IMAGES.value)
_LOW_32, _SHIFT_32 = np.uint64(0xFFFFFFFF), np.uint64(32)
_LANES, _LANES_SHIFT, _LAST_LANE = 4, np.uint64(2), np.uint64(3)


@kernel
def list_blocks(
    rates: Values, first: int, blocks: NDArray[np.int64], limits: NDArray[np.int64]
) -> int:
    """List the blocks of four random numbers of which a neuron needs one; return how many.

    A neuron that never spikes needs none. `first`: place of the first rate among all rates. Of
    each block four limits are written: a neuron spikes where its number is below.
    """
    count = 0
    for block in range(first // _LANES, (first + rates.size - 1) // _LANES + 1):
        highest = 0.0
        for lane in range(_LANES):
            j = block * _LANES + lane - first
            rate = rates[j] if 0 <= j < rates.size else 0.0
            # A whole number is below a limit where it is below the next whole one.
            limits[lane, count] = np.int64(np.ceil(rate * _TWO_TO_32))
            highest = max(highest, rate)
        blocks[count] = block
        count += highest > 0.0
    return count


@kernel
def draw_spikes(
    first: int,
    blocks: NDArray[np.int64],
    limits: NDArray[np.int64],
    step: int,
    seed: int,
    flags: NDArray[np.uint8],
    events: NDArray[np.int32],
) -> int:
    """List the neurons that `image_spikes` lets spike; return their number."""
    take_widest_vectors()
    seed_bits, counter = np.uint64(seed), np.uint64(step) & _LOW_32
    key_0, key_1 = seed_bits & _LOW_32, seed_bits >> _SHIFT_32
    n = blocks.size
    for k in range(n):
        # Without the mask each product would be one of 64 bits.
        a, b, c, d = _philox(
            np.uint64(blocks[k]) & _LOW_32, counter, _STREAM, np.uint64(0), key_0, key_1
        )
        flags[4 * k] = np.int64(a) < limits[0, k]
        flags[4 * k + 1] = np.int64(b) < limits[1, k]
        flags[4 * k + 2] = np.int64(c) < limits[2, k]
        flags[4 * k + 3] = np.int64(d) < limits[3, k]
    count = list_set(flags, _LANES * n, events, 0)
    for k in range(count):
        place = np.uint64(events[k])
        events[k] = blocks[place >> _LANES_SHIFT] * _LANES + (place & _LAST_LANE) - first
    return count


@kernel
def step_summed(
    layer: NDArray[np.int64],
    sums: NDArray[np.int16],
    v: NDArray[np.int32],
    flags: NDArray[np.uint8],
) -> None:
    """Let a block of neurons take in sums that need no wrapping, without u and bias, and spike."""
    take_widest_vectors()
    vth = np.int32(layer[LAYER.vth])
    # Known to be below 32, the shift is one of 32 bits.
    shift = (max(layer[LAYER.unit], 0) + ACTIVATION_SHIFT) & 31
    for j in range(BLOCK):
        potential = clamped(np.int32(v[j] + np.int32(np.int32(sums[j]) << shift)))
        flags[j] = potential > vth
        v[j] = 0 if potential > vth else potential


@kernel
def sum_weights(
    layer: NDArray[np.int64],
    packed: Packed,
    first: int,
    events: NDArray[np.int32],
    places: tuple[int, int],
    sums: NDArray[np.int16],
) -> None:
    """Sum the weights of neurons that spike, those at some places of a list, to a block.

    Its first neuron is `first`.
    """
    begin, rows = layer[LAYER.weights], first * layer[LAYER.pre]
    if layer[LAYER.unit] < 0:
        sum_rows(packed.wide, begin + rows, events, places[0], places[1], sums, 0)
    else:
        begin += rows // 2
        sum_rows(packed.narrow, begin, events, places[0], places[1], sums, 1)


@kernel
def step_neurons(
    layer: NDArray[np.int64],
    bias: NDArray[np.int32],
    total: NDArray[np.int32],
    u: NDArray[np.int32],
    v: NDArray[np.int32],
    flags: NDArray[np.uint8],
) -> None:
    """Let a block of neurons take in what arrives, and spike."""
    vth = np.int32(layer[LAYER.vth])
    if layer[LAYER.weight_exp] != 0:
        for j in range(BLOCK):
            total[j] = shifted(total[j], layer[LAYER.weight_exp])
    decay_fixed(u, BLOCK, layer[LAYER.keep_u])
    for j in range(BLOCK):
        u[j] = wrapped(np.int32(u[j] + np.int32(total[j] << ACTIVATION_SHIFT)))
    decay_fixed(v, BLOCK, layer[LAYER.keep_v])
    for j in range(BLOCK):
        potential = clamped(np.int32(v[j] + np.int32(u[j] + bias[j])))
        flags[j] = potential > vth
        v[j] = 0 if potential > vth else potential


class Scratch(NamedTuple):
    """What images that are shown together take.

    Parameters
    ----------
    events : ndarray of int32, shape (images, steps, neurons of the widest layer + LIST_ROOM)
        Neurons that spike.
    counts : ndarray of int64, shape (images, steps)
        How many they are.
    flags : ndarray of uint8, shape (images, steps, neurons of the widest layer in whole blocks)
        1 where a neuron spikes.
    sums : ndarray of int16, shape (BLOCK,)
    states : ndarray of int32, shape (4, BLOCK)
        What arrives at a block, its u, v and bias.
    blocks, limits, drawn : ndarray of int64, int64 of shape (4, blocks), uint8
        Of random numbers, see :func:`draw_spikes`.
    """

    events: NDArray[np.int32]
    counts: NDArray[np.int64]
    flags: NDArray[np.uint8]
    sums: NDArray[np.int16]
    states: NDArray[np.int32]
    blocks: NDArray[np.int64]
    limits: NDArray[np.int64]
    drawn: NDArray[np.uint8]


def scratch(images: int, steps: int, inputs: int, widest: int) -> Scratch:
    """Reserve what so many images take; `widest`: neurons of the widest layer, of the input too."""
    blocks = inputs // _LANES + 2
    return Scratch(
        events=np.empty((images, steps, widest + LIST_ROOM), dtype=np.int32),
        counts=np.empty((images, steps), dtype=np.int64),
        flags=np.zeros((images, steps, -(-widest // BLOCK) * BLOCK), dtype=np.uint8),
        sums=np.empty(BLOCK, dtype=np.int16),
        states=np.empty((4, BLOCK), dtype=np.int32),
        blocks=np.empty(blocks, dtype=np.int64),
        limits=np.empty((_LANES, blocks), dtype=np.int64),
        drawn=np.zeros(_LANES * blocks + FLAGS_PER_WORD, dtype=np.uint8),
    )


@kernel
def draw_images(
    s: Scratch, rates: NDArray[np.float64], first_image: int, steps: int, seed: int
) -> None:
    """Draw the spikes of the input."""
    images, inputs = rates.shape
    for image in range(images):
        first = (first_image + image) * inputs
        needed = s.blocks[: list_blocks(rates[image], first, s.blocks, s.limits)]
        s.drawn[:] = 0
        for step in range(steps):
            s.counts[image, step] = draw_spikes(
                first, needed, s.limits, step, seed, s.drawn, s.events[image, step]
            )


@kernel
def show_layer(
    s: Scratch,
    layer: NDArray[np.int64],
    values: NDArray[np.int32],
    packed: Packed,
    images: int,
    steps: int,
    potentials: NDArray[np.int64],
) -> None:
    """Let a layer go through all steps of all images; write its last potentials."""
    total, u, v, bias = s.states[0], s.states[1], s.states[2], s.states[3]
    post, together = layer[LAYER.post], layer[LAYER.together]
    is_plain = layer[LAYER.keep_u] == 0 and layer[LAYER.keep_v] == UNITY
    is_plain &= not layer[LAYER.biased] and layer[LAYER.weight_exp] == 0
    is_plain &= layer[LAYER.unit] <= MOST_UNIT
    for first in range(0, post, BLOCK):
        n = min(BLOCK, post - first)
        # Behind the last neuron there is none that could spike.
        bias[:] = -1
        for j in range(n):
            bias[j] = values[layer[LAYER.bias] + first + j]
        for image in range(images):
            u[:] = 0
            v[:] = 0
            for step in range(steps):
                events, count = s.events[image, step], s.counts[image, step]
                flags = s.flags[image, step, first : first + BLOCK]
                last = min(together, count)
                sum_weights(layer, packed, first, events, (0, last), s.sums)
                if is_plain and last == count:
                    step_summed(layer, s.sums, v, flags)
                    continue
                total[:] = 0
                while True:
                    for j in range(BLOCK):
                        total[j] += np.int32(s.sums[j]) << np.int32(max(layer[LAYER.unit], 0))
                    if last == count:
                        break
                    begin, last = last, min(last + together, count)
                    sum_weights(layer, packed, first, events, (begin, last), s.sums)
                step_neurons(layer, bias, total, u, v, flags)
            for j in range(n):
                potentials[image, first + j] = v[j]


@compiled(nogil=True, error_model="numpy")
def show_images(
    s: Scratch,
    layers: NDArray[np.int64],
    values: NDArray[np.int32],
    packed: Packed,
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
    s : Scratch
        Of at least so many images.
    layers : ndarray of int64, shape (layers, LAYER.width)
    values : ndarray of int32
    packed : Packed
        Weights of all layers.
    rates : ndarray of float64, shape (images, inputs)
    first_image : int
        Number of the first one, among all for which spikes are drawn.
    steps, seed : int
    spikes : ndarray of int64, shape (images, outputs)
        Written: spikes of the last layer in all steps.
    potentials : ndarray of int64, shape (images, neurons of the widest layer)
        Written: in the first places the last layer's potentials after the last step.
    """
    # Whoever calls this keeps them; counting references to parts of them would take half the time.
    s = uncounted(s)
    packed = uncounted(packed)
    layers, values, rates = uncounted((layers, values, rates))
    draw_images(s, rates, first_image, steps, seed)
    for place in range(len(layers)):
        show_layer(s, layers[place], values, packed, len(rates), steps, potentials)
        post = layers[place, LAYER.post]
        for image in range(len(rates)):
            for step in range(steps):
                if place == len(layers) - 1:
                    for j in range(post):
                        spikes[image, j] += s.flags[image, step, j]
                else:
                    s.counts[image, step] = list_set(
                        s.flags[image, step], post, s.events[image, step], 0
                    )
