"""The compiled part of a network: among models in Python it is one more model.

In a time step it sends what its synapses have gathered in the step before; then it runs its neurons
in groups, each as soon as what models in Python send to it has arrived; and at last its synapses
and monitors, learning included. Where nothing can go on, it waits as any model does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from lava.magma.core.model.py.ports import VarPortCmd
from numpy.typing import NDArray

from loihi_sleep.engine.graph import resolved
from loihi_sleep.engine.kernels.loop import FAILED, run
from loihi_sleep.engine.python.channels import ReceivePort, SendPort
from loihi_sleep.engine.python.coroutines import Actor, Coroutines
from loihi_sleep.engine.python.models import SPIKING
from loihi_sleep.engine.python.references import ServedVars
from loihi_sleep.errors import RunFailed
from loihi_sleep.graphs.hierarchy import label

if TYPE_CHECKING:
    from lava.magma.core.process.ports.ports import OutPort, VarPort

    from loihi_sleep.engine.memory import Memory, Message, Storage
    from loihi_sleep.engine.program import Program
    from loihi_sleep.engine.python.construction import BlockPorts

_run: Any = run


@dataclass
class _Arrival:
    """A message that a model in Python sends to compiled Processes."""

    port: ReceivePort
    message: Message
    name: str
    # Whether values may be too large for the memory; its part of that, found when a step begins.
    may_not_fit: bool
    values: NDArray[Any] = field(default_factory=lambda: np.zeros(0))


@dataclass
class _Departure:
    """A message that compiled Processes send to a model in Python."""

    port: SendPort
    message: Message
    shape: tuple[int, ...]
    # Its part of the memory, found when a step begins.
    values: NDArray[Any] = field(default_factory=lambda: np.zeros(0))


@dataclass
class _Group:
    """Nodes that run together, once what they need has arrived."""

    needs: frozenset[int]
    first: int
    last: int
    sends: list[_Departure]


class CompiledBlock(Actor):
    """Runs the nodes of a program among models in Python.

    Parameters
    ----------
    program : Program
    coroutines : Coroutines
    """

    def __init__(self, program: Program, coroutines: Coroutines) -> None:
        super().__init__("the compiled part of the network")
        self._program, self._coroutines = program, coroutines
        self._storage: Storage = program.storage
        self.served = ServedVars(self)
        # The step that is under way, what has arrived in it and who waits; -1: none.
        self._step = -1
        self._waiting: list[_Group] = []
        self._arrived: set[int] = set()
        self._arrays: Memory | None = None

    def connect(self, ports: BlockPorts) -> None:
        """Take its ends of the channels to the models."""
        program = self._program
        self._arrivals = [
            _Arrival(
                port,
                program.sent[id(source)],
                _name(source),
                not np.can_cast(port.d_type, self._storage.kind("values")),
            )
            for source, port in ports.receives
        ]
        place = {id(source): i for i, (source, _) in enumerate(ports.receives)}
        sends: dict[int, list[_Departure]] = {}
        for source, end in ports.sends:
            message = program.sent.get(id(source))
            if message is not None:
                departure = _Departure(end, message, tuple(source.shape))
                sends.setdefault(id(source), []).append(departure)
        plan = program.plan
        self._at_once = [one for port in plan.delayed for one in sends.get(port, ())]
        self._groups = [
            _Group(
                frozenset(place[port] for port in group.needs if port in place),
                group.first,
                group.last,
                [one for port in group.sends for one in sends.get(port, ())],
            )
            for group in plan.groups
        ]
        self._rest = plan.groups[-1].last if plan.groups else 0
        # What sends nothing to models may as well run when all has arrived.
        while self._groups and not self._groups[-1].sends:
            self._rest = self._groups.pop().first
        for port, requests, answers in ports.requests:
            self.served.add(requests.channel, self._serving(port, requests, answers))

    def spike(self, done: int) -> bool:
        """Run a time step, learning included.

        Parameters
        ----------
        done : int
            Steps before it.

        Returns
        -------
        bool
            Whether it has to go on with the step when others have had their turn.
        """
        if self._step != done:
            self._begin(done)
        arrived = self._arrived
        while True:
            if len(arrived) < len(self._arrivals):
                self._take_what_is_there(arrived)
            left = []
            for group in self._waiting:
                if group.needs <= arrived:
                    self._run(group.first, group.last, done)
                    self._send(group.sends)
                else:
                    left.append(group)
            progress, self._waiting = len(left) < len(self._waiting), left
            if not left and len(arrived) == len(self._arrivals):
                break
            if progress and left:
                continue
            if self._coroutines.has_tasks:
                # Others may send what is missing: that costs less than to wait for it.
                return True
            missing = [
                arrival.port for place, arrival in enumerate(self._arrivals) if place not in arrived
            ]
            self.waited_for.update(port.channel.sender for port in missing)
            self.sends_first |= self.has_sent
            self._coroutines.wait(*missing)
        self._run(self._rest, None, done)
        self._step = -1
        return False

    def _begin(self, done: int) -> None:
        """Begin a time step."""
        self.phase, self.has_sent, self._step = SPIKING, False, done
        self._waiting, self._arrived = self._groups, set()
        if self._arrays is not self._storage.arrays:
            self._arrays = self._storage.arrays
            for arrival in self._arrivals:
                arrival.values = self._storage.view(arrival.message.values)
            for one in (*self._at_once, *(one for group in self._groups for one in group.sends)):
                one.values = self._storage.view(one.message.values).reshape(one.shape)
        self._send(self._at_once)
        # Step by step: a model may end the run after any of them.
        for layer in self._program.layers:
            layer.draw(done, 1)

    def manage(self, phase: str) -> None:
        """Take part in a phase in which others read and write its Vars."""
        self.phase = phase
        self.served.serve()

    def _run(self, first: int, last: int | None, done: int) -> None:
        nodes, arrays = self._program.nodes, self._storage.arrays
        addresses, places = nodes.addresses[first:last], nodes.places[first:last]
        _run(addresses, places, nodes.rows, arrays, done, 1)
        failed = int(arrays.counters[FAILED])
        if failed:
            raise RunFailed(nodes.failure_of(first + failed - 1))

    @staticmethod
    def _send(sends: Sequence[_Departure]) -> None:
        for one in sends:
            one.port.send(one.values)

    def _take_what_is_there(self, arrived: set[int]) -> None:
        for place, arrival in enumerate(self._arrivals):
            if place not in arrived and arrival.port.probe():
                self._take(arrival)
                arrived.add(place)

    def _take(self, arrival: _Arrival) -> None:
        """Write what a model has sent as a message of the compiled part."""
        sent = arrival.port.recv().ravel()
        message, values = arrival.message, arrival.values
        values[:] = sent
        if arrival.may_not_fit and not np.array_equal(values, sent):
            raise RunFailed(
                f"{arrival.name} has sent {_beyond(sent, values)}, which is beyond the "
                f"{8 * values.dtype.itemsize} bits that compiled Processes receive"
            )
        events = values.nonzero()[0]
        arrays = self._storage.arrays
        arrays.index[message.events : message.events + events.size] = events
        arrays.counters[message.count] = events.size

    def _serving(
        self, port: VarPort, requests: ReceivePort, answers: SendPort
    ) -> Callable[[], None]:
        """Serve what models ask of a Var: a read, or a write with the values after it."""
        var = resolved(port.var)
        variable, shape = self._program.variables[var.id], tuple(port.shape)

        def serve() -> None:
            if requests.recv().flat[0] == VarPortCmd.GET[0]:
                answers.send(np.asarray(variable.read()).reshape(shape))
                return
            values = requests.recv()
            if np.issubdtype(variable.kind, np.integer) and values.dtype.kind == "f":
                raise RunFailed(
                    f"a RefPort of type {values.dtype} writes to {var.name} of "
                    f"{label(var.process)}, which holds integers; give the RefPort type int"
                )
            variable.write(self._program.domain(var.id).check(values))

        return serve


def _name(port: OutPort) -> str:
    return f"port {port.name!r} of {label(port.process)}"


def _beyond(sent: NDArray[Any], kept: NDArray[Any]) -> Any:
    return sent[np.asarray(kept != sent)].flat[0]
