"""What arrives at a port from several senders, or in another order than it was sent."""

from loihi_sleep.engine.kernels.arrays import Rows
from loihi_sleep.engine.kernels.messages import clear, list_events
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.rows import SIZE, VALUES, message, row
from loihi_sleep.engine.steps import Step, kernel

# The message that it sends, how many inputs it has; then each input.
ROW = row("a sum of messages", message("out"), "inputs")
# Where its values begin, its count cell, where its permutation begins (-1: none).
INPUT = row("an input", "values", "counter", "permutation")
FIRST_INPUT, INPUT_FIELDS = ROW.width, INPUT.width


@kernel
def step(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Sum what arrives at a port, each input permuted as its ports ask."""
    clear(p, b + ROW.out, m)
    out, n = p[b + ROW.out + VALUES], p[b + ROW.out + SIZE]
    arrived = False
    for i in range(p[b + ROW.inputs]):
        entry = b + FIRST_INPUT + i * INPUT_FIELDS
        if m.counters[p[entry + INPUT.counter]] == 0:
            continue
        arrived = True
        source, permutation = p[entry + INPUT.values], p[entry + INPUT.permutation]
        if permutation < 0:
            for j in range(n):
                m.values[out + j] += m.values[source + j]
        else:
            for j in range(n):
                m.values[out + j] += m.values[source + m.index[permutation + j]]
    if arrived:
        list_events(p, b + ROW.out, m)


JOIN = Step("sums of messages", ROW, fixed=step, float=step)
