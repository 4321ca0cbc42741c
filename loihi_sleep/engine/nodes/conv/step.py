"""Convolutions: what a spike causes is added to the outputs that it reaches, and to no others.

Inputs and outputs are in the order (x, y, channel), the channel fastest. Weights are in the order
(channel of the input within its group, x, y, channel of the output), where elements along y are
reordered such that those come together that one input meets in a row: what one spike adds along y
is one stretch of weights onto one stretch of outputs (where there are no groups). What arrives in a
step is sent in the next.
"""

from typing import Any

import numpy as np

from loihi_sleep.engine.kernels.arrays import Rows
from loihi_sleep.engine.kernels.call import uncounted
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.nodes.conv.vectors import WIDTH, add_four_vectors, add_vector
from loihi_sleep.engine.nodes.synapses.step import SYNAPSES, begin, payload
from loihi_sleep.engine.rows import COUNT, EVENTS, SIZE, VALUES
from loihi_sleep.engine.steps import Step, kernel

CONV = SYNAPSES.extend(
    "Conv",
    # Where the stretches of each position of the input begin, and these: their places in the
    # weights and in the outputs, and their lengths.
    "first_stretch",
    "stretches",
    # Channels of the input; channels of a group, of input and output.
    "channels",
    "groups",
    "group_inputs",
    "group_outputs",
    # Weights of one channel of the input.
    "kernel",
    # Cell: the largest sum of the absolute weights of an output.
    "norm",
    # Lava's arithmetic in full: sizes, and the place of each element along y among the weights.
    "inputs_x",
    "inputs_y",
    "outputs_x",
    "outputs_y",
    "kernel_x",
    "kernel_y",
    "stride_x",
    "stride_y",
    "padding_x",
    "padding_y",
    "dilation_x",
    "dilation_y",
    "places_y",
)
_STRETCH, _THREE, _FOUR = 3, 3, 4
_ONE, _STEP = np.uint64(1), np.uint64(WIDTH)
# Sums are clamped to 24 bits, and are cast to 32 before.
_CLAMPED, _CAST = 2**23, 2**31


@kernel
def add_stretch(m: Memory, out: int, row: int, n: int, factor: Any) -> None:
    """Add a stretch of weights times a factor to outputs."""
    # Without a sign places need no look at whether they count from the end.
    i, j = np.uint64(out), np.uint64(row)
    for _ in range(n // WIDTH):
        add_vector(m, i, j, factor)
        i += _STEP
        j += _STEP
    for _ in range(n % WIDTH):
        m.values[i] += m.synaptic[j] * factor
        i += _ONE
        j += _ONE


@kernel
def add_four_stretches(m: Memory, out: int, rows: Any, n: int, factors: Any) -> None:
    """Add four stretches of weights, each times its factor, at a quarter of the traffic."""
    i = np.uint64(out)
    first, second, third, fourth = rows
    first, second = np.uint64(first), np.uint64(second)
    third, fourth = np.uint64(third), np.uint64(fourth)
    of_first, of_second, of_third, of_fourth = factors
    for _ in range(n // WIDTH):
        add_four_vectors(
            m, i, first, second, third, fourth, of_first, of_second, of_third, of_fourth
        )
        i += _STEP
        first += _STEP
        second += _STEP
        third += _STEP
        fourth += _STEP
    for _ in range(n % WIDTH):
        m.values[i] += (m.synaptic[first] * of_first + m.synaptic[second] * of_second) + (
            m.synaptic[third] * of_third + m.synaptic[fourth] * of_fourth
        )
        i += _ONE
        first += _ONE
        second += _ONE
        third += _ONE
        fourth += _ONE


@kernel
def find(p: Rows, b: int, j: np.int64) -> tuple[np.int64, np.int64, np.int64, np.int64]:
    """Find an input: its position, its weights, its first output, where the next group begins."""
    # Numbers without a sign are divided faster.
    position = np.int64(np.uint64(j) // np.uint64(p[b + CONV.channels]))
    begin = position * p[b + CONV.channels]
    weights, out = p[b + CONV.weights], p[b + CONV.out + VALUES]
    if p[b + CONV.groups] > 1:
        group = (j - begin) // p[b + CONV.group_inputs]
        begin += group * p[b + CONV.group_inputs]
        weights += group * p[b + CONV.group_outputs]
        out += group * p[b + CONV.group_outputs]
    weights += (j - begin) * p[b + CONV.kernel]
    return position, weights, out, begin + p[b + CONV.group_inputs]


@kernel
def add_one(p: Rows, b: int, m: Memory, j: np.int64) -> None:
    """Add what one spike causes."""
    position, weights, out, _ = find(p, b, j)
    factor = payload(p, b, j, m)
    first, stretches = p[b + CONV.first_stretch] + position, p[b + CONV.stretches]
    for k in range(m.index[first], m.index[first + 1]):
        stretch = stretches + _STRETCH * k
        add_stretch(
            m,
            out + m.index[stretch + 1],
            weights + m.index[stretch],
            m.index[stretch + 2],
            factor,
        )


@kernel
def add_four(p: Rows, b: int, m: Memory, event: np.int64, n: int) -> None:
    """Add what three or four spikes of one position and group cause, from an event on."""
    j = np.int64(m.index[event])
    second = np.int64(m.index[event + 1])
    third = np.int64(m.index[event + 2])
    fourth = np.int64(m.index[event + n - 1])
    position, weights, out, _ = find(p, b, j)
    factors = (
        payload(p, b, j, m),
        payload(p, b, second, m),
        payload(p, b, third, m),
        # Of three the third is there twice.
        payload(p, b, fourth, m) * (n - _THREE),
    )
    to_second = (second - j) * p[b + CONV.kernel]
    to_third = (third - j) * p[b + CONV.kernel]
    to_fourth = (fourth - j) * p[b + CONV.kernel]
    first, stretches = p[b + CONV.first_stretch] + position, p[b + CONV.stretches]
    for k in range(m.index[first], m.index[first + 1]):
        stretch = stretches + _STRETCH * k
        row = weights + m.index[stretch]
        add_four_stretches(
            m,
            out + m.index[stretch + 1],
            (row, row + to_second, row + to_third, row + to_fourth),
            m.index[stretch + 2],
            factors,
        )


@kernel
def add_events(p: Rows, b: int, m: Memory) -> None:
    """Add what all spikes of a step cause, several at a time where they come from one position."""
    next_event = p[b + CONV.received + EVENTS]
    end = next_event + m.counters[p[b + CONV.received + COUNT]]
    while next_event < end:
        j = np.int64(m.index[next_event])
        _, _, _, next_group = find(p, b, j)
        n = 1
        while n < _FOUR and next_event + n < end and m.index[next_event + n] < next_group:
            n += 1
        if n >= _THREE:
            add_four(p, b, m, next_event, n)
            next_event += n
        else:
            add_one(p, b, m, j)
            next_event += 1


@kernel
def largest_payload(p: Rows, b: int, m: Memory) -> Any:
    """Return the largest absolute value of what arrives; 1 where spikes are not graded."""
    if m.counters[p[b + CONV.message_bits]] <= 0:
        return 1
    largest = np.int64(0)
    for k in range(m.counters[p[b + CONV.received + COUNT]]):
        j = m.index[p[b + CONV.received + EVENTS] + k]
        largest = max(largest, abs(np.int64(m.values[p[b + CONV.received + VALUES] + j])))
    return largest


@kernel
def clamp(p: Rows, b: int, m: Memory) -> None:
    """Wrap sums to 24 bits, as Lava does."""
    out = p[b + CONV.out + VALUES]
    for i in range(out, out + p[b + CONV.out + SIZE]):
        m.values[i] = np.int32(m.values[i] << 8) >> 8


@kernel
def add_in_reals(p: Rows, b: int, m: Memory) -> None:
    """Convolve as Lava does, output by output, in reals and in the order of SciPy's sums.

    For sums that may leave 32 bits: Lava casts them from reals, and then clamps them. A real that
    is out of range becomes the smallest integer (on x86), which is 0 once it is clamped.
    """
    channels, width = p[b + CONV.channels], p[b + CONV.group_inputs]
    kernel_x, kernel_y = p[b + CONV.kernel_x], p[b + CONV.kernel_y]
    outputs = p[b + CONV.kernel] // (kernel_x * kernel_y)
    out = p[b + CONV.out + VALUES]
    for position in range(p[b + CONV.outputs_x] * p[b + CONV.outputs_y]):
        output_x = position // p[b + CONV.outputs_y]
        output_y = position % p[b + CONV.outputs_y]
        from_x = output_x * p[b + CONV.stride_x] - p[b + CONV.padding_x]
        from_y = output_y * p[b + CONV.stride_y] - p[b + CONV.padding_y]
        for output in range(outputs):
            group = output // p[b + CONV.group_outputs]
            total = 0.0
            for channel in range(width):
                part = 0.0
                for i in range(kernel_x):
                    x = from_x + p[b + CONV.dilation_x] * (kernel_x - 1 - i)
                    if x < 0 or x >= p[b + CONV.inputs_x]:
                        continue
                    for k in range(kernel_y):
                        y = from_y + p[b + CONV.dilation_y] * (kernel_y - 1 - k)
                        if y < 0 or y >= p[b + CONV.inputs_y]:
                            continue
                        j = (x * p[b + CONV.inputs_y] + y) * channels + group * width + channel
                        place_y = m.index[p[b + CONV.places_y] + k]
                        place = (channel * kernel_x + i) * kernel_y + place_y
                        weight = m.synaptic[p[b + CONV.weights] + place * outputs + output]
                        part += float(weight) * m.values[p[b + CONV.received + VALUES] + j]
                total += part
            whole = np.int64(total) if abs(total) < _CAST else 0
            m.values[out + position * outputs + output] = np.int32(whole << 8) >> 8


@kernel
def step_float(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Convolve what arrives."""
    # Counting references to the arrays would cost more than the sums.
    arrays = uncounted(m)
    if begin(p, b, arrays):
        add_events(p, b, arrays)


@kernel
def step_fixed(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Convolve what arrives, and clamp the sums to 24 bits."""
    arrays = uncounted(m)
    if begin(p, b, arrays):
        most = largest_payload(p, b, arrays) * arrays.counters[p[b + CONV.norm]]
        if most < _CAST:
            add_events(p, b, arrays)
            if most >= _CLAMPED:
                clamp(p, b, arrays)
        else:
            add_in_reals(p, b, arrays)


CONV_STEP = Step("Conv", CONV, fixed=step_fixed, float=step_float)
