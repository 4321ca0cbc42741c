#!/usr/bin/env python
"""Draw several runs of `pruning` beside each other, by how weights were ranked.

    python scripts/research/draw_rankings.py learners runs/layers runs/lamp --out learners.png
    python scripts/research/draw_rankings.py cycles runs/magnitude runs/lamp --out cycles.png

`learners` has a panel a run; each must have the learners that are drawn. `cycles` has a panel a
share of weights and a line a run.
"""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help=__doc__, pretty_exceptions_enable=False)
Runs = Annotated[list[Path], typer.Argument(help="Folders of finished runs.")]
Out = Annotated[Path, typer.Option(help="PNG file.")]
RANKINGS = {
    ("layers", "magnitude"): "each layer by itself",
    ("network", "magnitude"): "all layers, by magnitude",
    ("network", "lamp"): "all layers, by LAMP's score",
}


def finished(run):
    """Read the configuration and the metrics of a run."""
    from loihi_sleep.configuration import load
    from loihi_sleep.experiments.pruning.config import PruningConfig
    from loihi_sleep.results.metrics import read_metrics
    from loihi_sleep.results.run_folder import RunFolder

    folder = RunFolder.open(run)
    return load(PruningConfig, folder.config()), read_metrics(folder.metrics_path)["metrics"]


def ranking(config):
    """Name how a run ranked weights."""
    return RANKINGS[config.prune_across, config.prune_by]


@app.command()
def learners(
    runs: Runs,
    out: Out,
    names: Annotated[str, typer.Option(help="Which are drawn.")] = "packnet,memory,awake",
) -> None:
    """Accuracy on tasks in sequence against the share of weights that is kept."""
    from loihi_sleep.experiments.pruning.courses_report import LEARNER_NAMES
    from loihi_sleep.experiments.pruning.figures import draw_learners
    from loihi_sleep.results.figures import drawing

    named = {name: LEARNER_NAMES[name] for name in names.split(",")}
    with drawing(out, 1, len(runs), (4.2 * len(runs), 4.2), sharey=True) as (figure, axes):
        for ax, run in zip(axes[0], runs, strict=True):
            config, metrics = finished(run)
            draw_learners(ax, metrics, config.learners.kept, named)
            ax.set_title(ranking(config))
        axes[0, 0].set_ylabel("accuracy, mean of tasks (test images)")
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)


@app.command()
def cycles(runs: Runs, out: Out) -> None:
    """Error in the morning against the number of cycles in a night."""
    from matplotlib.ticker import PercentFormatter

    from loihi_sleep.experiments.pruning.config import pruned_share
    from loihi_sleep.results.figures import ASLEEP, AWAKE, JOINT, NEUTRAL, draw_means, drawing

    looks = dict(zip(RANKINGS.values(), ((JOINT, "^"), (AWAKE, "D"), (ASLEEP, "o")), strict=True))
    read = [finished(run) for run in runs]
    shares = sorted({pruned_share(kept) for config, _ in read for kept in config.kept}, key=float)
    size = (4.6 * len(shares), 4.0)
    with drawing(out, 1, len(shares), size, sharey=True) as (figure, axes):
        panels = dict(zip(shares, axes[0], strict=True))
        for config, metrics in read:
            counts = sorted(config.cycles)
            for share in map(pruned_share, config.kept):
                entries = [metrics[f"error_by_cycles_{share}"][str(count)] for count in counts]
                color, marker = looks[ranking(config)]
                ax, label = panels[share], ranking(config)
                draw_means(ax, counts, entries, color=color, marker=marker, label=label)
                ax.set_xscale("log")
                ax.set_xticks(counts, [str(count) for count in counts])
                ax.minorticks_off()
        # A day and a night without pruning are the same whatever is ranked how.
        unpruned = read[0][1]["error_unpruned"]["mean"]
        for share, ax in panels.items():
            ax.axhline(unpruned, color=NEUTRAL, linestyle=":", label="a night without pruning")
            ax.set_xlabel("cycles in one night")
            ax.set_title(f"{float(share):.0%} pruned")
            ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes[0, 0].set_ylabel("error (test images)")
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)


if __name__ == "__main__":
    app()
