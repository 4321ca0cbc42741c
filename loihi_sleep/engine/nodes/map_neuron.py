"""`loihi_sleep.processes.map_neuron`: only neurons that have left their rest are advanced.

Without input a neuron at rest stays there. Those that something has reached are listed, and remain
so until the layer is reset: a map neuron comes back to its rest in the limit only. The state of
those that are listed is side by side, in the order of the list; it is written back to the layer's
Vars where somebody reads them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from loihi_sleep.engine.bounds import Arrays, check_listed
from loihi_sleep.engine.bounds import part as part_of
from loihi_sleep.engine.builder import Builder
from loihi_sleep.engine.kernels.arrays import Rows, fill, part
from loihi_sleep.engine.kernels.call import uncounted
from loihi_sleep.engine.kernels.messages import clear, send_flags
from loihi_sleep.engine.memory import Memory, Region
from loihi_sleep.engine.nodes import Node
from loihi_sleep.engine.rows import COUNT, SIZE, VALUES, message, row
from loihi_sleep.engine.steps import Step, compiled, kernel
from loihi_sleep.engine.stored_parts import in_lavas_type
from loihi_sleep.processes.kernels.map_neuron import advance, synaptic_current

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

ROW = row(
    "MapNeuron",
    # What is sent, conductance and current that arrive.
    *(message(name) for name in ("out", "a_in", "i_in")),
    # In values: four Vars of n, the same of the listed neurons, and what reaches those.
    *("state", "listed_state", "reaching"),
    # The list (in index); in counters its length, whether a neuron is in it, and whether Vars are
    # monitored.
    *("moving", "moving_count", "is_moving", "monitored"),
    # In reals: parameters, v and y at rest.
    *("parameters", "rest"),
    "interval",
)
# Of the state: v, v_before, y and i_syn. Of what reaches a neuron: conductance, injected current,
# and room for the current that comes of both.
STATE_VARS = 4
REACHING_ARRAYS = 3


@kernel
def _reset(p: Rows, b: int, m: Memory) -> None:
    n = p[b + ROW.out + SIZE]
    v, y = m.reals[p[b + ROW.rest]], m.reals[p[b + ROW.rest] + 1]
    for k in range(m.counters[p[b + ROW.moving_count]]):
        j = m.index[p[b + ROW.moving] + k]
        m.values[p[b + ROW.state] + j] = m.values[p[b + ROW.state] + n + j] = v
        m.values[p[b + ROW.state] + 2 * n + j] = y
        m.values[p[b + ROW.state] + 3 * n + j] = 0
        m.counters[p[b + ROW.is_moving] + j] = 0
    m.counters[p[b + ROW.moving_count]] = 0


@kernel
def _list_reached(p: Rows, b: int, message: int, m: Memory) -> None:
    """List the neurons that a message reaches."""
    n = p[b + ROW.out + SIZE]
    for j in range(n):
        if m.values[p[message + VALUES] + j] != 0 and m.counters[p[b + ROW.is_moving] + j] == 0:
            m.counters[p[b + ROW.is_moving] + j] = 1
            k = m.counters[p[b + ROW.moving_count]]
            m.index[p[b + ROW.moving] + k] = j
            for var in range(STATE_VARS):
                m.values[p[b + ROW.listed_state] + var * n + k] = m.values[
                    p[b + ROW.state] + var * n + j
                ]
            m.counters[p[b + ROW.moving_count]] += 1


@kernel
def _take(p: Rows, b: int, message: int, reaching: int, m: Memory) -> None:
    """Take what a message brings to the listed neurons."""
    brings = m.counters[p[message + COUNT]] > 0
    for k in range(m.counters[p[b + ROW.moving_count]]):
        j = m.index[p[b + ROW.moving] + k]
        m.values[reaching + k] = m.values[p[message + VALUES] + j] if brings else 0.0


@compiled()
def write_back(p: Rows, b: int, m: Memory) -> None:
    """Write the state of the listed neurons to the layer's Vars; Python calls this as well."""
    n = p[b + ROW.out + SIZE]
    for var in range(STATE_VARS):
        for k in range(m.counters[p[b + ROW.moving_count]]):
            j = m.index[p[b + ROW.moving] + k]
            m.values[p[b + ROW.state] + var * n + j] = m.values[
                p[b + ROW.listed_state] + var * n + k
            ]


@kernel
def _advance_listed(
    m: Memory, listed: int, reaching: int, n: int, count: int, parameters: tuple[float, ...]
) -> int:
    """Advance the listed neurons; return how many spiked."""
    gamma, v_rp = parameters[5], parameters[6]
    # A compiler does many neurons at once only where no index can be negative, and where it has few
    # arrays to tell apart: hence two loops, and numbers without a sign.
    size, v, a_in = np.uint64(n), np.uint64(listed), np.uint64(reaching)
    v_before, y, i_syn = v + size, v + size + size, v + size + size + size
    i_in, current = a_in + size, a_in + size + size
    for k in range(np.uint64(count)):
        i = synaptic_current(m.values[v + k], m.values[i_syn + k], m.values[a_in + k], gamma, v_rp)
        m.values[i_syn + k] = i
        m.values[current + k] = i + m.values[i_in + k]
    spiked = 0
    for k in range(np.uint64(count)):
        before = m.values[v + k]
        after, slow = advance(
            before, m.values[v_before + k], m.values[y + k], m.values[current + k], parameters
        )
        m.values[v + k], m.values[y + k], m.values[v_before + k] = after, slow, before
        spiked += (before > 0.0) & (after > 0.0)
    return spiked


@kernel
def step(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """One step of `MapNeuron`."""
    p = uncounted(p)
    m = uncounted(m)
    if p[b + ROW.interval] > 0 and (t - 1) % p[b + ROW.interval] == 0:
        _reset(p, b, m)
    reached = m.counters[p[b + ROW.a_in + COUNT]] > 0 or m.counters[p[b + ROW.i_in + COUNT]] > 0
    n, reaching, listed = p[b + ROW.out + SIZE], p[b + ROW.reaching], p[b + ROW.listed_state]
    if reached:
        for message in (b + ROW.a_in, b + ROW.i_in):
            if m.counters[p[message + COUNT]] > 0:
                _list_reached(p, b, message, m)
        _take(p, b, b + ROW.a_in, reaching, m)
        _take(p, b, b + ROW.i_in, reaching + n, m)
    count = m.counters[p[b + ROW.moving_count]]
    spiked = 0
    if count > 0:
        a = p[b + ROW.parameters]
        parameters = (
            *(m.reals[a], m.reals[a + 1], m.reals[a + 2], m.reals[a + 3]),
            *(m.reals[a + 4], m.reals[a + 5], m.reals[a + 6]),
        )
        spiked = _advance_listed(m, listed, reaching, n, count, parameters)
        if m.counters[p[b + ROW.monitored]] > 0:
            write_back(p, b, m)
    if reached:
        for i in range(count):
            m.values[reaching + i] = m.values[reaching + n + i] = 0
    if spiked > 0:
        fill(part(m.flags, 0, n), 0)
        for i in range(count):
            if m.values[listed + n + i] > 0.0 and m.values[listed + i] > 0.0:
                m.flags[m.index[p[b + ROW.moving] + i]] = 1
        send_flags(p, b + ROW.out, m)
    elif m.counters[p[b + ROW.out + COUNT]] > 0:
        clear(p, b + ROW.out, m)


STEP = Step("MapNeuron", ROW, float=step)


def _build(builder: Builder, neurons: AbstractProcess) -> None:
    storage, (n,) = builder.storage, neurons.v.shape
    nodes, monitored_regions = builder.nodes, builder.monitored
    state = storage.reserve("values", STATE_VARS * n)
    listed = storage.reserve("values", STATE_VARS * n)
    moving = storage.reserve("index", n)
    count, is_moving = storage.reserve("counters", 1), storage.reserve("counters", n)
    monitored = storage.cell("counters")
    place = builder.add(
        STEP,
        out=builder.sent(neurons.s_out),
        a_in=builder.receive(neurons.a_in),
        i_in=builder.receive(neurons.i_in),
        state=state,
        listed_state=listed,
        reaching=storage.reserve("values", REACHING_ARRAYS * n),
        moving=moving,
        moving_count=count,
        is_moving=is_moving,
        monitored=monitored,
        parameters=builder.parameters("reals", neurons.proc_params["parameters"]),
        rest=builder.parameters("reals", neurons.proc_params["rest"]),
        interval=neurons.proc_params["reset_interval"],
    )
    builder.bound("the list of map neurons", moving, 0, n - 1)
    builder.bound("the marks of map neurons", is_moving, 0, 1)
    builder.bound("the count of map neurons", count, 0, n)

    def check(arrays: Arrays, time_step: int) -> None:
        check_listed(
            "the map neurons in a list",
            part_of(arrays, moving)[: part_of(arrays, count)[0]],
            part_of(arrays, is_moving) > 0,
        )

    def list_all() -> None:
        """A host may have put any neuron anywhere."""
        storage.view(listed)[:] = storage.view(state)
        storage.view(moving)[:] = np.arange(n)
        storage.view(is_moving)[:] = 1
        storage.view(count)[:] = n

    variables = (neurons.v, neurons.v_before, neurons.y, neurons.i_syn)
    regions = [Region("values", state.start + i * n, n) for i in range(len(variables))]
    for var, region in zip(variables, regions, strict=True):
        builder.expose(
            var,
            region,
            integer=False,
            refresh=lambda: write_back(nodes.rows, place, storage.arrays),
            changed=list_all,
        )

    def begin() -> None:
        for var, region in zip(variables, regions, strict=True):
            storage.view(region)[:] = in_lavas_type(var.init, var.shape, np.float64)
        watched = any(region in monitored_regions for region in regions)
        storage.set_cell("counters", monitored, watched)

    builder.checks.append(check)
    builder.at_start(begin)


NODE = Node(_build, steps=(STEP,), sends=("s_out",), receives=("a_in", "i_in"))
