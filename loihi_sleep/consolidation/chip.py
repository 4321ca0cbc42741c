"""Sleep as a chip can hold it: 8-bit weights, LIF neurons, a rule from Loihi's grammar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from loihi_sleep import networks
from loihi_sleep.consolidation.form import SleepForm, check_window, spread_over_layers
from loihi_sleep.consolidation.memory import Memory
from loihi_sleep.networks.cuba import CubaNetwork
from loihi_sleep.networks.matrices import layer_sizes
from loihi_sleep.networks.normalization import bias_currents, thresholds
from loihi_sleep.numerics.limits import AMOUNT_MAX, LEAK_MAX
from loihi_sleep.numerics.names import NUMERICS
from loihi_sleep.processes import checks
from loihi_sleep.processes.kernels.integers import MIXED_WEIGHT_MAX, WEIGHT_STEP
from loihi_sleep.rules import Rule, sleep_hebb
from loihi_sleep.sleep.drives import Poisson

# Then the largest weight is the smallest that is not 0.
HEADROOM_MAX = MIXED_WEIGHT_MAX / WEIGHT_STEP
Factor = Annotated[float, Field(gt=0, le=1000)]
Amount = Annotated[float, Field(ge=0, le=AMOUNT_MAX)]
Amounts = Annotated[tuple[Amount, ...], Field(min_length=1, max_length=64)]


class ChipSleep(SleepForm):
    """A night on the chip; see :func:`loihi_sleep.rules.sleep_hebb` for the amounts.

    Values by layer are spread as :func:`loihi_sleep.consolidation.form.spread_over_layers` says.
    """

    form: Literal["chip"] = "chip"
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

    @model_validator(mode="after")
    def _rule_fits_loihi(self) -> ChipSleep:
        self.rules(len(self.threshold_factors))
        return self

    def values_by_layer(self) -> dict[str, tuple[float, ...]]:
        """Return the settings of each layer by name; see :meth:`SleepForm.values_by_layer`."""
        named = ("threshold_factors", "potentiation", "depression")
        values = {name: getattr(self, name) for name in named}
        return {name: given for name, given in values.items() if isinstance(given, tuple)}

    def rules(self, layers: int) -> tuple[Rule, ...]:
        """Return the learning rule of each layer.

        Parameters
        ----------
        layers : int
            Layers of the network, the input not counted.

        Returns
        -------
        tuple of Rule
            One a layer.

        Raises
        ------
        ValueError
            Amounts that Loihi's scale constants cannot hold.
        """
        potentiation = spread_over_layers(self.potentiation, layers)
        depression = spread_over_layers(self.depression, layers)
        amounts = zip(potentiation, depression, strict=True)
        return tuple(sleep_hebb(*amount, gated=self.gated) for amount in amounts)

    def check_plane(self, plane: tuple[int, int]) -> None:
        """Refuse inputs that are smaller than the window; see :meth:`SleepForm.check_plane`."""
        check_window(self.window, plane)

    def drive(self, memory: Memory, plane: tuple[int, int] | None) -> Poisson:
        """Return noise in the shape of the mean image; see :meth:`SleepForm.drive`."""
        return Poisson(memory.rates(self.max_rate), plane=plane, window=self.window)

    def network(
        self,
        weights: Sequence[NDArray[np.float64]],
        maxima: NDArray[np.float64],
        *,
        numerics: str,
        biases: Sequence[NDArray[np.float64]] | None = None,
        max_rate: float | None = None,
    ) -> tuple[CubaNetwork, tuple[float, ...]]:
        """Make the sleeping network of a trained one, see :meth:`SleepForm.network`.

        Parameters
        ----------
        weights, maxima, numerics :
            As of :meth:`SleepForm.network`.
        biases : sequence of ndarray, shape (post,) each, optional
            Biases of the trained network; they do not change in sleep.
        max_rate : float, optional
            Spikes a step that stand for an input of 1; else that of these settings.

        Returns
        -------
        CubaNetwork, tuple of float
            And the real weight of one weight unit, by layer.

        Raises
        ------
        ValueError
            Weights, maxima or biases that do not fit each other, or are not finite.
        """
        checks.one_of("numerics", numerics, NUMERICS)
        rate = self.max_rate if max_rate is None else checks.number("max_rate", max_rate, 0, 1)
        quantized = networks.quantize(weights, self.headroom, rounded=numerics == "fixed")
        factors = spread_over_layers(self.threshold_factors, len(weights))
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
