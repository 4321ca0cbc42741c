"""Sleep as in the released code of Sleep Replay Consolidation: real weights, a gated rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from loihi_sleep import networks
from loihi_sleep.consolidation.form import SleepForm, check_window
from loihi_sleep.consolidation.memory import Memory
from loihi_sleep.networks import GatedNetwork
from loihi_sleep.networks.normalization import released_gains
from loihi_sleep.numerics.names import NUMERICS
from loihi_sleep.processes import checks
from loihi_sleep.sleep.drives import Poisson

STEP_S = 0.001
Threshold = Annotated[float, Field(ge=0, le=1e6)]


class ReleasedSleep(SleepForm):
    """A night of the released code, with its parameters for MNIST.

    Notes
    -----
    Tadros, Krishnan, Ramyaa and Bazhenov, Nature Communications 13:7742 (2022). There the mean
    image and the largest activations are computed anew from stored data of all tasks; here they are
    running ones.
    """

    form: Literal["released"] = "released"
    steps: int = Field(15_000, ge=1, le=10_000_000, description="time steps of the first night")
    more_steps: int = Field(
        5_000, ge=0, le=10_000_000, description="by which each further night is longer"
    )
    max_rate: float = Field(
        239.515363, gt=0, le=1e6, description="of the input, Hz; doubled in the drive"
    )
    window: int = Field(11, ge=0, le=4096, description="side of the moving window, 0 for none")
    leak: float = Field(0.001, ge=0, lt=1, description="share of the potential lost each step")
    vth: tuple[Threshold, ...] = Field(
        (14.548273, 44.560317, 38.046326),
        min_length=1,
        max_length=64,
        description="threshold of each layer",
    )
    alpha_scale: float = Field(55.882454, gt=0, le=1e6, description="of the gains of all layers")
    potentiation: float = Field(0.032064, ge=0, le=1000, description="at gate 1, real weights")
    depression: float = Field(0.003344, ge=0, le=1000, description="at gate 1, real weights")
    gate_width: float = Field(0.001, gt=0, le=1000, description="weights over which the gate falls")
    rounding: Literal["per_synapse"] = "per_synapse"

    def values_by_layer(self) -> dict[str, tuple[float, ...]]:
        """Return the settings of each layer by name; see :meth:`SleepForm.values_by_layer`."""
        return {"vth": self.vth}

    def check_plane(self, plane: tuple[int, int]) -> None:
        """Refuse inputs that are smaller than the window; see :meth:`SleepForm.check_plane`."""
        check_window(self.window, plane)

    def drive(self, memory: Memory, plane: tuple[int, int] | None) -> Poisson:
        """Return noise in the shape of the mean image; see :meth:`SleepForm.drive`.

        No input has more than a spike a step.
        """
        rates = np.minimum(1.0, 2 * STEP_S * self.max_rate * memory.replayable_mean())
        return Poisson(rates, plane=plane, window=self.window)

    def network(
        self,
        weights: Sequence[NDArray[np.float64]],
        maxima: NDArray[np.float64],
        *,
        numerics: str,
    ) -> tuple[GatedNetwork, tuple[float, ...]]:
        """Make the sleeping network of a trained one, see :meth:`SleepForm.network`."""
        if checks.one_of("numerics", numerics, NUMERICS) != "float":
            raise ValueError(f"numerics is {numerics!r}; the released form has 'float' only")
        gains = released_gains(weights, maxima)
        network = networks.gated(
            weights,
            gains=[self.alpha_scale * gain for gain in gains],
            vth=self.vth,
            leak=self.leak,
            potentiation=self.potentiation,
            depression=self.depression,
            width=self.gate_width,
        )
        return network, (1.0,) * len(weights)
