"""Host or chip: on which side of the boundary a Process runs, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loihi_sleep.graphs.roles import NO_ROLE, reason_on_host, role_of
from loihi_sleep.processes.role import NO_CHIP_MODEL, Role

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

_NEURONS_ON_HOST = "so do the neurons that it reaches"
_UNKNOWN = (NO_CHIP_MODEL, NO_ROLE)


def label(process: AbstractProcess) -> str:
    """Name a Process in a message."""
    return f"{process.name} ({type(process).__name__})"


def why_on_host(process: AbstractProcess) -> str:
    """Say why a Process runs on the host; empty where it runs on the chip.

    Processes of ours and of yours say it themselves, in their class variable ``on_host``.
    """
    reason = reason_on_host(process)
    if reason or role_of(process) is not Role.SYNAPSES:
        return reason
    neurons = _neurons_behind(process)
    return _NEURONS_ON_HOST if neurons and all(map(why_on_host, neurons)) else ""


def is_place_known(process: AbstractProcess) -> bool:
    """Whether it is known where a Process runs."""
    return why_on_host(process) not in _UNKNOWN


def might_be_on_chip(process: AbstractProcess) -> bool:
    """Whether a Process runs on the chip, or would if models of it were known."""
    reason = why_on_host(process)
    if reason != _NEURONS_ON_HOST:
        return reason in ("", *_UNKNOWN)
    return any(map(might_be_on_chip, _neurons_behind(process)))


def _neurons_behind(synapses: AbstractProcess) -> list[AbstractProcess]:
    """Neurons that synapses reach; what listens for the host is none."""
    ends = (port.process for out in synapses.out_ports.members for port in out.get_dst_ports())
    return [end for end in ends if role_of(end) is Role.NEURONS]
