"""`digits`: `src` on scikit-learn's handwritten digits, the first experience."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from loihi_sleep.configuration import ExperimentConfig
from loihi_sleep.consolidation.chip import ChipSleep
from loihi_sleep.consolidation.form import check_lengths
from loihi_sleep.datasets.digits import IMAGE
from loihi_sleep.datasets.stream import Stream
from loihi_sleep.experiments import src
from loihi_sleep.experiments.case_results import Metrics, Results
from loihi_sleep.experiments.data import ClassifiedData
from loihi_sleep.experiments.finished_run import FinishedRun
from loihi_sleep.experiments.registry import Experiment
from loihi_sleep.experiments.src.config import LAYERS, ReadoutConfig, SrcConfig
from loihi_sleep.experiments.src.metrics import metrics_of
from loihi_sleep.experiments.src.nights import play_nights
from loihi_sleep.experiments.src.task_figures import draw_last_night, draw_tasks
from loihi_sleep.experiments.src.validation import validation_study
from loihi_sleep.experiments.study import Study
from loihi_sleep.results.report import Report
from loihi_sleep.training.sgd import DenseWakeConfig, WakeConfig

# In this order, that of `src` is another, so that a seed gives the numbers that it always gave.
USES = ("initial", "wake", "night", "readout", "joint")
ROWS = (
    ("accuracy_sequential", "Ten digits after five tasks in sequence, no sleep"),
    ("accuracy_sleep", "The same, with a night of sleep after each task"),
    ("accuracy_sleep_spiking", "The slept network, read out in spikes"),
    ("accuracy_joint", "All ten digits learned at once (what the network could know)"),
    ("backward_transfer_sequential", "Backward transfer without sleep (-1: all forgotten)"),
    ("backward_transfer_sleep", "Backward transfer with sleep"),
)
_OTHER_METRICS = (
    "accuracy_by_task_sequential",
    "accuracy_by_task_before_sleep",
    "accuracy_by_task_sleep",
    "spike_rate_sleep",
)


class DigitsConfig(ExperimentConfig):
    """Class-incremental digits: learn five tasks in sequence, sleep after each.

    docs/results/digits.md says how the defaults were chosen.
    """

    experiment: Literal["digits"] = "digits"
    preset: Literal["quick", "paper"] = "quick"
    hidden: tuple[Annotated[int, Field(ge=1, le=4096)], Annotated[int, Field(ge=1, le=4096)]] = (
        Field((200, 200), description="neurons of the hidden layers")
    )
    wake: DenseWakeConfig = WakeConfig(epochs=5, learning_rate=0.0042, init_gain=1.09)
    joint_epochs: int = Field(
        20, ge=1, le=10_000, description="passes over all classes for the joint network"
    )
    sleep: ChipSleep = ChipSleep()
    readout: ReadoutConfig = ReadoutConfig(steps=64)

    @field_validator("sleep")
    @classmethod
    def _sleep_fits(cls, settings: ChipSleep) -> ChipSleep:
        settings.check_plane(IMAGE[1:])
        check_lengths(settings.values_by_layer(), LAYERS)
        return settings

    def as_src(self) -> SrcConfig:
        """Return the same settings as `src` has them."""
        return SrcConfig(
            engine=self.engine,
            numerics=self.numerics,
            seeds=self.seeds,
            data=ClassifiedData(name="digits"),
            hidden=self.hidden,
            arms=("sequential", "sleep", "joint"),
            wake=self.wake,
            joint=self.wake.model_copy(update={"epochs": self.joint_epochs}),
            sleep=self.sleep,
            readout=self.readout,
        )


def study(config: DigitsConfig) -> Study[SrcConfig, Stream]:
    """Return what a run computes."""
    return replace(src.study(config.as_src()), metrics=_metrics, uses=USES)


def validation(config: DigitsConfig) -> Study[SrcConfig, Stream]:
    """Return what a sweep measures, on validation samples."""
    return replace(validation_study(config.as_src()), uses=USES)


def report(run: FinishedRun[DigitsConfig]) -> Report:
    """Draw the figures of a run and say what they show."""
    lead = (
        f"A network that learned ten digits as five tasks in sequence knows "
        f"{run.mean('accuracy_sequential'):.0%} of them in the end. With a night of sleep after "
        f"each task it knows {run.mean('accuracy_sleep'):.0%} "
        f"({run.mean('accuracy_sleep_spiking'):.0%} read out in spikes); learning all at once "
        f"gives {run.mean('accuracy_joint'):.0%}. Chance is 10%. The nights replay noise shaped by "
        "the mean image of the tasks so far; no image is stored."
    )
    data = run.config.as_src().data
    shown = [
        *draw_tasks(run, data.tasks, "digits", "forgetting"),
        *draw_last_night(run, "units of the 8-bit synapse"),
    ]
    nights = play_nights(run, data.tasks, data.plane, "digits")
    return Report("Digits: learn, forget, sleep, recover", lead, ROWS, shown, nights)


def _metrics(results: Results[SrcConfig, Stream]) -> Metrics:
    """Summarize those of the metrics of `src` that `digits` has."""
    metrics = metrics_of(results)
    return {name: metrics[name] for name in (*(name for name, _ in ROWS), *_OTHER_METRICS)}


PRESETS: dict[str, dict[str, Any]] = {"quick": {"seeds": (0,)}, "paper": {"seeds": (0, 1, 2, 3, 4)}}
EXPERIMENT = Experiment(
    config=DigitsConfig,
    presets=PRESETS,
    study=study,
    report=report,
    network=lambda config: src.network(config.as_src()),
    rounding=lambda config: config.sleep.rounding,
    cost_settings=(),
    validation=validation,
)
