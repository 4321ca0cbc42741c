"""Configuration of `pruning`; docs/results/pruning.md says where the numbers come from."""

from __future__ import annotations

from itertools import pairwise
from math import prod
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from loihi_sleep.configuration import ExperimentConfig, distinct
from loihi_sleep.consolidation.form import check_lengths, spread_over_layers
from loihi_sleep.experiments.data import ClassifiedData
from loihi_sleep.experiments.mnist_sleep import MNIST_SLEEP
from loihi_sleep.experiments.pruning.learners_config import LearnersConfig, Share
from loihi_sleep.numerics.limits import AMOUNT_MAX
from loihi_sleep.pruning.learners import SLEEPERS
from loihi_sleep.pruning.ranking import Ranking, lamp, magnitude
from loihi_sleep.pruning.schedule import final_counts
from loihi_sleep.pruning.slayer import SlayerConfig
from loihi_sleep.settings import Settings
from loihi_sleep.training.forward import weight_shapes
from loihi_sleep.training.sgd import WakeConfig

Cycles = Annotated[int, Field(ge=1, le=1_000_000)]
Planes = Annotated[int, Field(ge=1, le=512)]
Neurons = Annotated[int, Field(ge=1, le=4096)]


def pruned_share(kept: float) -> str:
    """Write the share of weights that are pruned, as names have it."""
    return f"{1 - kept:g}"


class NightConfig(Settings):
    """What every night has, however many cycles are in it."""

    steps: int = Field(
        200, ge=1, le=10_000_000, description="of the optimizer, all cycles together"
    )
    learning_rate: float = Field(0.05, gt=0, le=10, description="of gradient descent")


class AsleepConfig(Settings):
    """The night of a pruned spiking network: noise, and a rule in the synapses that are left."""

    steps: int = Field(200, ge=1, le=10_000_000, description="time steps")
    rate: float = Field(0.25, gt=0, le=1, description="spikes a step of the brightest pixel")
    threshold: float = Field(0.5, gt=0, le=1e6, description="asleep over awake")
    potentiation: float = Field(0.25, ge=0, le=AMOUNT_MAX, description="weight units")
    depression: float = Field(0.1, ge=0, le=AMOUNT_MAX, description="weight units")


class SpikingConfig(Settings):
    """A network of spiking neurons that SLAYER trains; its output layer is not pruned."""

    kept: Annotated[tuple[Share, ...], distinct("share")] = Field(
        (0.2, 0.1, 0.05),
        max_length=100,
        description="share of the hidden layers' weights; none: no such network",
    )
    hidden: tuple[Neurons, ...] = Field(
        (64,), min_length=1, max_length=8, description="neurons of the hidden layers"
    )
    slayer: SlayerConfig = SlayerConfig(gain=1.0, epochs=10, batch_size=40, learning_rate=0.01)
    night_steps: int = Field(
        200, ge=1, le=10_000_000, description="of the optimizer, all cycles together"
    )
    cycles: int = Field(10, ge=1, le=1_000_000, description="of pruning and learning in one night")
    asleep: AsleepConfig = AsleepConfig()

    def sizes(self, inputs: int, classes: int) -> tuple[int, ...]:
        """Neurons by layer, the input first."""
        return (inputs, *self.hidden, classes)

    def kept_counts(self, inputs: int, classes: int, kept: float) -> list[int]:
        """Weights that each layer keeps."""
        *hidden, output = (pre * post for pre, post in pairwise(self.sizes(inputs, classes)))
        return [*final_counts(hidden, kept), output]

    @model_validator(mode="after")
    def _a_night_fits(self) -> SpikingConfig:
        if self.cycles > self.night_steps:
            raise ValueError(
                f"cycles is {self.cycles} and night_steps is {self.night_steps}; a cycle needs at "
                "least one step"
            )
        return self


class PruningConfig(ExperimentConfig):
    """Pruning nights: one trained network, pruned in few cycles or many in equally long nights."""

    newer_settings: ClassVar[dict[str, Any]] = {"data.classes_per_task": 2, "data.task_order": 0}

    experiment: Literal["pruning"] = "pruning"
    preset: Literal["quick", "paper", "cifar10"] = "quick"
    data: ClassifiedData = ClassifiedData(name="digits", task_images=9600)
    channels: tuple[Planes, ...] = Field(
        (), max_length=16, description="planes that convolutions make, which come first"
    )
    hidden: tuple[Neurons, ...] = Field(
        (300, 100),
        min_length=1,
        max_length=8,
        description="neurons of the hidden layers behind them",
    )
    wake: WakeConfig = WakeConfig(
        epochs=10, learning_rate=0.05, batch_size=20, loss="cross_entropy", device="auto"
    )
    night: NightConfig = NightConfig()
    kept: Annotated[tuple[Share, ...], distinct("share")] = Field(
        (0.2, 0.1, 0.05, 0.01),
        min_length=1,
        max_length=100,
        description="share of the pruned layers' weights",
    )
    cycles: Annotated[tuple[Cycles, ...], distinct("number of cycles")] = Field(
        (1, 2, 4, 5, 10, 20),
        min_length=1,
        max_length=100,
        description="of pruning and learning in one night",
    )
    learners: LearnersConfig = LearnersConfig()
    prune_across: Literal["layers", "network"] = Field(
        "layers", description="weights are ranked within their layer, or with those of all layers"
    )
    prune_by: Literal["magnitude", "lamp"] = Field(
        "magnitude", description="what is ranked across the network: magnitudes, or LAMP's scores, "
        "magnitudes relative to the stronger ones of their layer"
    )  # fmt: skip
    spiking: SpikingConfig = SpikingConfig()
    prune_output: bool = Field(
        False, description="prune the output layer as well; learners never do"
    )

    @property
    def folder_unused(self) -> str | None:
        """Why no data set is read from a folder; None where one is."""
        return self.data.folder_unused

    @property
    def image(self) -> tuple[int, int, int]:
        """(planes, rows, columns) of an image."""
        image = self.data.data_set.image
        if image is None:
            raise ValueError(
                f"data.name is {self.data.name!r}, whose inputs are no images; pruning needs images"
            )
        return image

    @property
    def classes(self) -> int:
        """Shape of an input of the data set."""
        return self.data.data_set.classes

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """Shape of each layer's weights."""
        return weight_shapes(self.image, self.channels, (*self.hidden, self.classes))

    def ranking(self, *, output: bool) -> Ranking:
        """How weights compete to be kept, the output layer's with the others or by itself."""
        layers = tuple(range(len(self.shapes)))
        if self.prune_across == "layers":
            return Ranking.by_layer(len(layers))
        groups = (layers,) if output else (layers[:-1], layers[-1:])
        return Ranking(groups, lamp if self.prune_by == "lamp" else magnitude)

    @property
    def retraining(self) -> WakeConfig:
        """How the network learns at night."""
        return self.wake.model_copy(update={"learning_rate": self.night.learning_rate})

    @property
    def _weights(self) -> list[int]:
        """Weights of each layer."""
        return [prod(shape) for shape in self.shapes]

    def hidden_counts(self, kept: float) -> list[int]:
        """Weights that each layer but the last keeps."""
        return final_counts(self._weights[:-1], kept)

    def kept_counts(self, kept: float) -> list[int]:
        """Weights that each layer keeps in the study of cycles."""
        if self.prune_output:
            return final_counts(self._weights, kept)
        return [*self.hidden_counts(kept), self._weights[-1]]

    @classmethod
    def defaults(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Return the defaults; thresholds asleep are spread over the layers that values name."""
        defaults = super().defaults(values)
        data = values.get("data")
        if isinstance(data, dict) and data.get("name", "digits") not in ("digits", "mnist"):
            defaults["data"]["task_images"] = None
        hidden, channels = (values.get(name, defaults[name]) for name in ("hidden", "channels"))
        if isinstance(hidden, list | tuple) and isinstance(channels, list | tuple) and not channels:
            asleep = defaults["learners"]["sleep"]
            factors = spread_over_layers(asleep["threshold_factors"], len(hidden) + 1)
            asleep["threshold_factors"] = factors
        return defaults

    @model_validator(mode="after")
    def _nights_fit(self) -> PruningConfig:
        most = max(self.cycles)
        if most > self.night.steps:
            raise ValueError(
                f"cycles holds {most} and night.steps is {self.night.steps}; a cycle needs at "
                "least one step"
            )
        for kept in self.spiking.kept:
            self.spiking.kept_counts(prod(self.image), self.classes, kept)
        for kept in self.kept:
            self.kept_counts(kept)
        return self

    @model_validator(mode="after")
    def _layers_compete(self) -> PruningConfig:
        if self.prune_by == "lamp" and self.prune_across == "layers":
            raise ValueError(
                "prune_by is 'lamp' and prune_across is 'layers'; within a layer LAMP's scores "
                "rank weights as magnitudes do: set prune_across=network, or leave prune_by out"
            )
        return self

    @model_validator(mode="after")
    def _images_can_be_varied(self) -> PruningConfig:
        for name, varied in (("wake", self.wake.varied), ("learners", self.learners.varied)):
            if varied.active and not self.channels:
                raise ValueError(
                    f"{name}.varied is {varied.model_dump()} and channels is []; images are "
                    "varied for convolutions only: leave it out"
                )
            if varied.mirrored and not self.data.data_set.mirrored:
                raise ValueError(
                    f"{name}.varied.mirrored is true and data.name is {self.data.name!r}; a "
                    "mirrored digit is another character: only 'cifar10' is mirrored"
                )
            side = self.image[1]
            if varied.shift > side // 2:
                raise ValueError(
                    f"{name}.varied.shift is {varied.shift}; it must be at most {side // 2}, half "
                    f"of the image's {side} rows"
                )
        return self

    @model_validator(mode="after")
    def _learners_fit(self) -> PruningConfig:
        names = self.learners.names
        asleep = [name for name in names if name in SLEEPERS]
        if self.channels and asleep:
            raise ValueError(
                f"learners.names holds {asleep[0]!r}, which sleeps in spikes, and channels is "
                f"{list(self.channels)}; convolutions do not sleep: leave it out"
            )
        for kept in self.learners.kept if names else ():
            fewest = min(self.hidden_counts(kept))
            tasks = len(self.data.tasks)
            if "packnet" in names and fewest < tasks:
                raise ValueError(
                    f"learners.kept holds {kept:g}, which leaves {fewest} weights in a layer; "
                    f"packnet parts them among {tasks} tasks: keep more, or leave it out of "
                    "learners.names"
                )
        self.learners.sleep.check_plane(self.image[1:])
        if asleep:
            given = self.learners.sleep.values_by_layer()
            check_lengths(
                {f"learners.sleep.{name}": values for name, values in given.items()},
                len(self.shapes),
            )
        return self


PRESETS: dict[str, dict[str, Any]] = {
    "quick": {
        "seeds": (0, 1),
        "kept": (0.1, 0.05, 0.01),
        "learners": {"kept": (0.1, 0.005), "steps": 120},
    },
    "paper": {
        "seeds": (0, 1, 2, 3, 4),
        "data": {"name": "mnist"},
        "wake": {"epochs": 4, "batch_size": 100},
        "night": {"steps": 2400, "learning_rate": 0.1},
        "kept": (0.1, 0.05, 0.01),
        "cycles": (1, 2, 4, 5, 10, 20, 40),
        "prune_across": "network",
        "learners": {
            "kept": (0.1, 0.05, 0.01, 0.005, 0.0025),
            "epochs": 1,
            "steps": 240,
            "learning_rate": 0.1,
            "sleep": MNIST_SLEEP.model_dump(mode="json"),
        },
        "spiking": {
            "kept": (0.2, 0.1, 0.05, 0.01),
            "hidden": (200,),
            "slayer": {"gain": 0.5, "epochs": 2, "batch_size": 100, "learning_rate": 0.003},
            "night_steps": 400,
        },
    },
    "cifar10": {
        "seeds": (0, 1, 2, 3, 4),
        "data": {"name": "cifar10", "task_images": 2000},
        "channels": (8, 16, 16, 32),
        "hidden": (128,),
        "wake": {
            "epochs": 10,
            "learning_rate": 0.02,
            "batch_size": 32,
            "init_gain": 2.45,
            "varied": {"mirrored": True, "shift": 3},
        },
        "night": {"steps": 1600, "learning_rate": 0.02},
        "kept": (0.05,),
        "prune_across": "network",
        "learners": {
            "names": ("packnet", "memory", "multinet", "naive", "awake"),
            "kept": (0.2, 0.1, 0.05, 0.025),
            "epochs": 4,
            "steps": 200,
            "learning_rate": 0.02,
            "varied": {"mirrored": True, "shift": 3},
            # White noise is too unlike photographs to be answered.
            "dreams": {"strength": 0.3, "patterns": 0},
        },
        # SLAYER's networks have no convolutions here.
        "spiking": {"kept": ()},
    },
}
