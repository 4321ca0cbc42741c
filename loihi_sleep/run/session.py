"""A guard around runs on Lava's simulator.

Lava runs each Process as an operating-system process. After a failure in one of them its ``stop()``
waits for ever, and the traceback is lost in a log level. A :class:`Session` keeps the main thread
in charge: Lava is called from a worker thread, while the session watches the child processes, and
on a failure, a hang or Ctrl-C it ends them all and raises what went wrong. The compiled engine runs
in this process and has nothing to be guarded; a session calls it directly.
"""

from __future__ import annotations

import ctypes
import multiprocessing.process
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import wait as wait_for_futures
from contextlib import suppress
from multiprocessing.connection import wait as wait_for_processes
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from loihi_sleep.errors import RunFailed
from loihi_sleep.graphs.closed_networks import close_connections
from loihi_sleep.processes import checks

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess
    from lava.magma.core.process.variable import Var
    from lava.magma.core.run_conditions import RunSteps
    from lava.magma.core.run_configs import RunConfig
    from numpy.typing import ArrayLike, NDArray

    from loihi_sleep.engine.checkpoint import State

_Result = TypeVar("_Result")
TIMEOUT_S = 300.0
POLL_S = 0.1
GRACE_S = 2.0
# Whole numbers from here on are no int64.
_WHOLE_MAX = 2.0**63
_PR_SET_PDEATHSIG = 1

_worker = threading.local()


class Session:
    """Run connected Processes in blocking chunks, on Lava's simulator under guard.

    Parameters
    ----------
    process : AbstractProcess
        Any of the connected Processes.
    run_cfg : RunConfig
        From :func:`loihi_sleep.run.select.select`, or Lava's own.
    timeout_s : float, optional
        Seconds after which a single call (a chunk of steps, a get, a set) counts as hung; else
        those of the run configuration (``timeout_s``), else 300.

    Raises
    ------
    ValueError
        A time-out below 0.

    Examples
    --------
    >>> with Session(neurons, select(engine="lava", numerics="fixed")) as session:
    ...     session.run(steps=100)
    ...     weights = session.get(synapses.weights)
    """

    def __init__(
        self, process: AbstractProcess, run_cfg: RunConfig, timeout_s: float | None = None
    ) -> None:
        self._process = process
        self._run_cfg = run_cfg
        if timeout_s is None:
            timeout_s = getattr(run_cfg, "timeout_s", TIMEOUT_S)
        self._timeout_s = checks.number("timeout_s", timeout_s, 0.0)
        self._calls: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = (
            queue.SimpleQueue()
        )
        self._thread = threading.Thread(target=self._serve, name="lava", daemon=True)
        self._open = False
        self._direct = getattr(run_cfg, "engine", None) == "compiled"
        self._has_run = False

    def __enter__(self) -> Session:
        if not self._direct:
            self._thread.start()
        self._open = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not self._open:
            return
        if error is None and self._process.runtime is not None:
            self._call(self._process.runtime.stop, "stop", ends_children=True)
        self._end(force=error is not None)

    def run(self, steps: int) -> None:
        """Run for some time steps; the first call compiles.

        Parameters
        ----------
        steps : int
            From 1.

        Raises
        ------
        RunFailed
            A ProcessModel failed or the run hung.
        """
        from lava.magma.core.run_conditions import RunSteps

        condition = RunSteps(num_steps=checks.integer("steps", steps, 1), blocking=True)
        self._call(lambda: self._run(condition), f"run({steps})")
        if not self._direct and not self._has_run:
            self._has_run = True
            close_connections(_network_of(self._process))

    def _run(self, condition: RunSteps) -> None:
        from loihi_sleep.processes.checked_process import create_runtime_as_configured

        if self._process.runtime is None:
            create_runtime_as_configured(self._process, self._run_cfg)
        self._process.run(condition=condition)

    def note_phase(self, name: str) -> None:
        """Let those who count what the network does know that one of its phases has ended.

        Parameters
        ----------
        name : str
            Such as ``awake`` or ``asleep``; see :attr:`loihi_sleep.engine.counting.Counter.phases`.
            Nobody counts on Lava's simulator.
        """
        from loihi_sleep.engine.counting import note_phase

        if self._direct:
            note_phase(self._process, name)

    def get(self, var: Var) -> NDArray[Any]:
        """Read a Var, between runs.

        Parameters
        ----------
        var : Var
            A Var of any Process of the network.

        Returns
        -------
        ndarray
            In the shape of the Var. Whole numbers below 2^63 are int64, as Lava's runtime hands out
            floats only; a sparse matrix comes back whole, 0 where there is no entry.
        """
        read = self._call(var.get, f"get({var.name})")
        values = np.asarray(read.toarray() if hasattr(read, "toarray") else read)
        whole = np.isfinite(values).all() and (values == np.rint(values)).all()
        fits = bool(whole) and float(np.abs(values).max(initial=0)) < _WHOLE_MAX
        return values.astype(np.int64) if fits else values

    def set(self, var: Var, value: ArrayLike) -> None:
        """Write a Var, between runs.

        Parameters
        ----------
        var : Var
        value : array_like
            Finite numbers of its shape, or one for all of it. Of a sparse Var also a sparse matrix;
            other than 0 it is only where the Var has entries. Lava's simulator cannot set it again
            after one of these was set to 0.

        Raises
        ------
        ValueError
            Anything else.
        """
        from scipy.sparse import issparse

        from loihi_sleep.run.sparse_values import with_entries

        if issparse(var.init):
            entries = with_entries(var.name, var.init, value)
            self._call(lambda: var.set(entries), f"set({var.name})")
            return
        if np.asarray(value).dtype.kind not in "biuf":
            raise ValueError(f"{var.name} is {value!r}; it must be numeric")
        values = checks.array(var.name, value, tuple(var.shape))
        self._call(lambda: var.set(values), f"set({var.name})")

    def state(self) -> State | None:
        """Return everything that the network remembers, between runs.

        Returns
        -------
        State or None
            None where it does not run on the compiled engine.
        """
        from loihi_sleep.engine.checkpoint import state

        return state(self._process) if self._direct else None

    def restore(self, kept: State) -> None:
        """Put a network, which need not have run, into a state that was taken of one built alike.

        Parameters
        ----------
        kept : State
            As :meth:`state` returns it.

        Raises
        ------
        ValueError
            It does not run on the compiled engine, or the state is damaged or of another network.
        """
        from loihi_sleep.engine.checkpoint import restore
        from loihi_sleep.processes.checked_process import create_runtime_as_configured

        if not self._direct:
            raise ValueError("states are restored on the compiled engine only")
        if self._process.runtime is None:
            create_runtime_as_configured(self._process, self._run_cfg)
        restore(self._process, kept)

    def _serve(self) -> None:
        """Carry out calls, in the thread from which Lava forks its children."""
        # Children inherit the blocked signal: Ctrl-C reaches the main thread only, which ends them.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        _worker.forks_for_lava = True
        while (item := self._calls.get()) is not None:
            call, future = item
            try:
                future.set_result(call())
            except BaseException as error:
                future.set_exception(error)

    def _call(
        self, call: Callable[[], _Result], what: str, *, ends_children: bool = False
    ) -> _Result:
        """Carry out a call in the worker thread while watching over the children."""
        if not self._open:
            raise RunFailed(f"{what}: the session is over")
        if self._direct:
            return call()
        future: Future[_Result] = Future()
        self._calls.put((call, future))
        try:
            self._wait_for(future, what, ends_children)
            return future.result()
        except KeyboardInterrupt:
            self._end(force=True)
            raise
        except BaseException as error:
            self._end(force=True)
            traceback = self._child_traceback()
            if traceback is not None:
                raise RunFailed(f"a ProcessModel failed:\n{traceback}") from None
            if _is_lavas_summary(error):
                raise RunFailed(f"{what} failed: {error}") from error
            raise

    def _wait_for(self, future: Future[_Result], what: str, ends_children: bool) -> None:
        """Wait until a call is done; raise where it hangs or a child ends before its time."""
        deadline = time.monotonic() + self._timeout_s
        while wait_for_futures([future], timeout=POLL_S).not_done:
            if time.monotonic() > deadline:
                raise RunFailed(
                    f"{what} took more than {self._timeout_s:g} s; its processes were ended. A "
                    "ProcessModel that waits for a message that nobody sends looks like this."
                )
            children = [] if ends_children else self._children()
            if wait_for_processes(list(_by_sentinel(children)), timeout=0):
                raise RunFailed(f"{what} failed: a process of the run ended before its time")

    def _actors(self) -> list[Any]:
        """Lava's children that run Processes, as far as they have been started."""
        infrastructure = getattr(self._process.runtime, "_messaging_infrastructure", None)
        return list(infrastructure.actors) if infrastructure is not None else []

    def _child_traceback(self) -> str | None:
        """Traceback of the first ProcessModel that failed, if any has; only after the end.

        Lava's own calls read the same pipes, so nothing else may be running.
        """
        for actor in self._actors():
            try:
                failure = actor.exception
            except (EOFError, OSError):
                continue
            if failure is not None:
                return str(failure[1])
        return None

    def _children(self) -> list[multiprocessing.process.BaseProcess]:
        """Child processes that Lava has started for this run."""
        server = getattr(getattr(self._memory(), "_manager", None), "_process", None)
        return [*self._actors(), *([server] if server is not None else [])]

    def _memory(self) -> Any:
        """Lava's manager of shared memory, where it has been started."""
        infrastructure = getattr(self._process.runtime, "_messaging_infrastructure", None)
        return getattr(infrastructure, "smm", None)

    def _end(self, force: bool) -> None:
        """Leave no child behind; after a clean stop there is none."""
        self._open = False
        if self._direct:
            return
        self._calls.put(None)
        runtime = self._process.runtime
        if runtime is not None and force:
            # Its __del__ would call stop(), which hangs after a failure.
            runtime._is_started = False
            runtime._is_running = False
        _end_processes(self._actors())
        if force and self._memory() is not None:
            # Removes the memory and ends the process that served it.
            self._memory().shutdown()
        _end_processes(self._children())
        # Where a call of Lava's has lost its processes, it waits for them for ever.
        self._thread.join(timeout=POLL_S if force else GRACE_S)
        from loihi_sleep.processes.registry import release

        release(_network_of(self._process))


def _network_of(process: AbstractProcess) -> list[AbstractProcess]:
    """All Processes of a network, the parts of hierarchical ones included."""
    from loihi_sleep.graphs.hierarchy import connected_processes, with_parts

    return with_parts(connected_processes(process))


def _is_lavas_summary(error: BaseException) -> bool:
    """Tell Lava's "1 Exception(s) occurred" from errors that speak for themselves."""
    return isinstance(error, RuntimeError) and "Exception(s) occurred" in str(error)


def _by_sentinel(
    children: Sequence[multiprocessing.process.BaseProcess],
) -> dict[Any, multiprocessing.process.BaseProcess]:
    """Map what the system signals at a process's end to the process, for those still in use.

    Lava closes its process objects from the worker thread, at any moment.
    """
    found = {}
    for child in children:
        with suppress(ValueError, AttributeError):
            found[child.sentinel] = child
    return found


def _end_processes(children: Sequence[multiprocessing.process.BaseProcess]) -> None:
    """Kill processes and reap them. A gentler end would have each report that the others left."""
    alive = _by_sentinel(children)
    for child in alive.values():
        with suppress(ValueError, AttributeError):
            child.kill()
    deadline = time.monotonic() + GRACE_S
    while alive and (rest := deadline - time.monotonic()) > 0:
        for sentinel in wait_for_processes(list(alive), timeout=rest):
            with suppress(ValueError, AttributeError, AssertionError):
                # Lava's own join() would first read what the process had to say.
                multiprocessing.process.BaseProcess.join(alive.pop(sentinel))


def _die_with_parent() -> None:
    """In a child of Lava's, on Linux: be killed when the parent is, however that came about."""
    if getattr(_worker, "forks_for_lava", False) and sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


os.register_at_fork(after_in_child=_die_with_parent)
