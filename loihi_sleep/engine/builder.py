"""From a graph to a program: messages for the ports, rows for the nodes, and the order of a step.

In a step, senders without delay come first, each after those it receives from; then synapses take
in what has arrived (they send it in the next step); then monitors record Vars.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numba.core.errors import NumbaError
from numpy.typing import NDArray

from loihi_sleep.engine.bounds import Arrays, Bound
from loihi_sleep.engine.graph import Graph
from loihi_sleep.engine.kernels.loop import FAILED
from loihi_sleep.engine.memory import LIST_ROOM, Message, Region
from loihi_sleep.engine.nodes.join import INPUT, JOIN
from loihi_sleep.engine.program import Clock, Group, Layer, NodeTable, Plan, Program
from loihi_sleep.engine.steps import Step, announce
from loihi_sleep.engine.stored_parts import StoredParts
from loihi_sleep.errors import UnsupportedGraph, described
from loihi_sleep.graphs.hierarchy import label

if TYPE_CHECKING:
    from lava.magma.core.process.ports.ports import InPort, OutPort
    from lava.magma.core.process.process import AbstractProcess

Result = TypeVar("Result")


class CannotBuild(UnsupportedGraph):
    """A Process that the engine knows, but not in this shape.

    Parameters
    ----------
    process : AbstractProcess
    reason : str
    """

    def __init__(self, process: AbstractProcess, reason: str) -> None:
        super().__init__(reason)
        self.process = process


# Arrays of integers that the compiled code uses as places, counts and divisors.
_INDICES = ("index", "counters")


class Phase(IntEnum):
    """When a node is called within a time step."""

    SEND = 0
    RECEIVE = 1
    RECORD = 2


class Builder(StoredParts):
    """Builds a program, Process by Process; of no use after :meth:`finish`.

    Parameters
    ----------
    graph : Graph
    numerics : str
        ``float`` or ``fixed``.

    Attributes
    ----------
    storage : Storage
        The memory: reserve parts of it while a Process is built; its arrays are there from
        :meth:`finish` on.
    nodes : NodeTable
        Rows of the nodes, from :meth:`finish` on.
    clock : Clock
    """

    def __init__(self, graph: Graph, numerics: str) -> None:
        super().__init__(numerics)
        self.graph, self.nodes, self.clock = graph, NodeTable(), Clock()
        if self.storage.cell("counters") != FAILED:
            raise AssertionError("the first counter is where failures are noted")
        self.on_var_update: dict[int, Callable[[], None]] = {}
        self.layers: list[Layer] = []
        self.capacities: list[tuple[int, str]] = []
        self.fan_out: dict[AbstractProcess, Callable[[], NDArray[np.int64]]] = {}
        # Regions that monitors record after every step.
        self.monitored: set[Region] = set()
        self.bound("the mark of a failure", Region("counters", FAILED, 1), 0, 0)
        self.checks: list[Callable[[Arrays, int], None]] = []
        self._phase = Phase.SEND
        self._rows: list[int] = []
        self._nodes: dict[Phase, list[tuple[Step, int]]] = {phase: [] for phase in Phase}
        self._when_stored: list[tuple[AbstractProcess, Callable[[], None]]] = []
        self._sent: dict[int, Message] = {}
        self._received: dict[int, Message] = {}
        # What ports receive to which nobody sends, by size.
        self._silent: dict[int, Message] = {}
        self._delayed: set[int] = set()
        self._process: AbstractProcess | None = None
        self._groups: list[tuple[frozenset[int], int, list[int]]] = []

    def build(
        self,
        process: AbstractProcess,
        build: Callable[[Builder, Any], None],
        phase: Phase,
        sends: Sequence[OutPort],
        needs: frozenset[int],
    ) -> None:
        """Build a Process.

        Parameters
        ----------
        process : AbstractProcess
        build : callable
            Builds it, see :class:`loihi_sleep.engine.nodes.Node`.
        phase : Phase
            When its nodes are called within a time step.
        sends : sequence of OutPort
        needs : frozenset of int
            Ports of models in Python, by id, whose messages it needs before it can send.

        Raises
        ------
        CannotBuild
            The engine cannot run it in this shape.
        """
        self._process, self._phase = process, phase
        self._guard(process, lambda: build(self, process))
        if phase is Phase.SEND:
            ports = [id(port) for port in sends]
            nodes = len(self._nodes[Phase.SEND])
            if self._groups and self._groups[-1][0] == needs:
                self._groups[-1] = needs, nodes, self._groups[-1][2] + ports
            else:
                self._groups.append((needs, nodes, ports))

    @staticmethod
    def _guard(process: AbstractProcess, build: Callable[[], None]) -> None:
        """Say of which Process it is that something cannot be built."""
        try:
            build()
        except CannotBuild:
            raise
        except UnsupportedGraph as error:
            raise CannotBuild(process, str(error)) from error
        except Exception as error:
            raise UnsupportedGraph(
                f"{label(process)}: its compiled node cannot be built: {described(error)}"
            ) from error

    def declare(self, port: OutPort, *, lists_events: bool, delayed: bool) -> None:
        """Reserve what a port sends; `delayed`: what arrived in the step before."""
        self._sent[id(port)] = self.storage.message(port.size, lists_events=lists_events)
        if delayed:
            self._delayed.add(id(port))

    def add(self, step: Step, /, **fields: Any) -> int:
        """Add a node in the phase of the Process that is being built.

        Parameters
        ----------
        step : Step
        **fields
            Of the row, see :meth:`loihi_sleep.engine.rows.Row.pack`.

        Returns
        -------
        int
            Where the row begins.
        """
        return self.add_in(self._phase, step, (), **fields)

    def add_in(self, phase: Phase, step: Step, tail: Sequence[int], /, **fields: Any) -> int:
        """Add a node in a phase; `tail` are numbers behind the fields of its row."""
        if not hasattr(step.function(self.numerics), "overloads"):
            raise TypeError(
                f"the step of {step.name} is a plain function; decorate it with "
                "loihi_sleep.engine.nodes.kernel"
            )
        place = len(self._rows)
        self._rows += [*step.row.pack(**fields), *(int(number) for number in tail)]
        self._nodes[phase].append((step, place))
        return place

    def sent(self, port: OutPort) -> Message:
        """What a port of the Process sends."""
        return self._sent[id(port)]

    def receive(self, port: InPort, *, events: bool = False) -> Message:
        """Find the message that a port receives; sums and permutations get a node of their own.

        Parameters
        ----------
        port : InPort
        events : bool
            Whether the list of events is needed.
        """
        message = self._find_message(port, events=events)
        self._received[id(port)] = message
        return message

    def _find_message(self, port: InPort, *, events: bool) -> Message:
        links = self.graph.links[port]
        if not links:
            if port.size not in self._silent:
                self._silent[port.size] = self.storage.message(port.size, lists_events=True)
            return self._silent[port.size]
        if len({id(link.source) for link in links}) < len(links):
            raise UnsupportedGraph(
                f"{label(port.process)}: port {port.name!r} is connected to one sender twice; Lava "
                "delivers such a message once: connect it once"
            )
        messages = []
        for link in links:
            message = self._sent.get(id(link.source))
            if message is None:
                raise UnsupportedGraph(
                    f"{label(port.process)}: port {port.name!r} waits for port "
                    f"{link.source.name!r} of {label(link.source.process)}, which never sends in "
                    f"Lava's model {self.graph.models[link.source.process].__name__}: the run "
                    "would hang"
                )
            messages.append(message)
        self._check_sum(port, [link.source for link in links])
        first = messages[0]
        direct = len(links) == 1 and links[0].permutation is None
        # Synapses take in what arrives when others have overwritten what they sent in the step.
        overwritten = self._phase is Phase.RECEIVE and id(links[0].source) in self._delayed
        if direct and not overwritten and (first.lists_events or not events):
            return first
        out = self.storage.message(port.size, lists_events=True)
        tail: list[int] = []
        for link, message in zip(links, messages, strict=True):
            place = -1
            if link.permutation is not None:
                region = self.storage.reserve("index", port.size, link.permutation)
                self.constant("permutations", region)
                place = region.start
            tail += INPUT.pack(values=message.values, counter=message.count, permutation=place)
        self.add_in(Phase.SEND, JOIN, tail, out=out, inputs=len(links))
        return out

    def _check_sum(self, port: InPort, sources: Sequence[OutPort]) -> None:
        """Refuse a sum of truth values: in Lava's arrays two of them are one."""
        declared = [
            getattr(self.graph.models[end.process], end.name, None) for end in (port, *sources)
        ]
        are_bool = [getattr(one, "d_type", None) is bool for one in declared]
        if are_bool[0] and sum(are_bool[1:]) > 1:
            raise UnsupportedGraph(
                f"{label(port.process)}: port {port.name!r} adds truth values in Lava's model, of "
                "which two are one; connect each sender to synapses of its own"
            )

    def when_stored(self, function: Callable[[], None]) -> None:
        """Call a function when all Processes have been built, before the arrays are there."""
        assert self._process is not None
        self._when_stored.append((self._process, function))

    def finish(self) -> Program:
        """Build rows and memory; compile the steps that are not compiled yet."""
        for process, function in self._when_stored:
            self._guard(process, function)
        self.storage.finish()
        nodes = [node for phase in Phase for node in self._nodes[phase]]
        announce([step for step, _ in nodes], self.numerics)
        for step, _ in nodes:
            _compile(step, self.numerics)
        self.nodes.rows = np.array(self._rows, dtype=np.int64)
        self.nodes.order(nodes, self.numerics)
        for function in self._at_start:
            function()
        for message in self.storage.messages:
            self.bounds += _message_bounds(message)
        return Program(
            self.graph,
            self.numerics,
            self.storage,
            self.nodes,
            self.clock,
            self.variables,
            self.on_var_update,
            self.layers,
            self.capacities,
            self.fan_out,
            self.ranges,
            self.bounds,
            self.constants,
            self.checks,
            self._sent,
            self._received,
            self._plan(),
        )

    def _plan(self) -> Plan:
        groups, first = [], 0
        for needs, last, sends in self._groups:
            groups.append(Group(needs, first, last, tuple(sends)))
            first = last
        return Plan(tuple(self._delayed), tuple(groups))


def _compile(step: Step, numerics: str) -> None:
    """Compile a step where it is not.

    Raises
    ------
    UnsupportedGraph
        numba cannot compile it.
    """
    try:
        step.address(numerics)
    except NumbaError as error:
        raise UnsupportedGraph(
            f"the step of {step.name} cannot be compiled for {numerics}: {error}"
        ) from error


def _message_bounds(message: Message) -> Iterable[Bound]:
    size = message.values.size
    yield Bound("the count of a message", Region("counters", message.count, 1), 0, size)
    if message.lists_events:
        events = Region("index", message.events, size + LIST_ROOM)
        yield Bound("the list of a message's events", events, 0, max(size - 1, 0))
