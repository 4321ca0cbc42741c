"""Configurations of all experiments with one setting that is wrong, and damaged config.yaml."""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from damage.bad_values import bad_values, leaves
from damage.byte_changes import damaged_copy
from damage.case import Case, Verdict, judge
from loihi_sleep.configuration import ExperimentConfig, load
from loihi_sleep.experiments import registry, runner
from loihi_sleep.results.run_folder import RunFolder

# YAML that harms whoever believes it, in place of a number.
_HOSTILE = (
    "!!python/object/apply:os.system ['true']", "!!timestamp x", "!!bool x", "!!binary x",
    "&a [*a, *a]", "[" * 3000, "{" * 3000, "[" * 3000 + "]" * 3000, "*a", "&a 3", "<<: 3",
    "9" * 6000, "1:30", "0x10", "010", "3 # " + "x" * 200_000, "\t3", "'3", "\ufffe", "? 3",
    "a: &a [x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b]\n"
    "d: &d [*c, *c, *c, *c, *c, *c]\ne: &e [*d, *d, *d, *d, *d]\nf: [*e, *e, *e, *e, *e]",
)  # fmt: skip


def trees() -> list[tuple[str, dict[str, Any]]]:
    """Return the configuration of each preset of each experiment, as it is written."""
    return [
        (f"{name} {preset}", runner.configure(name, preset=preset)[1].model_dump(mode="json"))
        for name in registry.EXPERIMENTS.names()
        for preset in registry.by_name(name).presets
    ]


def cases(folder: Path, count: int, seed: int) -> Iterator[Case]:
    """Yield cases: three of four with a wrong setting, the others with a damaged file."""
    random = np.random.default_rng(seed)
    known = trees()
    wrong = [(*tree, *leaf) for tree in known for leaf in _changes(tree[1])]
    for number in range(count):
        if number % 4 < 3:
            name, tree, path, value = wrong[random.integers(len(wrong))]
            what = f"{name}: {'.'.join(path)} = {repr(value)[:60]}"
            yield Case(what, functools.partial(_with_value, tree, path, value))
        else:
            name, tree = known[random.integers(len(known))]
            run = RunFolder.create(folder / str(number), tree)
            text = run.config_path.read_bytes()
            if number % 8 < 4:
                what, content = damaged_copy(text, number // 8, int(random.integers(2**32)))
            else:
                hostile = _HOSTILE[random.integers(len(_HOSTILE))]
                place = text.index(b"seeds:")
                what = f"seeds: {hostile[:40]}"
                content = text[:place] + f"seeds: {hostile}".encode() + b"\n"
            run.config_path.write_bytes(content)
            yield Case(f"config.yaml of {name}: {what}", functools.partial(_reopened, run, number))


def _changes(tree: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for path, value in leaves(tree):
        if path[:2] == ("learners", "sleep") and tree["channels"]:
            continue  # convolutions do not sleep, and how many layers sleep is not asked
        yield from ((path, bad) for bad in bad_values(path, value))
        yield (*path[:-1], path[-1] + "x"), value
        yield (*path, "below"), value


def _with_value(tree: dict[str, Any], path: tuple[str, ...], value: Any) -> Verdict:
    changed = copy.deepcopy(tree)
    place: Any = changed
    for name in path[:-1]:
        if not isinstance(place.get(name), dict):
            place[name] = {}
        place = place[name]
    place[path[-1]] = value
    kind = registry.by_name(tree["experiment"]).config
    return judge(lambda: load(kind, changed), lambda _: False)


def _reopened(run: RunFolder, number: int) -> Verdict:
    """Read a damaged file; a digit that became another one is a right configuration."""

    def reopen() -> ExperimentConfig:
        values = run.config()
        return load(registry.by_name(str(values.get("experiment", ""))).config, values)

    return judge(reopen, lambda _: number % 8 < 4)
