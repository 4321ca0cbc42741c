"""Looking through a state before a network takes it: no number may lead out of the arrays.

The compiled code believes what the arrays say: which neurons have spiked, how many, where a ring
begins. A state from a damaged file could make it read or write anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.engine.bounds import Arrays, Bound, check_listed, part, sparse_lists
from loihi_sleep.engine.components.endpoints import RingData, events_of
from loihi_sleep.engine.kernels import dictionary, map_neurons, messages, sources, stepper, synapses
from loihi_sleep.engine.kernels.messages import SIZE
from loihi_sleep.engine.memory import Memory, Message, Region
from loihi_sleep.engine.schedules import check_schedules, schedules_of
from loihi_sleep.engine.variables import StoredVariable
from loihi_sleep.processes.kernels.drive import highest_rate

if TYPE_CHECKING:
    from loihi_sleep.engine.assembly import Assembly

# Arrays in which there is something that leads the compiled code; others hold amounts only, which a
# network in float may also have made NaN or infinite by itself.
_LEADING = ("index", "counters", "reals")


def check_arrays(assembly: Assembly, arrays: Arrays, time_step: int, held: list[Any]) -> None:
    """Refuse arrays that would lead the compiled code out of them, or nowhere.

    Parameters
    ----------
    assembly : Assembly
        Of the network that is to take them.
    arrays : dict of str to ndarray
        Of its sizes and types.
    time_step : int
    held : list
        What the state holds of :meth:`Assembly.held`, in its order.

    Raises
    ------
    ValueError
        The message names what is damaged.
    """
    for bound in bounds(assembly):
        bound.check(arrays)
    for what, region in constants(assembly):
        if not np.array_equal(part(arrays, region), assembly.memory.view(region)):
            raise ValueError(f"the state is damaged, or of another network: {what} differ")
    for var_id, variable in assembly.variables.items():
        if isinstance(variable, StoredVariable) and variable.region.array in _LEADING:
            try:
                values = variable.shaped(part(arrays, variable.region))
                assembly.domain(var_id).within(values, finite=False)
            except ValueError as error:
                raise ValueError(f"the state is damaged: {error}") from error
    check_schedules(schedules_of(assembly), arrays["counters"])
    for op, row in _nodes(assembly):
        if op == stepper.SPIKE_DRIVE:
            _check_rates(assembly.program[row:], arrays)
        elif op == stepper.MAP_NEURON:
            _check_moving(assembly.program[row:], arrays)
    for variable, content in zip(assembly.held(), held, strict=True):
        if isinstance(variable, RingData):
            _check_ring(variable, content, arrays)
    for layer in assembly.learning:
        layer.check_arrays(arrays, time_step)


def bounds(assembly: Assembly) -> Iterator[Bound]:
    """Integers that lead the compiled code, beside those of Vars and plastic layers."""
    yield Bound("the mark of a failure", Region("counters", stepper.FAILED, 1), 0, 0)
    for message in assembly.memory.messages:
        yield from _message_bounds(message)
    program = assembly.program
    for op, row in _nodes(assembly):
        if op == stepper.DELAY_DENSE:
            head = Region("counters", int(program[row + synapses.HEAD]), 1)
            yield Bound(
                "the head of a ring of delays", head, 0, int(program[row + synapses.SLOTS]) - 1
            )
        elif op == stepper.MAP_NEURON:
            n = int(program[row + SIZE])
            moving, listed, count = (
                int(program[row + field])
                for field in (
                    map_neurons.MOVING,
                    map_neurons.IS_MOVING,
                    map_neurons.MOVING_COUNT,
                )
            )
            yield Bound("the list of map neurons", Region("index", moving, n), 0, n - 1)
            yield Bound("the marks of map neurons", Region("counters", listed, n), 0, 1)
            yield Bound("the count of map neurons", Region("counters", count, 1), 0, n)
    for layer in assembly.learning:
        yield from layer.bounds()


def constants(assembly: Assembly) -> Iterator[tuple[str, Region]]:
    """Integers that lead the compiled code and never change, by what they are."""
    program = assembly.program
    for op, row in _nodes(assembly):
        p = [int(value) for value in program[row:]] if op in _HAVE_CONSTANTS else []
        if op == stepper.JOIN:
            for k in range(p[messages.INPUTS]):
                entry = messages.FIRST_INPUT + k * messages.INPUT_FIELDS
                first = p[entry + messages.INPUT_PERMUTATION]
                if first >= 0:
                    yield "permutations", Region("index", first, p[messages.OUT + SIZE])
        elif op == stepper.SPARSE:
            yield from sparse_lists(assembly.memory, p)
        elif op in _PARAMETERS:
            field, count = _PARAMETERS[op]
            array = "counters" if assembly.fixed else "reals"
            yield "parameters", Region(array, p[field], count)
    for layer in assembly.learning:
        yield from layer.constants()


_PARAMETERS = {
    stepper.RESIDUAL_LIF: (dictionary.PARAMETERS, 4),
    stepper.SPARSE_LIF: (dictionary.PARAMETERS, 6),
    stepper.RESIDUAL_DENSE: (dictionary.RULE, 6),
}
_HAVE_CONSTANTS = (stepper.JOIN, stepper.SPARSE, *_PARAMETERS)


def _nodes(assembly: Assembly) -> list[tuple[int, int]]:
    nodes = [*assembly.relays, *assembly.synapses, *assembly.observers]
    return [(node.op, node.row) for node in nodes]


def _message_bounds(message: Message) -> Iterator[Bound]:
    size = message.values.size
    yield Bound("the count of a message", Region("counters", message.count, 1), 0, size)
    if message.lists_events:
        events = Region("index", message.events, size + 1)
        yield Bound("the list of a message's events", events, 0, max(size - 1, 0))


def _check_rates(p: NDArray[np.int64], arrays: Arrays) -> None:
    """Refuse a highest rate that is none: the gaps between spikes are drawn from it."""
    first, n = int(p[sources.RATES]), int(p[SIZE])
    highest = arrays["reals"][int(p[sources.HIGHEST])]
    if highest != highest_rate(arrays["reals"][first : first + n]):
        raise ValueError(f"the state is damaged: the highest rate of a drive is {highest}")


def _check_moving(p: NDArray[np.int64], arrays: Arrays) -> None:
    n = int(p[SIZE])
    moving, listed = int(p[map_neurons.MOVING]), int(p[map_neurons.IS_MOVING])
    count = int(arrays["counters"][int(p[map_neurons.MOVING_COUNT])])
    check_listed(
        "the map neurons in a list",
        arrays["index"][moving : moving + count],
        arrays["counters"][listed : listed + n] > 0,
    )


def _check_ring(ring: RingData, data: NDArray[Any], arrays: Arrays) -> None:
    """Refuse lists of events that are not those of the data."""
    first, neurons, amounts = events_of(data)
    for region, wanted in ((ring.first, first), (ring.neurons, neurons), (ring.amounts, amounts)):
        if not np.array_equal(part(arrays, region)[: wanted.size], wanted):
            raise ValueError("the state is damaged: a ring buffer's events are not those it holds")


def check_shapes(memory: Memory, arrays: Arrays) -> None:
    """Refuse arrays of other sizes or types than a memory's.

    Raises
    ------
    ValueError
    """
    for name, array in memory.remembered.items():
        other = arrays.get(name)
        if not isinstance(other, np.ndarray):
            raise ValueError(f"the state is of another network: its {name!r} has nothing")
        if other.shape != array.shape or other.dtype != array.dtype:
            raise ValueError(
                f"the state is of another network: its {name!r} has {other.shape} {other.dtype}, "
                f"the network's {array.shape} {array.dtype}"
            )
