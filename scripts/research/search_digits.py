#!/usr/bin/env python
"""Search the hyperparameters of `digits` on the validation split.

    .venv/bin/python scripts/research/search_digits.py try --study digits.db --trials 20
    .venv/bin/python scripts/research/search_digits.py choose --study digits.db --out outcome.json

Start `try` once for each pair of cores with the same study and another --sampler-seed; it can be
interrupted and started again.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import optuna
import two_stage_search as search
import typer
from two_stage_search import Settings

from loihi_sleep.configuration import load
from loihi_sleep.consolidation.form import spread_over_layers
from loihi_sleep.experiments.src import digits, training
from loihi_sleep.experiments.src.digits import DigitsConfig
from loihi_sleep.run.select import select
from loihi_sleep.training import sgd

app = typer.Typer(help=__doc__, pretty_exceptions_enable=False)
StudyFile = Annotated[Path, typer.Option("--study", help="File of the study.")]
Engine = Annotated[str, typer.Option(help="Engine of the nights.")]
FORGETTING_BAR = 0.22


def suggest(trial: optuna.Trial) -> Settings:
    """Settings of a trial; what is not named here keeps its default."""
    epochs = trial.suggest_int("epochs", 2, 6)
    total_rate = trial.suggest_float("learning_rate_times_epochs", 0.02, 0.06, log=True)
    depression = trial.suggest_float("depression", 0.3, 1.5, log=True)
    ratio = trial.suggest_float("potentiation_over_depression", 0.05, 0.5)
    factors = [
        trial.suggest_float("threshold_factor_1", 0.05, 0.3, log=True),
        trial.suggest_float("threshold_factor_2", 0.2, 0.8, log=True),
        trial.suggest_float("threshold_factor_3", 0.3, 4.0, log=True),
    ]
    return {
        "wake": {
            "epochs": epochs,
            "learning_rate": total_rate / epochs,
            "init_gain": trial.suggest_float("init_gain", 0.9, 1.4),
        },
        "sleep": {
            "steps": trial.suggest_int("steps", 300, 700, step=50),
            "max_rate": trial.suggest_float("max_rate", 0.2, 0.6),
            "threshold_factors": factors,
            "headroom": trial.suggest_float("headroom", 1.0, 2.0),
            "depression": depression,
            "potentiation": ratio * depression,
        },
    }


def validation_accuracy(settings: Settings, seed: int, engine: str) -> dict[str, float]:
    """Accuracy on the validation split with and without sleep, in ``fixed`` numerics."""
    study = digits.study(load(DigitsConfig, {"preset": "quick", "engine": engine, **settings}))
    run_cfg = select(study.config.engine, study.config.numerics)
    case = study.case("sleep", seed, run_cfg, study.config.data.load(seed))
    samples = case.data.validation
    return {
        name: float((sgd.predict(train(case).run.after[-1], samples.x) == samples.y).mean())
        for name, train in (
            ("sleep", training.train_with_sleep),
            ("sequential", training.train_sequentially),
        )
    }


def default_parameters() -> dict[str, Any]:
    """Return the present defaults as a trial, where every search begins."""
    wake_config, sleep_config = DigitsConfig().wake, DigitsConfig().sleep
    potentiation, *_ = spread_over_layers(sleep_config.potentiation, 1)
    depression, *_ = spread_over_layers(sleep_config.depression, 1)
    return {
        "epochs": wake_config.epochs,
        "learning_rate_times_epochs": wake_config.learning_rate * wake_config.epochs,
        "init_gain": wake_config.init_gain,
        "steps": sleep_config.steps,
        "max_rate": sleep_config.max_rate,
        **{
            f"threshold_factor_{layer + 1}": factor
            for layer, factor in enumerate(sleep_config.threshold_factors)
        },
        "headroom": sleep_config.headroom,
        "depression": depression,
        "potentiation_over_depression": potentiation / depression,
    }


@app.command("try")
def try_settings(
    study: StudyFile, trials: int = 20, sampler_seed: int = 0, engine: Engine = "lava"
) -> None:
    """Stage 1: another seed each trial; nets that do not forget without sleep are marked down."""

    def value(settings: Settings, seed: int, report: Callable[[int, float], None]) -> float:
        accuracy = validation_accuracy(settings, seed, engine)
        return accuracy["sleep"] - 3 * max(0.0, accuracy["sequential"] - FORGETTING_BAR)

    def seeds(trial: int) -> list[int]:
        return [search.FIRST_SEED + trial % (search.FINAL_SEED - search.FIRST_SEED)]

    opened = search.open_study(study, "digits", sampler_seed)
    search.try_settings(opened, trials, suggest, value, default_parameters(), seeds)


@app.command()
def choose(
    study: StudyFile,
    out: Annotated[Path, typer.Option(help="File for the outcome.")],
    finalists: int = 4,
    seeds: int = 4,
    engine: Engine = "lava",
) -> None:
    """Stage 2: run the best settings on further seeds, and write down what came out."""

    def value(settings: Settings, seed: int, report: Callable[[int, float], None]) -> float:
        return validation_accuracy(settings, seed, engine)["sleep"]

    opened = search.open_study(study, "digits", 0)
    search.choose(opened, finalists, seeds, value, out, engine=engine)


if __name__ == "__main__":
    app()
