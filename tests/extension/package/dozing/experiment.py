"""An experiment: what a night of bursts does to the weights of one layer."""

from typing import Literal

import numpy as np
from pydantic import Field

import loihi_sleep as ls
from dozing.drive import Bursts
from loihi_sleep.configuration import ExperimentConfig
from loihi_sleep.experiments.finished_run import FinishedRun
from loihi_sleep.experiments.registry import Experiment
from loihi_sleep.experiments.study import Case, Condition, Results, Study
from loihi_sleep.results.report import Report

INPUTS, NEURONS = 12, 4


class BurstsConfig(ExperimentConfig):
    """One layer, and a night."""

    experiment: Literal["burst-night"] = "burst-night"
    preset: Literal["quick"] = "quick"
    steps: int = Field(60, ge=1, le=100_000, description="time steps of the night")
    period: int = Field(4, ge=1, le=1000, description="steps from one burst to the next")


def describe(seed: int):
    """Describe the network: plastic synapses with weights drawn by a seed."""
    weights = 2 * np.random.default_rng(seed).integers(20, 60, (NEURONS, INPUTS))
    return ls.networks.layered([INPUTS, NEURONS], [weights], "reversed_hebb", vth=300)


def draw_weights(case: Case) -> dict[str, np.ndarray]:
    """Compute the first condition: the weights before the night."""
    return {"weights": np.asarray(describe(case.seed_for("weights")).weights[0])}


def sleep(case: Case) -> dict[str, np.ndarray]:
    """Compute the second condition, which reads what the first one left."""
    before = case.read("before")["weights"]
    night = ls.Night(case.config.steps, Bursts(case.config.period), case.seed_for("night"))
    record = ls.run_night(describe(case.seed_for("weights")), night, case.run_cfg)
    return {"weights": record.weights[0], "change": record.weights[0] - before}


def measure(results: Results) -> dict:
    """Summarize over seeds."""
    return {
        "mean_change": results.summary("after", "change", "weight units", np.mean),
        "mean_weight": results.summary("after", "weights", "weight units", np.mean),
    }


def plan(config: BurstsConfig) -> Study:
    """Say what is computed, and in which order."""
    return Study(
        config,
        [Condition("before", draw_weights), Condition("after", sleep, needs=("before",))],
        measure,
        uses=("weights", "night"),
    )


def write_report(run: FinishedRun) -> Report:
    """Say what the metrics are."""
    rows = [("mean_change", "change of weight in a night"), ("mean_weight", "weight after it")]
    return Report("A night of bursts", "Weights before and after a night.", rows, [])


EXPERIMENT = Experiment(
    config=BurstsConfig,
    presets={"quick": {"seeds": (0, 1)}},
    study=plan,
    report=write_report,
    network=lambda config: describe(0).build("fixed", seed=0).neurons[0],
    cost_settings=(),
)
