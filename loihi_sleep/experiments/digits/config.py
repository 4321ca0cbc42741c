"""Configuration of `digits`; docs/digits.md says how the defaults were chosen."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from loihi_sleep.configuration import ExperimentConfig
from loihi_sleep.consolidation.chip_form import ChipSleep, check_lengths
from loihi_sleep.consolidation.evening import check_window
from loihi_sleep.datasets.digits import IMAGE
from loihi_sleep.settings import Settings
from loihi_sleep.training.sgd import DenseWakeConfig, WakeConfig

Factor = Annotated[float, Field(gt=0, le=1000)]
Factors = tuple[Factor, Factor, Factor]
# Two hidden ones and the output.
LAYERS = 3


class ReadoutConfig(Settings):
    """How the slept network is read out in spikes."""

    steps: int = Field(64, ge=1, le=100_000, description="time steps an image is shown")
    gain: float = Field(1.0, gt=0, le=1, description="spike probability of the brightest pixel")
    threshold_factors: Factors = Field((0.5, 0.5, 0.2), description="of each layer's threshold")


class DigitsConfig(ExperimentConfig):
    """Class-incremental digits: learn five tasks in sequence, sleep after each."""

    experiment: Literal["digits"] = "digits"
    preset: Literal["quick", "paper"] = "quick"
    hidden: tuple[Annotated[int, Field(ge=1, le=4096)], Annotated[int, Field(ge=1, le=4096)]] = (
        200,
        200,
    )
    wake: DenseWakeConfig = WakeConfig(epochs=5, learning_rate=0.0042, init_gain=1.09)
    joint_epochs: int = Field(
        20, ge=1, le=10_000, description="passes over all classes for the joint network"
    )
    sleep: ChipSleep = ChipSleep()
    readout: ReadoutConfig = ReadoutConfig()

    @field_validator("sleep")
    @classmethod
    def _sleep_fits(cls, settings: ChipSleep) -> ChipSleep:
        check_window(settings.window, IMAGE[1:])
        check_lengths(settings.by_layer(), LAYERS)
        return settings


PRESETS: dict[str, dict[str, Any]] = {"quick": {"seeds": (0,)}, "paper": {"seeds": (0, 1, 2, 3, 4)}}
