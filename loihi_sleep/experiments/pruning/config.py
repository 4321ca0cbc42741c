"""Configuration of `pruning`; docs/pruning.md says where the numbers come from."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from loihi_sleep.configuration import ExperimentConfig, each_once
from loihi_sleep.pruning.schedule import final_counts
from loihi_sleep.sleep.wake import WakeConfig
from loihi_sleep.tasks import digits, images

Share = Annotated[float, Field(gt=0, lt=1)]
Cycles = Annotated[int, Field(ge=1)]
Neurons = Annotated[int, Field(ge=1, le=4096)]
# Of both data sets.
CLASSES = 10


class DataConfig(BaseModel):
    """What is learned."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Literal["digits", "mnist"] = "digits"
    folder: str | None = Field(
        None, description="where MNIST lies; else LOIHI_SLEEP_DATA, else it is downloaded"
    )
    task_images: int = Field(
        9600, ge=1, description="training images of MNIST for each two classes; a sixth more is "
        "for validation"
    )  # fmt: skip

    @property
    def inputs(self) -> int:
        """Pixels of an image."""
        rows, columns = digits.PLANE if self.name == "digits" else images.PLANE
        return rows * columns


class NightConfig(BaseModel):
    """What every night has, however many cycles are in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: int = Field(400, ge=1, description="of the optimizer, all cycles together")
    learning_rate: float = Field(0.05, gt=0, le=10, description="of gradient descent")


class PruningConfig(ExperimentConfig):
    """Pruning nights: one trained network, pruned in few cycles or many in equally long nights."""

    experiment: Literal["pruning"] = "pruning"
    preset: Literal["quick", "paper"] = "quick"
    data: DataConfig = DataConfig()
    hidden: tuple[Neurons, Neurons] = (300, 100)
    wake: WakeConfig = WakeConfig(
        epochs=20, learning_rate=0.05, batch_size=20, init_gain=1.2, loss="cross_entropy"
    )
    night: NightConfig = NightConfig()
    kept: tuple[Share, ...] = Field(
        (0.2, 0.1, 0.05, 0.01), min_length=1, description="share of the pruned layers' weights"
    )
    cycles: tuple[Cycles, ...] = Field(
        (1, 2, 4, 5, 10, 20), min_length=1, description="of pruning and learning in one night"
    )
    prune_output: bool = Field(False, description="prune the output layer as well")

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons by layer, the input first."""
        return (self.data.inputs, *self.hidden, CLASSES)

    @property
    def retraining(self) -> WakeConfig:
        """How the network learns at night."""
        return self.wake.model_copy(update={"learning_rate": self.night.learning_rate})

    def kept_counts(self, kept: float) -> list[int]:
        """Weights that each layer keeps."""
        sizes = [pre * post for pre, post in zip(self.sizes[:-1], self.sizes[1:], strict=True)]
        if self.prune_output:
            return final_counts(sizes, kept)
        return [*final_counts(sizes[:-1], kept), sizes[-1]]

    @field_validator("kept")
    @classmethod
    def _each_share_once(cls, kept: tuple[float, ...]) -> tuple[float, ...]:
        return each_once(kept, "share")

    @field_validator("cycles")
    @classmethod
    def _each_number_once(cls, cycles: tuple[int, ...]) -> tuple[int, ...]:
        return each_once(cycles, "number of cycles")

    @model_validator(mode="after")
    def _nights_fit(self) -> PruningConfig:
        if max(self.cycles) > self.night.steps:
            raise ValueError(
                f"cycles holds {max(self.cycles)} and night.steps is {self.night.steps}; a cycle "
                "needs at least one step"
            )
        for kept in self.kept:
            self.kept_counts(kept)
        return self


PRESETS: dict[str, dict[str, Any]] = {
    "quick": {"seeds": (0,)},
    "paper": {
        "seeds": (0, 1, 2, 3, 4),
        "data": {"name": "mnist"},
        "wake": {"epochs": 4, "batch_size": 100},
    },
}
