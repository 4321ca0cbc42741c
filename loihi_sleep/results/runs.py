"""The runs that a folder holds."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loihi_sleep.files.locks import is_owned
from loihi_sleep.results.metrics import read_metrics
from loihi_sleep.results.run_folder import CONFIG, LOG, RunFolder, no_run_folder

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Folders in folders that are looked through.
_DEEPEST = 3


@dataclass(frozen=True)
class Run:
    """A run folder, as far as it can be read.

    Parameters
    ----------
    path : Path
    values : dict
        Its configuration; empty where that is damaged.
    record : dict or None
        Content of metrics.json; None where the run is not finished, or the file is damaged.
    state : str
        ``finished``, ``measured`` (on validation samples only, by a sweep), ``running``,
        ``interrupted`` or ``damaged``.
    changed : float
        When its metrics, or its log, were last written; seconds since 1970.
    complaint : str
        What of it cannot be read.
    """

    path: Path
    values: dict[str, Any]
    record: dict[str, Any] | None
    state: str
    changed: float
    complaint: str = ""

    @property
    def experiment(self) -> str:
        """Name of its experiment."""
        return str(self.values.get("experiment", "?"))

    def plot(self, metrics: Sequence[str] | None = None, axes: Axes | None = None) -> Axes:
        """Draw metrics as bars, with their standard deviations over seeds.

        Parameters
        ----------
        metrics : sequence of str, optional
            Names of metrics of one number; those called ``accuracy...``, or else all, if left out.
        axes : Axes, optional
            Of matplotlib's, to draw into; those of a new figure if left out.

        Returns
        -------
        Axes

        Raises
        ------
        ValueError
            The run has no metrics, or not these.
        """
        from loihi_sleep.results.run_display import plot_run

        return plot_run(self.record, metrics, axes)

    def _repr_html_(self) -> str:
        """Show it in a notebook as a table of its metrics."""
        from loihi_sleep.results.run_display import run_html

        title = f"{self.path} ({self.experiment})"
        return run_html(title, self.state, self.record, self.complaint)


def open_run(path: str | Path) -> Run:
    """Read what a run folder says of itself; damage is noted, not raised.

    Parameters
    ----------
    path : str or Path
        The folder.

    Returns
    -------
    Run

    Raises
    ------
    ValueError
        It is no run folder.
    """
    path = Path(path)
    if not (path / CONFIG).is_file():
        raise ValueError(no_run_folder(path))
    folder, values, record, complaint = RunFolder(path), {}, None, ""
    try:
        values = folder.config()
        if folder.metrics_path.exists():
            record = read_metrics(folder.metrics_path)
    except ValueError as error:
        complaint = str(error)
    if complaint:
        state = "damaged"
    elif is_owned(path / LOG):
        state = "running"
    elif record is not None:
        state = "finished"
    else:
        state = "measured" if folder.validation_path.exists() else "interrupted"
    written = folder.metrics_path if record is not None else path / LOG
    try:
        changed = written.stat().st_mtime
    except OSError:
        changed = 0.0
    return Run(path, values, record, state, changed, complaint)


def find_runs(place: Path) -> list[Run]:
    """List the runs in a folder and in the folders below it, the oldest first.

    Parameters
    ----------
    place : Path
        May be a run folder itself; nothing is found where it does not exist.
    """
    return sorted((open_run(path) for path in _run_folders(place, 0)), key=lambda run: run.changed)


def _run_folders(place: Path, depth: int) -> Iterator[Path]:
    if (place / CONFIG).is_file():
        yield place
        return
    if depth > _DEEPEST:
        return
    try:
        with os.scandir(place) as entries:
            names = sorted(e.name for e in entries if e.is_dir(follow_symlinks=False))
    except OSError:
        return
    for name in names:
        if not name.startswith("."):
            yield from _run_folders(place / name, depth + 1)
