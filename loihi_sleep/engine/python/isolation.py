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
import sys
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from lava.magma.core.learning.learning_rule import LoihiLearningRule
from lava.magma.core.process.process import ProcessParameters

if TYPE_CHECKING:
    from lava.magma.core.model.model import AbstractProcessModel

# Functions of NumPy that draw normal numbers in pairs, and keep one for the next call.
_DRAW_PAIRS = ("normal", "randn", "gauss")


@dataclass
class RandomState:
    """State of NumPy's global random generator that belongs to one model.

    Parameters
    ----------
    generator : BitGenerator
    draws_pairs : bool
        Whether a normal number may be left for the next call, which NumPy keeps elsewhere.
    left : tuple of int and float
        Whether one is, and which.
    """

    generator: np.random.BitGenerator
    draws_pairs: bool = True
    left: tuple[int, float] = (0, 0.0)


class RandomStates:
    """Lets NumPy's global functions draw from the state of whoever runs."""

    def __init__(self) -> None:
        self._now: RandomState | None = None
        self._users: RandomState | None = None

    def take(self, state: RandomState | None) -> None:
        """Go on with the state of a model; with None as it is, for one that draws nothing."""
        if state is None or state is self._now:
            return
        if self._now is None:
            self._users = RandomState(np.random.get_bit_generator())
            self._now = self._users
        _leave(self._now)
        _enter(state)
        self._now = state

    def give_back(self) -> None:
        """Go on with the user's own state."""
        if self._users is not None:
            self.take(self._users)
            self._now = self._users = None


def _leave(state: RandomState) -> None:
    if state.draws_pairs:
        whole: Any = np.random.get_state(legacy=True)  # noqa: NPY002 - models use it
        state.left = int(whole[3]), float(whole[4])


def _enter(state: RandomState) -> None:
    np.random.set_bit_generator(state.generator)
    if state.left[0]:
        whole: Any = np.random.get_state(legacy=True)  # noqa: NPY002 - models use it
        np.random.set_state((*whole[:3], *state.left))  # noqa: NPY002


def random_state_of(model: type[AbstractProcessModel]) -> RandomState | None:
    """Copy the state of NumPy's global random generator for a model; None if it draws nothing."""
    if not draws_random_numbers(model):
        return None
    state = RandomState(np.random.get_bit_generator())
    _leave(state)
    state.generator = copy.deepcopy(state.generator)
    state.draws_pairs = any(_says(kind.__module__, *_DRAW_PAIRS) for kind in _own_kinds(model))
    return state


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
        not kind.__module__.startswith("lava.") or _says(kind.__module__, "random")
        for kind in _own_kinds(model)
    )


# What all models are made of.
_COMMON = ("lava.magma.core.model", "abc", "builtins")


def _own_kinds(model: type[AbstractProcessModel]) -> list[type]:
    return [kind for kind in model.__mro__ if not kind.__module__.startswith(_COMMON)]


@cache
def _says(module: str, *words: str) -> bool:
    """Tell whether one of several words occurs in the source of a module; true without source."""
    try:
        source = inspect.getsource(sys.modules[module])
    except (OSError, KeyError, TypeError):
        return True
    return any(word in source for word in words)


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
