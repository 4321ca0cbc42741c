"""Configuration of `slow-wave`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from loihi_sleep.configuration import ExperimentConfig, Folder, distinct, shortened
from loihi_sleep.datasets.patches import CIFAR, IMAGE_SIDE
from loihi_sleep.experiments.slow_wave.conditions import CONDITIONS, BetweenImages, ConditionName
from loihi_sleep.networks.dictionary import DictionaryNetwork
from loihi_sleep.numerics.names import Numerics
from loihi_sleep.settings import Settings

# Of all frames of training, which are kept as one array: 4 GiB.
_VALUES_MAX = 2**29


class DataConfig(Settings):
    """What is seen."""

    images: Folder = Field(
        "bundled", description="bundled (scikit-learn's photographs), cifar, or a folder of images"
    )
    folder: Folder | None = Field(
        None, description="where CIFAR-10 lies; else LOIHI_SLEEP_DATA, else it is downloaded"
    )
    reduce: int = Field(4, ge=1, le=64, description="by which photographs are reduced")
    whiten: bool = Field(False, description="ZCA, see docs/results/slow-wave.md")
    low_pass: float | None = Field(
        None, gt=0, le=0.5, description="of the filter after whitening, cycles a pixel"
    )
    contrast: float = Field(
        0.5, gt=0, le=1000, description="gray currents that a standard deviation is"
    )


class PhaseConfig(Settings):
    """How long things take."""

    images: int = Field(500, ge=2, le=100_000, description="image frames")
    frame_steps: int = Field(1000, ge=100, le=1_000_000, description="of a frame, ms")


class ProbeConfig(Settings):
    """How the network is tested, nothing learned: the same under all conditions."""

    times: int = Field(10, ge=2, le=1000, description="tests, at equal distances")
    images: int = Field(40, ge=1, le=100_000, description="held-out patches")
    amplitude: float = Field(
        1.17, ge=0, le=1000, description="deviation of the noise at the crest, gray currents"
    )


class SleepConfig(Settings):
    """What drives the residual layer asleep."""

    amplitude: float = Field(
        1.5, ge=0, le=1000, description="standard deviation at the crest, gray currents"
    )
    wave_depth: float = Field(0.6, ge=0, le=1, description="1: no noise between slow waves")
    hold: int = Field(
        2, ge=1, le=1_000_000, description="steps for which a sample of noise is held, ms"
    )
    frames: int = Field(5, ge=0, le=1000, description="asleep, after `images` frames awake")
    images: int = Field(1, ge=1, le=100_000, description="frames awake before each sleep")


class ControlsConfig(Settings):
    """What takes the place of sleep in controls."""

    norm: float = Field(
        0.82,
        gt=0,
        le=1000,
        description="mean norm to which features are scaled where no `sleep` is in the run",
    )


class SlowWaveConfig(ExperimentConfig):
    """Configuration of the experiment."""

    experiment: Literal["slow-wave"] = "slow-wave"
    preset: Literal["quick", "paper", "whitened"] = "quick"
    numerics: Numerics = "float"
    conditions: Annotated[tuple[ConditionName, ...], distinct("condition")] = Field(
        ("no_sleep", "sleep", "gray"), min_length=1, description="what is compared"
    )
    network: DictionaryNetwork = DictionaryNetwork()
    data: DataConfig = DataConfig()
    phases: PhaseConfig = PhaseConfig()
    look: ProbeConfig = ProbeConfig()
    sleep: SleepConfig = SleepConfig()
    controls: ControlsConfig = ControlsConfig()

    def ratio_of(self, between: BetweenImages) -> tuple[int, int]:
        """Return the frames awake, and asleep, of a cycle under a condition."""
        return between.ratio or (self.sleep.images, self.sleep.frames)

    @property
    def folder_unused(self) -> str | None:
        """Why no data set is read from a folder; photographs are named by ``data.images``."""
        if self.data.images == CIFAR:
            return None
        return f"data.images is {shortened(self.data.images)}; only 'cifar' is read from there"

    @model_validator(mode="after")
    def _tests_divide_the_images(self) -> SlowWaveConfig:
        if self.phases.images % self.look.times:
            raise ValueError(
                f"look.times is {self.look.times}; it must divide phases.images, "
                f"{self.phases.images}"
            )
        return self

    @model_validator(mode="after")
    def _sleeps_fit_in_memory(self) -> SlowWaveConfig:
        awake, asleep = self.sleep.images, self.sleep.frames
        frames = self.phases.images // awake * asleep + self.phases.images
        if frames * self.network.pixels > _VALUES_MAX:
            raise ValueError(
                f"phases.images is {self.phases.images}, with {asleep} frames asleep after each "
                f"{awake}; {frames:,} frames of {self.network.pixels} pixels are too many to keep"
            )
        return self

    @model_validator(mode="after")
    def _patches_can_be_made(self) -> SlowWaveConfig:
        if self.data.images == CIFAR and IMAGE_SIDE % self.network.side:
            raise ValueError(
                f"network.side is {self.network.side}; with CIFAR-10 it must divide {IMAGE_SIDE}"
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
