"""A network of layers as connected Lava Processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lava.magma.core.process.ports.ports import OutPort
    from lava.magma.core.process.variable import Var
    from lava.proc.dense.process import Dense, LearningDense
    from lava.proc.lif.process import LIF, LearningLIF
    from lava.proc.sparse.process import Sparse

    from loihi_sleep.processes.gated_dense.process import GatedDense


@dataclass(frozen=True)
class LayeredProcesses:
    """Synapses and neurons, layer after layer.

    Parameters
    ----------
    synapses : tuple of LearningDense, of GatedDense, of Dense, or of Sparse
        By layer; ``synapses[0].s_in`` is the network's input.
    neurons : tuple of LIF, or of LearningLIF
        By layer.
    """

    synapses: tuple[LearningDense | GatedDense | Dense | Sparse, ...]
    neurons: tuple[LIF | LearningLIF, ...]

    @classmethod
    def wired(
        cls,
        synapses: Sequence[LearningDense | GatedDense | Dense | Sparse],
        neurons: Sequence[LIF | LearningLIF],
        plastic: Sequence[bool],
    ) -> LayeredProcesses:
        """Connect layer after layer, and each layer's spikes back to its own plastic synapses.

        Parameters
        ----------
        synapses : sequence of LearningDense, of GatedDense, of Dense, or of Sparse
            By layer, not connected yet.
        neurons : sequence of LIF, or of LearningLIF
            By layer.
        plastic : sequence of bool
            Whether synapses of a layer learn from its spikes.

        Returns
        -------
        LayeredProcesses
        """
        for own, lif, learns in zip(synapses, neurons, plastic, strict=True):
            own.a_out.connect(lif.a_in)
            if learns:
                lif.s_out.connect(own.s_in_bap)
        for lif, following in zip(neurons, synapses[1:], strict=False):
            lif.s_out.connect(following.s_in)
        return cls(tuple(synapses), tuple(neurons))

    def connect_input(self, s_out: OutPort) -> None:
        """Connect a source of spikes to the first synapses.

        Parameters
        ----------
        s_out : OutPort, shape (inputs,)
        """
        s_out.connect(self.synapses[0].s_in)

    @property
    def spikes(self) -> tuple[OutPort, ...]:
        """Where the spikes of each layer come out."""
        return tuple(neurons.s_out for neurons in self.neurons)

    @property
    def weights(self) -> tuple[Var, ...]:
        """Weights of each layer, plastic or not."""
        return tuple(synapses.weights for synapses in self.synapses)
