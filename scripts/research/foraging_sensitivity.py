"""How much of `foraging` depends on each free parameter; see docs/results/foraging.md."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import search_foraging as search
from screening import combinations, effects
from two_stage_search import FIRST_SEED, Settings

from loihi_sleep.configuration import with_settings
from loihi_sleep.files.atomic import write_text
from loihi_sleep.host import usable_cores

# Beside the parameters of the search.
_LENGTH = {"phases.task": (1, 10_000_000)}
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
        return [
            search.measure(base, _moved(levels, way * signs[pair]), [seed], bank) for way in (1, -1)
        ]

    left = [pair for pair in range(pairs) if str(pair) not in done]
    with ThreadPoolExecutor(usable_cores()) as pool:
        for pair, measured in zip(left, pool.map(run, left), strict=True):
            done[str(pair)] = measured
            write_text(out, json.dumps({**about, "pairs": done}, indent=1) + "\n")
            say(f"seed {FIRST_SEED + pair}: {measured}")
    outcome = {**about, "pairs": done, "effects": _effects(levels, signs, done)}
    write_text(out, json.dumps(outcome, indent=1) + "\n")
    return outcome


def _levels(base: Settings, factor: float) -> dict[str, list[Any]]:
    """Return the low and the high value of each parameter, within its bounds."""
    bounds = search.parameters(base) | _LENGTH
    levels = {}
    for path, value in search.present(base, bounds).items():
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
