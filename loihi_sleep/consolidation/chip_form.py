"""Sleep as a chip can hold it: 8-bit weights, LIF neurons, a rule from Loihi's grammar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from loihi_sleep import networks
from loihi_sleep.consolidation.evening import Evening
from loihi_sleep.consolidation.memory import Memory
from loihi_sleep.networks.layered import LayeredNetwork, layer_sizes
from loihi_sleep.networks.normalization import bias_currents, thresholds
from loihi_sleep.numerics.limits import AMOUNT_MAX, LEAK_MAX
from loihi_sleep.numerics.names import NUMERICS, Rounding
from loihi_sleep.processes import checks
from loihi_sleep.processes.kernels.integers import MIXED_WEIGHT_MAX, WEIGHT_STEP
from loihi_sleep.rules import Rule, sleep_hebb
from loihi_sleep.settings import Settings
from loihi_sleep.sleep.drives import Poisson

NIGHTS_MAX = 2**31 - 1
# Then the largest weight is the smallest that is not 0.
HEADROOM_MAX = MIXED_WEIGHT_MAX / WEIGHT_STEP
Factor = Annotated[float, Field(gt=0, le=1000)]
Amount = Annotated[float, Field(ge=0, le=AMOUNT_MAX)]
Amounts = Annotated[tuple[Amount, ...], Field(min_length=1, max_length=64)]


def by_layer(values: float | Sequence[float], layers: int) -> tuple[float, ...]:
    """Spread values over the layers of a network.

    One value stands for all layers. Of several, the last is the output's and the one before it also
    stands for hidden layers that have none of their own.
    """
    if isinstance(values, int | float):
        return (values,) * layers
    *hidden, last = values
    hidden = hidden or [last]
    return (*(hidden + [hidden[-1]] * layers)[: layers - 1], last)


def check_lengths(values: Mapping[str, Sequence[float]], layers: int) -> None:
    """Refuse values by layer that are not as many as there are layers.

    Parameters
    ----------
    values : mapping of str to sequence of float
        By the name that the message is to use.
    layers : int
        Of the network that sleeps, the input not counted.

    Raises
    ------
    ValueError
    """
    for name, given in values.items():
        if len(given) != layers:
            raise ValueError(f"{name} has {len(given)} values; it must have {layers}, one a layer")


class ChipSleep(Settings):
    """A night on the chip; see :func:`loihi_sleep.rules.sleep_hebb` for the amounts.

    Values by layer are spread as :func:`by_layer` says.
    """

    form: Literal["chip"] = "chip"
    steps: int = Field(550, ge=1, le=10_000_000, description="time steps of the first night")
    more_steps: int = Field(
        0, ge=0, le=10_000_000, description="by which each further night is longer"
    )
    max_rate: float = Field(
        0.42, gt=0, le=1, description="spike probability of the brightest pixel"
    )
    window: int = Field(0, ge=0, le=4096, description="side of the moving window, 0 for none")
    leak: float = Field(
        0.01, ge=0, le=LEAK_MAX, description="share of the potential lost each step"
    )
    threshold_factors: tuple[Factor, ...] = Field(
        (0.29, 0.79, 2.1),
        min_length=1,
        max_length=64,
        description="of each layer's threshold",
    )
    headroom: float = Field(
        1.26, ge=1, le=HEADROOM_MAX, description="room for weights to grow, 1 for none"
    )
    potentiation: Amount | Amounts = Field(
        0.2, description="weight units a spike pair, of all layers or by layer"
    )
    depression: Amount | Amounts = Field(
        0.73, description="weight units a silent synapse, of all layers or by layer"
    )
    gated: bool = Field(False, description="gate by the sign of the weight, as in the released SRC")
    rounding: Rounding = Field("per_synapse", description="of weights, in the simulator")

    @model_validator(mode="after")
    def _rule_fits_loihi(self) -> ChipSleep:
        self.rules(len(self.threshold_factors))
        return self

    def by_layer(self) -> dict[str, tuple[float, ...]]:
        """Return the settings that have a value for each layer, by name."""
        named = ("threshold_factors", "potentiation", "depression")
        values = {name: getattr(self, name) for name in named}
        return {name: given for name, given in values.items() if isinstance(given, tuple)}

    def rules(self, layers: int) -> tuple[Rule, ...]:
        """Return the learning rule of each layer."""
        amounts = zip(
            by_layer(self.potentiation, layers), by_layer(self.depression, layers), strict=True
        )
        return tuple(sleep_hebb(*amount, gated=self.gated) for amount in amounts)

    def evening(
        self,
        weights: Sequence[NDArray[np.float64]],
        memory: Memory,
        night: int,
        *,
        numerics: str,
        plane: tuple[int, int] | None = None,
    ) -> Evening:
        """Prepare the night of a trained network.

        Parameters
        ----------
        weights : sequence of ndarray, shape (post, pre) each
            Real weights.
        memory : Memory
        night : int
            How many nights were before.
        numerics : str
            ``fixed``: weights are rounded to what a synapse stores; ``float``: they are kept.
        plane : tuple of int, optional
            (rows, columns) of an input; needed with a window.

        Returns
        -------
        Evening

        Raises
        ------
        ValueError
            A memory of no samples, of samples that are 0 everywhere, or whose mean is negative.
        """
        checks.instance("memory", memory, Memory, "a Memory")
        checks.integer("night", night, 0, NIGHTS_MAX)
        network, unit = self.network(weights, memory.maxima, numerics=numerics)
        drive = Poisson(memory.rates(self.max_rate), plane=plane, window=self.window)
        return Evening(network, drive, self.steps + night * self.more_steps, unit)

    def network(
        self,
        weights: Sequence[NDArray[np.float64]],
        maxima: NDArray[np.float64],
        *,
        numerics: str,
        biases: Sequence[NDArray[np.float64]] | None = None,
        max_rate: float | None = None,
    ) -> tuple[LayeredNetwork, tuple[float, ...]]:
        """Make the sleeping network of a trained one.

        Parameters
        ----------
        weights : sequence of ndarray, shape (post, pre) each
            Real weights.
        maxima : ndarray, shape (layers,)
            Largest activation of each layer.
        numerics : str
            ``fixed``: weights are rounded to what a synapse stores; ``float``: they are kept.
        biases : sequence of ndarray, shape (post,) each, optional
            Of the trained network; they do not change in sleep.
        max_rate : float, optional
            Spikes a step that stand for an input of 1; else that of these settings.

        Returns
        -------
        LayeredNetwork, tuple of float
            And the real weight of one weight unit, by layer.

        Raises
        ------
        ValueError
            Weights, maxima or biases that do not fit each other, or are not finite.
        """
        checks.one_of("numerics", numerics, NUMERICS)
        rate = self.max_rate if max_rate is None else checks.number("max_rate", max_rate, 0, 1)
        quantized = networks.quantize(weights, self.headroom, rounded=numerics == "fixed")
        factors = by_layer(self.threshold_factors, len(weights))
        bias = None
        if biases is not None:
            bias = bias_currents(biases, rate, factors, maxima, quantized.unit)
        network = networks.layered(
            layer_sizes(weights),
            quantized.units,
            self.rules(len(weights)),
            vth=thresholds(factors, maxima, quantized.unit),
            leak=self.leak,
            bias=bias,
        )
        return network, quantized.unit
