"""Who runs, and who waits for whom: coroutines that give way only where they have to wait.

The tasks of a phase (what each model does in it) run one after the other in the same greenlet, as
plain function calls, so that debuggers and profilers see plain stacks. Only where a task has to
wait does another greenlet go on with the tasks that are left; the one that waited is resumed when
what it waits for has happened. A phase in which nobody waits has no switch at all.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from greenlet import GreenletExit, getcurrent, greenlet

from loihi_sleep.engine.python.isolation import RandomState, RandomStates


class Wait(Protocol):
    """What a coroutine waits for."""

    waiter: greenlet | None
    is_outside: bool

    def is_over(self) -> bool:
        """Tell whether it has happened."""

    def explain(self) -> str:
        """Say what is waited for, for a report."""


@dataclass(eq=False)
class Actor:
    """Someone who does tasks: a model, or the compiled part of a network.

    Parameters
    ----------
    name : str
        For messages.
    random : RandomState, optional
        State of NumPy's global random generator that it has for itself.

    Attributes
    ----------
    phase : str
        What it does, or has done last.
    is_done : bool
        Whether it has ended its part of the phase.
    seconds : float
        Time that it took.
    has_sent : bool
        Whether it has sent a message in this phase.
    waited_for : set of Actor
        Whose messages it had to wait for so far.
    sends_first : bool
        Whether it had sent something before it had to wait.
    """

    name: str
    random: RandomState | None = None
    phase: str = ""
    is_done: bool = True
    seconds: float = 0.0
    has_sent: bool = False
    waited_for: set[Actor] = field(default_factory=set)
    sends_first: bool = False


class Task(NamedTuple):
    """What an actor does in a phase."""

    actor: Actor
    # Returns whether it is to be called again, after the tasks that are left.
    function: Callable[[], bool | None]


class Deadlock(RuntimeError):  # noqa: N818
    """All wait, and nobody can go on."""


class Failure(Exception):  # noqa: N818
    """A task raised something, which is the cause of this."""

    def __init__(self, actor: Actor, error: BaseException) -> None:
        super().__init__(actor.name)
        self.actor, self.error = actor, error


class Coroutines:
    """Runs tasks of actors until all are done.

    Parameters
    ----------
    wait_outside : callable
        Called where only somebody outside can go on, with a function that tells whether somebody
        has; it returns then.
    """

    def __init__(self, wait_outside: Callable[[Callable[[], bool]], None]) -> None:
        self._wait_outside = wait_outside
        self._home: greenlet | None = None
        self._tasks: deque[Task] = deque()
        self._left = 0
        self._ready: deque[greenlet] = deque()
        self._idle: list[greenlet] = []
        self._gave_way: deque[greenlet] = deque()
        self._waits: dict[greenlet, tuple[Actor, Sequence[Wait]]] = {}
        self._failure: Failure | None = None
        self._actor: Actor | None = None
        self._since = 0.0
        self._random = RandomStates()

    def run(self, tasks: Sequence[Task]) -> None:
        """Run tasks until all of them are done.

        Raises
        ------
        Failure
            One of them raised an error, which is in it; all others were broken off.
        """
        self._home = getcurrent()
        waiting, ready = self._tasks, self._ready
        waiting.extend(tasks)
        self._left = len(tasks)
        for actor, _ in tasks:
            actor.is_done = False
        try:
            while self._left and self._failure is None:
                if ready:
                    ready.popleft().switch()
                elif waiting:
                    self._carry_out(waiting.popleft())
                else:
                    self._let_others_go_on()
        except GreenletExit:
            # The failure is another's.
            pass
        self._clock(None)
        self._raise_failure()

    @property
    def has_tasks(self) -> bool:
        """Whether there are tasks that have not begun."""
        return bool(self._tasks)

    def start(self, actor: Actor, function: Callable[[], None]) -> None:
        """Let a task begin that may go on beyond the phase; it runs where others wait or pause."""
        self._home = getcurrent()
        actor.is_done = False

        def carry_out() -> None:
            self._carry_out(Task(actor, function), counts=False)

        self._gave_way.append(greenlet(carry_out, parent=self._home))

    def let_started_go_on(self) -> None:
        """Give everyone who gave way one turn.

        Raises
        ------
        Failure
            As of :meth:`run`.
        """
        self._home = getcurrent()
        for _ in range(len(self._gave_way) + len(self._ready)):
            if self._ready or self._gave_way:
                (self._ready or self._gave_way).popleft().switch()
        self._clock(None)
        self._raise_failure()

    def wait_for_started(self) -> None:
        """Wait while all who have been started wait as well.

        Raises
        ------
        Failure
            They wait for each other.
        """
        if not self._ready and not self._gave_way:
            self._let_others_go_on()
            self._raise_failure()

    def wait(self, *waits: Wait) -> None:
        """Let others go on until one of several things has happened."""
        me, actor = getcurrent(), self._actor
        assert actor is not None
        self._waits[me] = actor, waits
        for one in waits:
            one.waiter = me
        try:
            while not any(one.is_over() for one in waits):
                if self._failure is not None:
                    raise GreenletExit
                self._next(me).switch()
        finally:
            for one in waits:
                one.waiter = None
            del self._waits[me]
        self._clock(actor)

    def give_way(self) -> None:
        """Let all others who can go on, and go on after them."""
        me, actor = getcurrent(), self._actor
        if me is self._home:
            return
        self._gave_way.append(me)
        self._next(me).switch()
        self._clock(actor)

    def wake(self, waiter: greenlet) -> None:
        """Note that what somebody waits for has happened."""
        if waiter not in self._ready:
            self._ready.append(waiter)

    def break_off(self) -> None:
        """End all coroutines where they are."""
        self._tasks.clear()
        self._left = 0
        others = [*self._waits, *self._gave_way, *self._idle]
        self._gave_way.clear()
        self._ready.clear()
        self._idle.clear()
        for other in others:
            if other is not self._home and other:
                other.throw(GreenletExit)
        self._gave_way.clear()
        self._ready.clear()
        self._clock(None)

    def rest(self) -> None:
        """End the greenlets that have nothing to do, and draw random numbers for the user again.

        No greenlet may live from run to run, as each belongs to one thread.
        """
        self._random.give_back()
        idle, self._idle = self._idle, []
        for one in idle:
            one.throw(GreenletExit)

    def let_others_draw(self) -> None:
        """Between two steps, let models of networks in other threads draw random numbers."""
        self._random.let_others_draw()

    @property
    def are_started_done(self) -> bool:
        """Whether all who have been started have ended."""
        return not self._gave_way and not self._waits and not self._ready

    def _raise_failure(self) -> None:
        if self._failure is not None:
            failure, self._failure = self._failure, None
            self.break_off()
            raise failure

    def _carry_out(self, task: Task, *, counts: bool = True) -> None:
        actor, function = task
        self._clock(actor)
        try:
            if function():
                self._tasks.append(task)
                return
        except GreenletExit:
            raise
        except BaseException as error:
            if self._failure is None:
                self._failure = Failure(actor, error)
        actor.is_done = True
        if counts:
            self._left -= 1

    def _drive(self) -> None:
        """Carry out tasks while another waits; one greenlet may do so again and again."""
        me = getcurrent()
        while True:
            while self._tasks and not self._ready and self._failure is None:
                self._carry_out(self._tasks.popleft())
            self._idle.append(me)
            self._next(me, idle=True).switch()

    def _next(self, me: greenlet, *, idle: bool = False) -> greenlet:
        """Find a greenlet that can go on instead of one that cannot."""
        if self._failure is None:
            if self._ready:
                return self._ready.popleft()
            if self._tasks and not idle:
                return self._idle.pop() if self._idle else greenlet(self._drive, parent=self._home)
        if me is not self._home:
            assert self._home is not None
            return self._home
        while self._gave_way and self._failure is None:
            if self._gave_way[0] is not me:
                return self._gave_way.popleft()
        if self._failure is not None:
            raise GreenletExit
        self._find_who_goes_on()
        return self._ready.popleft() if self._ready else me

    def _let_others_go_on(self) -> None:
        """In the greenlet of :meth:`run`, where no task is left to begin and not all are done."""
        if self._gave_way:
            self._gave_way.popleft().switch()
        else:
            self._find_who_goes_on()

    def _find_who_goes_on(self) -> None:
        """Wait for somebody outside; where there is nobody, it is a deadlock."""

        def has_happened() -> bool:
            over = [
                me
                for me, (_, waits) in self._waits.items()
                if any(wait.is_over() for wait in waits)
            ]
            self._ready.extend(me for me in over if me not in self._ready)
            return bool(over)

        if has_happened():
            return
        if any(wait.is_outside for _, waits in self._waits.values() for wait in waits):
            self._clock(None)
            self._random.give_back()
            self._wait_outside(has_happened)
            return
        actor = next(iter(self._waits.values()))[0] if self._waits else Actor("the network")
        self._failure = Failure(actor, Deadlock(self._report()))

    def _report(self) -> str:
        """Say who waits for what."""
        lines = [
            f"{actor.name}: {' or '.join(wait.explain() for wait in waits)}"
            for actor, waits in self._waits.values()
        ]
        return "\n  ".join(["all wait", *lines])

    def _clock(self, actor: Actor | None) -> None:
        """Note who runs from now on: whose time it is, and whose random numbers."""
        now, before = time.perf_counter(), self._actor
        if before is not None:
            before.seconds += now - self._since
        self._since, self._actor = now, actor
        if actor is not None and actor.random is not None:
            self._random.take(actor.random)
