"""Configuration of `digits`; docs/digits.md says how the defaults were chosen."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from loihi_sleep.configuration import ExperimentConfig
from loihi_sleep.sleep.wake import WakeConfig

Factor = Annotated[float, Field(gt=0)]
Factors = tuple[Factor, Factor, Factor]


class SleepConfig(BaseModel):
    """A night; see :func:`loihi_sleep.rules.sleep_hebb` for the amounts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: int = Field(550, ge=1, description="time steps of a night")
    max_rate: float = Field(
        0.42, gt=0, le=1, description="spike probability of the brightest pixel"
    )
    window: int = Field(0, ge=0, le=8, description="side of the moving window, 0 for none")
    leak: float = Field(0.01, ge=0, lt=1, description="share of the potential lost each step")
    threshold_factors: Factors = Field((0.29, 0.79, 2.1), description="of each layer's threshold")
    headroom: float = Field(1.26, ge=1, description="room for weights to grow, 1 for none")
    potentiation: float = Field(0.2, ge=0, le=255, description="weight units a spike pair")
    depression: float = Field(0.73, ge=0, le=255, description="weight units a silent synapse")
    gated: bool = Field(False, description="gate by the sign of the weight, as in the released SRC")
    rounding: Literal["per_synapse", "per_layer"] = Field(
        "per_synapse", description="of weights, in the simulator"
    )

    @model_validator(mode="after")
    def _rule_fits_loihi(self) -> SleepConfig:
        from loihi_sleep.rules import sleep_hebb

        sleep_hebb(self.potentiation, self.depression, gated=self.gated)
        return self


class ReadoutConfig(BaseModel):
    """How the slept network is read out in spikes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: int = Field(64, ge=1, description="time steps an image is shown")
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
    wake: WakeConfig = WakeConfig(epochs=5, learning_rate=0.0042, init_gain=1.09)
    joint_epochs: int = Field(20, ge=1, description="passes over all classes for the joint network")
    sleep: SleepConfig = SleepConfig()
    readout: ReadoutConfig = ReadoutConfig()


PRESETS: dict[str, dict[str, Any]] = {"quick": {"seeds": (0,)}, "paper": {"seeds": (0, 1, 2, 3, 4)}}
