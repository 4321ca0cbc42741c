"""Configuration of `foraging`."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, cast

from pydantic import Field, model_validator

from loihi_sleep.configuration import ExperimentConfig, distinct
from loihi_sleep.experiments.foraging.conditions import OF_TWO_TASKS, TRAININGS, ConditionName
from loihi_sleep.networks.foraging import ForagingNetwork, Form, Kind, Neuron
from loihi_sleep.networks.foraging_chip import ChipForm
from loihi_sleep.numerics.names import Numerics
from loihi_sleep.settings import Settings
from loihi_sleep.worlds.foraging import particles_for

# What is otherwise with LIF neurons.
_LIF: dict[str, dict[str, Any]] = {
    "network": {
        "learning_rate": 2.0,
        "output_largest": 1.07,
        "homeostasis": 0.0007,
        "scaled_asleep": True,
    },
    "sleep": {"reward": 0.28, "rate_scale": 5.0},
}
# What is otherwise in the form for the chip; rewards are heard in 127ths.
_CHIP: dict[str, dict[str, Any]] = {
    "world": {"punishment": -0.386, "step_reward": -0.016},
    "sleep": {"reward": 0.472, "rate_scale": 0.105, "uniform": True},
    "phases": {"features": 200_000, "task": 60_000},
}
# Share of the squares of a world, at most: in small worlds more find no places by chance.
_DENSEST = 0.13
# Shares of the hidden neurons that are removed, after the first task.
PRUNED_SHARES = tuple(k / 10 for k in range(10))


class WorldConfig(Settings):
    """The world and what eating is worth."""

    size: int = Field(50, ge=8, le=1000, description="side in squares")
    particles: int = Field(125, ge=2, le=250_000, description="10 % of 50 x 50 squares")
    feature_particles: int = Field(
        40, ge=4, le=250_000, description="while features are learned, in all four orientations"
    )
    reward: float = Field(1.0, ge=0, le=1e6, description="for a rewarded particle")
    punishment: float = Field(
        -0.6, ge=-1e6, le=0, description="for a punished one; -0.001 in the source"
    )
    step_reward: float = Field(
        -0.06, ge=-1e6, le=0, description="for an empty square; -0.0001 there"
    )
    exploration: float = Field(0.01, ge=0, le=1, description="chance of a random move, at first")

    @model_validator(mode="after")
    def _particles_find_places(self) -> WorldConfig:
        most = particles_for(self.size, _DENSEST)
        for name in ("particles", "feature_particles"):
            if getattr(self, name) > most:
                raise ValueError(
                    f"{name} is {getattr(self, name)}; it must be at most {most}, as more find no "
                    f"places in {self.size} x {self.size} squares where they do not touch"
                )
        return self


class PhaseConfig(Settings):
    """How long things take, in movement cycles."""

    features: int = Field(
        100_000, ge=1, le=1_000_000_000, description="unsupervised learning of input synapses"
    )
    task: int = Field(50_000, ge=1, le=1_000_000_000, description="training on a task")
    block: int = Field(
        100, ge=1, le=1_000_000_000, description="awake, then as much asleep, or on the other task"
    )
    test: int = Field(10_000, ge=1, le=1_000_000_000, description="on each task, nothing learned")
    film: int = Field(
        300, ge=0, le=100_000, description="for which agents of the first seed are followed"
    )
    pruned_test: int = Field(
        1500,
        ge=0,
        le=1_000_000_000,
        description="test of a network that has lost hidden neurons; 0: none",
    )
    samples: int = Field(
        50, ge=1, le=1000, description="parts of a phase after which performance is noted"
    )

    @model_validator(mode="after")
    def _parts_fit(self) -> PhaseConfig:
        if self.samples > self.task:
            raise ValueError(
                f"samples is {self.samples}; it must be at most task, {self.task}: a part needs at "
                "least one cycle"
            )
        return self


class SleepConfig(Settings):
    """What happens asleep."""

    reward: float = Field(
        0.17, ge=0, le=1e6, description="after every cycle asleep; 0.5 in the source"
    )
    rate_scale: float = Field(1.0, ge=0, le=1e6, description="of the replayed rates to those awake")
    uniform: bool = Field(False, description="all hidden neurons at the mean of the rates")


class ForagingConfig(ExperimentConfig):
    """Configuration of the experiment."""

    newer_settings: ClassVar[dict[str, Any]] = {
        "form": "source",
        "sleep.uniform": False,
        "network.scaled_asleep": True,
        "network.chip": ChipForm().model_dump(mode="json"),
    }

    experiment: Literal["foraging"] = "foraging"
    preset: Literal["quick", "paper", "four_tasks"] = "quick"
    numerics: Numerics = "float"
    neuron: Neuron = Field("map", description="of the source, in float; lif: Lava's, in fixed")
    form: Form = Field(
        "source", description="chip: Lava's LIF neurons and plastic synapses only, in fixed"
    )
    conditions: Annotated[tuple[ConditionName, ...], distinct("condition")] = Field(
        ("task1", "sequential", "sleep", "sleep_no_plasticity"),
        min_length=1,
        description="what is compared",
    )
    network: ForagingNetwork = ForagingNetwork(
        cycle_steps=300,
        decision_steps=300,
        inhibition=0.85,
        learning_rate=7.0,
        target_rate=0.12,
        output_largest=1.6,
        output_weight=0.06,
        homeostasis=0.0003,
        scaled_asleep=False,
    )
    world: WorldConfig = WorldConfig()
    phases: PhaseConfig = PhaseConfig()
    sleep: SleepConfig = SleepConfig()

    @classmethod
    def defaults(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Return the defaults; those of LIF neurons and of the form for the chip are others."""
        defaults = super().defaults(values)
        if values.get("form") == "chip":
            defaults |= {"numerics": "fixed", "neuron": "lif"}
            for part, changed in _CHIP.items():
                defaults[part] |= changed
        elif values.get("neuron") == "lif":
            defaults["numerics"] = "fixed"
            defaults["network"] |= _LIF["network"]
            defaults["sleep"] |= _LIF["sleep"]
        return defaults

    @property
    def kind(self) -> Kind:
        """Which of the networks it is: by neurons, or that for the chip."""
        return "chip" if self.form == "chip" else self.neuron

    def cycles_of(self, name: str) -> int:
        """Movement cycles of ``features``, or of a condition with its tests."""
        if name == "features":
            return self.phases.features
        training = TRAININGS[cast(ConditionName, name)]
        awake_and_asleep = self.phases.task * (2 if training.alternates else 1)
        return awake_and_asleep + len(training.tested) * self.phases.test

    @model_validator(mode="before")
    @classmethod
    def _chip_skips_freezing(cls, values: object) -> Any:
        """Leave the conditions that freeze synapses out of the preset's, where none can be."""
        if isinstance(values, dict) and values.get("form") == "chip":
            named = values.get("conditions")
            if isinstance(named, list | tuple) and tuple(named) == OF_TWO_TASKS:
                kept = tuple(name for name in OF_TWO_TASKS if not TRAININGS[name].frozen)
                return {**values, "conditions": kept}
        return values

    @model_validator(mode="after")
    def _chip_has_lif_neurons_and_freezes_nothing(self) -> ForagingConfig:
        if self.form != "chip":
            return self
        if self.neuron != "lif":
            raise ValueError(f"neuron is {self.neuron!r}; with form 'chip' it must be 'lif'")
        for name in self.conditions:
            if TRAININGS[name].frozen:
                raise ValueError(
                    f"conditions has {name!r}; no synapse can be frozen with form 'chip'"
                )
        return self

    @model_validator(mode="after")
    def _numerics_of_the_neuron(self) -> ForagingConfig:
        needed = "float" if self.neuron == "map" else "fixed"
        if self.numerics != needed:
            raise ValueError(
                f"numerics is {self.numerics!r}; {self.neuron} neurons need {needed!r}"
            )
        return self

    @model_validator(mode="after")
    def _decides_within_a_cycle(self) -> ForagingConfig:
        network = self.network
        if network.decision_steps > network.cycle_steps:
            raise ValueError(
                f"network.decision_steps is {network.decision_steps}; it must be at most "
                f"network.cycle_steps, {network.cycle_steps}"
            )
        return self


PRESETS: dict[str, dict[str, Any]] = {
    "quick": {
        "seeds": (0,),
        "phases": {"test": 4_000, "samples": 40},
    },
    "paper": {
        "seeds": tuple(range(10)),
        "conditions": OF_TWO_TASKS,
        # Within 50,000 some seeds do not forget yet.
        "phases": {"task": 60_000},
    },
    "four_tasks": {
        "seeds": tuple(range(10)),
        "conditions": (
            *("task1", "sequential", "sequential_3", "sequential_4", "sleep", "sleep_3", "sleep_4"),
        ),
        "phases": {"film": 0, "pruned_test": 0},
    },
}
