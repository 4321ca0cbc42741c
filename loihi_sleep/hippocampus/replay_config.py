"""Configuration of nights in which prototypes are replayed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from loihi_sleep.numerics.limits import IMPULSE_MAX
from loihi_sleep.rules import Rule, contrastive_hebb, delta_rule
from loihi_sleep.rules.contrastive import HALVINGS_MAX as CONTRASTIVE_HALVINGS_MAX
from loihi_sleep.rules.delta import HALVINGS_MAX
from loihi_sleep.settings import Settings

Factor = Annotated[float, Field(gt=0, le=1000)]
Room = Annotated[float, Field(ge=1, le=100)]


class ReplayConfig(Settings):
    """How prototypes are replayed, and what the cortex learns from them."""

    learning: Literal["output", "all_layers", "two_factors"] = Field(
        "output",
        description="the output learns by the delta rule; all layers do, the others by feedback "
        "alignment; or the output does by a rule of two factors",
    )
    steps: int = Field(
        32, ge=8, le=512, description="time steps of a presentation, best a power of two"
    )
    presentations: int = Field(
        4_000, ge=1, le=10_000_000, description="in the night after the last task; fewer before"
    )
    visits: int = Field(
        50, ge=1, le=10_000_000, description="most presentations for each prototype in a night"
    )
    rate: float = Field(0.35, gt=0, le=1, description="spike probability of the strongest synapse")
    noise: float = Field(
        0.08,
        gt=0,
        le=10,
        description="standard deviation of the current into prototypes, thresholds",
    )
    drift: float = Field(0.08, ge=-10, le=10, description="mean of that current, in thresholds")
    inhibition: float = Field(0.2, ge=0, le=100, description="between prototypes, in thresholds")
    fatigue: float = Field(
        0.5, ge=0, le=100, description="rise of a prototype's threshold when it has been replayed"
    )
    threshold_factors: tuple[Factor, ...] = Field(
        (0.18, 0.32), min_length=1, max_length=64, description="of each layer's threshold"
    )
    headroom: tuple[Room, ...] = Field(
        (1.2, 3.0), min_length=1, max_length=64, description="room for weights to grow, by layer"
    )
    target: int = Field(20, ge=1, le=1000, description="spikes that the teacher asks for")
    gain: float = Field(3.0, gt=0, le=100, description="of the error, when the night begins")
    last_gain: float = Field(1.0, ge=0, le=100, description="of the error, when it ends")
    feedback_gain: float = Field(
        1.0, ge=0, le=1000, description="of the error in hidden layers, with all_layers"
    )
    halvings: int = Field(
        10, ge=0, le=HALVINGS_MAX, description="the learning rate is 2 to the minus so many"
    )
    impulse: float = Field(20.0, gt=0, le=IMPULSE_MAX, description="of the trace of hidden spikes")
    tau: float = Field(8.0, gt=0, le=1000, description="time constant of that trace, steps")
    depression: float = Field(
        1.5, ge=0, le=100, description="for each potentiation, with two_factors"
    )

    @model_validator(mode="after")
    def _rule_can_be_written(self) -> ReplayConfig:
        self.rule()
        return self

    def rule(self) -> Rule:
        """Return the rule by which the output learns.

        Returns
        -------
        Rule
        """
        if self.learning == "two_factors":
            halvings = min(self.halvings, CONTRASTIVE_HALVINGS_MAX)
            return contrastive_hebb(
                halvings, depression=self.depression, impulse=self.impulse, tau=self.tau
            )
        return delta_rule(self.halvings, self.steps, impulse=self.impulse, tau=self.tau)

    def presentations_after(self, share: float, prototypes: int) -> int:
        """Return how many presentations a night has.

        Parameters
        ----------
        share : float
            Part of the tasks that have been learned, 0 .. 1.
        prototypes : int
            That are to be replayed.

        Returns
        -------
        int
            From 1.
        """
        return max(1, min(round(self.presentations * share), self.visits * prototypes))
