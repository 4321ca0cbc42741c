"""Runs for MLflow: numbers, curves, settings and files."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from loihi_sleep.tracking.required import require
from loihi_sleep.tracking.tracked_run import TrackedRun

_PLACE = "runs/mlflow"
# Of a setting; MLflow keeps no longer ones.
_LONGEST = 6000


class MLflow:
    """Writes runs to a server, a database or a folder, under the name of their experiment.

    Parameters
    ----------
    place : str
        Address of a server (``http://host:5000``), of a database, or a folder for both;
        ``runs/mlflow`` if empty.

    Raises
    ------
    EngineUnavailable
        mlflow is not installed.
    """

    def __init__(self, place: str = "") -> None:
        require("mlflow", "mlflow")
        # It reports the use of its functions otherwise.
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        self._folder: Path | None = None
        self._address = place
        if "://" not in place:
            self._folder = Path(place or _PLACE).resolve()
            self._address = f"sqlite:///{self._folder / 'mlflow.db'}"

    def log(self, run: TrackedRun) -> str:
        """Write a run; return the command, or the address, that shows it."""
        from mlflow import MlflowClient

        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
        client: Any = MlflowClient(tracking_uri=self._address)
        made = client.create_run(self._experiment(client, run.experiment), run_name=run.name)
        number = made.info.run_id
        for name, value in run.settings.items():
            text = value if isinstance(value, str) else json.dumps(value)
            client.log_param(number, name, text[:_LONGEST])
        for name, value in run.facts.items():
            client.set_tag(number, name, value[:_LONGEST])
        for name, (mean, sd) in run.numbers.items():
            client.log_metric(number, name, mean)
            client.log_metric(number, f"{name}/sd", sd)
        for name, values in run.curves.items():
            for step, value in enumerate(values):
                client.log_metric(number, f"{name}/curve", value, step=step)
        for path in run.files:
            client.log_artifact(number, str(path))
        for path in run.figures:
            client.log_artifact(number, str(path), "figures")
        client.set_terminated(number)
        if self._folder is None:
            return self._address
        return f"mlflow ui --backend-store-uri {self._address}"

    def _experiment(self, client: Any, name: str) -> str:
        found = client.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        place = None if self._folder is None else (self._folder / "artifacts").as_uri()
        return str(client.create_experiment(name, artifact_location=place))
