"""What a model of Lava's has for itself, being forked: NumPy's random state, and its parameters.

Lava starts each model in a copy of the user's process. So a model has a copy of the state of
NumPy's global random generator as it was then (two models that draw get the same numbers), and
nobody else sees what it does to its parameters. Python's own ``random``, torch's generator,
attributes of classes and modules, open files and the working directory are shared here, and are not
in Lava.
"""

from __future__ import annotations

import copy
import inspect
import pickle
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from lava.magma.core.learning.learning_rule import LoihiLearningRule
from lava.magma.core.process.process import ProcessParameters

if TYPE_CHECKING:
    from lava.magma.core.model.model import AbstractProcessModel
    from lava.magma.core.model.py.model import AbstractPyProcessModel


@dataclass
class RandomState:
    """State of NumPy's global random generator that belongs to one model.

    Parameters
    ----------
    generator : BitGenerator
    left : tuple of int and float
        Whether a normal number is left for the next call, and which: NumPy draws them in pairs, and
        keeps them elsewhere.
    """

    generator: np.random.BitGenerator
    left: tuple[int, float] = (0, 0.0)


class _OneAtATime:
    """Lets the models of one network at a time draw: there is one global generator.

    Threads have their turn in the order in which they asked; one that has it may ask again, where a
    model runs a network of its own.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._owner, self._depth = 0, 0
        self._queue: deque[object] = deque()

    @property
    def is_wanted(self) -> bool:
        """Whether another thread waits."""
        return bool(self._queue)

    def begin(self) -> None:
        """Take the turn, once others have ended theirs."""
        me, ticket = threading.get_ident(), object()
        with self._changed:
            if self._owner != me:
                self._queue.append(ticket)
                try:
                    is_mine = self._changed.wait_for(
                        lambda: not self._owner and self._queue[0] is ticket, _PATIENCE_S
                    )
                finally:
                    self._queue.remove(ticket)
                    self._changed.notify_all()
                if not is_mine:
                    raise RuntimeError(
                        f"for {_PATIENCE_S} s no step of a network in another thread has ended, "
                        "whose models may draw from NumPy's global generator; a model must not "
                        "wait for networks that run in other threads"
                    )
                self._owner = me
            self._depth += 1

    def end(self) -> None:
        """Let the next have its turn."""
        with self._changed:
            self._depth -= 1
            if not self._depth:
                self._owner = 0
                self._changed.notify_all()


_PATIENCE_S = 60.0
# How long a network runs on while others wait: to change costs time.
_TURN_S = 0.01
_TURNS = _OneAtATime()


class RandomStates:
    """Lets NumPy's global functions draw from the state of whoever runs."""

    def __init__(self) -> None:
        self._now: RandomState | None = None
        self._users: RandomState | None = None
        self._since = 0.0

    def take(self, state: RandomState) -> None:
        """Go on with the state of a model."""
        if state is self._now:
            return
        if self._now is None:
            _TURNS.begin()
            self._since = time.perf_counter()
            self._users = RandomState(np.random.get_bit_generator())
            self._now = self._users
        self._now.left = _normal_left()
        _enter(state)
        self._now = state

    def give_back(self) -> None:
        """Go on with the user's own state, and let other networks have theirs."""
        if self._users is not None:
            self.take(self._users)
            self._now = self._users = None
            _TURNS.end()

    def let_others_draw(self) -> None:
        """Give back the user's state for a moment, where networks in other threads wait."""
        if _TURNS.is_wanted and time.perf_counter() - self._since > _TURN_S:
            self.give_back()


class _NoState:
    """Stands in for the generator while NumPy is asked for the normal number that is left.

    NumPy hands out and takes that number together with all 624 words of the generator, which takes
    50 microseconds.
    """

    @property
    def state(self) -> dict[str, Any]:
        """Nothing; NumPy adds the number."""
        return {"bit_generator": "none"}

    @state.setter
    def state(self, value: object) -> None:
        """Leave the generator as it is."""


_NO_STATE = _NoState()
# Its functions are those of numpy.random.
_GLOBAL: Any = np.random.mtrand._rand


def _normal_left() -> tuple[int, float]:
    """Find out whether a normal number is left for the next call, and which."""
    generator, _GLOBAL._bit_generator = _GLOBAL._bit_generator, _NO_STATE
    try:
        whole = _GLOBAL.get_state(legacy=False)
    finally:
        _GLOBAL._bit_generator = generator
    return whole["has_gauss"], whole["gauss"]


def _enter(state: RandomState) -> None:
    # No normal number is left then.
    np.random.set_bit_generator(state.generator)
    if state.left[0]:
        _GLOBAL._bit_generator = _NO_STATE
        try:
            _GLOBAL.set_state(
                {"bit_generator": "none", "state": {}, "has_gauss": 1, "gauss": state.left[1]}
            )
        finally:
            _GLOBAL._bit_generator = state.generator


def random_state_of(model: type[AbstractProcessModel]) -> RandomState | None:
    """Copy the state of NumPy's global random generator for a model; None if it draws nothing."""
    if not draws_random_numbers(model):
        return None
    _TURNS.begin()
    try:
        return RandomState(copy.deepcopy(np.random.get_bit_generator()), _normal_left())
    finally:
        _TURNS.end()


def build_apart(
    kind: type[AbstractProcessModel], build: Callable[[], AbstractPyProcessModel]
) -> tuple[AbstractPyProcessModel, RandomState | None]:
    """Build a model that may draw random numbers, or seed the generator, when it is made.

    Parameters
    ----------
    kind : ProcessModel class
    build : callable
        Makes the model.

    Returns
    -------
    model : AbstractPyProcessModel
    state : RandomState or None
        Its own from now on, where it has changed it; None: it is to be copied when the model runs.
    """
    state = random_state_of(kind)
    if state is None:
        return build(), None
    before, states = pickle.dumps(state.generator.state), RandomStates()
    states.take(state)
    try:
        model = build()
    finally:
        states.give_back()
    is_changed = before != pickle.dumps(state.generator.state) or bool(state.left[0])
    return model, state if is_changed else None


def draws_random_numbers(model: type[AbstractProcessModel]) -> bool:
    """Tell whether a model may use NumPy's global random generator.

    Parameters
    ----------
    model : ProcessModel class

    Returns
    -------
    bool
        For models of Lava's whether the word occurs in their code; true for all others, which may
        call anything.
    """
    return any(
        not kind.__module__.startswith("lava.") or _speaks_of_random(kind.__module__)
        for kind in _own_kinds(model)
    )


# What all models are made of.
_COMMON = ("lava.magma.core.model", "abc", "builtins")


def _own_kinds(model: type[AbstractProcessModel]) -> list[type]:
    return [kind for kind in model.__mro__ if not kind.__module__.startswith(_COMMON)]


@cache
def _speaks_of_random(module: str) -> bool:
    """Tell whether the word occurs in the source of a module; true without source."""
    try:
        return "random" in inspect.getsource(sys.modules[module])
    except (OSError, KeyError, TypeError):
        return True


def copy_parameters(parameters: ProcessParameters) -> ProcessParameters:
    """Copy the parameters of a Process, as far as a model could change them unseen.

    Arrays, containers and learning rules are copied; everything else is shared, such as a data set
    from which a model loads.
    """
    return ProcessParameters(
        {name: _copied(value) for name, value in parameters._parameters.items()}
    )


def _copied(value: Any) -> Any:
    if isinstance(value, np.ndarray | LoihiLearningRule):
        return copy.deepcopy(value)
    if type(value) is dict:
        return {name: _copied(part) for name, part in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_copied(part) for part in value)
    return value
