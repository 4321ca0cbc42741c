"""From a graph to a program: messages for the ports, rows for the nodes, and the order of a step.

In a step, senders without delay come first, each after those it receives from; then synapses take
in what has arrived (they send it in the next step); then monitors record Vars.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numba.core.errors import NumbaError
from numpy.typing import NDArray

from loihi_sleep.engine.bounds import Arrays, Bound
from loihi_sleep.engine.domains import Range, domain_of
from loihi_sleep.engine.graph import Graph, links_of
from loihi_sleep.engine.kernels.loop import FAILED
from loihi_sleep.engine.memory import Message, Region, Storage
from loihi_sleep.engine.nodes.join import INPUT, JOIN
from loihi_sleep.engine.program import Clock, Group, Layer, NodeTable, Plan, Program
from loihi_sleep.engine.steps import Step, announce
from loihi_sleep.engine.variables import KeptVariable, StoredVariable, Variable
from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.graphs.hierarchy import label
from loihi_sleep.processes import checks

if TYPE_CHECKING:
    from lava.magma.core.process.ports.ports import InPort, OutPort
    from lava.magma.core.process.process import AbstractProcess
    from lava.magma.core.process.variable import Var

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


class Builder:
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
        self.graph, self.numerics = graph, numerics
        self.storage, self.nodes, self.clock = Storage(numerics), NodeTable(), Clock()
        if self.storage.cell("counters") != FAILED:
            raise AssertionError("the first counter is where failures are noted")
        self.variables: dict[int, Variable] = {}
        self.on_var_update: dict[int, Callable[[], None]] = {}
        self.layers: list[Layer] = []
        self.capacities: list[tuple[int, str]] = []
        self.fan_out: dict[AbstractProcess, Callable[[], NDArray[np.int64]]] = {}
        self.ranges: dict[AbstractProcess, Mapping[str, Range]] = {}
        # Regions that monitors record after every step.
        self.monitored: set[Region] = set()
        self.bounds = [Bound("the mark of a failure", Region("counters", FAILED, 1), 0, 0)]
        self.constants: list[tuple[str, Region]] = []
        self.checks: list[Callable[[Arrays, int], None]] = []
        self._phase = Phase.SEND
        self._rows: list[int] = []
        self._nodes: dict[Phase, list[tuple[Step, int]]] = {phase: [] for phase in Phase}
        self._when_stored: list[tuple[AbstractProcess, Callable[[], None]]] = []
        self._at_start: list[Callable[[], None]] = []
        self._sent: dict[int, Message] = {}
        self._received: dict[int, Message] = {}
        self._delayed: set[int] = set()
        self._process: AbstractProcess | None = None
        self._groups: list[tuple[frozenset[int], int, list[int]]] = []

    @property
    def fixed(self) -> bool:
        """Whether numbers are Loihi's integers."""
        return self.numerics == "fixed"

    @property
    def value_type(self) -> type:
        """Type of potentials, currents and messages."""
        return np.int32 if self.fixed else np.float64

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
                f"{label(process)}: its compiled node cannot be built: "
                f"{type(error).__name__}: {error}"
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
        links = links_of(port)
        if not links:
            return self.storage.message(port.size, lists_events=True)
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

    def store(
        self,
        var: Var,
        array: str,
        initial: Any = None,
        *,
        integer: bool | None = None,
        **settings: Any,
    ) -> StoredVariable:
        """Let a Var be a part of the memory.

        Parameters
        ----------
        var : Var
        array : str
            Which array.
        initial : array_like, optional
            Its first values; by default those that it was made with.
        integer : bool, optional
            New values lose their fraction, as in Lava's integer Vars; by default in fixed and in
            arrays of integers.
        **settings
            Of :class:`~loihi_sleep.engine.variables.StoredVariable`: `by_column`, `refresh`,
            `changed`.

        Raises
        ------
        UnsupportedGraph
            The array, or the Var's range, does not admit the values.
        """
        shape = tuple(var.shape)
        values = np.broadcast_to(np.asarray(var.init if initial is None else initial), shape)
        order = values.T.ravel() if settings.get("by_column") else values.ravel()
        try:
            region = self.storage.reserve(array, int(np.prod(shape)), order)
        except ValueError as error:
            raise UnsupportedGraph(f"{label(var.process)}: {var.name}: {error}") from error
        if integer is not None:
            settings["integer"] = integer
        stored = self.expose(var, region, **settings)
        if array in _INDICES:
            try:
                domain_of(var, stored, self.ranges.get(var.process, {})).within(values)
            except ValueError as error:
                raise UnsupportedGraph(str(error)) from error
        return stored

    def store_real(self, var: Var, **settings: Any) -> StoredVariable:
        """Let a Var be a part of `reals`."""
        return self.store(var, "reals", integer=False, **settings)

    def store_count(self, var: Var, **settings: Any) -> StoredVariable:
        """Let a Var be a part of `counters`."""
        return self.store(var, "counters", integer=True, **settings)

    def store_value(self, var: Var, **settings: Any) -> StoredVariable:
        """Let a Var be a part of `values`, in the type that Lava's model gives it."""
        return self.store(var, "values", self.initial(var, self.value_type), **settings)

    def initial(self, var: Var, kind: type) -> NDArray[Any]:
        """Give the first values of a Var the type that Lava's model gives them.

        Raises
        ------
        UnsupportedGraph
            The type, or the Var, does not hold them.
        """
        try:
            return in_lavas_type(var.init, var.shape, kind)
        except (OverflowError, ValueError) as error:
            raise UnsupportedGraph(f"{label(var.process)}: {var.name}: {error}") from error

    def expose(self, var: Var, region: Region, **settings: Any) -> StoredVariable:
        """Let a Var be a part of the memory that is reserved already; `settings` as of `store`."""
        integer = settings.pop("integer", self.fixed)
        stored = StoredVariable(self.storage, region, tuple(var.shape), integer, **settings)
        self.variables[var.id] = stored
        return stored

    def expose_message(self, var: Var, message: Message, *, begins: bool = False) -> None:
        """Let a Var be what a port sends next; `begins`: it sends the first values, too."""
        storage = self.storage

        def send_all() -> None:
            storage.set_cell("counters", message.count, message.values.size)

        def begin() -> None:
            storage.view(message.values)[:] = var.init
            send_all()

        self.expose(var, message.values, changed=send_all)
        if begins:
            self.at_start(begin)

    def keep(self, var: Var, values: Any, apply: Callable[[NDArray[Any]], None]) -> KeptVariable:
        """Keep a Var beside the memory; `apply` is called when the arrays are there, too."""
        kept = KeptVariable(np.asarray(values), apply)
        self.variables[var.id] = kept
        self.at_start(lambda: apply(kept.values))
        return kept

    def mirror(self, kept: KeptVariable) -> Region:
        """Reserve a copy of a Var that is kept beside the memory, for monitors."""
        storage, apply = self.storage, kept.apply
        region = storage.reserve("reals", kept.values.size)

        def apply_and_copy(values: NDArray[Any]) -> None:
            apply(values)
            storage.view(region)[:] = values.ravel()

        kept.apply = apply_and_copy
        self.at_start(lambda: apply_and_copy(kept.values))
        return region

    def parameters(self, array: str, values: Sequence[float]) -> int:
        """Write parameters side by side; return where they begin."""
        return self.storage.reserve(array, len(values), values).start

    def constant_parameters(self, process: AbstractProcess, values: Mapping[str, float]) -> int:
        """Write parameters that are integers in fixed side by side; return where they begin.

        Raises
        ------
        UnsupportedGraph
            A fraction in fixed.
        """
        given = dict(values)
        if self.fixed:
            numbers = or_unsupported(process, lambda: checks.integers(given))
            region = self.storage.reserve("counters", len(given), list(numbers))
        else:
            region = self.storage.reserve("reals", len(given), list(given.values()))
        self.constant("parameters", region)
        return region.start

    def bound(self, what: str, region: Region, low: Any, high: Any) -> None:
        """State within which bounds integers are that lead the compiled code."""
        self.bounds.append(Bound(what, region, low, high))

    def constant(self, what: str, *regions: Region) -> None:
        """State that integers that lead the compiled code never change."""
        self.constants += [(what, region) for region in regions]

    def when_stored(self, function: Callable[[], None]) -> None:
        """Call a function when all Processes have been built, before the arrays are there."""
        assert self._process is not None
        self._when_stored.append((self._process, function))

    def at_start(self, function: Callable[[], None]) -> None:
        """Call a function when rows and arrays are there."""
        self._at_start.append(function)

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
        events = Region("index", message.events, size + 1)
        yield Bound("the list of a message's events", events, 0, max(size - 1, 0))


def or_unsupported(process: AbstractProcess, compute: Callable[[], Result]) -> Result:
    """Compute something; a ValueError becomes an UnsupportedGraph that names the Process."""
    try:
        return compute()
    except ValueError as error:
        raise UnsupportedGraph(f"{label(process)}: {error}") from error


def in_lavas_type(values: Any, shape: tuple[int, ...], kind: type) -> NDArray[Any]:
    """Give initial values the type that Lava's model gives a Var: fractions are cut off."""
    typed: NDArray[Any] = np.empty(shape, dtype=kind)
    typed[:] = values
    return typed


def scalar(process: AbstractProcess, var: Var, *, integer: bool) -> float:
    """Read a Var that is one number, as in Lava's models.

    Raises
    ------
    UnsupportedGraph
        Several numbers, or a fraction where Lava's model calculates in integers.
    """
    value = np.asarray(var.init)
    if value.size != 1:
        raise UnsupportedGraph(
            f"{label(process)}: {var.name} has {value.size} values; it must be a single number"
        )
    number = value.item()
    if integer and not float(number).is_integer():
        raise UnsupportedGraph(
            f"{label(process)}: {var.name} is {number}; it must be an integer in fixed numerics"
        )
    return int(number) if integer else float(number)
