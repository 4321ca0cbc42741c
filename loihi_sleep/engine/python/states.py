"""State of models in Python between two steps, as arrays and plain values.

What a model holds is kept attribute by attribute: arrays, sparse matrices, numbers, texts, NumPy's
random generators, and lists, tuples and dicts of these. Ports, parameters and functions stay as
they are. A model that holds anything else cannot be kept, and is named.
"""

from __future__ import annotations

import copy
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from lava.magma.core.model.py.model import PyAsyncProcessModel, PyLoihiProcessModel
from lava.magma.core.model.py.ports import AbstractPyPort
from numpy.typing import NDArray
from scipy.sparse import issparse

if TYPE_CHECKING:
    from loihi_sleep.engine.python.models import RunningModel
    from loihi_sleep.engine.python.network import PythonNetwork

_NUMBERS = (bool, int, float, complex, str, bytes, np.generic, type(None))
_GENERATORS = (np.random.Generator, np.random.RandomState, np.random.BitGenerator)
_CODE = (types.FunctionType, types.MethodType, types.BuiltinFunctionType, type, types.ModuleType)
# What Lava gives every model; of it only the time is a state.
_LAVAS = (
    {*vars(PyLoihiProcessModel({})), *vars(PyAsyncProcessModel({}))}
    | {"service_to_process", "process_to_service", "num_steps"}
) - {"time_step"}


@dataclass(frozen=True)
class ModelStates:
    """State of all models in Python of a network.

    Parameters
    ----------
    attributes : tuple of dict
        What each model holds, by name, in the order in which the Processes were made.
    random : tuple of dict or None
        State of NumPy's global generator that each model has for itself; None: it has none yet.
    messages : tuple of tuple of ndarray
        Messages that have been sent and not received, channel by channel.
    """

    attributes: tuple[dict[str, Any], ...] = ()
    random: tuple[dict[str, Any] | None, ...] = ()
    messages: tuple[tuple[NDArray[Any], ...], ...] = ()


def take_states(network: PythonNetwork) -> ModelStates:
    """Take the state of the models of a network.

    Raises
    ------
    ValueError
        A model holds something that is neither an array nor a plain value.
    """
    models = list(network.running.values())
    return ModelStates(
        tuple(_attributes(one) for one in models),
        tuple(
            None
            if one.random is None
            else {
                "generator": copy.deepcopy(one.random.generator.state),
                "left": one.random.left,
            }
            for one in models
        ),
        tuple(tuple(message.copy() for message in channel.queue) for channel in network.channels),
    )


def check_states(network: PythonNetwork | None, states: Any) -> None:
    """Refuse states that the models of a network cannot go on from.

    Raises
    ------
    ValueError
        They are of another network, or damaged.
    """
    if not isinstance(states, ModelStates):
        raise ValueError(f"the state's models are a {type(states).__name__}; they must be arrays")
    models = [] if network is None else list(network.running.values())
    channels = [] if network is None else network.channels
    sizes = len(states.attributes), len(states.random), len(states.messages)
    if sizes != (len(models), len(models), len(channels)):
        raise ValueError(
            f"the state is of another network: it has {len(states.attributes)} models in Python, "
            f"the network has {len(models)}"
        )
    # From a file it may be anything.
    held: Sequence[Any] = states.attributes
    for one, kept in zip(models, held, strict=True):
        missing = {name for name, value in vars(one.model).items() if _is_state(name, value)}
        if not isinstance(kept, Mapping) or not missing <= kept.keys():
            raise ValueError(f"the state is of another network: it has no {one.name}")
        for name in missing:
            _check_alike(f"{name} of {one.name}", getattr(one.model, name), kept[name])
    for channel, messages in zip(channels, states.messages, strict=True):
        for message in messages:
            if message.shape != channel.shape or len(messages) > channel.size:
                raise ValueError("the state is damaged: messages do not fit their channels")


def put_states(network: PythonNetwork, states: ModelStates) -> None:
    """Put the models of a network into states that have been checked."""
    for one, kept, random in zip(
        network.running.values(), states.attributes, states.random, strict=True
    ):
        for name, value in kept.items():
            _put(one.model, name, value)
        if random is not None and one.random is not None:
            one.random.generator.state = random["generator"]
            one.random.left = tuple(random["left"])
    for channel, messages in zip(network.channels, states.messages, strict=True):
        channel.queue.clear()
        channel.queue.extend(message.copy() for message in messages)


def _attributes(one: RunningModel) -> dict[str, Any]:
    return {
        name: _kept(f"{name} of {one.name}", value)
        for name, value in vars(one.model).items()
        if _is_state(name, value)
    }


def _is_state(name: str, value: Any) -> bool:
    return name not in _LAVAS and not isinstance(value, (AbstractPyPort, *_CODE))


def _kept(name: str, value: Any) -> Any:
    """Copy a value.

    Raises
    ------
    ValueError
        It is neither an array nor a plain value.
    """
    if isinstance(value, _NUMBERS):
        return value
    if isinstance(value, np.ndarray) and value.dtype.kind != "O":
        return value.copy()
    if issparse(value):
        return value.copy()
    if isinstance(value, _GENERATORS):
        return copy.deepcopy(_state_of(value))
    if type(value) in (list, tuple):
        return type(value)(_kept(name, part) for part in value)
    if type(value) is dict:
        return {key: _kept(name, part) for key, part in value.items()}
    raise ValueError(
        f"{name} is a {type(value).__name__}; the state of a model in Python can be kept where it "
        "holds arrays, numbers, texts, NumPy's random generators, and lists, tuples and dicts of "
        "them"
    )


def _state_of(generator: Any) -> Any:
    if isinstance(generator, np.random.Generator):
        return generator.bit_generator.state
    if isinstance(generator, np.random.RandomState):
        return generator.get_state(legacy=False)
    return generator.state


def _check_alike(name: str, now: Any, kept: Any) -> None:
    """Refuse a value of another kind than the model holds."""
    if isinstance(now, np.ndarray):
        alike = isinstance(kept, np.ndarray) and kept.shape == now.shape
    elif isinstance(now, _GENERATORS):
        alike = isinstance(kept, Mapping) and kept.keys() == _state_of(now).keys()
    elif issparse(now):
        alike = issparse(kept) and kept.shape == now.shape
    else:
        alike = isinstance(kept, (*_NUMBERS, Sequence, Mapping, np.ndarray))
    if not alike:
        raise ValueError(f"the state is damaged, or of another network: {name} differs in shape")


def _put(model: Any, name: str, value: Any) -> None:
    now = getattr(model, name, None)
    if isinstance(now, np.ndarray) and isinstance(value, np.ndarray) and now.dtype == value.dtype:
        # Other attributes may be views of it.
        now[...] = value
    elif isinstance(now, np.random.Generator):
        now.bit_generator.state = value
    elif isinstance(now, np.random.RandomState):
        now.set_state(value)
    elif isinstance(now, np.random.BitGenerator):
        now.state = value
    else:
        setattr(model, name, copy.deepcopy(value))
