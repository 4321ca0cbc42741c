"""metrics.json that a disk or a hand has damaged, drawn as a report."""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from damage.byte_changes import damaged_copy
from damage.case import Case, Verdict, judge
from loihi_sleep.experiments import runner
from loihi_sleep.progress import Silent
from loihi_sleep.results.metrics import read_metrics
from loihi_sleep.results.record import DIGEST, digest_of

SMALL = ("hidden=[12, 8]", "sleep.steps=20", "wake.epochs=1", "joint_epochs=1", "readout.steps=3",
         "seeds=[0, 1]")  # fmt: skip
_WRONG: tuple[Any, ...] = (
    None, True, [], {}, [[]], -1, 1e308, 10**400, float("nan"), float("-inf"), [[1], [1, 2]],
    {"values": [1]}, {"values": [], "mean": 0, "sd": 0, "unit": ""}, [None], ["0.5"],
)  # fmt: skip
_MAY_BE_MISSING = (
    DIGEST, "peak_memory_mib", "began", "date", "sessions", "commit", "versions", "host", "command",
)  # fmt: skip


def cases(folder: Path, count: int, seed: int) -> Iterator[Case]:
    """Yield cases: bytes that changed, and values that are wrong, missing, or not those of others.

    A record whose digest is left out is one of an earlier version; it is looked through as well.
    """
    random = np.random.default_rng(seed)
    experiment, config = runner.configure("digits", settings=SMALL)
    run = runner.begin(config, folder / "run")
    runner.complete(experiment, config, run, Silent())
    whole = run.metrics_path.read_bytes()
    record = json.loads(whole)
    places = list(_places(record))
    for number in range(count):
        if number % 2:
            what, content = damaged_copy(whole, number // 2, int(random.integers(2**32)))
        else:
            what, changed = _changed(record, places, random)
            content = json.dumps(changed).encode()
        yield Case(what, functools.partial(_attempt, run.path, content, record))


def _places(tree: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of everything in a record."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in items:
        yield (*above, key)
        if isinstance(value, dict | list):
            yield from _places(value, (*above, key))


def _changed(
    record: dict[str, Any], places: list[tuple[Any, ...]], random: np.random.Generator
) -> tuple[str, Any]:
    if random.random() < 0.05:
        wrong = ([], {}, None, 3, "text", [record], {"metrics": {}}, {"metrics": []})
        chosen = wrong[random.integers(len(wrong))]
        return f"instead of all: {repr(chosen)[:40]}", chosen
    changed = copy.deepcopy(record)
    path = places[random.integers(len(places))]
    *above, last = path
    holder = functools.reduce(lambda tree, key: tree[key], above, changed)
    if random.random() < 0.3:
        del holder[last]
        what = "missing"
    else:
        wrong_ones = [value for value in _WRONG if value != holder[last]]
        holder[last] = wrong_ones[random.integers(len(wrong_ones))]
        what = repr(holder[last])[:40]
    # As a version without digests wrote it, or as a hand that knows of them would.
    match random.integers(3):
        case 0:
            changed.pop(DIGEST, None)
        case 1 if path[0] != DIGEST:
            try:
                changed[DIGEST] = digest_of(changed)
            except ValueError:
                changed.pop(DIGEST)
    return f"{'.'.join(map(str, path))}: {what}", changed


def _attempt(run: Path, content: bytes, record: dict[str, Any]) -> Verdict:
    (run / "metrics.json").write_bytes(content)

    def report() -> dict[str, Any]:
        read_metrics(run / "metrics.json")
        return runner.rebuild_report(run)[0]

    def is_right(read: dict[str, Any]) -> bool:
        return all(
            read.get(name) == value or (name in _MAY_BE_MISSING and name not in read)
            for name, value in record.items()
            if name != DIGEST
        )

    return judge(report, is_right)
