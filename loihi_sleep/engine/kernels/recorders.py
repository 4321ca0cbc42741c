"""What keeps a record: `SpikeProbe`, lava-nc's sink `RingBuffer` and `Monitor`."""

import numba

from loihi_sleep.engine.kernels.arrays import Counters, Index, Program, Reals, Synaptic, Values
from loihi_sleep.engine.kernels.messages import COUNT, EVENTS, MESSAGE_FIELDS, SIZE, VALUES
from loihi_sleep.engine.kernels.plastic_row import T_EPOCH
from loihi_sleep.engine.kernels.plasticity import apply_to_all_rows
from loihi_sleep.processes.kernels.raster import mark_spike

IN = 0
# Row of a probe: counts and raster (in counters), steps and words of the raster.
COUNTS, RASTER, RASTER_STEPS, WORDS, PROBE_FIELDS = range(MESSAGE_FIELDS, MESSAGE_FIELDS + 5)
# Row of a sink: its data (in values), step by step, and the number of steps.
DATA, PERIOD, SINK_FIELDS = range(MESSAGE_FIELDS, MESSAGE_FIELDS + 3)
# Row of a monitor: which array it reads, from where, how many rows and columns lie there column by
# column, where its record lies (in reals), and the plastic synapses to bring up to date (-1: none).
ARRAY, SOURCE, ROWS, COLUMNS, RECORD, PLASTIC, MONITOR_FIELDS = range(7)
IN_VALUES, IN_SYNAPTIC, IN_INDEX, IN_COUNTERS, IN_REALS = range(5)


@numba.njit(cache=True)
def count_spikes(p: Program, b: int, t: int, index: Index, counters: Counters) -> None:
    """Count whatever is not zero, and keep the raster of the first steps."""
    row = p[b + RASTER] + (t - 1) * p[b + WORDS]
    for k in range(counters[p[b + IN + COUNT]]):
        j = index[p[b + IN + EVENTS] + k]
        counters[p[b + COUNTS] + j] += 1
        if t <= p[b + RASTER_STEPS]:
            mark_spike(counters[row : row + p[b + WORDS]], j)


@numba.njit(cache=True)
def fill_sink(p: Program, b: int, t: int, values: Values) -> None:
    """Keep what arrives in this step."""
    n = p[b + IN + SIZE]
    slot = p[b + DATA] + (t - 1) % p[b + PERIOD] * n
    source = p[b + IN + VALUES]
    values[slot : slot + n] = values[source : source + n]


@numba.njit(cache=True)
def monitor(
    p: Program,
    b: int,
    t: int,
    values: Values,
    synaptic: Synaptic,
    index: Index,
    counters: Counters,
    reals: Reals,
) -> None:
    """Record an array."""
    rows, columns, source = p[b + ROWS], p[b + COLUMNS], p[b + SOURCE]
    record = p[b + RECORD] + (t - 1) * rows * columns
    if p[b + PLASTIC] >= 0:
        node = p[b + PLASTIC]
        last = t // p[node + T_EPOCH]
        apply_to_all_rows(p, node, last, values, synaptic, index, counters, reals)
    for row in range(rows):
        for column in range(columns):
            place, to = source + column * rows + row, record + row * columns + column
            if p[b + ARRAY] == IN_VALUES:
                reals[to] = values[place]
            elif p[b + ARRAY] == IN_SYNAPTIC:
                reals[to] = synaptic[place]
            elif p[b + ARRAY] == IN_INDEX:
                reals[to] = index[place]
            elif p[b + ARRAY] == IN_COUNTERS:
                reals[to] = counters[place]
            else:
                reals[to] = reals[place]
