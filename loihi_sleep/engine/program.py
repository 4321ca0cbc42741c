"""A network that is ready to run: its nodes, its memory, its Vars and its plastic layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.engine.bounds import Arrays, Bound
from loihi_sleep.engine.domains import Domain, Range, domain_of
from loihi_sleep.engine.graph import Graph
from loihi_sleep.engine.memory import Message, Region, Storage
from loihi_sleep.engine.steps import Step
from loihi_sleep.engine.variables import Variable
from loihi_sleep.graphs.hierarchy import label

if TYPE_CHECKING:
    from lava.magma.core.learning.learning_rule import LoihiLearningRule
    from lava.magma.core.process.ports.ports import AbstractIOPort
    from lava.magma.core.process.process import AbstractProcess
    from lava.magma.core.process.variable import Var

# Steps that are run at once: random numbers are drawn, and rasters kept, for so many.
CHUNK_STEPS = 512


@dataclass
class Clock:
    """Time of a network.

    Parameters
    ----------
    step : int
        Steps run so far.
    """

    step: int = 0


class NodeTable:
    """Nodes in the order in which a step calls them, and their rows."""

    def __init__(self) -> None:
        self.rows: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.addresses: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.places: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.steps: list[Step] = []

    def append(self, step: Step, row: Sequence[int], numerics: str) -> int:
        """Add a node to the end of each time step; return where its row begins."""
        place = self.rows.size
        self.rows = np.concatenate([self.rows, np.array(row, dtype=np.int64)])
        self.order([(step, place)], numerics)
        return place

    def order(self, nodes: Sequence[tuple[Step, int]], numerics: str) -> None:
        """Call nodes, by their steps and the places of their rows, after those that are there."""
        self.steps += [step for step, _ in nodes]
        addresses = [step.address(numerics) for step, _ in nodes]
        self.addresses = np.append(self.addresses, np.array(addresses, dtype=np.int64))
        self.places = np.append(self.places, np.array([row for _, row in nodes], dtype=np.int64))

    def failure_of(self, node: int) -> str:
        """Say what it means that a node has marked a failure."""
        step = self.steps[node]
        return step.failure or f"a node of {step.name} has failed"

    def cut(self, nodes: int, numbers: int) -> None:
        """Keep the first nodes, and the first numbers of their rows."""
        del self.steps[nodes:]
        self.addresses, self.places = self.addresses[:nodes], self.places[:nodes]
        self.rows = self.rows[:numbers]


class Layer(Protocol):
    """Plastic synapses, as a running network needs them."""

    name: str
    row: int
    rule: LoihiLearningRule
    state: dict[str, Any]

    @property
    def dependencies(self) -> set[str]:
        """What lets products of the rule apply: ``x0``, ``y0`` or ``u``."""

    def start(self) -> None:
        """Set the memory up, when it is there."""

    def draw(self, done: int, steps: int) -> None:
        """Draw the random numbers of the next steps."""

    def place_address(self) -> None:
        """Write where the rule's code is."""

    def check_state(self, state: Any) -> None:
        """Refuse what `state` would not take."""

    def has_region(self, region: Region) -> bool:
        """Tell whether a region is one that the rule changes."""

    @property
    def pre_spikes(self) -> list[int]:
        """Message of the pre-synaptic spikes that the rule sees."""

    @property
    def spiked(self) -> tuple[Region, Region]:
        """Step of each neuron's last spike in the epoch, 0 for none: pre- and post-synaptic."""

    @property
    def listed(self) -> tuple[NDArray[Any], NDArray[Any]] | None:
        """Where each pre-synaptic neuron's synapses begin, and their partners; None: dense."""


class EventCounter(Protocol):
    """What a port of a model in Python sends."""

    events: int | None
    """Values other than 0 that it has sent while it was counted; None: they are not counted."""


@dataclass(frozen=True)
class Group:
    """Nodes that run together in a step, once what models in Python send to them has arrived.

    Parameters
    ----------
    needs : frozenset of int
        Ports of models in Python, by id.
    first, last : int
        The nodes, as a slice of the table.
    sends : tuple of int
        Ports that have sent when they have run, by id.
    """

    needs: frozenset[int]
    first: int
    last: int
    sends: tuple[int, ...]


@dataclass(frozen=True)
class Plan:
    """How a step takes turns with models in Python; nodes behind the last group come at its end.

    Parameters
    ----------
    delayed : tuple of int
        Ports that send at the beginning of a step, by id.
    groups : tuple of Group
        In an order in which each comes after those whose messages it needs.
    """

    delayed: tuple[int, ...] = ()
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True)
class Program:
    """A network that is ready to run; made by :class:`loihi_sleep.engine.builder.Builder`.

    Parameters
    ----------
    graph : Graph
    numerics : str
        ``float`` or ``fixed``.
    storage : Storage
        Its memory.
    nodes : NodeTable
    clock : Clock
    variables : dict of int to Variable
        By the Var's id.
    on_var_update : dict of int to callable
        What Lava's model does after a Var was set, by the Var's id.
    layers : list of Layer
        Plastic synapses.
    capacities : list of tuple of int and str
        Steps after which a monitor is full, with its name.
    fan_out : dict of AbstractProcess to callable
        How many synapses each pre-synaptic neuron has now.
    ranges : dict of AbstractProcess to dict
        From where to where Vars may be set, by name.
    bounds : list of Bound
        Within which integers that lead the compiled code must be.
    constants : list of tuple of str and Region
        Integers that lead the compiled code and never change, by what they are.
    checks : list of callable
        ``check(arrays, time_step)`` raises a ValueError for arrays of a state that would lead the
        compiled code astray.
    sent, received : dict of int to Message
        What ports send and receive, by the port's id.
    plan : Plan
        Used where other Processes of the network run in Python.
    python : dict of AbstractProcess to str
        Those, and why.
    channels : dict of int to EventCounter
        What models in Python send to other models in Python, by the port's id.
    """

    graph: Graph
    numerics: str
    storage: Storage
    nodes: NodeTable
    clock: Clock
    variables: dict[int, Variable]
    on_var_update: dict[int, Callable[[], None]]
    layers: Sequence[Layer]
    capacities: Sequence[tuple[int, str]]
    fan_out: Mapping[AbstractProcess, Callable[[], NDArray[np.int64]]]
    ranges: Mapping[AbstractProcess, Mapping[str, Range]]
    bounds: Sequence[Bound]
    constants: Sequence[tuple[str, Region]]
    checks: Sequence[Callable[[Arrays, int], None]]
    sent: Mapping[int, Message]
    received: Mapping[int, Message]
    plan: Plan = field(default_factory=Plan)
    python: Mapping[AbstractProcess, str] = field(default_factory=dict)
    channels: dict[int, EventCounter] = field(default_factory=dict)
    _vars: dict[int, Var] = field(default_factory=dict)
    _domains: dict[int, Domain] = field(default_factory=dict)

    @property
    def fixed(self) -> bool:
        """Whether numbers are Loihi's integers."""
        return self.numerics == "fixed"

    def message(self, port: AbstractIOPort) -> Message:
        """What a port sends or receives."""
        return self.sent.get(id(port)) or self.received[id(port)]

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
            var = self.var(var_id)
            ranges = self.ranges.get(var.process, {})
            self._domains[var_id] = domain_of(var, self.variables[var_id], ranges)
        return self._domains[var_id]

    def kept(self) -> Iterator[tuple[int, Any]]:
        """Vars that are kept beside the memory, with their ids, in the order of these."""
        for var_id in sorted(self.variables):
            if hasattr(self.variables[var_id], "content"):
                yield var_id, self.variables[var_id]
