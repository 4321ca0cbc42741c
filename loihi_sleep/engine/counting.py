"""Counting what networks do, where somebody asks.

The loop over steps stays as it is. Nodes of probes at the end of each step count the spikes of each
neuron and, for learning epochs, keep a raster of the chunk of steps that is under way. Everything
else follows from these; results are the same with and without.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix

from loihi_sleep.cost.activity import Activity, ProcessActivity
from loihi_sleep.engine.program import CHUNK_STEPS, EventCounter, Layer, Program
from loihi_sleep.engine.rows import SIZE, VALUES
from loihi_sleep.engine.runtime import CompiledRuntime, Use, runtime_of
from loihi_sleep.fit.placement import might_be_on_chip
from loihi_sleep.fit.resources import part_of
from loihi_sleep.graphs.hierarchy import label
from loihi_sleep.graphs.roles import has_own_rule, kernel_var

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

_RULE_PORT = "s_in_bap"


class Counter:
    """Counts what a network does from now on; see :func:`count`.

    Parameters
    ----------
    program : Program
        What is run.
    use : callable
        Keeps others from the network while it is looked at.

    Attributes
    ----------
    phases : dict of str to Activity
        What it has done in each of its phases, by the names that :meth:`note_phase` was given.
    """

    def __init__(self, program: Program, use: Callable[[str], Use]) -> None:
        self.phases: dict[str, Activity] = {}
        self._noted: Activity | None = None
        self._program: Program | None = program
        self._use: Callable[[str], Use] | None = use
        self._steps, self._seconds, self._began = 0, 0.0, 0.0
        self._final: Activity | None = None
        self._size = len(program.nodes.steps), program.nodes.rows.size
        self._probes: dict[int, _Probe] = {}
        layers = {one.name: one for one in program.layers}
        self._learners: dict[AbstractProcess, _Learner] = {}
        self._synapses: dict[AbstractProcess, _Synapses] = {}
        self._senders: dict[AbstractProcess, _Probe] = {}
        for process in program.graph.models:
            if process in program.fan_out:
                # Rasters first, as a message has one probe.
                layer = layers.get(label(process))
                if layer is not None:
                    self._learners[process] = self._learner(program, process, layer)
                received = self._probe(program, program.message(process.s_in).fields)
                self._synapses[process] = _Synapses(program, process, received)
        self._models: dict[AbstractProcess, EventCounter] = {}
        for process in program.graph.models:
            port = getattr(process, "s_out", None)
            message = program.sent.get(id(port))
            if message is not None and message.lists_events:
                self._senders[process] = self._probe(program, message.fields)
            elif process in program.python and id(port) in program.channels:
                self._models[process] = program.channels[id(port)]
                self._models[process].events = 0

    def activity(self) -> Activity:
        """Say what the network has done since counting began; between runs, or after its end.

        Returns
        -------
        Activity

        Raises
        ------
        RuntimeError
            The network is running.
        """
        use = self._use
        if use is not None and self._final is None:
            with use("activity"):
                return self._so_far()
        assert self._final is not None
        return self._final

    def note_phase(self, name: str) -> None:
        """Add what the network has done since the last phase to those of a name; between runs.

        Parameters
        ----------
        name : str
            Such as ``awake`` or ``asleep``.
        """
        now = self.activity()
        done = now if self._noted is None else now - self._noted
        self.phases[name] = self.phases[name] + done if name in self.phases else done
        self._noted = now

    def _so_far(self) -> Activity:
        assert self._program is not None
        self.settle()
        parts = tuple(
            self._part(process)
            for process in self._program.graph.models
            if process in self._senders or process in self._synapses or process in self._models
        )
        return Activity(self._steps, self._seconds, parts)

    def begin(self, steps: int) -> None:
        """Get ready for a chunk of steps.

        Parameters
        ----------
        steps : int
            Of the chunk.
        """
        for probe in self._probes.values():
            probe.begin(steps)
        for learner in self._learners.values():
            learner.begin()
        self._began = time.perf_counter()

    def end(self, steps: int) -> None:
        """Take in a chunk of steps, of which the program does not know yet.

        Parameters
        ----------
        steps : int
            Of the chunk.
        """
        self._seconds += time.perf_counter() - self._began
        self._steps += steps
        for learner in self._learners.values():
            learner.end(steps)

    def before_set(self, var_id: int) -> None:
        """Take in what was done with weights that are about to be set.

        Parameters
        ----------
        var_id : int
            Of the Var, as Lava numbers them.
        """
        for layer in self._synapses.values():
            if layer.weights_id == var_id:
                layer.settle()

    def settle(self) -> None:
        """Take in what was done with the present weights."""
        for layer in self._synapses.values():
            layer.settle()

    def close(self) -> None:
        """End counting: keep the counts and let go of the network."""
        if self._program is not None:
            self._final = self._so_far()
            self._program.nodes.cut(*self._size)
            self._program.storage.trim()
            self._program = self._use = None
            self._probes, self._learners, self._synapses, self._senders = {}, {}, {}, {}
            for sent in self._models.values():
                sent.events = None
            self._models = {}

    def _probe(self, program: Program, message: Sequence[int], *, raster: bool = False) -> _Probe:
        """Count a message, once however many ask."""
        place = int(message[VALUES])
        if place not in self._probes:
            self._probes[place] = _Probe(program, message)
        if raster:
            self._probes[place].keep_raster()
        return self._probes[place]

    def _learner(self, program: Program, process: AbstractProcess, layer: Layer) -> _Learner:
        post = program.message(getattr(process, _RULE_PORT)).fields
        return _Learner(
            program,
            layer,
            self._probe(program, layer.pre_spikes, raster=True),
            self._probe(program, post, raster=True),
        )

    def _part(self, process: AbstractProcess) -> ProcessActivity:
        part = part_of(process)
        sender, layer = self._senders.get(process), self._synapses.get(process)
        sent = self._models.get(process)
        spikes = int(sender.counts.sum()) if sender is not None else 0
        if sent is not None and sent.events is not None:
            spikes = sent.events
        learner = self._learners.get(process)
        rule_of_its_own = layer is not None and learner is None and has_own_rule(process)
        updates: float | None = learner.updates if learner is not None else 0
        count = layer.fan_out() if layer is not None else np.zeros(0)
        return ProcessActivity(
            process.name,
            part.kind,
            part.host,
            might_be_on_chip(process),
            neurons=part.neurons,
            synapses=int(count.sum()),
            neuron_updates=part.neurons * self._steps,
            spikes=spikes,
            arrivals=int(layer.received.counts.sum()) if layer is not None else 0,
            operations=layer.operations if layer is not None else 0,
            updates=None if rule_of_its_own else updates,
            visits=learner.epochs * int(count.sum()) if learner is not None else 0,
            active_rows=learner.active_rows if learner is not None else 0,
        )


class _Probe:
    """Counts the events of a message by neuron."""

    def __init__(self, program: Program, message: Sequence[int]) -> None:
        self._program = program
        self.neurons = int(message[SIZE])
        from loihi_sleep.engine.nodes import spike_probe
        from loihi_sleep.processes.kernels.raster import word_count

        self.words = word_count(self.neurons)
        self._counts = program.storage.extend("counters", self.neurons)
        self._raster = program.storage.extend("counters", 0)
        self._fields = spike_probe.ROW
        row = self._fields.pack(
            s_in=message, counts=self._counts, raster=self._raster, raster_steps=0, words=self.words
        )
        self._place = program.nodes.append(spike_probe.STEP, row, program.numerics)

    def keep_raster(self) -> None:
        """Have room for a raster of a chunk of steps."""
        if not self._raster.size:
            self._raster = self._program.storage.extend("counters", CHUNK_STEPS * self.words)

    @property
    def counts(self) -> NDArray[np.int64]:
        """Events of each neuron so far."""
        counts: NDArray[np.int64] = self._program.storage.view(self._counts)
        return counts

    def begin(self, steps: int) -> None:
        """Have a raster begin with the next step."""
        if self._raster.size:
            self._program.storage.view(self._raster)[: steps * self.words] = 0
            done, row = self._program.clock.step, self._program.nodes.rows[self._place :]
            # Probes keep step t in row t - 1.
            row[self._fields.raster] = self._raster.start - done * self.words
            row[self._fields.raster_steps] = done + steps

    def by_epoch(
        self, steps: int, t_epoch: int, spiked_before: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """Say who spiked in each epoch that ends within a chunk of steps.

        Parameters
        ----------
        steps : int
        t_epoch : int
        spiked_before : ndarray of bool, shape (neurons,)
            In the first epoch, before the chunk.

        Returns
        -------
        ndarray of int64, shape (epochs, words)
            Packed, see :mod:`loihi_sleep.processes.kernels.raster`.
        """
        into = self._program.clock.step % t_epoch
        epochs = (into + steps) // t_epoch
        raster = self._program.storage.view(self._raster).reshape(-1, self.words)
        if t_epoch == 1 and not spiked_before.any():
            by_step: NDArray[np.int64] = raster[:steps]
            return by_step
        packed = np.zeros((epochs * t_epoch, self.words), dtype=np.int64)
        if epochs:
            from loihi_sleep.processes.kernels.raster import pack_spikes

            packed[into:] = raster[: len(packed) - into]
            packed[0] |= pack_spikes(spiked_before)
        by_epoch: NDArray[np.int64] = np.bitwise_or.reduce(
            packed.reshape(epochs, t_epoch, self.words), axis=1
        )
        return by_epoch


class _Synapses:
    """Counts synaptic operations: spikes of each pre-synaptic neuron times its synapses."""

    def __init__(self, program: Program, process: AbstractProcess, received: _Probe) -> None:
        self.received = received
        self.fan_out = program.fan_out[process]
        kernel = kernel_var(process)
        self.weights_id = process.weights.id if kernel is None else kernel.id
        self.operations = 0
        self._settled = np.zeros(received.neurons, dtype=np.int64)

    def settle(self) -> None:
        """Take in the spikes since the last time, with the synapses that are there now."""
        new = self.received.counts - self._settled
        if new.any():
            self.operations += int(new @ self.fan_out())
            self._settled += new


class _Learner:
    """Counts the synapses that the learning engine evaluates."""

    def __init__(self, program: Program, layer: Layer, pre: _Probe, post: _Probe) -> None:
        self._program, self._layer = program, layer
        self._pre, self._post = pre, post
        self._before: list[NDArray[np.bool_]] = []
        self._there = self._listed()
        self.updates, self.epochs, self.active_rows = 0, 0, 0

    def begin(self) -> None:
        """Note who has spiked in the epoch already; a host may have set it."""
        self._before = [self._program.storage.view(times) > 0 for times in self._layer.spiked]

    def end(self, steps: int) -> None:
        """Count the epochs that have ended within a chunk."""
        rule, t_epoch = self._layer.rule, self._layer.rule.t_epoch
        pre, post = (
            probe.by_epoch(steps, t_epoch, before)
            for probe, before in zip((self._pre, self._post), self._before, strict=True)
        )
        rows, columns = _spikes(pre), _spikes(post)
        self.epochs += len(rows)
        self.active_rows += int(rows.sum())
        dependencies = self._layer.dependencies
        by_pre, by_post = "x0" in dependencies, "y0" in dependencies
        if self._there is None:
            touched = (
                by_pre * rows * self._post.neurons
                + by_post * columns * self._pre.neurons
                - (by_pre and by_post) * rows * columns
            )
        else:
            touched = self._listed_touched(by_pre * pre, by_post * post)
        if "u" in dependencies:
            first = self._program.clock.step // t_epoch + 1
            epochs = first + np.arange(len(rows))
            size = (
                self._pre.neurons * self._post.neurons if self._there is None else self._there.nnz
            )
            touched[epochs % 2**rule.decimate_exponent == 0] = size
        self.updates += int(touched.sum())

    def _listed_touched(self, pre: NDArray[np.int64], post: NDArray[np.int64]) -> NDArray[np.int64]:
        """Count, epoch by epoch, the sparse synapses of which one neuron or both spiked."""
        from loihi_sleep.processes.kernels.raster import unpack_raster

        x = unpack_raster(pre, self._pre.neurons).astype(np.int64)
        y = unpack_raster(post, self._post.neurons).astype(np.int64)
        there = self._there
        assert there is not None
        both = ((there @ x.T).T * y).sum(axis=1)
        one = x @ np.asarray(there.sum(axis=0)).ravel() + y @ np.asarray(there.sum(axis=1)).ravel()
        touched: NDArray[np.int64] = one - both
        return touched

    def _listed(self) -> csc_matrix | None:
        """Where sparse synapses are, as ones."""
        if self._layer.listed is None:
            return None
        begins, places = self._layer.listed
        ones = np.ones(places.size, dtype=np.int64)
        return csc_matrix((ones, places, begins), shape=(self._post.neurons, self._pre.neurons))


def _spikes(packed: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count the bits of each row, whose words hold 32: by pairs, fours and bytes side by side."""
    pairs = packed - ((packed >> 1) & 0x55555555)
    fours = (pairs & 0x33333333) + ((pairs >> 2) & 0x33333333)
    by_byte = (fours + (fours >> 4)) & 0x0F0F0F0F
    counts: NDArray[np.int64] = ((by_byte * 0x01010101 >> 24) & 0xFF).sum(axis=1)
    return counts


# Counters of every network that is attached while somebody counts, and the thread in which it must
# be attached, None for any.
_asking: list[tuple[list[Counter], int | None]] = []
_passed_over: ContextVar[bool] = ContextVar("_passed_over", default=False)
_lock = threading.Lock()


def count(process: AbstractProcess) -> Counter:
    """Count from now on what the network does that a Process belongs to.

    Parameters
    ----------
    process : AbstractProcess
        Any Process of a network that has been attached and does not run at the moment. A counter
        that it had before ends here.

    Returns
    -------
    Counter
        Its ``activity()`` says what the network has done so far; counts are exact. With
        ``ADD_WITHOUT_SATURATION`` every pre-synaptic message counts for plastic updates, also one
        that leads to no overflow and so is no spike for the rule.

    Raises
    ------
    ValueError
        The network is not attached to the compiled engine.
    RuntimeError
        It has been stopped, or is running.

    Examples
    --------
    >>> counter = engine.count(neurons)
    >>> neurons.run(condition=RunSteps(1000))
    >>> print(counter.activity().text())
    """
    return runtime_of(process).listen(Counter)


def note_phase(process: AbstractProcess, name: str) -> None:
    """Let those who count what a network does know that one of its phases has ended.

    Parameters
    ----------
    process : AbstractProcess
        Any Process of a network that is attached to the compiled engine.
    name : str
        As of :meth:`Counter.note_phase`.
    """
    for listener in runtime_of(process).listeners:
        if isinstance(listener, Counter):
            listener.note_phase(name)


@contextmanager
def counting(*, own_thread: bool = False) -> Iterator[list[Counter]]:
    """Count what all networks do that are attached meanwhile.

    For networks that others build and run, such as those of a night:

    >>> with engine.counting() as counters:
    ...     model = sleep.put_to_sleep(model, night)
    >>> print(counters[0].activity().text())

    Parameters
    ----------
    own_thread : bool
        Count networks that this thread attaches only, as where jobs run side by side; else those
        of any thread.

    Returns
    -------
    list of Counter
        One a network, in the order in which they were attached.
    """
    counters: list[Counter] = []
    with _lock:
        _asking.append((counters, threading.get_ident() if own_thread else None))
    try:
        yield counters
    finally:
        with _lock:
            _asking[:] = [asking for asking in _asking if asking[0] is not counters]


@contextmanager
def not_counted() -> Iterator[None]:
    """Let :func:`counting` pass over networks that this thread attaches meanwhile.

    For what is run to be looked at only, such as a replay that is recorded for a report.
    """
    token = _passed_over.set(True)
    try:
        yield
    finally:
        _passed_over.reset(token)


def count_if_asked(runtime: CompiledRuntime) -> None:
    """Count a network that has just been attached where :func:`counting` is under way."""
    if _passed_over.get():
        return
    with _lock:
        asking = [
            counters for counters, thread in _asking if thread in (None, threading.get_ident())
        ]
        if asking:
            counter = runtime.listen(Counter)
            for counters in asking:
                counters.append(counter)
