"""Configuration of the learners of tasks in sequence."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from loihi_sleep.configuration import distinct
from loihi_sleep.consolidation.chip import ChipSleep
from loihi_sleep.pruning.dreams import DreamsConfig
from loihi_sleep.settings import Settings
from loihi_sleep.training.augmentation import VariedConfig

Share = Annotated[float, Field(gt=0, lt=1)]
Learner = Literal["packnet", "memory", "sleep", "multinet", "naive", "awake", "replay"]


class LearnersConfig(Settings):
    """Learners of five tasks in sequence, with a head a task and a night after each."""

    names: Annotated[tuple[Learner, ...], distinct("learner")] = Field(
        ("packnet", "memory", "sleep", "multinet", "naive", "awake", "replay"),
        description="learners of tasks in sequence that are compared",
    )
    kept: Annotated[tuple[Share, ...], distinct("share")] = Field(
        (0.2, 0.1, 0.05, 0.01, 0.005, 0.0025, 0.001),
        min_length=1,
        max_length=100,
        description="share of the hidden layers' weights",
    )
    epochs: int = Field(5, ge=1, le=10_000, description="passes over the samples of a task by day")
    steps: int = Field(
        150, ge=1, le=10_000_000, description="of the optimizer in every night of pruning"
    )
    cycles: int = Field(4, ge=1, le=1_000_000, description="of every night")
    learning_rate: float = Field(0.05, gt=0, le=10, description="by day and by night")
    varied: VariedConfig = Field(
        VariedConfig(), description="images varied by day and by night, rehearsed ones too"
    )
    dreams: DreamsConfig = DreamsConfig()
    sleep: ChipSleep = ChipSleep()
    sleep_first: bool = Field(
        True, description="Sleep Replay Consolidation comes before the night of pruning"
    )

    @model_validator(mode="after")
    def _a_night_fits(self) -> LearnersConfig:
        if self.cycles > self.steps:
            raise ValueError(
                f"learners.cycles is {self.cycles} and learners.steps is {self.steps}; a cycle "
                "needs at least one step"
            )
        return self
