#!/usr/bin/env python
"""Search the parameters of `foraging`, and tell how much depends on each.

    .venv/bin/python scripts/research/search_foraging.py try --study lif.db --set neuron=lif
    .venv/bin/python scripts/research/search_foraging.py choose --study lif.db --out outcome.json
    .venv/bin/python scripts/research/search_foraging.py sensitivity --out sensitivity.json

All use seeds from 100, and keep features beside the study or the outcome. `try` runs a process on
every core; `try` and `sensitivity` can be interrupted and go on with the same file.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import optuna
import two_stage_search as search
import typer
from two_stage_search import Objective, Settings

from loihi_sleep.configuration import load, with_settings
from loihi_sleep.experiments import foraging
from loihi_sleep.experiments.foraging.conditions import ConditionName
from loihi_sleep.experiments.foraging.config import ForagingConfig
from loihi_sleep.experiments.study import group_name
from loihi_sleep.numerics.limits import DECAY_MAX
from loihi_sleep.progress import Silent
from loihi_sleep.results.checkpoint import Checkpoint
from loihi_sleep.results.run_folder import RunFolder
from loihi_sleep.run.select import select

app = typer.Typer(help=__doc__, pretty_exceptions_enable=False)
StudyFile = Annotated[Path, typer.Option("--study", help="File of the study.")]
Given = Annotated[
    list[str], typer.Option("--set", help="As of `loihi-sleep run foraging`: neuron=lif.")
]
# Seeds of every trial: all settings are tried on the same features and worlds.
TRIAL_SEEDS = (100, 101, 102)
# What is free, with bounds within which a value makes sense.
_SHARED = {
    "network.learning_rate": (0.0, 100.0),
    "network.target_rate": (0.01, 2.0),
    "network.inhibition": (0.0, 1.0),
    "network.output_least": (0.0, 0.1),
    "network.output_largest": (0.3, 4.0),
    "network.homeostasis": (1e-5, 0.1),
    "world.punishment": (-10.0, 0.0),
    "world.step_reward": (-1.0, 0.0),
    "sleep.reward": (0.0, 10.0),
    "sleep.rate_scale": (0.01, 4.0),
}
_OF_NEURON: dict[str, dict[str, tuple[float, float]]] = {
    "map": {},
    "lif": {
        "network.lif.du": (64, DECAY_MAX),
        "network.lif.dv": (16, DECAY_MAX),
        "network.lif.vth": (20, 10_000),
        "network.lif.stdp_tau": (2.0, 200.0),
    },
}
# Conditions in the order in which they tell whether settings are any good, and what is asked after
# each: metrics, the bar, and 1 where they must be above it, else -1.
_STAGES: tuple[tuple[ConditionName, tuple[tuple[str, float, int], ...]], ...] = (
    ("task1", (("t1_task1", 0.68, 1), ("t2_task1", 0.58, -1))),
    ("sequential", (("t1_sequential", 0.56, -1), ("t2_sequential", 0.66, 1))),
    ("sleep", (("t1_sleep", 0.67, 1), ("t2_sleep", 0.66, 1))),
    (
        "sleep_no_plasticity",
        (
            ("t1_sleep_no_plasticity", 0.58, -1),
            ("t2_sleep_no_plasticity", 0.64, 1),
            ("t1_gain_of_replay", 0.08, 1),
        ),
    ),
)
CONDITIONS = [condition for condition, _ in _STAGES]
# What lies further above a bar than this is worth no more.
_ENOUGH = 0.08


def parameters(base: Settings) -> dict[str, tuple[float, float]]:
    """Which parameters are free with the neuron of these settings, and their bounds."""
    return _SHARED | _OF_NEURON[load(ForagingConfig, base).neuron]


def present(base: Settings, paths: Iterable[str] | None = None) -> dict[str, Any]:
    """Return the present values of parameters, of the free ones by default."""
    config = load(ForagingConfig, base).model_dump()
    values = {}
    for path in parameters(base) if paths is None else paths:
        value: Any = config
        for key in path.split("."):
            value = value[key]
        values[path] = value
    return values


def suggestion(base: Settings, width: float) -> Callable[[optuna.Trial], Settings]:
    """Return what draws settings, up to `width` times larger or smaller than the present ones."""
    now, bounds = present(base), parameters(base)

    def suggest(trial: optuna.Trial) -> Settings:
        chosen: Settings = {}
        for path, value in now.items():
            lowest, highest = bounds[path]
            low, high = sorted((value / width, value * width))
            low, high = max(low, lowest), min(high, highest)
            if isinstance(value, int):
                chosen[path] = trial.suggest_int(path, round(low), round(high), log=True)
            else:
                chosen[path] = trial.suggest_float(path, low, high, log=low > 0)
        return chosen

    return suggest


def objective(base: Settings, bank: Path) -> Objective:
    """Return what settings are worth: how far what they lead to lies above the bars, in the mean.

    Parameters
    ----------
    base : dict
        Settings under those that are tried.
    bank : Path
        A file that keeps features, which no free parameter changes.
    """

    def value(settings: Settings, seed: int, report: Callable[[int, float], None]) -> float:
        margins: list[float] = []
        for number, metrics in enumerate(_stages(base, settings, seed, bank)):
            for name, bar, sign in _STAGES[number][1]:
                margins.append(min(sign * (metrics[name]["mean"] - bar), _ENOUGH))
            report(number, sum(margins) / len(margins))
        return sum(margins) / len(margins)

    return value


def measure(base: Settings, settings: Settings, seeds: Sequence[int], bank: Path) -> dict[str, Any]:
    """Run all conditions of the search on some seeds; return what the bars ask for, by seed."""
    with _folder(seeds, bank) as folder:
        metrics = _run(base, settings, seeds, CONDITIONS, folder, bank)
    names = [name for _, asked in _STAGES for name, _, _ in asked]
    return {name: [round(value, 4) for value in metrics[name]["values"]] for name in names}


def _stages(base: Settings, settings: Settings, seed: int, bank: Path) -> Iterator[dict[str, Any]]:
    """Run condition after condition; yield the metrics so far after each."""
    with _folder([seed], bank) as folder:
        for count in range(1, len(CONDITIONS) + 1):
            yield _run(base, settings, [seed], CONDITIONS[:count], folder, bank)


@contextmanager
def _folder(seeds: Sequence[int], bank: Path) -> Iterator[RunFolder]:
    """Make a run folder for a while, with those features that the bank has."""
    kept = Checkpoint(bank)
    with TemporaryDirectory() as place:
        folder = RunFolder.create(type(bank)(place) / "run", {})
        for group in _feature_groups(seeds):
            if kept.has(group):
                folder.checkpoint.write(group, kept.read(group))
        yield folder


def _run(
    base: Settings,
    settings: Settings,
    seeds: Sequence[int],
    conditions: Sequence[ConditionName],
    folder: RunFolder,
    bank: Path,
) -> dict[str, Any]:
    """Run conditions, without pictures; put features into the bank that it has not."""
    assigned = [f"{path}={value!r}" for path, value in settings.items()]
    assigned += ["phases.film=0", "phases.pruned_test=0"]
    chosen = {"seeds": list(seeds), "conditions": list(conditions)}
    config = load(ForagingConfig, with_settings(base, assigned) | chosen)
    run_cfg = select(config.engine, config.numerics)
    metrics = foraging.study(config).run(run_cfg, folder, Silent())
    kept = Checkpoint(bank)
    for group in _feature_groups(seeds):
        if not kept.has(group):
            kept.write(group, folder.checkpoint.read(group))
    return metrics


def _feature_groups(seeds: Sequence[int]) -> list[str]:
    return [group_name(seed, "features") for seed in seeds]


@app.command("try")
def try_settings(
    study: StudyFile,
    settings: Given = [],  # noqa: B006 - typer reads it only
    minutes: Annotated[float, typer.Option(help="No trial begins later than this.")] = 30,
    width: Annotated[float, typer.Option(help="How far from the present values.")] = 1.5,
    processes: Annotated[int, typer.Option(help="0: one a core.")] = 0,
    sampler_seed: int = 0,
) -> None:
    """Stage 1: try settings on three seeds each."""
    opened = search.open_study(study, "foraging", sampler_seed)
    arguments = [f"--study={study}", f"--minutes={minutes}", f"--width={width}"]
    arguments += [f"--set={setting}" for setting in settings]
    if search.run_on_cores(__file__, processes, sampler_seed, *arguments):
        return
    base = with_settings({}, settings)
    search.try_for_minutes(
        opened,
        minutes,
        suggestion(base, width),
        objective(base, study.with_name("features.h5")),
        present(base),
        lambda trial: TRIAL_SEEDS,
    )


@app.command()
def choose(
    study: StudyFile,
    out: Annotated[Path, typer.Option(help="File for the outcome.")],
    settings: Given = [],  # noqa: B006 - typer reads it only
    finalists: int = 4,
    seeds: int = 4,
) -> None:
    """Stage 2: run the best settings on further seeds."""
    value = objective(with_settings({}, settings), study.with_name("features.h5"))
    opened = search.open_study(study, "foraging", 0)
    search.choose(opened, finalists, seeds, value, out, settings=settings)


@app.command()
def sensitivity(
    out: Annotated[Path, typer.Option(help="File for the outcome; runs that it holds are kept.")],
    settings: Given = [],  # noqa: B006 - typer reads it only
    factor: Annotated[
        float, typer.Option(help="Each value is divided or multiplied by it.")
    ] = 1.25,
    pairs: Annotated[int, typer.Option(help="Of runs, each on a seed of its own.")] = 16,
) -> None:
    """Move all parameters at once, in orthogonal combinations; tell what each of them does."""
    from foraging_sensitivity import screen

    screen(settings, factor, pairs, out, typer.echo)


if __name__ == "__main__":
    app()
