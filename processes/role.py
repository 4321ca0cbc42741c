"""What a Process is in a network, as its class says it."""

from enum import Enum


class Role(Enum):
    """What a Process does. A class declares its own in the class variable ``role``."""

    NEURONS = "neurons"
    """Integrates what it receives and spikes."""
    SYNAPSES = "synapses"
    """Passes spikes on by weights, plastic or not."""
    DRIVE = "drive"
    """Sends spikes or currents into a network that it makes up, or is given."""
    GATE = "gate"
    """Passes one of its inputs through."""
    PROBE = "probe"
    """Records what it receives."""
    ENVIRONMENT = "environment"
    """A world that hears what a network does and answers."""


NO_CHIP_MODEL = "no model for the chip is known"
"""Why a Process runs on the host of which nothing better is known."""
