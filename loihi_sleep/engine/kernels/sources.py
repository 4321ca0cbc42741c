"""Where spikes and currents come from: lava-nc's source `RingBuffer`, and the replay drives."""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from loihi_sleep.engine.kernels.arrays import Counters, Flags, Index, Program, Reals, Values
from loihi_sleep.engine.kernels.messages import (
    COUNT,
    EVENTS,
    MESSAGE_FIELDS,
    SIZE,
    VALUES,
    clear,
    list_events,
    send_flags,
)
from loihi_sleep.engine.kernels.numerics import by_numerics
from loihi_sleep.processes.kernels.drive import (
    LOW_RATE,
    bernoulli_spikes,
    envelope,
    image_spikes,
    next_rare_spike,
    to_integer_current,
)
from loihi_sleep.processes.kernels.noise import current_of, deviates
from loihi_sleep.processes.kernels.schedule import advance, is_asleep

OUT = 0
# Row of a ring buffer: its steps, where the events of each step begin, neurons (in index) and
# values (in values) of all events.
PERIOD, FIRST_EVENT, NEURONS, AMOUNTS, RING_FIELDS = range(MESSAGE_FIELDS, MESSAGE_FIELDS + 5)
# Row of a drive: rates and the highest one, or mean and standard deviation, and the wave's period
# and depth in reals; the seed; the plane's columns and the window's side.
RATES, HIGHEST, WAVE_PERIOD, WAVE_DEPTH, SEED, COLUMNS, WINDOW = range(
    MESSAGE_FIELDS, MESSAGE_FIELDS + 7
)
MEAN, STD = RATES, HIGHEST
# A current drive has the kind of its noise and the cell of the hold where a spike drive has its
# plane; then where the deviates lie that were drawn last, and the cell of their sample.
NOISE, HOLD = COLUMNS, WINDOW
DEVIATES, SAMPLE = range(WINDOW + 1, WINDOW + 3)
# Row of an image drive: rates in reals, how many images are shown, steps for each, the seed.
IMAGE_RATES, IMAGES, IMAGE_STEPS, IMAGE_SEED, IMAGE_FIELDS = range(
    MESSAGE_FIELDS, MESSAGE_FIELDS + 5
)
# Row of a frame drive: frames in reals, how many, steps for each, and a cell that is 0 where a host
# has set them anew.
FRAMES, FRAME_COUNT, FRAME_STEPS, SHOWN = range(MESSAGE_FIELDS, MESSAGE_FIELDS + 4)
# Row of a gate: the phase it sends, two inputs, and cells of its schedule.
PHASE_OUT = MESSAGE_FIELDS
WAKE_IN = PHASE_OUT + MESSAGE_FIELDS
REPLAY_IN = WAKE_IN + MESSAGE_FIELDS
WAKE_STEPS, SLEEP_STEPS, ELAPSED, GATE_FIELDS = range(
    REPLAY_IN + MESSAGE_FIELDS, REPLAY_IN + MESSAGE_FIELDS + 4
)


@numba.njit(cache=True)
def play_ring(p: Program, b: int, t: int, values: Values, index: Index, counters: Counters) -> None:
    """Send what the buffer holds for this step."""
    clear(p, b + OUT, values, index, counters)
    slot = p[b + FIRST_EVENT] + (t - 1) % p[b + PERIOD]
    first, end = index[slot], index[slot + 1]
    for k in range(end - first):
        neuron = index[p[b + NEURONS] + first + k]
        index[p[b + OUT + EVENTS] + k] = neuron
        values[p[b + OUT + VALUES] + neuron] = values[p[b + AMOUNTS] + first + k]
    counters[p[b + OUT + COUNT]] = end - first


@numba.njit(cache=True)
def drive_spikes(
    p: Program,
    b: int,
    t: int,
    values: Values,
    index: Index,
    counters: Counters,
    reals: Reals,
    flags: Flags,
) -> None:
    """Send the spikes that `SpikeDrive` draws for this step."""
    if reals[p[b + HIGHEST]] < LOW_RATE and p[b + WINDOW] == 0:
        _drive_rare_spikes(p, b, t, values, index, counters, reals)
        return
    spikes = bernoulli_spikes(
        reals[p[b + RATES] : p[b + RATES] + p[b + OUT + SIZE]],
        t,
        p[b + SEED],
        reals[p[b + WAVE_PERIOD]],
        reals[p[b + WAVE_DEPTH]],
        p[b + COLUMNS],
        p[b + WINDOW],
    )
    send_drawn(p, b, spikes, values, index, counters, flags)


@numba.njit(cache=True)
def _drive_rare_spikes(
    p: Program, b: int, t: int, values: Values, index: Index, counters: Counters, reals: Reals
) -> None:
    """Send what `bernoulli_spikes` finds where rates are low; nothing is allocated."""
    clear(p, b + OUT, values, index, counters)
    highest = reals[p[b + HIGHEST]]
    if highest == 0.0:
        return
    amplitude = envelope(t, reals[p[b + WAVE_PERIOD]], reals[p[b + WAVE_DEPTH]])
    n, count, candidate, neuron = p[b + OUT + SIZE], 0, 0, -1
    while True:
        neuron, candidate = next_rare_spike(
            reals, p[b + RATES], n, t, p[b + SEED], amplitude, highest, neuron, candidate
        )
        if neuron >= n:
            break
        index[p[b + OUT + EVENTS] + count] = neuron
        values[p[b + OUT + VALUES] + neuron] = 1
        count += 1
    counters[p[b + OUT + COUNT]] = count


@numba.njit(cache=True)
def send_drawn(
    p: Program,
    b: int,
    spikes: NDArray[np.bool_],
    values: Values,
    index: Index,
    counters: Counters,
    flags: Flags,
) -> None:
    """Send spikes that a drive has drawn."""
    for j in range(spikes.size):
        flags[j] = spikes[j]
    send_flags(p, b + OUT, flags, values, index, counters)


@numba.njit(cache=True)
def show_images(
    p: Program,
    b: int,
    t: int,
    values: Values,
    index: Index,
    counters: Counters,
    reals: Reals,
    flags: Flags,
) -> None:
    """Send the spikes that `ImageDrive` draws for this step."""
    n, first = p[b + OUT + SIZE], p[b + IMAGE_RATES]
    spikes = image_spikes(
        reals[first : first + n * p[b + IMAGES]], n, t, p[b + IMAGE_STEPS], p[b + IMAGE_SEED]
    )
    send_drawn(p, b, spikes, values, index, counters, flags)


def _as_is(values: Any, current: Any) -> Any:
    return current


def _rounded(values: Any, current: Any) -> Any:
    return to_integer_current(current)


# as_sent(values, current): a current as the message of these values holds it.
as_sent = by_numerics(_rounded, _as_is)


@numba.njit(cache=True)
def drive_current(
    p: Program,
    b: int,
    t: int,
    values: Values,
    index: Index,
    counters: Counters,
    reals: Reals,
) -> None:
    """Send the current that `CurrentDrive` draws for this step."""
    n = p[b + OUT + SIZE]
    drawn = reals[p[b + DEVIATES] : p[b + DEVIATES] + n]
    sample = (t - 1) // counters[p[b + HOLD]]
    if counters[p[b + SAMPLE]] != sample:
        drawn[:] = deviates(p[b + SEED], sample, n, p[b + NOISE])
        counters[p[b + SAMPLE]] = sample
    current = current_of(
        drawn,
        reals[p[b + MEAN] : p[b + MEAN] + n],
        reals[p[b + STD] : p[b + STD] + n],
        t,
        reals[p[b + WAVE_PERIOD]],
        reals[p[b + WAVE_DEPTH]],
    )
    out = p[b + OUT + VALUES]
    values[out : out + n] = as_sent(values, current)
    list_events(p, b + OUT, values, index, counters)


@numba.njit(cache=True)
def show_frames(
    p: Program, b: int, t: int, values: Values, index: Index, counters: Counters, reals: Reals
) -> None:
    """Send the frame of this step; nothing changes while it is the same as before."""
    n, out = p[b + OUT + SIZE], p[b + OUT + VALUES]
    since = (t - 1) % p[b + FRAME_STEPS]
    if since > 0 and counters[p[b + SHOWN]] > 0:
        return
    frame = p[b + FRAMES] + (t - 1) // p[b + FRAME_STEPS] % p[b + FRAME_COUNT] * n
    values[out : out + n] = as_sent(values, reals[frame : frame + n])
    list_events(p, b + OUT, values, index, counters)
    counters[p[b + SHOWN]] = 1


@numba.njit(cache=True)
def pass_gate(p: Program, b: int, values: Values, index: Index, counters: Counters) -> None:
    """Pass on what `PhaseGate` lets through, and advance its cycle."""
    asleep = is_asleep(counters[p[b + ELAPSED]], counters[p[b + WAKE_STEPS]])
    source = b + (REPLAY_IN if asleep else WAKE_IN)
    clear(p, b + OUT, values, index, counters)
    count = counters[p[source + COUNT]]
    for k in range(count):
        neuron = index[p[source + EVENTS] + k]
        index[p[b + OUT + EVENTS] + k] = neuron
        values[p[b + OUT + VALUES] + neuron] = values[p[source + VALUES] + neuron]
    counters[p[b + OUT + COUNT]] = count
    values[p[b + PHASE_OUT + VALUES]] = asleep
    list_events(p, b + PHASE_OUT, values, index, counters)
    counters[p[b + ELAPSED]] = advance(
        counters[p[b + ELAPSED]], counters[p[b + WAKE_STEPS]], counters[p[b + SLEEP_STEPS]]
    )
