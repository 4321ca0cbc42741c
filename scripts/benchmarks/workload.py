"""The networks that are timed, as numbers: sizes, weights, thresholds, input, learning rule.

Nothing here needs Lava: every simulator of the comparison builds its own network from it, some of
them in an environment of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

SEED = 1
INPUT_RATE = 0.05
# Steps after which the input begins anew.
RASTER_STEPS = 1000

# Neurons: v decays by DV / DV_UNITY a step and goes back to 0 when it is above the threshold.
DV = 410
DV_UNITY = 4096

# Plastic synapses: pair STDP. Both traces jump by IMPULSE and decay by exp(-1 / TAU); at a spike on
# one side the weight changes by 2^STEP_EXPONENT times the other side's trace. Balanced and this
# small, the rule leaves the rates about where they are for the first few thousand steps.
IMPULSE = 16
TAU = 10
STEP_EXPONENT = -7
WEIGHT_LIMIT = 255


@dataclass(frozen=True)
class Network:
    """A feed-forward network.

    Parameters
    ----------
    sizes : tuple of int
        Neurons of each layer, the input first.
    thresholds : tuple of int
        Of each layer but the input. They were chosen so that 1 to 5 % of the hidden neurons spike
        in a step, with static and with plastic synapses; each run measures it again.
    """

    sizes: tuple[int, ...]
    thresholds: tuple[int, ...]

    @property
    def name(self) -> str:
        return "-".join(str(size) for size in self.sizes)

    @property
    def weight_count(self) -> int:
        return sum(pre * post for pre, post in pairwise(self.sizes))

    def raster(self) -> NDArray[np.int32]:
        """Input spikes, shape (neurons, RASTER_STEPS)."""
        rng = np.random.default_rng([SEED, *self.sizes])
        return (rng.random((self.sizes[0], RASTER_STEPS)) < INPUT_RATE).astype(np.int32)

    def weights(self) -> list[NDArray[np.int32]]:
        """Weights of each layer, shape (post, pre): around 0, even as mixed signs are stored."""
        rng = np.random.default_rng([SEED + 1, *self.sizes])
        return [
            2 * rng.integers(-25, 26, size=(post, pre), dtype=np.int32)
            for pre, post in pairwise(self.sizes)
        ]


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Parameters
    ----------
    network : Network
    t_epoch : int
        Steps of a learning epoch; 0: the synapses are static.
    bar : float
        How many times faster than Lava the engine has to be.
    """

    network: Network
    t_epoch: int
    bar: float

    @property
    def kind(self) -> str:
        return f"plastic-t{self.t_epoch}" if self.t_epoch else "static"

    @property
    def name(self) -> str:
        return f"{self.network.name} {self.kind}"


def rows() -> list[Row]:
    """All lines of the table."""
    medium = Network((784, 400, 10), (600, 280))
    large = Network((784, 1200, 1200, 10), (600, 600, 560))
    small = Network((49, 784, 9), (150, 560))
    bars_at_t1 = ((medium, 500.0), (large, 300.0), (small, 500.0))
    return [
        *(Row(network, 0, 200.0) for network, _ in bars_at_t1),
        *(Row(network, 1, bar) for network, bar in bars_at_t1),
        *(Row(network, 4, 100.0) for network, _ in bars_at_t1),
    ]
