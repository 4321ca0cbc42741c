#!/usr/bin/env python
"""Search hyperparameters of `src` on validation images.

    .venv/bin/python scripts/research/search_src.py try --study chip.db --space sleep --minutes 40
    .venv/bin/python scripts/research/search_src.py choose --study chip.db --out chip.json

`try` runs a process on every core; it can be interrupted and started again with the same study.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import optuna
import torch
import two_stage_search as search
import typer
from two_stage_search import Objective, Settings

from loihi_sleep.configuration import load, with_settings
from loihi_sleep.consolidation.form import spread_over_layers
from loihi_sleep.experiments import src
from loihi_sleep.experiments.src import training
from loihi_sleep.experiments.src.config import SrcConfig
from loihi_sleep.run.select import select
from loihi_sleep.training import sgd
from loihi_sleep.training.sgd import Weights

app = typer.Typer(help=__doc__, pretty_exceptions_enable=False)
StudyFile = Annotated[Path, typer.Option("--study", help="File of the study.")]
Space = Annotated[str, typer.Option(help="sleep, rehearsal, ewc or si.")]
Given = Annotated[
    list[str], typer.Option("--set", help="As of `loihi-sleep run src`: data.name=cifar.")
]
# Stored share for which sleep with rehearsal is searched.
FRACTION = 0.0075
SPACES = ("sleep", "rehearsal", "ewc", "si")
# Seeds of every trial: all settings are tried on the same networks and images.
TRIAL_SEEDS = (100, 101)
# Settings are searched around the present ones: up to this many times larger or smaller.
_WIDTH = 1.3
_BOUNDS = {"headroom": (1.0, 8.0), "max_rate": (0.01, 1.0), "leak": (0.001, 0.2)}
_RATIO_WIDTH = 0.15
_STRENGTHS = {"ewc": (1.0, 1e6), "si": (1e-3, 1e3)}
_LAYERS = (1, 2, 3)


def suggestion(space: str, base: Settings) -> Callable[[optuna.Trial], Settings]:
    """Return what draws the settings of a trial in one of the spaces, around the present ones."""
    if space in _STRENGTHS:

        def strength(trial: optuna.Trial) -> Settings:
            return {"baselines": {space: trial.suggest_float(space, *_STRENGTHS[space], log=True)}}

        return strength
    present = present_parameters(space, base)

    def suggest(trial: optuna.Trial) -> Settings:
        values: dict[str, float] = {}
        for name, value in present.items():
            if name.startswith("potentiation"):
                low, high = max(value - _RATIO_WIDTH, 0.0), value + _RATIO_WIDTH
                values[name] = trial.suggest_float(name, low, high)
                continue
            lowest, highest = _BOUNDS.get(name, (0.0, float("inf")))
            low, high = max(value / _WIDTH, lowest), min(value * _WIDTH, highest)
            if isinstance(value, int):
                values[name] = trial.suggest_int(name, round(low), round(high), log=True)
            else:
                values[name] = trial.suggest_float(name, low, high, log=True)
        chosen = {"wake": _wake(values), "sleep": _sleep(values)}
        if space == "rehearsal":
            return {"rehearsal": chosen | {"share": values["share"], "fractions": [FRACTION]}}
        return chosen

    return suggest


def _wake(values: dict[str, float]) -> Settings:
    return {"learning_rate": values["learning_rate"], "init_gain": values["init_gain"]}


def _sleep(values: dict[str, float]) -> Settings:
    depression = [values[f"depression_{layer}"] for layer in _LAYERS]
    ratios = [values[f"potentiation_over_depression_{layer}"] for layer in _LAYERS]
    return {
        "steps": values["steps"],
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
    layers = len(_LAYERS)
    by_layer = {
        name: spread_over_layers(settings[name], layers)
        for name in ("depression", "potentiation", "threshold_factors")
    }
    for layer in _LAYERS:
        depression = by_layer["depression"][layer - 1]
        parameters[f"depression_{layer}"] = depression
        parameters[f"threshold_factor_{layer}"] = by_layer["threshold_factors"][layer - 1]
        parameters[f"potentiation_over_depression_{layer}"] = (
            by_layer["potentiation"][layer - 1] / depression
        )
    if space == "rehearsal":
        parameters["share"] = config.rehearsal.share
    return parameters


def objective(space: str, base: Settings) -> Objective:
    """Return what settings are worth: accuracy on validation images after the last night."""
    stream = load(SrcConfig, base).data.load(0)
    samples = stream.validation
    train = {
        "sleep": training.train_with_sleep,
        "rehearsal": partial(training.train_with_rehearsal, fraction=FRACTION, asleep=True),
        "ewc": training.train_with_ewc,
        "si": training.train_with_si,
    }[space]

    def value(settings: Settings, seed: int, report: Callable[[int, float], None]) -> float:
        config = load(SrcConfig, base | settings)
        run_cfg = select(config.engine, config.numerics, config.sleep.rounding)
        case = src.study(config).case(space, seed, run_cfg, stream)
        accuracy = 0.0

        def on_task(task: int, weights: Weights) -> None:
            nonlocal accuracy
            scale = config.wake.hidden_scale
            predicted = sgd.predict(weights, samples.x, scale)
            accuracy = float((predicted == samples.y).mean())
            # Of what has been seen: later tasks cannot be known yet.
            report(task, accuracy * len(stream.tasks) / (task + 1))

        train(case, on_task)
        return accuracy

    return value


@app.command("try")
def try_settings(
    study: StudyFile,
    space: Space = "sleep",
    settings: Given = [],  # noqa: B006 - typer reads it only
    minutes: Annotated[float, typer.Option(help="No trial begins later than this.")] = 30,
    processes: Annotated[int, typer.Option(help="0: one a core.")] = 0,
    sampler_seed: int = 0,
) -> None:
    """Stage 1: try settings around the present ones."""
    opened = search.open_study(study, space, sampler_seed)
    arguments = [f"--study={study}", f"--space={space}", f"--minutes={minutes}"]
    arguments += [f"--set={setting}" for setting in settings]
    if search.run_on_cores(__file__, processes, sampler_seed, *arguments):
        return
    torch.set_num_threads(1)
    base = with_settings({}, settings)
    search.try_for_minutes(
        opened,
        minutes,
        suggestion(space, base),
        objective(space, base),
        present_parameters(space, base),
        lambda trial: TRIAL_SEEDS,
    )


@app.command()
def choose(
    study: StudyFile,
    out: Annotated[Path, typer.Option(help="File for the outcome.")],
    space: Space = "sleep",
    settings: Given = [],  # noqa: B006 - typer reads it only
    finalists: int = 6,
    seeds: int = 4,
) -> None:
    """Stage 2: run the best settings on further seeds."""
    value = objective(space, with_settings({}, settings))
    opened = search.open_study(study, space, 0)
    search.choose(opened, finalists, seeds, value, out, space=space, settings=settings)


if __name__ == "__main__":
    app()
