"""The runtime that stands in for Lava's: what `run`, `pause`, `stop`, `get` and `set` talk to."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
from lava.magma.core.run_conditions import AbstractRunCondition, RunContinuous, RunSteps
from numpy.typing import NDArray

from loihi_sleep.engine.components.plastic import CHUNK_STEPS
from loihi_sleep.engine.kernels import stepper
from loihi_sleep.engine.memory import ARRAYS
from loihi_sleep.errors import RunFailed

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

    from loihi_sleep.engine.assembly import Assembly
    from loihi_sleep.engine.counting import Counter


class CompiledRuntime:
    """Runs an assembled network in this process.

    Parameters
    ----------
    assembly : Assembly
        Finished.
    """

    def __init__(self, assembly: Assembly) -> None:
        self._assembly: Assembly | None = assembly
        # What the network does is counted where somebody asks.
        self.counter: Counter | None = None
        # numba's stubs take a dispatcher for a function without arguments.
        self._run: Any = stepper.run_fixed if assembly.fixed else stepper.run_float
        self._pause_asked = threading.Event()
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None

    @property
    def assembly(self) -> Assembly:
        """The network.

        Raises
        ------
        RuntimeError
            It has been stopped.
        """
        if self._assembly is None:
            raise RuntimeError("the network has been stopped; build it anew to run again")
        return self._assembly

    def start(self, condition: AbstractRunCondition) -> None:
        """Run; without blocking, in a thread, until :meth:`wait`, :meth:`pause` or :meth:`stop`.

        Raises
        ------
        RuntimeError
            The network has been stopped, or is running.
        ValueError
            A monitor would be full before the end.
        """
        self._check_idle("run")
        steps = None if isinstance(condition, RunContinuous) else condition.num_steps
        if not isinstance(condition, RunSteps | RunContinuous):
            raise ValueError(
                f"condition is a {type(condition).__name__}; it must be RunSteps or RunContinuous"
            )
        self._check_monitors(steps)
        self._pause_asked.clear()
        if condition.blocking:
            self.advance(steps)
            return
        self._thread = threading.Thread(target=self._advance_in_thread, args=(steps,), daemon=True)
        self._thread.start()

    def advance(self, steps: int | None) -> None:
        """Run a number of steps here and now, or (None) until a pause is asked for."""
        assembly = self.assembly
        arrays = [assembly.memory.arrays[name] for name in ARRAYS]
        left = steps
        while (left is None or left > 0) and not self._pause_asked.is_set():
            chunk = CHUNK_STEPS if left is None else min(CHUNK_STEPS, left)
            done = assembly.time_step
            for layer in assembly.learning:
                layer.draw(done, chunk)
            if self.counter is not None:
                self.counter.begin(chunk)
            self._run(
                assembly.ops,
                assembly.node_rows,
                assembly.program,
                *arrays,
                assembly.memory.flags,
                done,
                chunk,
            )
            self._check_failure()
            if self.counter is not None:
                self.counter.end(chunk)
            assembly.time_step = done + chunk
            if left is not None:
                left -= chunk

    def wait(self) -> None:
        """Wait for the end of a run that does not block."""
        if self._thread is None:
            return
        self._thread.join()
        self._thread = None
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    def pause(self) -> None:
        """End a run that does not block, after the chunk of steps that is under way."""
        self._pause_asked.set()
        self.wait()

    def stop(self) -> None:
        """End the run for good and give the memory back; a second call does nothing.

        Lava keeps a list of all Processes that were ever made, so nothing else would.
        """
        if self._assembly is not None:
            self.pause()
            if self.counter is not None:
                self.counter.close()
            self._assembly = None

    def count(self) -> Counter:
        """Count from now on; a counter that was there ends.

        Raises
        ------
        RuntimeError
            The network has been stopped, or is running.
        """
        from loihi_sleep.engine.counting import Counter

        self._check_idle("count")
        if self.counter is not None:
            self.counter.close()
        self.counter = Counter(self.assembly)
        return self.counter

    def get_var(self, var_id: int, idx: NDArray[Any] | None = None) -> NDArray[Any]:
        """Read a Var, as float64 like Lava's runtime."""
        self._check_idle("get")
        values = self.assembly.variables[var_id].read()
        return values if idx is None else values[idx]

    def set_var(self, var_id: int, value: Any, idx: NDArray[Any] | None = None) -> None:
        """Write a Var.

        Raises
        ------
        ValueError
            A wrong number of values, or values that the engine cannot hold.
        """
        self._check_idle("set")
        variable = self.assembly.variables[var_id]
        if self.counter is not None:
            self.counter.before_set(var_id)
        values = np.asarray(value)
        if idx is not None:
            whole = variable.read()
            whole[idx] = values
            values = whole
        variable.write(values)
        if var_id in self.assembly.on_var_update:
            self.assembly.on_var_update[var_id]()

    def _advance_in_thread(self, steps: int | None) -> None:
        try:
            self.advance(steps)
        except BaseException as error:
            self._failure = error

    def _check_idle(self, what: str) -> None:
        if self._assembly is None:
            raise RuntimeError(f"{what}: the network has been stopped; build it anew to run again")
        if self._thread is not None:
            if self._thread.is_alive():
                raise RuntimeError(f"{what}: a run is under way; wait() for it or pause() it")
            self.wait()

    def _check_monitors(self, steps: int | None) -> None:
        for capacity, name in self.assembly.capacities:
            end = np.inf if steps is None else self.assembly.time_step + steps
            if end > capacity:
                raise ValueError(
                    f"{name} records {capacity} steps; the run would go on to step {end}: probe "
                    "with more steps"
                )

    def _check_failure(self) -> None:
        node = int(self.assembly.memory.arrays["counters"][stepper.FAILED])
        if node:
            self._assembly = None
            raise RunFailed(
                "the third factor of a PrototypeLIF names a neuron that it does not have"
            )


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
