"""Vars of models in Python: reading and writing from outside, as Lava's models do it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from lava.utils.sparse import find
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, issparse

from loihi_sleep.engine.variables import TextVariable

if TYPE_CHECKING:
    from loihi_sleep.engine.program import Program
    from loihi_sleep.engine.python.models import RunningModel


class ModelVariable:
    """A Var that is an attribute of a model: a number, an array or a sparse matrix.

    It is read in the shape that the Process declares, as Lava does it, also where the model holds a
    single number. Lava reads arrays in C order and writes them in the order of the memory, and has
    no way to read a single float; here both are in C order, and a float can be read.

    Parameters
    ----------
    running : RunningModel
    name : str
        Name of the attribute.
    """

    def __init__(self, running: RunningModel, name: str) -> None:
        self._model, self._name = running.model, name
        var = getattr(running.process, name)
        self._declared = tuple(var.shape)
        # A matrix that Lava made of one number is given back in full, not as its entries.
        self._is_full = not issparse(var.init)

    @property
    def value(self) -> Any:
        """What the model holds."""
        return getattr(self._model, self._name)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of its values; of a sparse matrix they are the entries."""
        return self._numbers().shape

    @property
    def kind(self) -> np.dtype[Any]:
        """Type in which its values are kept."""
        return self._numbers().dtype

    @property
    def integer(self) -> bool:
        """Whether new values lose their fraction."""
        return bool(self.kind.kind in "biu")

    def read(self) -> NDArray[Any]:
        """Return a copy, as float64 like Lava's runtime."""
        return self._numbers().astype(np.float64, order="C")

    def write(self, values: NDArray[Any]) -> None:
        """Take new values of its shape."""
        value = self.value
        if issparse(value):
            post, pre, _ = find(value, explicit_zeros=True)
            entries = np.asarray(values, dtype=value.dtype).ravel()
            setattr(self._model, self._name, csr_matrix((entries, (post, pre)), value.shape))
        elif isinstance(value, np.ndarray):
            value[...] = np.asarray(values).reshape(value.shape)
        else:
            number = np.asarray(values).item()
            setattr(self._model, self._name, type(value)(number))

    def _numbers(self) -> NDArray[Any]:
        value = self.value
        if issparse(value):
            entries = np.asarray(find(value, explicit_zeros=True)[2])
            return entries.reshape(self._declared) if self._is_full else entries
        numbers = np.asarray(value)
        is_other = numbers.shape != self._declared and numbers.size == math.prod(self._declared)
        return numbers.reshape(self._declared) if is_other else numbers


class ModelTextVariable(TextVariable):
    """A Var that is a text of a model."""

    def __init__(self, running: RunningModel, name: str) -> None:
        self._model, self._name = running.model, name

    @property
    def text(self) -> str | None:
        """The text."""
        text: str | None = getattr(self._model, self._name)
        return text

    @text.setter
    def text(self, text: str | None) -> None:
        setattr(self._model, self._name, text)


def add_variables(program: Program, running: RunningModel) -> None:
    """Let a program have the Vars of a model."""
    for var in running.process.vars.members:
        value = getattr(running.model, var.name)
        kind = ModelTextVariable if isinstance(value, str) else ModelVariable
        program.variables[var.id] = kind(running, var.name)
        program.on_var_update[var.id] = running.model.on_var_update
