"""Pre-synaptic spikes as the learning of `loihi_sleep.processes.shuffled_dense` sees them."""

from loihi_sleep.engine.kernels.arrays import Rows
from loihi_sleep.engine.kernels.messages import clear
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.rows import COUNT, EVENTS, SIZE, VALUES, message, row
from loihi_sleep.engine.steps import Step, kernel
from loihi_sleep.processes.kernels.shuffle import shuffled_events

ROW = row("shuffled spikes", message("out"), message("received"), "seed")


@kernel
def step(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Send as many spikes as arrive, from other neurons."""
    clear(p, b + ROW.out, m)
    count = m.counters[p[b + ROW.received + COUNT]]
    if count:
        moved = shuffled_events(count, p[b + ROW.received + SIZE], p[b + ROW.seed], t)
        for i in range(count):
            m.index[p[b + ROW.out + EVENTS] + i] = moved[i]
            m.values[p[b + ROW.out + VALUES] + moved[i]] = 1
        m.counters[p[b + ROW.out + COUNT]] = count


SHUFFLE = Step("shuffled spikes", ROW, fixed=step, float=step)
