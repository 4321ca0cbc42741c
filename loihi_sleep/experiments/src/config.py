"""Configuration of `src`; docs/results/src.md says where the numbers come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, get_args

from pydantic import Field, model_validator

from loihi_sleep.configuration import ExperimentConfig, distinct
from loihi_sleep.consolidation.chip import ChipSleep
from loihi_sleep.consolidation.form import check_lengths, defaults_of_form, form_field
from loihi_sleep.experiments.data import ClassifiedData
from loihi_sleep.experiments.src.prototype_config import PrototypesConfig
from loihi_sleep.settings import Settings
from loihi_sleep.training.sgd import DenseWakeConfig, WakeConfig

Factor = Annotated[float, Field(gt=0, le=1000)]
Fraction = Annotated[float, Field(gt=0, le=1)]
Epochs = Annotated[int, Field(ge=1, le=10_000)]
# Two hidden ones and the output.
LAYERS = 3
if TYPE_CHECKING:
    from loihi_sleep.consolidation.form import SleepForm as SleepForm
else:
    SleepForm = form_field()
ConditionName = Literal[
    "sequential", "sleep", "joint", "rehearsal", "sleep_rehearsal", "ewc", "si", "replay_controls",
    "second_task", "prototypes", "prototype_curve", "prototype_controls",
]  # fmt: skip

PROTOTYPE_ARMS = ("prototypes", "prototype_curve", "prototype_controls")


class RehearsalConfig(Settings):
    """Learning with some stored samples of earlier tasks."""

    fractions: Annotated[tuple[Fraction, ...], distinct("fraction")] = Field(
        (0.0075, 0.01, 0.025, 0.05),
        min_length=1,
        max_length=100,
        description="of a task's samples are stored",
    )
    fractions_of: Literal["data_set", "learned"] = Field(
        "data_set",
        description="all training samples of a task's classes, as in the released code, or those "
        "that the task is learned from",
    )
    share: float = Field(
        1.0, gt=0, le=10, description="stored samples rehearsed for each sample of the task"
    )
    wake: DenseWakeConfig = WakeConfig()
    sleep: SleepForm = ChipSleep()


class BaselineConfig(Settings):
    """Penalties on changes of weights."""

    ewc: float = Field(
        30_000.0, ge=0, le=1e9, description="strength of elastic weight consolidation"
    )
    si: float = Field(100.0, ge=0, le=1e9, description="strength of synaptic intelligence")


class ReadoutConfig(Settings):
    """How the slept network is read out in spikes."""

    steps: int = Field(32, ge=1, le=100_000, description="time steps an image is shown")
    gain: float = Field(1.0, gt=0, le=1, description="spike probability of the brightest pixel")
    threshold_factors: tuple[Factor, Factor, Factor] = Field(
        (0.5, 0.5, 0.2), description="of each layer's threshold"
    )


class SrcConfig(ExperimentConfig):
    """Sleep Replay Consolidation: learn five tasks in sequence, sleep after each."""

    newer_settings: ClassVar[dict[str, Any]] = {
        "data.classes_per_task": 2,
        "prototypes": PrototypesConfig().model_dump(mode="json"),
    }

    experiment: Literal["src"] = "src"
    preset: Literal["quick", "paper", "prototypes"] = "quick"
    variant: Literal["paper", "chip", "best_float"] = Field(
        "chip", description="which defaults: as released, for a chip, or the best in float"
    )
    data: ClassifiedData = ClassifiedData()
    hidden: tuple[Annotated[int, Field(ge=1, le=4096)], Annotated[int, Field(ge=1, le=4096)]] = (
        Field((1200, 1200), description="neurons of the hidden layers")
    )
    arms: Annotated[tuple[ConditionName, ...], distinct("arm")] = Field(
        ("sequential", "sleep", "joint", "rehearsal", "sleep_rehearsal"),
        min_length=1,
        description="what is compared",
    )
    wake: DenseWakeConfig = WakeConfig()
    joint: DenseWakeConfig = WakeConfig()
    sleep: SleepForm = ChipSleep()
    rehearsal: RehearsalConfig = RehearsalConfig()
    baselines: BaselineConfig = BaselineConfig()
    readout: ReadoutConfig = ReadoutConfig()
    second_task_epochs: Annotated[tuple[Epochs, ...], distinct("number of epochs")] = Field(
        (1, 2, 4, 8, 16),
        min_length=1,
        max_length=100,
        description="passes over the second task before it sleeps",
    )
    prototypes: PrototypesConfig = PrototypesConfig()

    @property
    def folder_unused(self) -> str | None:
        """Why no data set is read from a folder; None where one is."""
        return self.data.folder_unused

    @classmethod
    def defaults(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Return the defaults of the variant and of the data that values name."""
        from loihi_sleep.experiments.src.variants import settings_of

        tree = super().defaults(values)
        data = values.get("data")
        name = data.get("name") if isinstance(data, dict) else None
        settings = settings_of(values.get("variant", "chip"), name or "mnist")
        # Whole but for these two: what one form of sleep sets is unknown to the other.
        parts = {part: tree[part] | settings.get(part, {}) for part in ("data", "rehearsal")}
        tree |= settings | parts
        for part, chosen in ((tree, values), (tree["rehearsal"], values.get("rehearsal"))):
            if isinstance(chosen, dict):
                part["sleep"] = defaults_of_form(chosen.get("sleep"), part["sleep"])
        return tree

    @model_validator(mode="after")
    def _parts_fit(self) -> SrcConfig:
        if self.variant != "chip" and self.numerics != "float":
            raise ValueError(
                f"variant is {self.variant!r}, which calculates in floats, and numerics is "
                f"{self.numerics!r}; use --numerics float, or --set variant=chip"
            )
        asked = [arm for arm in self.arms if arm in PROTOTYPE_ARMS]
        if asked and self.numerics != "fixed":
            raise ValueError(
                f"arms names {asked[0]}, whose neurons calculate in integers, and numerics is "
                f"{self.numerics!r}; use --numerics fixed"
            )
        if self.rehearsal.sleep.form != self.sleep.form:
            raise ValueError(
                f"sleep.form is {self.sleep.form!r} and rehearsal.sleep.form is "
                f"{self.rehearsal.sleep.form!r}; they must be the same"
            )
        if "second_task" in self.arms and len(self.data.tasks) < 2:
            raise ValueError(
                "arms names second_task and data.classes_per_task is "
                f"{self.data.classes_per_task}, which makes one task: leave one of them out"
            )
        plane = self.data.plane or (1, 1)
        for name, settings in (("sleep", self.sleep), ("rehearsal.sleep", self.rehearsal.sleep)):
            settings.check_plane(plane)
            by_layer = settings.values_by_layer()
            check_lengths({f"{name}.{part}": values for part, values in by_layer.items()}, LAYERS)
        return self


PRESETS: dict[str, dict[str, Any]] = {
    "quick": {"seeds": (0,), "rehearsal": {"fractions": (0.0075,)}},
    "paper": {
        "seeds": (0, 1, 2, 3, 4),
        "arms": tuple(arm for arm in get_args(ConditionName) if arm not in PROTOTYPE_ARMS),
    },
    "prototypes": {
        "seeds": (0,),
        "arms": ("sequential", "rehearsal", *PROTOTYPE_ARMS),
        "rehearsal": {"fractions": (0.0083,)},
    },
}
