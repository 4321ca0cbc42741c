"""Choosing hyperparameters in two stages, on validation samples only.

Stage 1 tries settings (Optuna's TPE) on one or a few seeds; stage 2 runs the best of them on
further seeds and takes the one with the highest mean. The seeds of results (0, 1, ...) are never
used. A study is a file: several processes may work on one, and an interrupted search goes on.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import optuna

from loihi_sleep.files.atomic import write_text
from loihi_sleep.host import usable_cores

# Seeds of stage 1 begin here, those of stage 2 there.
FIRST_SEED, FINAL_SEED = 100, 200
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
    seeds: Callable[[int], Sequence[int]],
) -> None:
    """Stage 1: try settings; a trial is worth its mean over a few seeds.

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
    seeds : callable
        Of a trial, by its number.
    """

    def objective(trial: optuna.Trial) -> float:
        settings = suggest(trial)
        own_seeds = list(seeds(trial.number))
        trial.set_user_attr("settings", settings)
        trial.set_user_attr("seeds", own_seeds)
        steps = 0

        def report(step: int, so_far: float) -> None:
            nonlocal steps
            trial.report(so_far, steps)
            steps += 1
            if trial.should_prune():
                raise optuna.TrialPruned(f"{so_far:.3f} after step {steps}")

        try:
            return float(np.mean([value(settings, seed, report) for seed in own_seeds]))
        except ValueError as error:  # such as amounts that Loihi cannot hold
            raise optuna.TrialPruned(str(error)) from error

    study.enqueue_trial(begin_with, skip_if_exists=True)
    study.optimize(objective, n_trials=trials)


def try_for_minutes(study: optuna.Study, minutes: float, *search: Any) -> None:
    """Stage 1 until time is up; arguments as of :func:`try_settings`, without the trials."""
    until = time.monotonic() + 60 * minutes
    while time.monotonic() < until:
        try_settings(study, 1, *search)


def run_on_cores(script: str, processes: int, sampler_seed: int, *arguments: str) -> bool:
    """Run ``script try`` in several processes, 0 for one a core; False where one is enough."""
    processes = processes or usable_cores()
    if processes == 1:
        return False
    command = [sys.executable, "-W", "ignore", script, "try", "--processes=1", *arguments]
    running = [
        subprocess.Popen([*command, f"--sampler-seed={sampler_seed + number}"])
        for number in range(processes)
    ]
    for process in running:
        process.wait()
    return True


def choose(
    study: optuna.Study, finalists: int, seeds: int, value: Objective, out: Path, **about: Any
) -> None:
    """Stage 2: run the best settings on further seeds, and write down what came out."""
    complete = [t for t in study.trials if t.state == optuna.trial.TrialState.COMPLETE]
    best = sorted(complete, key=lambda trial: -(trial.value or 0.0))[:finalists]
    # Others than in stage 1, so that no finalist is judged by the seed that made it one.
    pool = range(FINAL_SEED, FINAL_SEED + seeds)
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
