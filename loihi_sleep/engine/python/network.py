"""Models in Python and the compiled part of a network, step by step."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from lava.magma.core.model.py.model import PyAsyncProcessModel

from loihi_sleep.engine.python.asynchronous import AsynchronousModel
from loihi_sleep.engine.python.block import CompiledBlock
from loihi_sleep.engine.python.channels import Outside
from loihi_sleep.engine.python.construction import Construction
from loihi_sleep.engine.python.coroutines import Actor, Coroutines, Deadlock, Failure, Task
from loihi_sleep.engine.python.isolation import random_state_of
from loihi_sleep.engine.python.models import (
    HOST,
    LEARNING,
    PAUSE,
    POST_MANAGEMENT,
    PRE_MANAGEMENT,
    STOP,
    LoihiModel,
    RunningModel,
    check_model,
)
from loihi_sleep.engine.python.variables import add_variables
from loihi_sleep.errors import RunFailed, RunStopped, described

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

    from loihi_sleep.engine.interrupts import PutOffInterrupt
    from loihi_sleep.engine.program import Program

# Steps in which the order of the models is learned, and after which it stays.
_LEARNING_STEPS = 6
# From when on it is said that a run is slow because of models in Python.
_SLOW_S, _SLOW_SHARE = 5.0, 0.5
# How often who waits for the user's program looks for Ctrl-C and a stop, in seconds.
_LOOK_S = 0.05
# What asynchronous models are told of a run without end.
_ENDLESS = 2**31 - 1
# Turns that asynchronous models have to end a run that is paused or stopped.
_LAST_TURNS = 10_000


class PythonNetwork:
    """Runs a network of which some or all Processes run by models in Python.

    Parameters
    ----------
    program : Program
        The compiled part, which may have no nodes; it says which Processes run in Python. It gets
        their Vars.

    Attributes
    ----------
    running : dict of AbstractProcess to RunningModel
    block : CompiledBlock or None
        The compiled part; None where there is none.
    channels : list of Channel
        Those between models, and between them and the block.
    """

    def __init__(self, program: Program) -> None:
        self._outside = Outside()
        self._coroutines = Coroutines(self._wait_outside)
        self._interrupt: PutOffInterrupt | None = None
        self._is_pausing: Callable[[], bool] = lambda: False
        self._is_stopping: Callable[[], bool] = lambda: False
        self._done = 0
        # What models ask for, and what asynchronous models are told.
        self._asked: set[str] = set()
        self._command = ""
        self.running = {
            process: self._actor(process, program.graph.models[process])
            for process in program.python
        }
        self._construct(program)
        for running in self.running.values():
            add_variables(program, running)
        self._loihi = [one for one in self.running.values() if isinstance(one, LoihiModel)]
        self._asynchronous = [
            one for one in self.running.values() if isinstance(one, AsynchronousModel)
        ]
        self._members: list[LoihiModel | CompiledBlock] = [*self._loihi]
        if self.block is not None:
            self._members.append(self.block)
        self._have_guards = any(model.guards for model in self._loihi)
        self._steps_ordered, self._has_begun, self._is_known_slow = 0, False, False
        # Whether a model may draw from NumPy's global generator.
        self._may_draw = False
        self._make_tasks()

    def _actor(self, process: AbstractProcess, kind: type[Any]) -> RunningModel:
        check_model(process, kind)
        if issubclass(kind, PyAsyncProcessModel):
            return AsynchronousModel(process, kind, self._coroutines, lambda: self._command)
        return LoihiModel(process, kind)

    def _construct(self, program: Program) -> None:
        """Make the models and their channels."""
        block = CompiledBlock(program, self._coroutines)
        actors: dict[AbstractProcess, Actor] = {
            process: self.running.get(process, block) for process in program.graph.models
        }
        made = Construction(
            program.graph.models, self.running, actors, self._coroutines, self._outside
        )
        self.channels = made.channels
        program.channels.update(made.sent_by)
        for process, (model, random) in made.make_models().items():
            self.running[process].take(model)
            self.running[process].random = random
        block.connect(made.ports)
        self.block: CompiledBlock | None = (
            block if len(self.running) < len(program.graph.models) else None
        )

    def begin_run(
        self,
        steps: int | None,
        interrupt: PutOffInterrupt,
        is_pausing: Callable[[], bool],
        is_stopping: Callable[[], bool],
    ) -> None:
        """Begin a run.

        Parameters
        ----------
        steps : int or None
            Time steps; None: until a pause.
        interrupt : PutOffInterrupt
            Notes Ctrl-C; a second one breaks a step off.
        is_pausing, is_stopping : callable
            Tell whether the run is to end after the step that is under way, and whether the network
            will be stopped then.
        """
        self._interrupt, interrupt.breaks_in = interrupt, True
        self._is_pausing, self._is_stopping = is_pausing, is_stopping
        self._asked.clear()
        self._command = ""
        self.fork_random_states()
        for model in self._asynchronous:
            model.begin_run(_ENDLESS if steps is None else steps, self._asked)

    def fork_random_states(self) -> None:
        """Let each model draw for itself from now on, as when Lava forks them at the first run."""
        if not self._has_begun:
            self._has_begun = True
            for one in self.running.values():
                if one.random is None:
                    one.random = random_state_of(one.kind)
            self._may_draw = any(one.random is not None for one in self.running.values())

    def advance(self, done: int, steps: int) -> int:
        """Run time steps.

        Parameters
        ----------
        done : int
            Steps before.
        steps : int
            At most so many.

        Returns
        -------
        int
            Steps run: fewer where somebody has asked for a pause or a stop, or pressed Ctrl-C.

        Raises
        ------
        RuntimeError
            A model has failed, or all wait for each other.
        """
        interrupt = self._interrupt
        assert interrupt is not None
        asked, is_pausing = self._asked, self._is_pausing
        try:
            for self._done in range(done, done + steps):
                self._step()
                if self._may_draw:
                    self._coroutines.let_others_draw()
                # Who stops the network asks for a pause as well.
                if (asked and self.asked) or is_pausing() or interrupt.is_noted:
                    return self._done + 1 - done
        except Failure as failure:
            raise self._explained(failure) from failure.error
        return steps

    @property
    def asked(self) -> bool:
        """Whether a model has asked for a pause or a stop."""
        return PAUSE in self._asked or STOP in self._asked

    @property
    def is_asked_to_stop(self) -> bool:
        """Whether a model has asked for a stop."""
        return STOP in self._asked

    def end_run(self, *, paused: bool) -> None:
        """End a run: asynchronous models come to their end, or are told to.

        Parameters
        ----------
        paused : bool
            Whether it ends before its time.

        Raises
        ------
        RuntimeError
            A model has failed, or never ends.
        """
        try:
            if paused:
                self._command = STOP if self._is_stopping() or self.is_asked_to_stop else PAUSE
            self._end_asynchronous()
            if self._loihi and not paused:
                self._coroutines.run([Task(one, one.end_run) for one in self._loihi])
            self._say_if_slow()
        except Failure as failure:
            raise self._explained(failure) from failure.error

    def leave(self) -> None:
        """Leave the run, however it ended."""
        if not self._coroutines.are_started_done:
            self._coroutines.break_off()
        self._coroutines.rest()
        if self._interrupt is not None:
            self._interrupt.breaks_in, self._interrupt = False, None

    def _say_if_slow(self) -> None:
        """Say once, on standard error, that runs are slow because of models in Python."""
        python = sum(one.seconds for one in self.running.values())
        whole = python + (self.block.seconds if self.block is not None else 0.0)
        is_slow = python >= _SLOW_S and python >= _SLOW_SHARE * whole
        if self._is_known_slow or self.block is None or not is_slow:
            return
        self._is_known_slow = True
        sys.stderr.write(
            f"loihi-sleep: {python / whole:.0%} of {whole:.0f} s went into models in Python; "
            "loihi_sleep.engine.report(process).text() says which\n"
        )

    def _step(self) -> None:
        asked = self._asked
        if self._spike:
            self._coroutines.run(self._spike)
        if self._steps_ordered < _LEARNING_STEPS:
            self._steps_ordered += 1
            self._order_members()
        if self._have_guards:
            for phase, tasks in self._phases:
                if phase in asked:
                    asked.discard(phase)
                    self._coroutines.run(tasks)
        if self._asynchronous:
            self._coroutines.let_started_go_on()

    def _make_tasks(self) -> None:
        """List the tasks of each phase, in the order of the members."""
        asked, block = self._asked, self.block
        self._spike = [
            Task(one, partial(one.spike, asked))
            if isinstance(one, LoihiModel)
            else Task(one, self._spike_block)
            for one in self._members
        ]
        models = [one for one in self._members if isinstance(one, LoihiModel)]
        self._phases: list[tuple[str, Sequence[Task]]] = []
        for phase, method in (
            (PRE_MANAGEMENT, LoihiModel.manage_before),
            (LEARNING, LoihiModel.learn),
            (POST_MANAGEMENT, LoihiModel.manage_after),
        ):
            tasks = [Task(one, partial(method, one, asked)) for one in models]
            if block is not None and block.served:
                tasks.append(Task(block, partial(block.manage, phase)))
            self._phases.append((phase, tasks))

    def _spike_block(self) -> bool:
        assert self.block is not None
        return self.block.spike(self._done)

    def _order_members(self) -> None:
        """Put those who had to wait behind those they waited for.

        Where they wait in a circle, it is cut before one that sends before it waits, as synapses
        do: only that one has to wait then.
        """
        before = {
            one: [other for other in self._members if other in one.waited_for]
            for one in self._members
        }
        while True:
            try:
                order = list(TopologicalSorter(before).static_order())
                break
            except CycleError as error:
                circle = error.args[1]
                cut = next((one for one in circle if one.sends_first), circle[0])
                before[cut] = [other for other in before[cut] if other not in circle]
        if order != self._members:
            self._members = order
            self._make_tasks()

    def _end_asynchronous(self) -> None:
        turns = 0
        while not all(model.is_done for model in self._asynchronous):
            self._coroutines.wait_for_started()
            self._coroutines.let_started_go_on()
            if self._is_stopping() and not self._command:
                self._command = STOP
            turns += bool(self._command)
            if turns > _LAST_TURNS:
                left = [model.name for model in self._asynchronous if not model.is_done]
                self._coroutines.break_off()
                if self._command == STOP:
                    return
                raise RunFailed(
                    f"{left[0]} does not end: an asynchronous model must ask check_for_stop_cmd() "
                    "or check_for_pause_cmd() now and then, and return"
                )

    def _wait_outside(self, has_happened: Callable[[], bool]) -> None:
        """Wait until the user's program has sent or received a message."""
        while True:
            with self._outside.changed:
                if self._outside.changed.wait_for(has_happened, _LOOK_S):
                    return
            if self._interrupt is not None:
                self._interrupt.deal()
            if self._is_stopping():
                raise RunStopped("the network was stopped while a model waited for its user")

    def stop(self) -> None:
        """Let no thread of the user's wait for models any more."""
        self._outside.end("the network has been stopped")

    def _explained(self, failure: Failure) -> BaseException:
        """Say who failed, when and how; whoever waits for models outside hears of it too."""
        error = self._explanation(failure)
        self._outside.end(f"the run has failed: {error}")
        return error

    def _explanation(self, failure: Failure) -> BaseException:
        error, actor = failure.error, failure.actor
        if not isinstance(error, Exception):
            return error
        when = f"step {self._done + 1}, phase {actor.phase or HOST}"
        if isinstance(error, Deadlock):
            return RuntimeError(f"the run cannot go on in {when}: {error}")
        if isinstance(error, RunFailed):
            return error
        # Lava raises nothing more special.
        return RuntimeError(f"{actor.name}, {when}: {described(error)}")
