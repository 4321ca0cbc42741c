"""Configuration of the arms of `src` that have a hippocampus of prototypes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from loihi_sleep.configuration import distinct
from loihi_sleep.hippocampus import HippocampusConfig, ReplayConfig
from loihi_sleep.settings import Settings
from loihi_sleep.training.sgd import DenseWakeConfig, WakeConfig

PerClass = Annotated[int, Field(ge=1, le=1000)]
Neurons = Annotated[int, Field(ge=1, le=8192)]


class PrototypesConfig(Settings):
    """A second memory of prototypes, and the cortex that it teaches at night."""

    per_class: PerClass = Field(50, description="prototypes of each class")
    curve: Annotated[tuple[PerClass, ...], distinct("number")] = Field(
        (1, 5, 10, 20, 100),
        min_length=1,
        max_length=100,
        description="other numbers of prototypes, for accuracy against bytes",
    )
    hidden: Annotated[tuple[Neurons, ...], Field(min_length=1, max_length=8)] = Field(
        (2400,), description="neurons of each hidden layer of the cortex"
    )
    wake: DenseWakeConfig = WakeConfig(
        epochs=2, learning_rate=0.05, momentum=0.5, batch_size=100, init_gain=1.26
    )
    hippocampus: HippocampusConfig = HippocampusConfig()
    night: ReplayConfig = ReplayConfig()
    readout_steps: int = Field(32, ge=1, le=100_000, description="time steps an image is shown")
    readout_gain: float = Field(
        1.0, gt=0, le=1, description="spike probability of the brightest pixel"
    )

    @model_validator(mode="after")
    def _a_value_for_each_layer(self) -> PrototypesConfig:
        layers = len(self.hidden) + 1
        for name in ("threshold_factors", "headroom"):
            given = len(getattr(self.night, name))
            if given != layers:
                raise ValueError(
                    f"night.{name} has {given} values; it must have {layers}, one for each hidden "
                    "layer and the output"
                )
        return self


# Chosen on validation images with seeds from 100, see docs/results/prototypes.md.
DIGITS_PROTOTYPES = PrototypesConfig(
    per_class=10,
    curve=(1, 3, 5),
    hidden=(400,),
    wake=WakeConfig(epochs=5, learning_rate=0.065, momentum=0.5, batch_size=20, init_gain=1.26),
    hippocampus=HippocampusConfig(conscience=0.3),
    night=ReplayConfig(
        presentations=2_000,
        rate=0.75,
        threshold_factors=(0.15, 0.12),
        headroom=(1.2, 3.6),
        target=25,
        gain=1.05,
        last_gain=0.37,
        visits=100,
    ),
)
