"""What a tracker learns of a finished run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from loihi_sleep.complaints import command
from loihi_sleep.results.provenance import leaves
from loihi_sleep.results.run_folder import CONFIG, FIGURES, METRICS, REPORT
from loihi_sleep.results.runs import open_run

_FACTS = ("engine", "numerics", "commit", "versions", "host", "command", "config_hash", "processor")


@dataclass(frozen=True)
class TrackedRun:
    """A finished run.

    Parameters
    ----------
    name : str
        Of its folder.
    experiment : str
    settings : dict
        All of them by their whole names, of types that JSON has.
    facts : dict of str to str
        Engine, commit, host and the like.
    numbers : dict of str to (float, float)
        Mean and standard deviation over seeds of metrics of one number.
    curves : dict of str to list of float
        Means over seeds of metrics of several numbers; of matrices the last column.
    figures : tuple of Path
        PNG and GIF files.
    files : tuple of Path
        Configuration, metrics and report.
    """

    name: str
    experiment: str
    settings: dict[str, Any]
    facts: dict[str, str]
    numbers: dict[str, tuple[float, float]]
    curves: dict[str, list[float]]
    figures: tuple[Path, ...]
    files: tuple[Path, ...]


def read_run(path: Path) -> TrackedRun:
    """Read a run folder.

    Raises
    ------
    ValueError
        It holds no finished run.
    """
    run = open_run(path)
    if run.record is None:
        raise ValueError(run.complaint or f"{path} is not finished; {command('resume', path)}")
    metrics = dict(_metrics(run.record["metrics"]))
    curves = {name: np.array(m["mean"]) for name, m in metrics.items() if np.ndim(m["mean"])}
    return TrackedRun(
        name=path.resolve().name,
        experiment=run.experiment,
        settings=dict(leaves(run.values)),
        facts={name: str(run.record[name]) for name in _FACTS if run.record.get(name)},
        numbers={
            name: (float(m["mean"]), float(m["sd"]))
            for name, m in metrics.items()
            if not np.ndim(m["mean"])
        },
        curves={
            name: (values if values.ndim == 1 else values[:, -1]).tolist()
            for name, values in curves.items()
            if values.ndim <= 2
        },
        figures=tuple(sorted((path / FIGURES).glob("*.[pg][ni][gf]"))),
        files=tuple(path / name for name in (CONFIG, METRICS, REPORT) if (path / name).is_file()),
    )


def _metrics(metrics: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, entry in metrics.items():
        if "values" in entry:
            yield f"{prefix}{name}", entry
        else:
            yield from _metrics(entry, f"{prefix}{name}.")
