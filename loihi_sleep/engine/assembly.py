"""From a graph to a program: messages for the ports, rows for the nodes, and the order of a step.

In a step, senders without delay come first, each after those it hears from; then synapses take in
what has arrived (they send it in the next step); then monitors look at Vars.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.engine.domains import Domain
from loihi_sleep.engine.graph import Graph, links_of
from loihi_sleep.engine.kernels import stepper
from loihi_sleep.engine.memory import Memory, Message, Region
from loihi_sleep.engine.var_ranges import range_of
from loihi_sleep.engine.variables import HeldVariable, StoredVariable, Variable
from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.graphs.hierarchy import label

if TYPE_CHECKING:
    from lava.magma.core.process.ports.ports import InPort, OutPort
    from lava.magma.core.process.process import AbstractProcess
    from lava.magma.core.process.variable import Var

    from loihi_sleep.engine.learning import LearningLayer

# Arrays of integers that the compiled code uses as places, counts and divisors.
_INDICES = ("index", "counters")


@dataclass(frozen=True)
class Node:
    """One entry of the program.

    Parameters
    ----------
    op : int
        What to do, see :mod:`loihi_sleep.engine.kernels.stepper`.
    row : int
        Where its row begins.
    """

    op: int
    row: int


@dataclass
class Assembly:
    """A program in the making.

    Parameters
    ----------
    graph : Graph
    numerics : str
        ``float`` or ``fixed``.
    """

    graph: Graph
    numerics: str
    memory: Memory = field(init=False)
    rows: list[int] = field(default_factory=list)
    relays: list[Node] = field(default_factory=list)
    synapses: list[Node] = field(default_factory=list)
    observers: list[Node] = field(default_factory=list)
    variables: dict[int, Variable] = field(default_factory=dict)
    # What Lava's model does after a Var of its Process was set, by the Var's id.
    on_var_update: dict[int, Callable[[], None]] = field(default_factory=dict)
    learning: list[LearningLayer] = field(default_factory=list)
    # Where monitors look after every step.
    monitored: set[Region] = field(default_factory=set)
    # Steps run so far.
    time_step: int = 0
    program: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    # Steps after which a monitor is full, with its name.
    capacities: list[tuple[int, str]] = field(default_factory=list)
    # Of synapses: how many of each pre-synaptic neuron's there are now, by the Process.
    fan_out: dict[AbstractProcess, Callable[[], NDArray[np.int64]]] = field(default_factory=dict)
    # Called when all Vars are laid out, and when the memory stands.
    finishers_before_layout: list[Callable[[], None]] = field(default_factory=list)
    finishers: list[Callable[[], None]] = field(default_factory=list)
    _messages: dict[int, Message] = field(default_factory=dict)
    _heard: dict[int, Message] = field(default_factory=dict)
    _delayed: set[int] = field(default_factory=set)
    _vars: dict[int, Var] = field(default_factory=dict)
    _domains: dict[int, Domain] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.memory = Memory(self.numerics)
        if self.memory.cell("counters") != stepper.FAILED:
            raise AssertionError("the first counter is where failures are noted")

    @property
    def fixed(self) -> bool:
        """Whether numbers are Loihi's integers."""
        return self.numerics == "fixed"

    def add(self, order: list[Node], op: int, fields: Sequence[int]) -> int:
        """Add a node; return where its row begins."""
        row = len(self.rows)
        self.rows += [int(value) for value in fields]
        order.append(Node(op, row))
        return row

    def sends(self, port: OutPort, *, lists_events: bool, delayed: bool = False) -> Message:
        """Lay out what a port sends; `delayed`: from the step before, as synapses do."""
        message = self.memory.message(port.size, lists_events=lists_events)
        self._messages[id(port)] = message
        if delayed:
            self._delayed.add(id(port))
        return message

    def sends_of(self, port: OutPort) -> Message:
        """Message of a port that has been laid out."""
        return self._messages[id(port)]

    def heard_by(self, port: InPort) -> Message:
        """Message that has been found for a port."""
        return self._heard[id(port)]

    def receives(self, port: InPort, *, events: bool, at_once: bool = True) -> Message:
        """Find the message that a port hears; sums and permutations get a node of their own.

        Parameters
        ----------
        port : InPort
        events : bool
            Whether the list of events is needed.
        at_once : bool
            False for synapses, which listen at the end of the step, when other synapses have
            already overwritten what they sent in it.
        """
        message = self._find_message(port, events=events, at_once=at_once)
        self._heard[id(port)] = message
        return message

    def _find_message(self, port: InPort, *, events: bool, at_once: bool) -> Message:
        links = links_of(port)
        if not links:
            return self.memory.message(port.size, lists_events=True)
        if len({id(link.source) for link in links}) < len(links):
            raise UnsupportedGraph(
                f"{label(port.process)}: port {port.name!r} is connected to one sender twice; Lava "
                "delivers such a message once: connect it once"
            )
        messages = []
        for link in links:
            message = self._messages.get(id(link.source))
            if message is None:
                raise UnsupportedGraph(
                    f"{label(port.process)}: port {port.name!r} waits for port "
                    f"{link.source.name!r} of {label(link.source.process)}, which never sends in "
                    f"Lava's model {self.graph.models[link.source.process].__name__}: the run "
                    "would hang"
                )
            messages.append(message)
        first = messages[0]
        direct = len(links) == 1 and links[0].permutation is None
        overwritten = not at_once and id(links[0].source) in self._delayed
        if direct and not overwritten and (first.lists_events or not events):
            return first
        joined = self.memory.message(port.size, lists_events=True)
        fields = [*joined.fields, len(links)]
        for link, message in zip(links, messages, strict=True):
            place = -1
            if link.permutation is not None:
                place = self.memory.reserve("index", port.size, link.permutation).start
            fields += [message.values.start, message.count, place]
        self.add(self.relays, stepper.JOIN, fields)
        return joined

    def store(
        self, var: Var, array: str, initial: Any, *, integer: bool | None = None, **settings: Any
    ) -> StoredVariable:
        """Lay out a Var."""
        shape = tuple(var.shape)
        values = np.broadcast_to(np.asarray(initial), shape)
        try:
            region = self.memory.reserve(
                array, int(np.prod(shape)), values.T.ravel() if settings.get("by_column")
                else values.ravel(),
            )  # fmt: skip
        except ValueError as error:
            raise UnsupportedGraph(f"{label(var.process)}: {var.name}: {error}") from error
        if integer is not None:
            settings["integer"] = integer
        stored = self.expose(var, region, **settings)
        if array in _INDICES:
            try:
                self._domain_of(var).within(values)
            except ValueError as error:
                raise UnsupportedGraph(str(error)) from error
        return stored

    def store_all(self, array: str, variables: Iterable[Var], **settings: Any) -> list[int]:
        """Lay out Vars as they begin; return where each does."""
        integer = array == "counters"
        return [
            self.store(var, array, var.init, integer=integer, **settings).region.start
            for var in variables
        ]

    def expose(self, var: Var, region: Region, **settings: Any) -> StoredVariable:
        """Let a Var be something that is laid out already."""
        stored = StoredVariable(
            self.memory,
            region,
            tuple(var.shape),
            settings.pop("integer", self.fixed),
            **settings,
        )
        self.variables[var.id] = stored
        return stored

    def var(self, var_id: int) -> Var:
        """Find a Var by its id, among those of the graph.

        Raises
        ------
        ValueError
            There is none that the engine has.
        """
        if not self._vars:
            processes = [*self.graph.members, *self.graph.models]
            self._vars.update({var.id: var for process in processes for var in process.vars})
        var = self._vars.get(var_id)
        if var is None or var_id not in self.variables:
            name = f"Var {var_id}" if var is None else f"{var.name} of {label(var.process)}"
            raise ValueError(
                f"{name} can be neither read nor set: the network had no such Var when it was "
                "attached, or Lava's models do not use it"
            )
        return var

    def domain(self, var_id: int) -> Domain:
        """What a Var that holds numbers may be set to."""
        if var_id not in self._domains:
            self._domains[var_id] = self._domain_of(self.var(var_id))
        return self._domains[var_id]

    def _domain_of(self, var: Var) -> Domain:
        variable = self.variables[var.id]
        whole = np.issubdtype(variable.kind, np.integer) or getattr(variable, "integer", False)
        low, high = range_of(var, fixed=self.fixed)
        name = f"{var.name} of {label(var.process)}"
        return Domain(name, variable.shape, variable.kind, whole, low, high)

    def hold(self, var: Var, values: Any, apply: Callable[[NDArray[Any]], None]) -> HeldVariable:
        """Keep a Var beside the memory; `apply` is called at once when the memory stands."""
        held = HeldVariable(np.asarray(values), apply)
        self.variables[var.id] = held
        self.finishers.append(lambda: apply(held.values))
        return held

    def mirror(self, held: HeldVariable) -> Region:
        """Lay out a copy of a Var that is kept beside the memory, for monitors."""
        region = self.memory.reserve("reals", held.values.size)
        apply = held.apply

        def apply_and_copy(values: NDArray[Any]) -> None:
            apply(values)
            self.memory.view(region)[:] = values.ravel()

        held.apply = apply_and_copy
        self.finishers.append(lambda: apply_and_copy(held.values))
        return region

    def held(self) -> list[Any]:
        """Vars that are kept beside the memory, in the order in which they were made."""
        return [self.variables[key] for key in self.held_ids()]

    def held_ids(self) -> list[int]:
        """Ids of the Vars of :meth:`held`, in its order."""
        return [key for key in sorted(self.variables) if hasattr(self.variables[key], "content")]

    def finish(self) -> None:
        """Build program and memory."""
        for finisher in self.finishers_before_layout:
            finisher()
        self.memory.finish()
        self.program = np.array(self.rows, dtype=np.int64)
        nodes = [*self.relays, *self.synapses, *self.observers]
        self.ops = np.array([node.op for node in nodes], dtype=np.int64)
        self.node_rows = np.array([node.row for node in nodes], dtype=np.int64)
        for finisher in self.finishers:
            finisher()

    def observe(self, op: int, fields: Sequence[int]) -> int:
        """Add a node to the end of each step when the program stands; return its row."""
        row = self.program.size
        self.program = np.concatenate([self.program, np.array(fields, dtype=np.int64)])
        self.ops = np.append(self.ops, op)
        self.node_rows = np.append(self.node_rows, row)
        return row

    def stop_observing(self) -> None:
        """Take out all nodes that :meth:`observe` added, and what was laid out for them."""
        nodes = len(self.relays) + len(self.synapses) + len(self.observers)
        self.ops, self.node_rows = self.ops[:nodes], self.node_rows[:nodes]
        self.program = self.program[: len(self.rows)]
        self.memory.trim()

    def set_cell(self, array: str, cell: int, value: float) -> None:
        """Write one element; only when the memory stands."""
        self.memory.arrays[array][cell] = value


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
