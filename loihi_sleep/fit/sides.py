"""Host or chip: on which side of the boundary a Process runs, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loihi_sleep.fit import plasticity

if TYPE_CHECKING:
    from lava.magma.core.learning.learning_rule import LoihiLearningRule
    from lava.magma.core.process.process import AbstractProcess

# Lava's Processes for which release notes, issues and public code name a model for the chip.
NEURONS = ("LIF", "LearningLIF")
SYNAPSES = ("Dense", "DelayDense", "Sparse", "LearningDense", "Conv")
# What belongs on the host of a deployed network: it sends to the chip, or hears from it.
DRIVES = (
    "RingBuffer",
    "Sleep",
    "SpikeDrive",
    "ImageDrive",
    "CurrentDrive",
    "FrameDrive",
    "PhaseGate",
)
PROBES = ("RingBuffer", "SpikeProbe")
UNKNOWN = "no model for the chip is known"
_NEURONS_ON_HOST = "so do the neurons that it reaches"
_REASONS = {
    "RingBuffer": "its data lie in the host's memory",
    "Monitor": "Lava's monitors do not work with a chip; SpikeProbe counts spikes",
}


def label(process: AbstractProcess) -> str:
    """Name a Process in a message."""
    return f"{process.name} ({type(process).__name__})"


def why_on_host(process: AbstractProcess) -> str:
    """Say why a Process runs on the host; empty where it runs on the chip.

    Processes of our own say it themselves, in their class variable ``on_host``.
    """
    kind = type(process)
    if not kind.__module__.startswith("lava.proc."):
        return getattr(process, "on_host", UNKNOWN)
    if kind.__name__ in NEURONS:
        return ""
    if kind.__name__ not in SYNAPSES:
        return _REASONS.get(kind.__name__, UNKNOWN)
    rule = learning_rule(process)
    if rule is not None and plasticity.has_three_factors(rule):
        return plasticity.THREE_FACTORS
    neurons = _neurons_behind(process)
    return _NEURONS_ON_HOST if neurons and all(map(why_on_host, neurons)) else ""


def might_be_on_chip(process: AbstractProcess) -> bool:
    """Whether a Process runs on the chip, or would if models of it were known."""
    reason = why_on_host(process)
    if reason != _NEURONS_ON_HOST:
        return reason in ("", UNKNOWN)
    return any(map(might_be_on_chip, _neurons_behind(process)))


def learning_rule(process: AbstractProcess) -> LoihiLearningRule | None:
    """Return the learning rule of a Process, or None."""
    return process.proc_params._parameters.get("learning_rule")


def is_drive(process: AbstractProcess) -> bool:
    """Whether a Process of the host may send to the chip."""
    return _is_known(process) and type(process).__name__ in DRIVES


def is_probe(process: AbstractProcess) -> bool:
    """Whether a Process of the host may hear from the chip."""
    return _is_known(process) and type(process).__name__ in PROBES


def _neurons_behind(synapses: AbstractProcess) -> list[AbstractProcess]:
    """Neurons that synapses reach; what listens for the host is none."""
    ends = (port.process for port in synapses.a_out.get_dst_ports())
    return [end for end in ends if hasattr(end, "v")]


def _is_known(process: AbstractProcess) -> bool:
    return type(process).__module__.startswith(("lava.proc.io.", "loihi_sleep.processes."))
