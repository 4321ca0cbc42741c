"""Everything that a network remembers, to be kept and put back."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from loihi_sleep.engine.runtime import runtime_of

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess


@dataclass(frozen=True)
class State:
    """State of a network between two steps; plain arrays and values, so that any file can hold it.

    Parameters
    ----------
    time_step : int
        Steps run.
    arrays : dict of str to ndarray
        The engine's memory.
    held : tuple
        Vars beside the memory, in the order in which they were made: an array, a text or None each.
    layers : tuple of dict
        Plastic layers: parameters and texts of the rule, states of NumPy's random generators.
    """

    time_step: int
    arrays: dict[str, NDArray[Any]]
    held: tuple[NDArray[Any] | str | None, ...]
    layers: tuple[dict[str, Any], ...]


def state(process: AbstractProcess) -> State:
    """Take the state of the network that a Process belongs to.

    Raises
    ------
    ValueError
        The network is not attached to the compiled engine.
    """
    assembly = runtime_of(process).assembly
    return State(
        time_step=assembly.time_step,
        arrays={name: array.copy() for name, array in assembly.memory.remembered.items()},
        held=tuple(copy.deepcopy(variable.content) for variable in assembly.held()),
        layers=tuple(layer.state for layer in assembly.learning),
    )


def restore(process: AbstractProcess, state: State) -> None:
    """Put a network into a state that was taken from it, or from one that was built alike.

    A run that goes on from there is equal to one that was never interrupted.

    Raises
    ------
    ValueError
        The network is not attached, or the state is of a network that was built otherwise.
    """
    runtime = runtime_of(process)
    assembly, arrays = runtime.assembly, runtime.assembly.memory.remembered
    for name, array in arrays.items():
        other = state.arrays.get(name)
        if other is None or other.shape != array.shape or other.dtype != array.dtype:
            raise ValueError(
                f"the state is of another network: its {name!r} has "
                f"{'nothing' if other is None else f'{other.shape} {other.dtype}'}, the network's "
                f"{array.shape} {array.dtype}"
            )
    held = assembly.held()
    if len(state.layers) != len(assembly.learning) or len(state.held) != len(held):
        raise ValueError(
            f"the state is of another network: it has {len(state.layers)} plastic layers and "
            f"{len(state.held)} parameters, the network has {len(assembly.learning)} and "
            f"{len(held)}"
        )
    if runtime.counter is not None:
        runtime.counter.settle()
    for variable, content in zip(held, state.held, strict=True):
        variable.content = copy.deepcopy(content)
    for layer, kept in zip(assembly.learning, state.layers, strict=True):
        layer.state = kept
    for name, array in arrays.items():
        array[:] = state.arrays[name]
    assembly.time_step = state.time_step
    for layer in assembly.learning:
        layer.place_address()
