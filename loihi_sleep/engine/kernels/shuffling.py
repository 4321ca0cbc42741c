"""Pre-synaptic spikes as the learning of `loihi_sleep.processes.shuffled_dense` sees them."""

import numba

from loihi_sleep.engine.kernels.arrays import Counters, Index, Program, Values
from loihi_sleep.engine.kernels.messages import COUNT, EVENTS, MESSAGE_FIELDS, SIZE, VALUES, clear
from loihi_sleep.processes.kernels.shuffle import shuffled_events

# Row: the message sent, the message received, the seed.
OUT = 0
IN = OUT + MESSAGE_FIELDS
SEED, FIELDS = range(IN + MESSAGE_FIELDS, IN + MESSAGE_FIELDS + 2)


@numba.njit(cache=True)
def shuffle(p: Program, b: int, t: int, values: Values, index: Index, counters: Counters) -> None:
    """Send as many spikes as arrive, from other neurons."""
    clear(p, b + OUT, values, index, counters)
    count = counters[p[b + IN + COUNT]]
    if count:
        moved = shuffled_events(count, p[b + IN + SIZE], p[b + SEED], t)
        for k in range(count):
            index[p[b + OUT + EVENTS] + k] = moved[k]
            values[p[b + OUT + VALUES] + moved[k]] = 1
        counters[p[b + OUT + COUNT]] = count
