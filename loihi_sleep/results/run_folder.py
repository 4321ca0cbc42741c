"""The folder of a run."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from loihi_sleep import plain_yaml
from loihi_sleep.results.atomic import write_text
from loihi_sleep.results.checkpoint import Checkpoint

CONFIG, METRICS, CHECKPOINT, FIGURES, REPORT, LOG = (
    "config.yaml",
    "metrics.json",
    "checkpoint.h5",
    "figures",
    "report.html",
    "log.jsonl",
)


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
        if os.path.lexists(path):
            raise ValueError(
                f"--out is {path}, which exists; name a new folder, or use "
                f"'loihi-sleep resume {path}' to go on with the run in it"
            )
        try:
            path.mkdir(parents=True)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ValueError(
                f"--out is {path}, which cannot be made ({reason}); name a folder in a "
                "place you can write to"
            ) from None
        folder = cls(path)
        write_text(folder.config_path, plain_yaml.write(config))
        folder.log("created")
        return folder

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """Open the folder of an earlier run.

        Raises
        ------
        ValueError
            There is no run, or it cannot be written to.
        """
        folder = cls(path)
        if not folder.config_path.is_file():
            raise ValueError(f"{path} is no run folder: it holds no {CONFIG}")
        if not os.access(path, os.W_OK):
            raise ValueError(f"{path} cannot be written to")
        return folder

    def config(self) -> dict[str, Any]:
        """Read the configuration.

        Raises
        ------
        ValueError
            The file is damaged.
        """
        try:
            config = plain_yaml.read(self.config_path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ValueError(f"{self.config_path} cannot be read: {error}") from None
        if not isinstance(config, dict):
            raise ValueError(f"{self.config_path} is not a run's configuration")
        return config

    def figure(self, name: str, kind: str = "png") -> Path:
        """Where the figure of that name goes; the folder for figures is made."""
        try:
            self.figures_path.mkdir(exist_ok=True)
        except FileExistsError:
            raise ValueError(
                f"{self.figures_path} is no folder; remove it, and the report can be drawn"
            ) from None
        return self.figures_path / f"{name}.{kind}"

    def log(self, event: str, **fields: Any) -> None:
        """Add a line to log.jsonl."""
        line = json.dumps({"time": round(time.time(), 3), "event": event, **fields})
        with (self.path / LOG).open("a", encoding="utf-8") as file:
            file.write(line + "\n")
