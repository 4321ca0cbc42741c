"""What can be put to sleep: networks of ours, and any class with the same members."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from loihi_sleep.numerics.names import Numerics

if TYPE_CHECKING:
    from lava.magma.core.process.ports.ports import OutPort
    from lava.magma.core.process.variable import Var


class SleepingProcesses(Protocol):
    """A network as connected Lava Processes, as :meth:`Sleeper.build` returns it."""

    def connect_input(self, source: OutPort, /) -> None:
        """Connect what drives the network.

        Parameters
        ----------
        source : OutPort, shape (inputs,)
        """

    @property
    def spikes(self) -> Sequence[OutPort]:
        """OutPorts of the spiking layers, each of shape (neurons,), the input not among them."""

    @property
    def weights(self) -> Sequence[Var]:
        """Vars that are read when the night is over, whether or not they have changed."""


@runtime_checkable
class Sleeper(Protocol):
    """What :func:`loihi_sleep.sleep.run_night` puts to sleep.

    A class with these members is one, wherever it is written.
    """

    @property
    def sizes(self) -> Sequence[int]:
        """Neurons by layer; the first number is that of the inputs."""

    @property
    def graded(self) -> bool:
        """Whether the input takes graded currents (True) or spikes (False)."""

    @property
    def learns(self) -> bool:
        """Whether any weights have a learning rule."""

    def build(self, numerics: Numerics, seed: int, *, for_chip: bool = False) -> SleepingProcesses:
        """Wire the network as Lava Processes, each time anew.

        Parameters
        ----------
        numerics : str
            ``float`` or ``fixed``.
        seed : int
            Seed of the rounding of weights, 0 .. 2**63 - 1.
        for_chip : bool
            As a chip needs it to learn.

        Returns
        -------
        SleepingProcesses

        Raises
        ------
        ValueError
            Weights that these numerics cannot store.
        EngineUnavailable
            A network that no chip can learn, with `for_chip`.
        """


def is_sleeper(value: object) -> bool:
    """Whether a value has what a :class:`Sleeper` has."""
    return isinstance(value, Sleeper) and not isinstance(value, type)
