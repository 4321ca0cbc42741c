"""Runs of a few steps on the engine, of networks whose values are known.

Time steps are counted from 1, as in Lava: a spike "at 5" is in the fifth row of a recording.
"""

from contextlib import contextmanager

import numpy as np
import pytest
from lava.magma.core.run_conditions import RunSteps
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source
from lava.proc.monitor.process import Monitor

from loihi_sleep import engine

BOTH = pytest.mark.parametrize("numerics", ["float", "fixed"])


@contextmanager
def running(process, numerics="fixed", python="allow"):
    """Attach the engine to a network; gives a function that runs it for some steps."""
    engine.attach(process, numerics=numerics, rounding="per_layer", python=python)
    try:
        yield lambda steps: process.run(condition=RunSteps(num_steps=steps))
    finally:
        process.stop()


def recorded(targets, process, numerics, steps):
    """Monitor some Vars and OutPorts over a run; each has a row a step."""
    monitors = []
    for target in targets:
        monitors.append(Monitor())
        monitors[-1].probe(target, steps)
    with running(process, numerics) as run:
        run(steps)
        return [
            monitor.get_data()[target.process.name][target.name]
            for monitor, target in zip(monitors, targets, strict=True)
        ]


def step_by_step(variables, process, numerics, steps, python="allow"):
    """Read Vars after each of several runs of one step."""
    rows = [[] for _ in variables]
    with running(process, numerics, python) as run:
        for _ in range(steps):
            run(1)
            for row, variable in zip(rows, variables, strict=True):
                row.append(variable.get().ravel()[0])
    return rows


def sent_to(process, values, at, steps):
    """Connect a source that sends some values at the given steps, and 0 otherwise."""
    data = np.zeros((*np.shape(values), steps))
    data[..., np.array(at) - 1] = np.asarray(values)[..., np.newaxis]
    Source(data=data).s_out.connect(process)


def arriving(synapses, numerics, pre=4, steps=8, spike_at=4, payload=1, python="allow"):
    """Activations that arrive when all inputs spike once, a row a step."""
    sink = Sink(shape=synapses.a_out.shape, buffer=steps)
    sent_to(synapses.s_in, np.full(pre, payload), [spike_at], steps)
    synapses.a_out.connect(sink.a_in)
    with running(synapses, numerics, python) as run:
        run(steps)
        return sink.data.get().T
