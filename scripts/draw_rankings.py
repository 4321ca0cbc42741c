#!/usr/bin/env python
"""Draw the learners of several runs of `pruning` beside each other, by how weights were ranked.

    .venv/bin/python scripts/draw_rankings.py runs/layers runs/magnitude runs/lamp --out figure.png

Each run must have the learners that are drawn.
"""

import json
from pathlib import Path
from typing import Annotated

import typer

TITLES = {
    ("layers", "magnitude"): "each layer by itself",
    ("network", "magnitude"): "all layers, by magnitude",
    ("network", "lamp"): "all layers, by LAMP's score",
}


def main(
    runs: Annotated[list[Path], typer.Argument(help="Folders of finished runs.")],
    out: Annotated[Path, typer.Option(help="PNG file.")],
    learners: Annotated[str, typer.Option(help="Which are drawn.")] = "packnet,memory,awake",
) -> None:
    """Draw a panel a run."""
    from loihi_sleep.configuration import load
    from loihi_sleep.experiments.pruning.config import PruningConfig
    from loihi_sleep.experiments.pruning.courses_report import LEARNER_NAMES
    from loihi_sleep.experiments.pruning.figures import draw_learners
    from loihi_sleep.results.figures import drawing
    from loihi_sleep.results.run_folder import RunFolder

    names = {name: LEARNER_NAMES[name] for name in learners.split(",")}
    with drawing(out, 1, len(runs), (4.2 * len(runs), 4.2), sharey=True) as (figure, axes):
        for ax, run in zip(axes[0], runs, strict=True):
            folder = RunFolder.open(run)
            config = load(PruningConfig, folder.config())
            metrics = json.loads(folder.metrics_path.read_text(encoding="utf-8"))["metrics"]
            draw_learners(ax, metrics, config.learners.kept, names)
            ax.set_title(TITLES[config.prune_across, config.prune_by])
        axes[0, 0].set_ylabel("accuracy, mean of tasks (test images)")
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)


if __name__ == "__main__":
    typer.run(main)
