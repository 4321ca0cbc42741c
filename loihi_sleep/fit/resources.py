"""What each Process of a network takes of a chip."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.fit import plasticity
from loihi_sleep.fit.placement import why_on_host
from loihi_sleep.graphs.roles import is_sparse, learning_rule, neuron_var, weight_var
from loihi_sleep.numerics.limits import Core

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

# Ports that spikes and what comes of them arrive at; others hear of them for learning.
_FORWARD = ("s_in", "a_in")
# Bytes that a synapse takes: its weight alone, and with what a plastic one has beside it.
_STATIC_BYTES, _PLASTIC_BYTES = (1, 2), (2, 4)


@dataclass(frozen=True)
class Part:
    """What a Process needs.

    Parameters
    ----------
    name, kind : str
    neurons, synapses : int
    inputs : int
        Pre-synaptic neurons: in-axons of each core that holds some of the synapses.
    synaptic_bytes : tuple of int
        At least, and at most.
    products : int
        Products of its learning rule.
    host : str
        Why it runs on the host; empty: it runs on the chip.
    targets : tuple of str
        Names of the Processes on the chip that what it sends goes to.
    """

    name: str
    kind: str
    neurons: int
    synapses: int
    inputs: int
    synaptic_bytes: tuple[int, int]
    products: int
    host: str
    targets: tuple[str, ...]

    @property
    def label(self) -> str:
        """What people read."""
        return f"{self.name} ({self.kind})"

    def cores(self, core: Core) -> tuple[int, int]:
        """Estimate the cores that it takes where it shares none with others.

        Parameters
        ----------
        core : Core
            What a core has.

        Returns
        -------
        int, int
            At least, and at most; 0 of what runs on the host.
        """
        if self.host:
            return 0, 0
        low, high = (
            max(math.ceil(self.neurons / core.neurons), math.ceil(count / core.synaptic_bytes))
            for count in self.synaptic_bytes
        )
        return low, high

    def in_axons(self, core: Core) -> tuple[int, int]:
        """Estimate its in-axons: every core of its synapses hears all inputs.

        Parameters
        ----------
        core : Core
            What a core has.

        Returns
        -------
        int, int
            At least, and at most.
        """
        low, high = self.cores(core)
        return self.inputs * low, self.inputs * high


def part_of(process: AbstractProcess) -> Part:
    """Count what a Process has."""
    potentials, weights = neuron_var(process), weight_var(process)
    neurons = 0 if potentials is None else int(np.prod(potentials.shape))
    synapses, inputs = 0, 0
    if weights is not None:
        there = (
            np.count_nonzero(stored(weights.init)) if is_sparse(process) else np.prod(weights.shape)
        )
        synapses, inputs = int(there), int(weights.shape[-1])
    rule = learning_rule(process)
    low, high = _STATIC_BYTES if rule is None else _PLASTIC_BYTES
    return Part(
        process.name,
        type(process).__name__,
        neurons,
        synapses,
        inputs,
        (low * synapses, high * synapses),
        0 if rule is None else plasticity.products(rule),
        why_on_host(process),
        _targets(process),
    )


def out_axons(part: Part, parts: Sequence[Part], core: Core) -> tuple[int, int]:
    """Out-axons of a Process, at least and at most: one a neuron and core that it reaches."""
    reached = [other.cores(core) for other in parts if other.name in part.targets]
    low, high = (part.neurons * sum(cores[end] for cores in reached) for end in (0, 1))
    return low, high


def out_axons_of_a_core(part: Part, parts: Sequence[Part], core: Core) -> int:
    """Out-axons of a core at least: neurons lie where the synapses lie that reach them."""
    of_synapses = [other.cores(core)[0] for other in parts if part.name in other.targets]
    spread = max([1, part.cores(core)[0], *of_synapses])
    return math.ceil(out_axons(part, parts, core)[0] / spread)


def stored(value: Any) -> NDArray[np.float64]:
    """Return a parameter as numbers; of a sparse matrix those that are there."""
    return np.atleast_1d(np.asarray(value.data if hasattr(value, "tocoo") else value, dtype=float))


def _targets(process: AbstractProcess) -> tuple[str, ...]:
    # No loop over a Process's Vars may end early: Lava's collections have one cursor for all.
    reached = [
        port.process
        for out in process.out_ports
        for port in out.get_dst_ports()
        if port.name in _FORWARD
    ]
    return tuple(dict.fromkeys(one.name for one in reached if not why_on_host(one)))
