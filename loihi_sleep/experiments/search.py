"""Choosing hyperparameters in two stages, on validation samples only.

Stage 1 tries settings (Optuna's TPE), each on one seed of a pool; stage 2 runs the best of them on
further seeds and takes the one with the highest mean. The seeds of results (0, 1, ...) are not in
the pool. A study is a file: several processes may work on one, and an interrupted search goes on.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import optuna

from loihi_sleep.results.atomic import write_text

FIRST_SEED, POOL = 100, 100
Settings = dict[str, Any]
# What a trial is worth: from its settings, a seed, and what hears of values on the way to it.
Objective = Callable[[Settings, int, Callable[[int, float], None]], float]


def open_study(path: Path, name: str, sampler_seed: int) -> optuna.Study:
    """Open a study, or begin one."""
    return optuna.create_study(
        study_name=name,
        storage=f"sqlite:///{path}",
        sampler=optuna.samplers.TPESampler(
            seed=sampler_seed, multivariate=True, n_startup_trials=12, constant_liar=True
        ),
        pruner=optuna.pruners.PercentilePruner(50.0, n_startup_trials=8, n_warmup_steps=1),
        direction="maximize",
        load_if_exists=True,
    )


def try_settings(
    study: optuna.Study,
    trials: int,
    suggest: Callable[[optuna.Trial], Settings],
    value: Objective,
    begin_with: dict[str, Any],
) -> None:
    """Stage 1: one seed of the pool a trial.

    Parameters
    ----------
    study : optuna.Study
    trials : int
    suggest : callable
        Settings of a trial.
    value : callable
        What settings are worth; values that it reports on the way may end a trial that lags behind
        half of the others.
    begin_with : dict
        Parameters of the first trial.
    """

    def objective(trial: optuna.Trial) -> float:
        settings = suggest(trial)
        seed = FIRST_SEED + trial.number % POOL
        trial.set_user_attr("settings", settings)
        trial.set_user_attr("seed", seed)

        def report(step: int, so_far: float) -> None:
            trial.report(so_far, step)
            if trial.should_prune():
                raise optuna.TrialPruned(f"{so_far:.3f} after step {step}")

        try:
            return value(settings, seed, report)
        except ValueError as error:  # such as amounts that Loihi cannot hold
            raise optuna.TrialPruned(str(error)) from error

    study.enqueue_trial(begin_with, skip_if_exists=True)
    study.optimize(objective, n_trials=trials)


def choose(
    study: optuna.Study, finalists: int, seeds: int, value: Objective, out: Path, **about: Any
) -> None:
    """Stage 2: run the best settings on further seeds, and write down what came out."""
    complete = [t for t in study.trials if t.state == optuna.trial.TrialState.COMPLETE]
    best = sorted(complete, key=lambda trial: -(trial.value or 0.0))[:finalists]
    # Further on in the pool, so that no finalist is judged by the seed that made it one.
    pool = range(FIRST_SEED + POOL, FIRST_SEED + POOL + seeds)
    table = []
    for trial in best:
        settings = trial.user_attrs["settings"]
        values = [value(settings, seed, lambda step, so_far: None) for seed in pool]
        table.append(
            {
                "trial": trial.number,
                "stage_1": trial.value,
                "stage_2": [round(v, 4) for v in values],
                "mean": round(float(np.mean(values)), 4),
                "settings": settings,
            }
        )
    table.sort(key=lambda row: -row["mean"])
    record = {
        **about,
        "trials": [
            {"number": t.number, "state": t.state.name, "value": t.value, "params": t.params}
            for t in study.trials
        ],
        "finalists": table,
    }
    write_text(out, json.dumps(record, indent=1) + "\n")
