"""The networks that are timed, as numbers: sizes, weights, thresholds, input, learning rule.

Nothing here needs Lava: every simulator of the comparison builds its own network from it, some of
them in an environment of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

SEED = 1
INPUT_RATE = 0.05
# Steps after which the input begins anew.
RASTER_STEPS = 1000
# Of graded input.
INPUT_MAX = 30
# Sigma-delta neurons: messages and states have so many bits behind the point, as in lava-dl's
# networks.
SPIKE_EXP = STATE_EXP = 6

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

    def weights(self) -> list[NDArray[Any]]:
        """Weights of each layer, shape (post, pre): around 0, even as mixed signs are stored."""
        rng = np.random.default_rng([SEED + 1, *self.sizes])
        return [
            2 * rng.integers(-25, 26, size=(post, pre), dtype=np.int32)
            for pre, post in pairwise(self.sizes)
        ]


@dataclass(frozen=True)
class SigmaDeltaNetwork(Network):
    """A feed-forward network whose neurons send changes of their activation.

    Parameters
    ----------
    sizes : tuple of int
        Neurons of each layer, the input first. The last layer sends sums.
    thresholds : tuple of int
        Of each layer but the last, the input first. They were chosen so that about 5 % of the
        hidden neurons send something in a step.
    """

    @property
    def name(self) -> str:
        return f"sigma-delta {super().name}"

    def raster(self) -> NDArray[np.int32]:
        """Graded input, shape (neurons, RASTER_STEPS): values that change in 5 % of the steps."""
        rng = np.random.default_rng([SEED, *self.sizes])
        shape = self.sizes[0], RASTER_STEPS
        values = rng.integers(1, INPUT_MAX, size=shape, endpoint=True, dtype=np.int32)
        changes = rng.random(shape) < INPUT_RATE
        changes[:, 0] = True
        latest = np.maximum.accumulate(np.where(changes, np.arange(RASTER_STEPS), 0), axis=1)
        return np.take_along_axis(values, latest, axis=1)


@dataclass(frozen=True)
class RecurrentNetwork(Network):
    """A network whose first hidden layer has synapses back to itself, all to all."""

    @property
    def name(self) -> str:
        return f"{super().name}, {self.sizes[1]} recurrent"

    @property
    def weight_count(self) -> int:
        return super().weight_count + self.sizes[1] ** 2

    def recurrent(self) -> NDArray[Any]:
        """Weights within the hidden layer, shape (post, pre)."""
        rng = np.random.default_rng([SEED + 2, *self.sizes])
        size = self.sizes[1], self.sizes[1]
        return 2 * rng.integers(-25, 26, size=size, dtype=np.int32)


@dataclass(frozen=True)
class MixedNetwork(Network):
    """A network whose second hidden layer is a user's own, which runs in Python."""

    @property
    def name(self) -> str:
        own = f"({self.sizes[2]} in Python)"
        return "-".join(own if n == 2 else str(size) for n, size in enumerate(self.sizes))


@dataclass(frozen=True)
class Convolution:
    """A layer of maps, without padding.

    Parameters
    ----------
    channels, side, stride : int
    """

    channels: int
    side: int
    stride: int = 1

    @property
    def name(self) -> str:
        """As papers write it: 8c3, 16c3s2."""
        return f"{self.channels}c{self.side}" + (f"s{self.stride}" if self.stride > 1 else "")

    def outputs(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Shape of what it makes of an image."""
        return (*((size - self.side) // self.stride + 1 for size in shape[:2]), self.channels)


@dataclass(frozen=True)
class ConvolutionalNetwork:
    """Convolutions, and a dense layer behind them.

    Parameters
    ----------
    image : tuple of int
        Shape of the input, (x, y, channels).
    convolutions : tuple of Convolution
    outputs : int
        Neurons of the dense layer.
    thresholds : tuple of int
        Of each layer but the input, chosen so that about 5 % of the neurons spike in a step.
    """

    image: tuple[int, int, int]
    convolutions: tuple[Convolution, ...]
    outputs: int
    thresholds: tuple[int, ...]

    @property
    def name(self) -> str:
        layers = [layer.name for layer in self.convolutions]
        return "-".join([f"{self.image[0]}x{self.image[1]}", *layers, str(self.outputs)])

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """Of each layer, the input first."""
        images = accumulate(
            self.convolutions, lambda shape, layer: layer.outputs(shape), initial=self.image
        )
        return [*images, (self.outputs,)]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons of each layer, the input first."""
        return tuple(prod(shape) for shape in self.shapes)

    @property
    def weight_count(self) -> int:
        return sum(weights.size for weights in self.weights())

    def raster(self) -> NDArray[np.int32]:
        """Input spikes, shape (*image, RASTER_STEPS)."""
        rng = np.random.default_rng([SEED, *self.sizes])
        return (rng.random((*self.image, RASTER_STEPS)) < INPUT_RATE).astype(np.int32)

    def weights(self) -> list[NDArray[Any]]:
        """Kernels, shape (channels, x, y, channels of the input), then a matrix (post, pre)."""
        rng = np.random.default_rng([SEED + 1, *self.sizes])
        kernels = [
            (layer.channels, layer.side, layer.side, shape[-1])
            for layer, shape in zip(self.convolutions, self.shapes[:-2], strict=True)
        ]
        matrix = (self.outputs, self.sizes[-2])
        return [2 * rng.integers(-25, 26, size=size, dtype=np.int32) for size in (*kernels, matrix)]


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Parameters
    ----------
    network : Network or ConvolutionalNetwork
    t_epoch : int
        Steps of a learning epoch; 0: the synapses are static.
    bar : float
        How many times faster than Lava the engine has to be.
    """

    network: Network | ConvolutionalNetwork
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
    maps = ConvolutionalNetwork(
        (28, 28, 1), (Convolution(8, 3), Convolution(16, 3, stride=2)), 10, (30, 80, 430)
    )
    changes = SigmaDeltaNetwork((64, 128, 128, 10), (1, 22, 65))
    recurrent = RecurrentNetwork((784, 400, 10), (445, 340))
    mixed = MixedNetwork((784, 400, 400, 10), (520, 280, 280))
    bars_at_t1 = ((medium, 500.0), (large, 300.0), (small, 500.0))
    return [
        *(Row(network, 0, 200.0) for network, _ in bars_at_t1),
        Row(maps, 0, 200.0),
        Row(changes, 0, 200.0),
        Row(recurrent, 0, 200.0),
        # Of a network that runs in Python in part less is asked.
        Row(mixed, 0, 20.0),
        *(Row(network, 1, bar) for network, bar in bars_at_t1),
        *(Row(network, 4, 100.0) for network, _ in bars_at_t1),
    ]
