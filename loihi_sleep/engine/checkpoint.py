"""Everything that a network remembers, to be kept and put back."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.engine.program import Program
from loihi_sleep.engine.runtime import MOST_STEPS, runtime_of
from loihi_sleep.engine.state_check import check_arrays, check_shapes
from loihi_sleep.engine.variables import TextVariable
from loihi_sleep.processes import checks

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

    from loihi_sleep.engine.python.network import PythonNetwork
    from loihi_sleep.engine.python.states import ModelStates


@dataclass(frozen=True)
class State:
    """State of a network between two steps; plain arrays and values, so that any file can hold it.

    Parameters
    ----------
    time_step : int
        Steps run.
    arrays : dict of str to ndarray
        The engine's memory.
    kept : tuple
        Vars beside the memory, in the order in which they were made: an array, a text or None each.
    layers : tuple of dict
        Plastic layers: parameters and texts of the rule, states of NumPy's random generators.
    models : ModelStates, optional
        What models in Python hold; there is none where all of the network is compiled.
    """

    time_step: int
    arrays: dict[str, NDArray[Any]]
    kept: tuple[NDArray[Any] | str | None, ...]
    layers: tuple[dict[str, Any], ...]
    models: ModelStates | None = None


def state(process: AbstractProcess) -> State:
    """Take the state of the network that a Process belongs to.

    Parameters
    ----------
    process : AbstractProcess
        Any Process of the network.

    Returns
    -------
    State
        Copies: the network may run on.

    Raises
    ------
    ValueError
        The network is not attached to the compiled engine, or a model in Python holds something
        that is neither an array nor a plain value.
    RuntimeError
        It has been stopped, or is running.
    """
    runtime = runtime_of(process)
    with runtime.use("state") as program:
        return State(
            time_step=program.clock.step,
            arrays={name: array.copy() for name, array in program.storage.remembered.items()},
            kept=tuple(copy.deepcopy(variable.content) for _, variable in program.kept()),
            layers=tuple(layer.state for layer in program.layers),
            models=None if runtime.network is None else _states(runtime.network),
        )


def restore(process: AbstractProcess, state: State) -> None:
    """Put a network into a state that was taken from it, or from one that was built alike.

    A run that goes on from there is equal to one that was never interrupted.

    Parameters
    ----------
    process : AbstractProcess
        Any Process of a network that is attached to the compiled engine.
    state : State
        As :func:`state` returns it.

    Raises
    ------
    ValueError
        The network is not attached, or the state is damaged or of a network that was built
        otherwise; the network is as it was.
    RuntimeError
        The network has been stopped, or is running.

    Notes
    -----
    A state may come from a damaged file, so every number that leads the compiled code is looked at:
    indices, counts, positions, steps. Amounts are taken as they are; in float a network may have
    made them NaN or infinite by itself.
    """
    runtime = runtime_of(process)
    with runtime.use("restore") as program:
        _check(program, state)
        if runtime.network is not None or state.models is not None:
            from loihi_sleep.engine.python.states import check_states

            check_states(runtime.network, state.models)
        runtime.settle()
        kept = [copy.deepcopy(variable.content) for _, variable in program.kept()]
        layers = [layer.state for layer in program.layers]
        try:
            _write_beside_memory(program, state.kept, state.layers)
        except Exception as error:
            _write_beside_memory(program, kept, layers)
            raise ValueError(f"the state cannot be restored: {error}") from error
        for name, array in program.storage.remembered.items():
            array[:] = state.arrays[name]
        program.clock.step = int(state.time_step)
        for layer in program.layers:
            layer.place_address()
        if runtime.network is not None and state.models is not None:
            from loihi_sleep.engine.python.states import put_states

            runtime.network.fork_random_states()
            put_states(runtime.network, state.models)


def _states(network: PythonNetwork) -> ModelStates:
    from loihi_sleep.engine.python.states import take_states

    network.fork_random_states()
    return take_states(network)


def _check(program: Program, state: State) -> None:
    """Refuse a state that a network cannot go on from."""
    if not isinstance(state, State):
        raise ValueError(f"state is a {type(state).__name__}; it must be a State of engine.state")
    for name, kind in (("arrays", dict), ("kept", Sequence), ("layers", Sequence)):
        if not isinstance(getattr(state, name), kind):
            raise ValueError(
                f"the state's {name} is a {type(getattr(state, name)).__name__}; it must be a "
                f"{'dict' if kind is dict else 'tuple'}"
            )
    check_shapes(program.storage, state.arrays)
    variables = list(program.kept())
    if len(state.layers) != len(program.layers) or len(state.kept) != len(variables):
        raise ValueError(
            f"the state is of another network: it has {len(state.layers)} plastic layers and "
            f"{len(state.kept)} parameters, the network has {len(program.layers)} and "
            f"{len(variables)}"
        )
    time_step = checks.integer("the state's time_step", state.time_step, 0, MOST_STEPS)
    for (var_id, _), content in zip(variables, state.kept, strict=True):
        _check_kept(program, var_id, content)
    for layer, rule in zip(program.layers, state.layers, strict=True):
        layer.check_state(rule)
    check_arrays(program, state.arrays, time_step, list(state.kept))


def _check_kept(program: Program, var_id: int, content: Any) -> None:
    """Refuse what a Var beside the memory cannot hold."""
    variable = program.variables[var_id]
    if isinstance(variable, TextVariable):
        if not (content is None or (isinstance(content, str) and content.isascii())):
            raise ValueError(f"the state is damaged: a rule is {content!r}; it must be a text")
        return
    domain = program.domain(var_id)
    if (
        not isinstance(content, np.ndarray)
        or content.shape != variable.shape
        or content.dtype != variable.kind
    ):
        raise ValueError(
            f"the state is damaged: {domain.name} must be {variable.shape} {variable.kind}"
        )
    try:
        domain.within(content, finite=False)
    except ValueError as error:
        raise ValueError(f"the state is damaged: {error}") from error


def _write_beside_memory(
    program: Program, kept: Sequence[Any], layers: Sequence[dict[str, Any]]
) -> None:
    for (_, variable), content in zip(program.kept(), kept, strict=True):
        variable.content = copy.deepcopy(content)
    for layer, state in zip(program.layers, layers, strict=True):
        layer.state = state
