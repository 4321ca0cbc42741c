"""State of models in Python between two steps, as arrays and plain values.

What a model holds is kept attribute by attribute (``held_values``). Ports, parameters and functions
stay as they are. A model that holds anything else cannot be kept, and is named.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from lava.magma.core.model.py.model import PyAsyncProcessModel, PyLoihiProcessModel
from numpy.typing import NDArray

from loihi_sleep.engine.python import held_values

if TYPE_CHECKING:
    from loihi_sleep.engine.python.models import RunningModel
    from loihi_sleep.engine.python.network import PythonNetwork

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
        names = {name for name in _vars_of(one) if _is_state(name, getattr(one.model, name))}
        if not isinstance(kept, Mapping) or not names <= kept.keys():
            raise ValueError(f"the state is of another network: it has no {one.name}")
        for name in names:
            if np.shape(kept[name]) != np.shape(getattr(one.model, name)):
                raise ValueError(
                    "the state is damaged, or of another network: "
                    f"{name} of {one.name} differs in shape"
                )
        held_values.check(kept, one.name)
    for channel, messages in zip(channels, states.messages, strict=True):
        for message in messages:
            if message.shape != channel.shape or len(messages) > channel.size:
                raise ValueError("the state is damaged: messages do not fit their channels")


def put_states(network: PythonNetwork, states: ModelStates) -> None:
    """Put the models of a network into states that have been checked."""
    for one, kept, random in zip(
        network.running.values(), states.attributes, states.random, strict=True
    ):
        own = vars(one.model)
        # What the model has made since then.
        for name in [name for name, value in own.items() if _is_state(name, value)]:
            if name not in kept:
                del own[name]
        held_values.put(own, kept)
        if random is not None and one.random is not None:
            one.random.generator.state = random["generator"]
            one.random.left = tuple(random["left"])
    for channel, messages in zip(network.channels, states.messages, strict=True):
        channel.queue.clear()
        channel.queue.extend(message.copy() for message in messages)


def _vars_of(one: RunningModel) -> list[str]:
    """Names of the Vars of a model's Process."""
    return list(one.process.vars.member_names)


def _attributes(one: RunningModel) -> dict[str, Any]:
    states = {name: value for name, value in vars(one.model).items() if _is_state(name, value)}
    return held_values.take(states, one.name)


def _is_state(name: str, value: Any) -> bool:
    return name not in _LAVAS and held_values.is_state(value)
