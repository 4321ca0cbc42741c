"""What the engine knows of a ProcessModel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loihi_sleep.engine.assembly import Assembly


@dataclass(frozen=True)
class Component:
    """How a ProcessModel becomes a node.

    Parameters
    ----------
    build : callable
        Adds a Process to an assembly, in which all messages that it sends are laid out.
    sends, hears : tuple of str
        Ports on which Lava's model sends and receives in every step, and no others.
    lists_events : bool
        Whether it lists the events of what it sends.
    synaptic : bool
        It sends what arrived in the step before.
    """

    build: Callable[[Assembly, Any], None]
    sends: tuple[str, ...] = ()
    hears: tuple[str, ...] = ()
    lists_events: bool = True
    synaptic: bool = False
