"""Choosing the hyperparameters of `src`, on validation images only; see docs/src.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import optuna

from loihi_sleep import run_configs
from loihi_sleep.configuration import load
from loihi_sleep.experiments.search import Objective, Settings
from loihi_sleep.experiments.src import arms
from loihi_sleep.experiments.src.arms import Subject
from loihi_sleep.experiments.src.config import SrcConfig
from loihi_sleep.experiments.src.protocol import load_stream
from loihi_sleep.progress import Silent
from loihi_sleep.sleep import wake
from loihi_sleep.sleep.wake import Weights

# Stored share for which sleep with rehearsal is searched.
FRACTION = 0.0075
SPACES = ("sleep", "rehearsal", "ewc", "si")
# Lowest and highest value of what is searched on a logarithmic scale, and on a linear one.
_LOGARITHMIC = {
    "learning_rate": (0.004, 0.04),
    "depression_1": (0.2, 4.0),
    "depression_2": (0.2, 4.0),
    "depression_3": (0.15, 4.0),
    "threshold_factor_1": (0.12, 1.0),
    "threshold_factor_2": (0.3, 1.5),
    "threshold_factor_3": (1.5, 14.0),
    "headroom": (1.2, 3.5),
    "max_rate": (0.2, 0.9),
    "leak": (0.006, 0.08),
}
_LINEAR = {
    "init_gain": (0.7, 1.5),
    "potentiation_over_depression_1": (0.0, 0.8),
    "potentiation_over_depression_2": (0.0, 0.8),
    "potentiation_over_depression_3": (0.0, 0.9),
}
_REHEARSAL_LEARNING_RATE, _SHARE = (0.04, 0.4), (0.5, 2.5)
_STEPS, _REHEARSAL_STEPS = (200, 800), (40, 600)
_STRENGTHS = {"ewc": (1.0, 1e6), "si": (1e-3, 1e3)}
_LAYERS = (1, 2, 3)


def suggestion(space: str) -> Callable[[optuna.Trial], Settings]:
    """Return what draws the settings of a trial in one of the spaces."""
    if space in _STRENGTHS:

        def strength(trial: optuna.Trial) -> Settings:
            return {"baselines": {space: trial.suggest_float(space, *_STRENGTHS[space], log=True)}}

        return strength
    rehearses = space == "rehearsal"

    def suggest(trial: optuna.Trial) -> Settings:
        values: dict[str, float] = {}
        for name, (low, high) in _LOGARITHMIC.items():
            if name == "learning_rate" and rehearses:
                low, high = _REHEARSAL_LEARNING_RATE
            values[name] = trial.suggest_float(name, low, high, log=True)
        for name, (low, high) in _LINEAR.items():
            values[name] = trial.suggest_float(name, low, high)
        steps = trial.suggest_int("steps", *(_REHEARSAL_STEPS if rehearses else _STEPS), log=True)
        chosen = {"wake": _wake(values), "sleep": _sleep(values, steps)}
        if rehearses:
            share = trial.suggest_float("share", *_SHARE, log=True)
            return {"rehearsal": chosen | {"share": share, "fractions": [FRACTION]}}
        return chosen

    return suggest


def _wake(values: dict[str, float]) -> Settings:
    return {"learning_rate": values["learning_rate"], "init_gain": values["init_gain"]}


def _sleep(values: dict[str, float], steps: int) -> Settings:
    depression = [values[f"depression_{layer}"] for layer in _LAYERS]
    ratios = [values[f"potentiation_over_depression_{layer}"] for layer in _LAYERS]
    return {
        "steps": steps,
        "depression": depression,
        "potentiation": [d * r for d, r in zip(depression, ratios, strict=True)],
        "threshold_factors": [values[f"threshold_factor_{layer}"] for layer in _LAYERS],
        **{name: values[name] for name in ("headroom", "max_rate", "leak")},
    }


def present_parameters(space: str, base: Settings) -> dict[str, Any]:
    """Return the present settings as a trial, where every search begins."""
    config = load(SrcConfig, base)
    if space in _STRENGTHS:
        return {space: getattr(config.baselines, space)}
    part = config.rehearsal if space == "rehearsal" else config
    settings = part.sleep.model_dump()
    parameters = {
        "learning_rate": part.wake.learning_rate,
        "init_gain": part.wake.init_gain,
        **{name: settings[name] for name in ("headroom", "max_rate", "leak", "steps")},
    }
    for layer in _LAYERS:
        depression = settings["depression"][layer - 1]
        parameters[f"depression_{layer}"] = depression
        parameters[f"threshold_factor_{layer}"] = settings["threshold_factors"][layer - 1]
        parameters[f"potentiation_over_depression_{layer}"] = (
            settings["potentiation"][layer - 1] / depression
        )
    if space == "rehearsal":
        parameters["share"] = config.rehearsal.share
    return parameters


def objective(space: str, base: Settings) -> Objective:
    """Return what settings are worth: accuracy on validation images after the last night."""
    stream = load_stream(load(SrcConfig, base))[0]
    samples = stream.validation

    def value(settings: Settings, seed: int, report: Callable[[int, float], None]) -> float:
        config = load(SrcConfig, base | settings)
        run_cfg = run_configs.select(config.engine, config.numerics, config.sleep.rounding)
        subject = Subject(config, stream, seed, run_cfg, Silent())
        accuracy = 0.0

        def on_day(task: int, weights: Weights) -> None:
            nonlocal accuracy
            scale = config.wake.hidden_scale
            predicted = wake.predict(weights, samples.x, scale)
            accuracy = float((predicted == samples.y).mean())
            # Of what has been seen: later tasks cannot be known yet.
            report(task, accuracy * len(stream.tasks) / (task + 1))

        if space == "rehearsal":
            arms.rehearsed(subject, on_day, FRACTION, asleep=True)
        else:
            live = {"sleep": arms.slept, "ewc": arms.elastic, "si": arms.intelligent}[space]
            live(subject, on_day)
        return accuracy

    return value
