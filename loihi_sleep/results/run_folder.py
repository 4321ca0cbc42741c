"""The folder of a run."""

from __future__ import annotations

import copy
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from loihi_sleep.complaints import command
from loihi_sleep.errors import RunFailed
from loihi_sleep.files import plain_yaml
from loihi_sleep.files.atomic import failing_writes_named, remove_partial_files, write_text
from loihi_sleep.files.locks import owning
from loihi_sleep.files.settings_file import read_settings_file
from loihi_sleep.results.checkpoint import Checkpoint
from loihi_sleep.results.new_folder import make_new_folder

# What a sweep measures on validation samples, before anything is tested.
VALIDATION = "validation.json"
CONFIG, METRICS, CHECKPOINT, FIGURES, REPORT, LOG = (
    "config.yaml",
    "metrics.json",
    "checkpoint.h5",
    "figures",
    "report.html",
    "log.jsonl",
)


def read_config(path: Path) -> dict[str, Any]:
    """Read a file that holds a configuration, or part of one.

    Raises
    ------
    ValueError
        It cannot be read, or holds no settings by name.
    """
    return read_settings_file(path, "a run's configuration")


def no_run_folder(path: Path) -> str:
    """Say that a folder is none of a run, and how to find runs that lie in it, as in a sweep."""
    inside = any(path.glob(f"*/{CONFIG}")) or any(path.glob(f"*/*/{CONFIG}"))
    more = f"; {command('list', path)} names the runs in it" if inside else ""
    return f"{path} is no run folder: it holds no {CONFIG}{more}"


class RunFolder:
    """``config.yaml``, ``metrics.json``, ``checkpoint.h5``, ``figures/``, ``report.html``, log.

    Use :meth:`create` for a new run and :meth:`open` for one that exists.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config_path = path / CONFIG
        self.metrics_path = path / METRICS
        self.validation_path = path / VALIDATION
        self.figures_path = path / FIGURES
        self.report_path = path / REPORT
        self.checkpoint = Checkpoint(path / CHECKPOINT)

    @classmethod
    def create(cls, path: Path, config: dict[str, Any]) -> RunFolder:
        """Make the folder and write the whole configuration, defaults included.

        Raises
        ------
        ValueError
            The folder exists or cannot be made.
        """
        make_new_folder(path, "run")
        folder = cls(path)
        folder.checkpoint.settings = config
        try:
            write_text(folder.config_path, plain_yaml.write(config))
            folder.log("created")
        except (OSError, RunFailed) as error:
            # Nothing was computed yet: no folder is better than half of one.
            shutil.rmtree(path, ignore_errors=True)
            reason = getattr(error, "strerror", None) or error
            raise ValueError(f"--out is {path}, which cannot be written to ({reason})") from None
        return folder

    @classmethod
    def open(cls, path: Path, *, to_write: bool = True) -> RunFolder:
        """Open the folder of an earlier run.

        Raises
        ------
        ValueError
            There is no run, or it is opened to write and cannot be written to.
        """
        folder = cls(path)
        if not folder.config_path.is_file():
            raise ValueError(no_run_folder(path))
        if to_write and not os.access(path, os.W_OK):
            raise ValueError(f"{path} cannot be written to")
        return folder

    def config(self) -> dict[str, Any]:
        """Read the configuration.

        Raises
        ------
        ValueError
            The file is damaged.
        """
        return read_config(self.config_path)

    def figure(self, name: str, kind: str = "png") -> Path:
        """Where the figure of that name goes; the folder for figures is made."""
        try:
            self.figures_path.mkdir(exist_ok=True)
        except FileExistsError:
            raise ValueError(
                f"{self.figures_path} is no folder; remove it, and the report can be drawn"
            ) from None
        return self.figures_path / f"{name}.{kind}"

    def with_figures_in(self, place: Path) -> RunFolder:
        """Return the same folder, whose figures go to another place."""
        other = copy.copy(self)
        other.figures_path = place / FIGURES
        return other

    def log(self, event: str, **fields: Any) -> None:
        """Add a line to log.jsonl.

        Raises
        ------
        RunFailed
            It cannot be written.
        """
        line = json.dumps({"time": round(time.time(), 3), "event": event, **fields})
        log = self.path / LOG
        with failing_writes_named(log), log.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def events(self, event: str) -> list[dict[str, Any]]:
        """Return the lines of log.jsonl about an event; those that cannot be read are left out."""
        found = []
        try:
            lines = (self.path / LOG).read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return []
        for line in lines:
            try:
                fields = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(fields, dict) and fields.get("event") == event:
                found.append(fields)
        return found

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep other processes from running what is in the folder.

        Raises
        ------
        RunFolderInUse
            Another process does.
        RunFailed
            Something cannot be written while the folder is used.
        """
        with failing_writes_named(self.path), owning(self.path, self.path / LOG):
            remove_partial_files(self.path)
            yield
