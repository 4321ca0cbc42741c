"""The runtime that stands in for Lava's: what `run`, `pause`, `stop`, `get` and `set` talk to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
from lava.magma.core.run_conditions import AbstractRunCondition, RunContinuous, RunSteps
from numpy.typing import NDArray

from loihi_sleep.engine.domains import Domain
from loihi_sleep.engine.interrupts import PutOffInterrupt, break_into
from loihi_sleep.engine.kernels.loop import FAILED, run
from loihi_sleep.engine.program import CHUNK_STEPS, Program
from loihi_sleep.engine.schedules import check_schedules, schedules_of
from loihi_sleep.engine.turns import Turn, Turns
from loihi_sleep.engine.variables import TextVariable
from loihi_sleep.errors import RunFailed, RunStopped
from loihi_sleep.graphs.closed_networks import close_connections
from loihi_sleep.graphs.hierarchy import label
from loihi_sleep.processes import checks
from loihi_sleep.processes.registry import release

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

    from loihi_sleep.engine.python.network import PythonNetwork


# Epochs of learning are numbered in 32 bits.
MOST_STEPS = 2**31 - 1
# How long a step may take of a network that is stopped.
_GRACE_S = 10.0


# numba's stubs take a dispatcher for a function without arguments.
_run: Any = run


class Listener(Protocol):
    """What observes a network while it runs; see :meth:`CompiledRuntime.listen`."""

    def begin(self, steps: int) -> None:
        """Get ready for a chunk of steps."""

    def end(self, steps: int) -> None:
        """Take in a chunk of steps, which the clock does not show yet."""

    def before_set(self, var_id: int) -> None:
        """Take in what depends on a Var that is about to be set."""

    def settle(self) -> None:
        """Take in what depends on the present memory, before a state replaces it."""

    def close(self) -> None:
        """Let go of the network."""


Observer = TypeVar("Observer", bound=Listener)


class CompiledRuntime:
    """Runs a program in this process.

    Nothing can be connected to its Processes any more, and Lava forgets them: they go when the user
    lets go of them.

    Parameters
    ----------
    program : Program
    network : PythonNetwork, optional
        The network with those Processes that run in Python; None where all are compiled.
    """

    def __init__(self, program: Program, network: PythonNetwork | None = None) -> None:
        self._program: Program | None = program
        self.network = network
        # Observers of the network, each of another class.
        self.listeners: list[Listener] = []
        self._turns = Turns()
        self._pause_asked = threading.Event()
        self._stop_asked = False
        # Steps have been begun and not been counted: something raised in between.
        self._broken = False
        self._thread: threading.Thread | None = None
        self._is_awaited = False
        self._failure: BaseException | None = None
        self._schedules = schedules_of(program)
        close_connections(program.graph.members)
        release(program.graph.members)

    @property
    def _is_running(self) -> bool:
        """Whether a run has been begun and not been waited for, as Lava's runtime says it."""
        present = self._turns.present.get("")
        return self._is_awaited or (present is not None and present.runs)

    @property
    def _is_started(self) -> bool:
        """Whether it has not been stopped, as Lava's runtime says it."""
        return self._program is not None

    @property
    def program(self) -> Program:
        """The network.

        Raises
        ------
        RuntimeError
            It has been stopped.
        """
        if self._program is None:
            raise RuntimeError("the network has been stopped; build it anew to run again")
        return self._program

    def use(self, what: str) -> Use:
        """Have the network to oneself for a short while: ``with runtime.use(...) as program``.

        Parameters
        ----------
        what : str
            For the message.

        Raises
        ------
        RuntimeError
            It has been stopped, or is running.
        """
        return Use(self, what)

    def start(self, condition: AbstractRunCondition) -> None:
        """Run; without blocking, in a thread, until :meth:`wait`, :meth:`pause` or :meth:`stop`.

        A blocking run ends early where another thread calls :meth:`pause`.

        Raises
        ------
        RuntimeError
            The network has been stopped, also by another thread in the course of the run, or is
            running.
        ValueError
            No condition of Lava's, no whole number of steps, or a monitor would be full before the
            end.
        """
        steps = _steps_of(condition)
        turn, is_handed_over = Turn(self._turns, "run", runs=True), False
        with PutOffInterrupt() as interrupt:
            try:
                turn.begin()
                self._raise_failure()
                program = self._usable("run")
                self._check_length(program, steps)
                if self._schedules:
                    check_schedules(self._schedules, program.storage.arrays.counters)
                self._pause_asked.clear()
                if condition.blocking:
                    done = self._advance(steps, interrupt)
                    if self._stop_asked and done != steps:
                        self._let_go()
                        raise RuntimeError(
                            f"run: the network was stopped after {done} of {steps} steps"
                        )
                else:
                    self._thread = threading.Thread(
                        target=self._advance_in_thread, args=(steps, turn), daemon=True
                    )
                    self._thread.start()
                    is_handed_over = self._is_awaited = True
            finally:
                if not is_handed_over:
                    turn.end()

    def wait(self) -> None:
        """Wait for the end of a run."""
        self._turns.wait()
        self._is_awaited = False
        self._raise_failure()

    def pause(self) -> None:
        """End a run after the chunk of steps that is under way."""
        self._turns.wait(self._pause_asked.set)
        self._is_awaited = False
        self._raise_failure()

    def stop(self) -> None:
        """End the run for good and give the memory back; a second call does nothing.

        A run that blocks in another thread raises RuntimeError there. A model in Python that does
        not end its step within 10 s is broken off.
        """
        self._stop_asked = True
        if self._turns.run_is_own():
            # Called by the handler of a signal: the run ends when that returns.
            self._pause_asked.set()
            return
        self._turns.wait(self._end_run_for_good())
        self._is_awaited = False
        with Turn(self._turns, "stop"):
            self._let_go()
            self._raise_failure()

    def _end_run_for_good(self) -> Callable[[], None]:
        """Return what ends a run under way, by force where a model in Python takes too long."""
        since = time.monotonic()

        def end_run() -> None:
            nonlocal since
            self._pause_asked.set()
            present = self._turns.present.get("")
            if self.network is None or present is None or time.monotonic() - since < _GRACE_S:
                return
            since = time.monotonic()
            if present.runs:
                break_into(present.thread, RunStopped)

        return end_run

    def listen(self, kind: Callable[[Program, Callable[[str], Use]], Observer]) -> Observer:
        """Let a listener observe the network from now on; one of its kind that was there ends.

        Parameters
        ----------
        kind : class
            Called with the program, and with :meth:`use` of this runtime.

        Returns
        -------
        Listener

        Raises
        ------
        RuntimeError
            The network has been stopped, or is running.
        """
        with self.use("count") as program:
            for other in [one for one in self.listeners if type(one) is kind]:
                other.close()
                self.listeners.remove(other)
            listener = kind(program, self.use)
            self.listeners.append(listener)
            return listener

    def settle(self) -> None:
        """Have all listeners take in what depends on the present memory."""
        for listener in self.listeners:
            listener.settle()

    def get_var(self, var_id: int, idx: Any = None) -> NDArray[Any]:
        """Read a Var, as float64 like Lava's runtime.

        Raises
        ------
        ValueError
            The engine has no such Var, or `idx` is out of its range.
        """
        with self.use("get") as program:
            variable = program.variables.get(var_id)
            if variable is None:
                program.var(var_id)
                raise AssertionError("a Var that is not there has been found")
            values = variable.read()
            return values if idx is None else _at(values, idx)

    def set_var(self, var_id: int, value: Any, idx: Any = None) -> None:
        """Write a Var; where it is refused, nothing has changed.

        Raises
        ------
        ValueError
            The engine has no such Var, `idx` is out of its range, or the values are no real
            numbers, of another shape, not finite, or out of range.
        """
        with self.use("set") as program:
            var = program.var(var_id)
            variable = program.variables[var_id]
            if isinstance(variable, TextVariable):
                values = TextVariable.codes(f"{var.name} of {label(var.process)}", value)
            elif idx is None:
                values = program.domain(var_id).check(value)
            else:
                values = _merged(variable.read(), value, idx, program.domain(var_id))
            for listener in self.listeners:
                listener.before_set(var_id)
            before = getattr(variable, "content", None)
            try:
                variable.write(values)
                if var_id in program.on_var_update:
                    program.on_var_update[var_id]()
            except ValueError:
                if hasattr(variable, "content"):
                    variable.content = before
                raise

    def _advance(self, steps: int | None, interrupt: PutOffInterrupt) -> int:
        """Run here and now until a pause is asked for, or a number of steps is done; count them."""
        program, network = self._usable("run"), self.network
        if network is None:
            return self._advance_chunks(program, steps, interrupt)
        begun = program.clock.step
        try:
            network.begin_run(steps, interrupt, self._pause_asked.is_set, lambda: self._stop_asked)
            done = self._advance_chunks(program, steps, interrupt)
            self._broken = True
            network.end_run(paused=self._pause_asked.is_set())
            self._broken = False
        except RunStopped:
            # Whoever stops it knows.
            return program.clock.step - begun
        finally:
            network.leave()
        if network.is_asked_to_stop:
            self._stop_asked = True
            self._let_go()
            return done if steps is None else steps
        return done

    def _advance_chunks(
        self, program: Program, steps: int | None, interrupt: PutOffInterrupt
    ) -> int:
        done = 0
        while (steps is None or done < steps) and not self._pause_asked.is_set():
            chunk = CHUNK_STEPS if steps is None else min(CHUNK_STEPS, steps - done)
            done += self._advance_chunk(program, chunk)
            interrupt.deal()
        return done

    def _advance_chunk(self, program: Program, chunk: int) -> int:
        before = program.clock.step
        if before + chunk > MOST_STEPS:
            raise RunFailed(f"the network has run {before} steps; it can run {MOST_STEPS}")
        self._broken = True
        for listener in self.listeners:
            listener.begin(chunk)
        done = self._run_chunk(program, before, chunk)
        for listener in self.listeners:
            listener.end(done)
        program.clock.step = before + done
        self._broken = False
        return done

    def _run_chunk(self, program: Program, before: int, chunk: int) -> int:
        """Run steps; fewer where a model in Python asks for an end."""
        if self.network is not None:
            done = self.network.advance(before, chunk)
            if self.network.asked:
                self._pause_asked.set()
            return done
        for layer in program.layers:
            layer.draw(before, chunk)
        nodes = program.nodes
        _run(nodes.addresses, nodes.places, nodes.rows, program.storage.arrays, before, chunk)
        self._check_failure(program)
        return chunk

    def _let_go(self) -> None:
        """Give the memory back."""
        if self._program is not None:
            for listener in self.listeners:
                listener.close()
            self.listeners.clear()
            self._program = None
        if self.network is not None:
            self.network.stop()
            self.network = None

    def _advance_in_thread(self, steps: int | None, turn: Turn) -> None:
        turn.thread = threading.get_ident()
        try:
            self._advance(steps, PutOffInterrupt())
        except BaseException as error:
            self._failure = error
        finally:
            turn.end()

    def _raise_failure(self) -> None:
        """Raise what ended a run that did not block, once."""
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    def _usable(self, what: str) -> Program:
        if self._program is None or self._stop_asked:
            raise RuntimeError(f"{what}: the network has been stopped; build it anew to run again")
        # What models in Python held when one of them failed can be looked at.
        if self._broken and not (what == "get" and self.network is not None):
            raise RuntimeError(
                f"{what}: a run of the network was broken off in the middle of a step; build it "
                "anew to run again"
            )
        return self._program

    @staticmethod
    def _check_length(program: Program, steps: int | None) -> None:
        end = np.inf if steps is None else program.clock.step + steps
        for capacity, name in program.capacities:
            if end > capacity:
                raise ValueError(
                    f"{name} records {capacity} steps; the run would go on to step {end}: probe "
                    "with more steps"
                )
        if steps is not None and end > MOST_STEPS:
            raise ValueError(
                f"num_steps is {steps}; with the {program.clock.step} steps before, a network can "
                f"run {MOST_STEPS} steps"
            )

    def _check_failure(self, program: Program) -> None:
        node = int(program.storage.arrays.counters[FAILED])
        if node:
            self._program = None
            raise RunFailed(program.nodes.failure_of(node - 1))


class Use(Turn):
    """A short turn on a network that has not been stopped; see :meth:`CompiledRuntime.use`."""

    __slots__ = ("_runtime",)

    def __init__(self, runtime: CompiledRuntime, what: str) -> None:
        super().__init__(runtime._turns, what)
        self._runtime = runtime

    def __enter__(self) -> Program:  # type: ignore[override]
        self.begin()
        try:
            self._runtime._raise_failure()
            return self._runtime._usable(self.what)
        except BaseException:
            self.end()
            raise


def _steps_of(condition: AbstractRunCondition) -> int | None:
    """Steps that a condition asks for; None: until a pause."""
    if isinstance(condition, RunContinuous):
        return None
    if not isinstance(condition, RunSteps):
        raise ValueError(
            f"condition is a {type(condition).__name__}; it must be RunSteps or RunContinuous"
        )
    return checks.integer("num_steps", condition.num_steps, 0, MOST_STEPS)


def _at(values: NDArray[Any], idx: Any) -> NDArray[Any]:
    try:
        found: NDArray[Any] = values[idx]
    except IndexError as error:
        raise ValueError(f"idx is {idx!r}; it must be within shape {values.shape}") from error
    return found


def _merged(old: NDArray[Any], value: Any, idx: Any, domain: Domain) -> NDArray[Any]:
    """Old values with new ones in their places, which are checked."""
    new = domain.numbers(value)
    shape = _at(old, idx).shape
    if new.shape not in ((), shape):
        raise ValueError(
            f"{domain.name} was set to values of shape {new.shape} where idx selects shape {shape}"
        )
    merged = old.copy()
    merged[idx] = domain.finite(new)
    return domain.within(merged, finite=False)


def runtime_of(process: AbstractProcess) -> CompiledRuntime:
    """The engine of the network that a Process belongs to.

    Raises
    ------
    ValueError
        The network is not attached to the compiled engine.
    """
    if not isinstance(process.runtime, CompiledRuntime):
        raise ValueError(
            f"Process {process.name!r} is not attached to the compiled engine; call "
            "engine.attach first"
        )
    return process.runtime
