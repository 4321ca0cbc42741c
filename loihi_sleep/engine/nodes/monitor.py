"""lava-nc's `Monitor`: records a Var after each step, or what a port sends in it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from loihi_sleep.engine.builder import Builder, Phase
from loihi_sleep.engine.graph import monitored_var, resolved
from loihi_sleep.engine.kernels.arrays import Rows
from loihi_sleep.engine.memory import ARRAYS, Memory, Region
from loihi_sleep.engine.nodes import Node
from loihi_sleep.engine.rows import row
from loihi_sleep.engine.steps import Step, kernel
from loihi_sleep.engine.variables import KeptVariable, StoredVariable
from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.graphs.hierarchy import label

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

# Which array it reads, from where, how many rows and columns are there column by column, and where
# its record is (in reals).
ROW = row("Monitor", "array", "source", "rows", "columns", "record")
IN_VALUES, IN_SYNAPTIC, IN_INDEX, IN_COUNTERS, _ = range(len(ARRAYS))


@kernel
def step(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Record an array."""
    rows, columns, source = p[b + ROW.rows], p[b + ROW.columns], p[b + ROW.source]
    record = p[b + ROW.record] + (t - 1) * rows * columns
    for i in range(rows):
        for j in range(columns):
            place, to = source + j * rows + i, record + i * columns + j
            if p[b + ROW.array] == IN_VALUES:
                m.reals[to] = m.values[place]
            elif p[b + ROW.array] == IN_SYNAPTIC:
                m.reals[to] = m.synaptic[place]
            elif p[b + ROW.array] == IN_INDEX:
                m.reals[to] = m.index[place]
            elif p[b + ROW.array] == IN_COUNTERS:
                m.reals[to] = m.counters[place]
            else:
                m.reals[to] = m.reals[place]


STEP = Step("Monitor", ROW, fixed=step, float=step)


def _build(builder: Builder, monitor: AbstractProcess) -> None:
    if len(monitor.target_names) > 1:
        raise UnsupportedGraph(
            f"{label(monitor)} probes {len(monitor.target_names)} targets; Lava's monitors take "
            "one: make a Monitor for each"
        )
    for var in monitor.vars.members:
        if var.name not in monitor.target_names:
            builder.store_real(var)
    for name in monitor.target_names:
        record = builder.store(getattr(monitor, name), "reals", 0, integer=False)
        builder.capacities.append((record.shape[0], label(monitor)))
        port = monitor.in_ports.in_port_0
        if builder.graph.links[port]:
            values = builder.receive(port).values
            builder.add(STEP, **_fields(values, (values.size, 1), record.start))
        else:
            builder.when_stored(partial(_record_var, builder, monitor, record.start))


def _record_var(builder: Builder, monitor: AbstractProcess, record: int) -> None:
    """Record a Var; only when all Vars are stored."""
    var = monitored_var(monitor.ref_ports.ref_port_0)
    stored = builder.variables.get(resolved(var).id) if var is not None else None
    # A Var of one number that has one for each neuron has no place in a monitor.
    if isinstance(stored, KeptVariable) and var is not None and stored.values.size == var.size:
        region = builder.mirror(stored)
        builder.add_in(Phase.RECORD, STEP, (), **_fields(region, (region.size, 1), record))
        return
    if not isinstance(stored, StoredVariable):
        raise UnsupportedGraph(
            f"{label(monitor)}: its target, {monitor.target_names}, cannot be monitored; "
            "neither can other data of ring buffers, delayed activations, sparse matrices and rules"
        )
    shape = stored.shape if stored.by_column else (stored.region.size, 1)
    for layer in builder.layers:
        if layer.has_region(stored.region):
            from loihi_sleep.engine.nodes.plastic.step import UPDATE_STEP

            builder.add_in(Phase.RECORD, UPDATE_STEP, (), layer=layer.row)
    builder.monitored.add(stored.region)
    builder.add_in(Phase.RECORD, STEP, (), **_fields(stored.region, shape, record))


def _fields(source: Region, shape: tuple[int, ...], record: int) -> dict[str, Any]:
    rows, columns = shape
    return {
        "array": ARRAYS.index(source.array),
        "source": source,
        "rows": rows,
        "columns": columns,
        "record": record,
    }


NODE = Node(_build, steps=(STEP,), receives=("in_port_0",))
