"""Runs for TensorBoard: numbers, curves, settings and figures."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from loihi_sleep.tracking.required import require
from loihi_sleep.tracking.tracked_run import TrackedRun

_PLACE = "runs/tensorboard"


class TensorBoard:
    """Writes each run to a folder of its own, which TensorBoard finds.

    Parameters
    ----------
    place : str
        A folder; ``runs/tensorboard`` if empty. What was written of the same run is replaced.

    Raises
    ------
    EngineUnavailable
        tensorboard is not installed.
    """

    def __init__(self, place: str = "") -> None:
        require("tensorboard", "tensorboard")
        self._place = Path(place or _PLACE)

    def log(self, run: TrackedRun) -> str:
        """Write a run; return the command that shows it."""
        from PIL import Image

        # torch has no types for it.
        boards: Any = importlib.import_module("torch.utils.tensorboard")
        folder = self._place / run.name
        for old in folder.glob("events.out.tfevents.*"):
            old.unlink()
        numbers = {f"mean/{name}": mean for name, (mean, _) in run.numbers.items()}
        with boards.SummaryWriter(str(folder)) as writer:
            writer.add_hparams(
                {name: _plain(value) for name, value in run.settings.items()},
                numbers,
                run_name=".",
            )
            for name, (_, sd) in run.numbers.items():
                writer.add_scalar(f"sd/{name}", sd)
            for name, values in run.curves.items():
                for step, value in enumerate(values):
                    writer.add_scalar(f"curve/{name}", value, step)
            facts = [f"| {name} | {value} |" for name, value in run.facts.items()]
            writer.add_text("run", "\n".join(["| what | |", "|---|---|", *facts]))
            for path in run.figures:
                with Image.open(path) as image:
                    pixels = np.asarray(image.convert("RGB"))
                writer.add_image(f"figure/{path.stem}", pixels, dataformats="HWC")
        return f"tensorboard --logdir {self._place}"


def _plain(value: object) -> str | float | bool:
    return value if isinstance(value, str | int | float | bool) else json.dumps(value)
