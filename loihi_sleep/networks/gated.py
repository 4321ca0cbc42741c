"""The sleeping network of Sleep Replay Consolidation as released: real weights, gated steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from loihi_sleep.errors import EngineUnavailable
from loihi_sleep.networks.layered_processes import LayeredProcesses
from loihi_sleep.networks.matrices import fitting_weights, layer_sizes
from loihi_sleep.numerics.names import NUMERICS
from loihi_sleep.processes import checks
from loihi_sleep.seeds import spawn_seeds


@dataclass(frozen=True)
class GatedNetwork:
    """A feed-forward network of LIF layers on gated synapses; see :func:`gated`.

    Parameters
    ----------
    weights : tuple of ndarray, shape (post, pre) each
        Real weights.
    gains, vth : tuple of float
        Gain of the activations and threshold of each layer.
    leak : float
        Share of the membrane potential lost each step, 0 .. 1.
    potentiation, depression, width : float
        See :class:`loihi_sleep.processes.gated_dense.process.GatedDense`.
    shuffled : bool
        The rule sees pre-synaptic spikes at the wrong neurons: a control for replay.

    Raises
    ------
    ValueError
        Weights that do not fit each other or are not finite; other than one gain and threshold a
        layer; a parameter out of its range.
    """

    weights: tuple[NDArray[np.float64], ...]
    gains: tuple[float, ...]
    vth: tuple[float, ...]
    leak: float
    potentiation: float
    depression: float
    width: float
    shuffled: bool = False

    # Asleep its input takes spikes, and all its layers learn.
    graded: ClassVar[bool] = False
    learns: ClassVar[bool] = True

    def __post_init__(self) -> None:
        weights = fitting_weights(self.weights)
        checked = {
            "weights": weights,
            "leak": checks.number("leak", self.leak, 0, 1),
            "potentiation": checks.number("potentiation", self.potentiation, 0),
            "depression": checks.number("depression", self.depression, 0),
            "width": checks.positive("width", self.width),
            "shuffled": checks.boolean("shuffled", self.shuffled),
        }
        for field in ("gains", "vth"):
            values = checks.sequence(field, getattr(self, field), len(weights))
            checked[field] = tuple(
                checks.number(f"{field}[{i}]", value, 0) for i, value in enumerate(values)
            )
        for field, value in checked.items():
            object.__setattr__(self, field, value)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons by layer, the input first."""
        return layer_sizes(self.weights)

    def build(self, numerics: str, seed: int, *, for_chip: bool = False) -> LayeredProcesses:
        """Wire the network as Lava Processes, each time anew.

        Parameters
        ----------
        numerics : str
            ``float``.
        seed : int
            Seed of the shuffling, where there is any.
        for_chip : bool
            Refused.

        Returns
        -------
        LayeredProcesses

        Raises
        ------
        ValueError
            Fixed numerics.
        EngineUnavailable
            For a chip.
        """
        if for_chip:
            raise EngineUnavailable(
                "engine 'loihi2' cannot learn a GatedNetwork, whose gate Loihi's learning engine "
                "does not have; use networks.layered with rules.sleep_hebb(gated=True)"
            )
        from lava.proc.lif.process import LIF

        from loihi_sleep.processes.gated_dense.process import GatedDense

        seed = checks.seed("seed", seed)
        if checks.one_of("numerics", numerics, NUMERICS) != "float":
            raise ValueError(
                f"numerics is {numerics!r}; the released gate is an exponential function of the "
                "weight, which Loihi's learning engine does not have: use 'float', or "
                "networks.layered with rules.sleep_hebb(gated=True)"
            )
        seeds: list[int] | list[None] = [None] * len(self.weights)
        if self.shuffled:
            seeds = spawn_seeds(seed, len(self.weights))
        synapses = [
            GatedDense(
                weights=weights,
                gain=gain,
                potentiation=self.potentiation,
                depression=self.depression,
                width=self.width,
                shuffle_seed=layer_seed,
            )
            for weights, gain, layer_seed in zip(self.weights, self.gains, seeds, strict=True)
        ]
        neurons = [
            LIF(shape=(size,), vth=vth, du=1.0, dv=self.leak)
            for size, vth in zip(self.sizes[1:], self.vth, strict=True)
        ]
        return LayeredProcesses.wired(synapses, neurons, [True] * len(synapses))


def gated(
    weights: Sequence[ArrayLike],
    *,
    gains: Sequence[float],
    vth: Sequence[float],
    leak: float,
    potentiation: float,
    depression: float,
    width: float = 0.001,
) -> GatedNetwork:
    """Describe the sleeping network of Sleep Replay Consolidation as released.

    Each neuron integrates ``v(t) = (1 - leak) v(t-1) + gain * sum_j w_ij s_j(t-1)`` and, where v
    exceeds vth, spikes and starts again from 0. The synapses learn as
    :class:`loihi_sleep.processes.gated_dense.process.GatedDense` says.

    Parameters
    ----------
    weights : sequence of array_like
        One (post, pre) matrix of real weights a layer.
    gains, vth : sequence of float
        One a layer, from 0.
    leak : float
        Share of the membrane potential lost each step, 0 .. 1.
    potentiation, depression : float
        Amounts at gate 1, from 0, in units of the weights.
    width : float
        Weights over which the gate falls, above 0.

    Returns
    -------
    GatedNetwork

    Raises
    ------
    ValueError
        Layers that do not fit each other, or a parameter out of range.
    """
    return GatedNetwork(
        fitting_weights(weights),
        tuple(checks.sequence("gains", gains)),
        tuple(checks.sequence("vth", vth)),
        leak=leak,
        potentiation=potentiation,
        depression=depression,
        width=width,
    )
