"""Configuration of `slow-wave`."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from loihi_sleep.complaints import shortened
from loihi_sleep.configuration import ExperimentConfig, Folder, distinct
from loihi_sleep.datasets.patches import CIFAR, IMAGE_SIDE
from loihi_sleep.experiments.slow_wave.conditions import CONDITIONS, BetweenImages, ConditionName
from loihi_sleep.networks.dictionary import DictionaryNetwork, Form
from loihi_sleep.networks.dictionary_chip_form import ChipForm
from loihi_sleep.numerics.names import Numerics
from loihi_sleep.settings import Settings

# Of all frames of training, which are kept as one array: 4 GiB.
_VALUES_MAX = 2**29
# What is otherwise in the form for the chip.
_CHIP: dict[str, dict[str, Any]] = {
    "network": {"feedback": 0.5, "density": 0.3},
    "phases": {"frame_steps": 500},
    "look": {"amplitude": 0.8},
    "sleep": {"frames": 2},
}


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

    newer_settings: ClassVar[dict[str, Any]] = {
        "form": "source",
        "network.chip": ChipForm().model_dump(mode="json"),
    }

    experiment: Literal["slow-wave"] = "slow-wave"
    preset: Literal["quick", "paper", "whitened"] = "quick"
    numerics: Numerics = "float"
    form: Form = Field(
        "source", description="chip: Lava's LIF neurons and plastic synapses only, in fixed"
    )
    conditions: Annotated[tuple[ConditionName, ...], distinct("condition")] = Field(
        ("no_sleep", "sleep", "gray"), min_length=1, description="what is compared"
    )
    network: DictionaryNetwork = DictionaryNetwork()
    data: DataConfig = DataConfig()
    phases: PhaseConfig = PhaseConfig()
    look: ProbeConfig = ProbeConfig()
    sleep: SleepConfig = SleepConfig()
    controls: ControlsConfig = ControlsConfig()

    @classmethod
    def defaults(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Return the defaults; those of the form for the chip are others."""
        defaults = super().defaults(values)
        if values.get("form") == "chip":
            defaults["numerics"] = "fixed"
            for part, changed in _CHIP.items():
                defaults[part] |= changed
        return defaults

    def ratio_of(self, between: BetweenImages) -> tuple[int, int]:
        """Return the frames awake, and asleep, of a cycle under a condition."""
        return between.ratio or (self.sleep.images, self.sleep.frames)

    @property
    def residual_neurons(self) -> int:
        """Neurons of the residual layer; the form for the chip has ON and then OFF neurons."""
        return self.network.pixels * (2 if self.form == "chip" else 1)

    @property
    def folder_unused(self) -> str | None:
        """Why no data set is read from a folder; photographs are named by ``data.images``."""
        if self.data.images == CIFAR:
            return None
        return f"data.images is {shortened(self.data.images)}; only 'cifar' is read from there"

    @model_validator(mode="before")
    @classmethod
    def _chip_skips_what_it_cannot(cls, values: object) -> Any:
        """Leave out of the preset's conditions those that the form for the chip cannot have."""
        if isinstance(values, dict) and values.get("form") == "chip":
            named = values.get("conditions")
            if isinstance(named, list | tuple) and tuple(named) == tuple(CONDITIONS):
                return {**values, "conditions": tuple(filter(_on_chip, CONDITIONS))}
        return values

    @model_validator(mode="after")
    def _chip_is_fixed_and_scales_nothing(self) -> SlowWaveConfig:
        if self.form != "chip":
            return self
        if self.numerics != "fixed":
            raise ValueError(f"numerics is {self.numerics!r}; with form 'chip' it must be 'fixed'")
        for name in self.conditions:
            if not _on_chip(name):
                raise ValueError(
                    f"conditions has {name!r}; with form 'chip' no host scales features, and there "
                    "is no literal model"
                )
        return self

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


def _on_chip(name: ConditionName) -> bool:
    """Whether the form for the chip can have a condition."""
    between = CONDITIONS[name]
    return between.scaled is None and not between.network


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
