#!/usr/bin/env python
"""Tell how much of `foraging` depends on each parameter; see docs/results/foraging-settings.md.

    .venv/bin/python scripts/research/foraging_sensitivity.py --out sensitivity.json

Runs have seeds from 100 and keep features beside the outcome; what was cut goes on with the same
file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import numpy as np
import typer
from screening import combinations, effects

from loihi_sleep.configuration import load, with_settings
from loihi_sleep.experiments import foraging
from loihi_sleep.experiments.foraging.config import ForagingConfig
from loihi_sleep.experiments.study import group_name
from loihi_sleep.files.atomic import write_text
from loihi_sleep.host import usable_cores
from loihi_sleep.numerics.limits import DECAY_MAX
from loihi_sleep.progress import Silent
from loihi_sleep.results.checkpoint import Checkpoint
from loihi_sleep.results.run_folder import RunFolder
from loihi_sleep.run.select import select

app = typer.Typer(help=__doc__, pretty_exceptions_enable=False)
Settings = dict[str, Any]
FIRST_SEED = 100
# What is moved, with bounds within which a value makes sense.
_BOUNDS = {
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
    "phases.task": (1, 10_000_000),
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
_CONDITIONS = ("task1", "sequential", "sleep", "sleep_no_plasticity")
_METRICS = (*(f"t{task}_{name}" for name in _CONDITIONS for task in (1, 2)), "t1_gain_of_replay")
# Shares of which what is left to 1 is moved: at 1 nothing of the excitation is left.
_SHARES = ("network.inhibition",)


def screen(
    given: Sequence[str],
    factor: float,
    pairs: int,
    out: Path,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Run a screening design around the present values, a pair of runs a seed.

    Parameters
    ----------
    given : sequence of str
        Settings under those that are moved, as ``key=value``.
    factor : float
        By which each value is divided or multiplied, above 1.
    pairs : int
        A power of 2; seeds are 100, 101, ...
    out : Path
        A JSON file. Pairs that it holds, of the same settings and factor, are not run again.
    say : callable
        Told of each pair that is done.

    Returns
    -------
    dict
        What the file holds: levels of each parameter, measures by pair, effects by measure and
        parameter.
    """
    if factor <= 1:
        raise ValueError(f"factor is {factor}; it must be above 1")
    base = with_settings({}, given)
    levels = _levels(base, factor)
    signs = combinations(len(levels), pairs)
    about = {"settings": list(given), "factor": factor, "levels": levels}
    done: dict[str, Any] = {}
    if out.is_file():
        record = json.loads(out.read_text())
        if any(record[key] != json.loads(json.dumps(value)) for key, value in about.items()):
            raise ValueError(f"{out} holds runs of other settings; name another file")
        done = record["pairs"]

    def run(pair: int) -> list[Any]:
        seed = FIRST_SEED + pair
        bank = out.with_name(f"features_{seed}.h5")
        return [measure(base, _moved(levels, way * signs[pair]), seed, bank) for way in (1, -1)]

    left = [pair for pair in range(pairs) if str(pair) not in done]
    with ThreadPoolExecutor(usable_cores()) as pool:
        for pair, measured in zip(left, pool.map(run, left), strict=True):
            done[str(pair)] = measured
            write_text(out, json.dumps({**about, "pairs": done}, indent=1) + "\n")
            say(f"seed {FIRST_SEED + pair}: {measured}")
    outcome = {**about, "pairs": done, "effects": _effects(levels, signs, done)}
    write_text(out, json.dumps(outcome, indent=1) + "\n")
    return outcome


def present(base: Settings, paths: Iterable[str]) -> dict[str, Any]:
    """Return the present values of parameters."""
    config = load(ForagingConfig, base).model_dump()
    values = {}
    for path in paths:
        value: Any = config
        for key in path.split("."):
            value = value[key]
        values[path] = value
    return values


def measure(base: Settings, settings: Settings, seed: int, bank: Path) -> dict[str, list[float]]:
    """Run all conditions with a seed; return the metrics that are looked at.

    Parameters
    ----------
    base, settings : dict
        Settings under those that are moved, and these.
    seed : int
    bank : Path
        A file that keeps features, which nothing that is moved changes.
    """
    assigned = [f"{path}={value!r}" for path, value in settings.items()]
    assigned += ["phases.film=0", "phases.pruned_test=0"]
    chosen = {"seeds": [seed], "conditions": list(_CONDITIONS)}
    config = load(ForagingConfig, with_settings(base, assigned) | chosen)
    kept, group = Checkpoint(bank), group_name(seed, "features")
    with TemporaryDirectory() as place:
        folder = RunFolder.create(Path(place) / "run", {})
        if kept.has(group):
            folder.checkpoint.write(group, kept.read(group))
        run_cfg = select(config.engine, config.numerics)
        metrics = foraging.study(config).run(run_cfg, folder, Silent())
        if not kept.has(group):
            kept.write(group, folder.checkpoint.read(group))
    return {name: [round(value, 4) for value in metrics[name]["values"]] for name in _METRICS}


def _levels(base: Settings, factor: float) -> dict[str, list[Any]]:
    """Return the low and the high value of each parameter, within its bounds."""
    bounds = _BOUNDS | _OF_NEURON[load(ForagingConfig, base).neuron]
    levels = {}
    for path, value in present(base, bounds).items():
        lowest, highest = bounds[path]
        ends = [value / factor, value * factor]
        if path in _SHARES:
            ends = [1 - (1 - value) * factor, 1 - (1 - value) / factor]
        ends = [min(max(end, lowest), highest) for end in ends]
        levels[path] = [round(end) if isinstance(value, int) else end for end in ends]
    return levels


def _moved(levels: dict[str, list[Any]], signs: Any) -> Settings:
    return {
        path: ends[1 if sign > 0 else 0]
        for (path, ends), sign in zip(levels.items(), signs, strict=True)
    }


def _effects(
    levels: dict[str, list[Any]], signs: Any, done: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    table: dict[str, dict[str, Any]] = {}
    for name in done["0"][0]:
        first, second = (
            np.array([done[str(pair)][way][name][0] for pair in range(len(signs))])
            for way in (0, 1)
        )
        table[name] = {
            path: {
                "mean": round(effect.mean, 4),
                "standard_error": round(effect.standard_error, 4),
                "p": round(effect.p, 4),
            }
            for path, effect in zip(levels, effects(signs, first, second), strict=True)
        }
    return table


@app.command()
def main(
    out: Annotated[Path, typer.Option(help="File for the outcome; runs that it holds are kept.")],
    settings: Annotated[
        list[str], typer.Option("--set", help="As of `loihi-sleep run foraging`: neuron=lif.")
    ] = [],  # noqa: B006 - typer reads it only
    factor: Annotated[
        float, typer.Option(help="Each value is divided or multiplied by it.")
    ] = 1.25,
    pairs: Annotated[int, typer.Option(help="Of runs, each on a seed of its own.")] = 16,
) -> None:
    """Move all parameters at once, in orthogonal combinations; tell what each of them does."""
    screen(settings, factor, pairs, out, typer.echo)


if __name__ == "__main__":
    app()
