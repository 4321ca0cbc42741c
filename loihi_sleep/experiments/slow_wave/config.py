"""Configuration of `slow-wave`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from loihi_sleep.configuration import ExperimentConfig, each_once
from loihi_sleep.experiments.slow_wave.conditions import CONDITIONS, Condition, Rest
from loihi_sleep.networks.dictionary import DictionaryNetwork


class DataConfig(BaseModel):
    """What is seen."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    images: str = Field(
        "bundled", description="bundled (scikit-learn's photographs), cifar, or a folder of images"
    )
    folder: str | None = Field(
        None, description="where CIFAR-10 lies; else LOIHI_SLEEP_DATA, else it is downloaded"
    )
    reduce: int = Field(4, ge=1, description="by which photographs are reduced")
    whiten: bool = Field(False, description="ZCA, see docs/slow-wave.md")
    low_pass: float | None = Field(
        None, gt=0, le=0.5, description="of the filter after whitening, cycles a pixel"
    )
    contrast: float = Field(0.5, gt=0, description="gray currents that a standard deviation is")


class PhaseConfig(BaseModel):
    """How long things take."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    images: int = Field(500, ge=2, description="image frames of a life")
    frame_steps: int = Field(1000, ge=100, description="of a frame, ms")


class LookConfig(BaseModel):
    """How the network is looked at, nothing learned: the same under all conditions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    times: int = Field(10, ge=2, description="of a life, at equal distances")
    images: int = Field(40, ge=1, description="held-out patches")
    amplitude: float = Field(
        1.17, ge=0, description="deviation of the noise at the crest, gray currents"
    )


class SleepConfig(BaseModel):
    """What drives the residual layer asleep."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    amplitude: float = Field(
        1.5, ge=0, description="standard deviation at the crest, gray currents"
    )
    wave_depth: float = Field(0.6, ge=0, le=1, description="1: no noise between slow waves")
    hold: int = Field(2, ge=1, description="steps for which a sample of noise is held, ms")
    frames: int = Field(5, ge=0, description="asleep, after `images` frames awake")
    images: int = Field(1, ge=1, description="frames awake before each sleep")


class ControlsConfig(BaseModel):
    """What takes the place of sleep in controls."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    norm: float = Field(
        0.82,
        gt=0,
        description="mean norm to which features are scaled where no `sleep` is in the run",
    )


class SlowWaveConfig(ExperimentConfig):
    """All of it."""

    experiment: Literal["slow-wave"] = "slow-wave"
    numerics: Literal["float", "fixed"] = "float"
    conditions: tuple[Condition, ...] = Field(("no_sleep", "sleep", "gray"), min_length=1)
    network: DictionaryNetwork = DictionaryNetwork()
    data: DataConfig = DataConfig()
    phases: PhaseConfig = PhaseConfig()
    look: LookConfig = LookConfig()
    sleep: SleepConfig = SleepConfig()
    controls: ControlsConfig = ControlsConfig()

    def ratio_of(self, rest: Rest) -> tuple[int, int]:
        """Return the frames awake, and asleep, of a cycle under a condition."""
        return rest.ratio or (self.sleep.images, self.sleep.frames)

    @field_validator("conditions")
    @classmethod
    def _each_once(cls, conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
        return each_once(conditions, "condition")

    @model_validator(mode="after")
    def _looks_divide_the_life(self) -> SlowWaveConfig:
        if self.phases.images % self.look.times:
            raise ValueError(
                f"look.times is {self.look.times}; it must divide phases.images, "
                f"{self.phases.images}"
            )
        return self


PRESETS: dict[str, dict[str, Any]] = {
    "quick": {"seeds": (0,), "phases": {"images": 150}, "look": {"times": 5}},
    "paper": {"seeds": tuple(range(5)), "conditions": tuple(CONDITIONS)},
    # A sparse code and fast learning, from which features become Gabor functions.
    "whitened": {
        "seeds": (0, 1),
        "conditions": ("no_sleep", "sleep"),
        "data": {"whiten": True, "low_pass": 0.4, "reduce": 2, "contrast": 0.1},
        "network": {"gain_up": 2.5, "learning_rate": 0.17},
        "phases": {"images": 5000},
        "sleep": {"frames": 1},
    },
}
