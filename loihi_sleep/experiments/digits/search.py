"""Choosing the hyperparameters of `digits`, on the validation split only."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna

from loihi_sleep.configuration import load
from loihi_sleep.consolidation.chip_form import by_layer
from loihi_sleep.datasets.digits import load_digits
from loihi_sleep.experiments import search
from loihi_sleep.experiments.digits.config import DigitsConfig
from loihi_sleep.experiments.digits.protocol import live_with_sleep, live_without_sleep
from loihi_sleep.experiments.search import Settings
from loihi_sleep.progress import Silent
from loihi_sleep.results.checkpoint import Checkpoint
from loihi_sleep.run.select import select
from loihi_sleep.training import sgd

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
    config = load(DigitsConfig, {"preset": "quick", "engine": engine, **settings})
    stream = load_digits(seed=seed)
    samples = stream.validation
    run_cfg = select(config.engine, config.numerics)
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = Checkpoint(Path(folder) / "nights.h5")
        slept = live_with_sleep(config, stream, seed, run_cfg, checkpoint, Silent())
    histories = {"sleep": slept.life.after, "sequential": live_without_sleep(config, stream, seed)}
    return {
        name: float((sgd.predict(history[-1], samples.x) == samples.y).mean())
        for name, history in histories.items()
    }


def default_parameters() -> dict[str, Any]:
    """Return the present defaults as a trial, where every search begins."""
    wake_config, sleep_config = DigitsConfig().wake, DigitsConfig().sleep
    potentiation, *_ = by_layer(sleep_config.potentiation, 1)
    depression, *_ = by_layer(sleep_config.depression, 1)
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


def begin(study: optuna.Study, trials: int, engine: str) -> None:
    """Stage 1: another seed each trial; nets that do not forget without sleep are marked down."""

    def value(settings: Settings, seed: int, report: Callable[[int, float], None]) -> float:
        accuracy = validation_accuracy(settings, seed, engine)
        return accuracy["sleep"] - 3 * max(0.0, accuracy["sequential"] - FORGETTING_BAR)

    def seeds(trial: int) -> list[int]:
        return [search.FIRST_SEED + trial % (search.FINAL_SEED - search.FIRST_SEED)]

    search.try_settings(study, trials, suggest, value, default_parameters(), seeds)


def choose(study: optuna.Study, finalists: int, seeds: int, engine: str, out: Path) -> None:
    """Stage 2: run the best settings on further seeds, and write down what came out."""

    def value(settings: Settings, seed: int, report: Callable[[int, float], None]) -> float:
        return validation_accuracy(settings, seed, engine)["sleep"]

    search.choose(study, finalists, seeds, value, out, engine=engine)
