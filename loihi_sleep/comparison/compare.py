"""Metrics of runs side by side, with their differences from those of the first run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.complaints import command, shortened
from loihi_sleep.results.metrics import paired_test
from loihi_sleep.results.provenance import leaves
from loihi_sleep.results.runs import Run, open_run

# Of a paired test: fewer say nothing.
_LEAST_PAIRS = 2


@dataclass(frozen=True)
class Difference:
    """How a metric differs from that of the first run.

    Parameters
    ----------
    mean : float
        Of the differences by seed; where no seed is common to both runs, of means.
    sd : float or None
        Of the differences by seed; None with fewer than two.
    pairs : int
        Seeds that both runs have.
    p : float or None
        Two-sided, of a paired t test over these seeds; None with fewer than two.
    """

    mean: float
    sd: float | None
    pairs: int
    p: float | None


@dataclass(frozen=True)
class Row:
    """One metric of all runs.

    Parameters
    ----------
    name, unit : str
    values : tuple of ndarray or None
        By run, one value a seed; None where a run does not have it.
    differences : tuple of Difference or None
        By run; None of the first, and where one of the two does not have it.
    """

    name: str
    unit: str
    values: tuple[NDArray[np.float64] | None, ...]
    differences: tuple[Difference | None, ...]

    @property
    def effect(self) -> float:
        """Largest difference in the unit of its spread, by which rows are chosen."""
        found = [0.0]
        for one in self.differences:
            if one is not None and one.mean:
                found.append(abs(one.mean) / one.sd if one.sd else np.inf)
        return max(found)


@dataclass(frozen=True)
class Comparison:
    """Runs side by side.

    Parameters
    ----------
    names : tuple of str
        What each run is called: the end of its path by which it differs from the others.
    runs : tuple of Run
    rows : tuple of Row
        Metrics that are one number a seed, in the order of the first run that has them.
    settings : dict of str to tuple of str
        Settings that differ, by name: the value of each run, or ``-`` where it has none.
    """

    names: tuple[str, ...]
    runs: tuple[Run, ...]
    rows: tuple[Row, ...]
    settings: dict[str, tuple[str, ...]]

    def facts(self, number: int) -> dict[str, Any]:
        """Return what a run is, for headings."""
        run = self.runs[number]
        assert run.record is not None
        wanted = ("experiment", "preset", "engine", "numerics", "seeds", "date", "commit", "wall_s")
        return {"path": str(run.path), **{name: run.record.get(name) for name in wanted}}


def compare(paths: Sequence[Path], patterns: Sequence[str] = ()) -> Comparison:
    """Compare finished runs.

    Parameters
    ----------
    paths : sequence of Path
        Run folders, two or more; differences are from the first.
    patterns : sequence of str
        Metrics to compare, with ``*`` for any characters; all if empty.

    Raises
    ------
    ValueError
        Fewer than two runs, one that is twice there or not finished, or nothing to compare.
    """
    if len(paths) < 2:
        raise ValueError(f"RUN is {' '.join(map(str, paths))}; name two runs or more")
    if len({path.resolve() for path in paths}) < len(paths):
        raise ValueError("RUN names a run twice; each must be there once")
    runs = tuple(_finished(path) for path in paths)
    flat = [dict(scalars(_metrics(run))) for run in runs]
    names = list(dict.fromkeys(name for metrics in flat for name in metrics))
    if patterns:
        names = [name for name in names if any(fnmatchcase(name, p) for p in patterns)]
    if not names:
        wanted = f"metrics like {', '.join(patterns)}" if patterns else "metrics of one number"
        raise ValueError(f"the runs have no {wanted}")
    rows = tuple(_row(name, runs, flat) for name in names)
    return Comparison(names_of([run.path for run in runs]), runs, rows, settings_that_differ(runs))


def scalars(metrics: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the metrics that are one number a seed, by their whole names."""
    for name, entry in metrics.items():
        if "values" not in entry:
            yield from scalars(entry, f"{prefix}{name}.")
        elif np.ndim(entry["values"]) == 1:
            yield f"{prefix}{name}", entry


def settings_that_differ(runs: Sequence[Run]) -> dict[str, tuple[str, ...]]:
    """Return the settings in which runs differ, apart from seeds; see :class:`Comparison`."""
    trees = [{name: shortened_value(value) for name, value in leaves(run.values)} for run in runs]
    found = {}
    for name in dict.fromkeys(name for tree in trees for name in tree):
        values = tuple(tree.get(name, "-") for tree in trees)
        if len(set(values)) > 1 and name != "seeds":
            found[name] = values
    return found


def shortened_value(value: object) -> str:
    """Write a setting as a person writes it after ``--set name=``."""
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, bool | None) else shortened(value)


def names_of(paths: Sequence[Path]) -> tuple[str, ...]:
    """Name paths by their ends, as short as they differ."""
    parts = [path.resolve().parts for path in paths]
    count = 1
    while count < max(map(len, parts)) and len({p[-count:] for p in parts}) < len(parts):
        count += 1
    return tuple("/".join(p[-count:]) for p in parts)


def _finished(path: Path) -> Run:
    run = open_run(path)
    if run.complaint:
        raise ValueError(run.complaint)
    if run.record is None:
        raise ValueError(
            f"{path} is not finished; {command('resume', path)} goes on from what is done"
        )
    return run


def _metrics(run: Run) -> Mapping[str, Any]:
    assert run.record is not None
    metrics: Mapping[str, Any] = run.record["metrics"]
    return metrics


def _seeds(run: Run) -> list[int]:
    assert run.record is not None
    return list(run.record["seeds"])


def _row(name: str, runs: Sequence[Run], flat: Sequence[Mapping[str, Any]]) -> Row:
    entries = [metrics.get(name) for metrics in flat]
    values = tuple(None if e is None else np.array(e["values"], dtype=float) for e in entries)
    unit = next(str(entry["unit"]) for entry in entries if entry is not None)
    # A metric of a picture may be of the first seed alone.
    by_seed = [
        None if v is None else dict(zip(_seeds(run), v.tolist(), strict=False))
        for run, v in zip(runs, values, strict=True)
    ]
    first, *others = by_seed
    return Row(name, unit, values, (None, *(_difference(first, other) for other in others)))


def _difference(
    first: Mapping[int, float] | None, other: Mapping[int, float] | None
) -> Difference | None:
    if first is None or other is None:
        return None
    common = [seed for seed in first if seed in other]
    if not common:
        means = [float(np.mean(list(values.values()))) for values in (other, first)]
        return Difference(means[0] - means[1], None, 0, None)
    # What is kept in metrics.json is rounded, and so are differences.
    differences = np.round([other[seed] - first[seed] for seed in common], 9)
    if len(common) < _LEAST_PAIRS:
        return Difference(float(differences.mean()), None, len(common), None)
    return Difference(
        float(differences.mean()),
        float(differences.std(ddof=1)),
        len(common),
        paired_test(differences),
    )
