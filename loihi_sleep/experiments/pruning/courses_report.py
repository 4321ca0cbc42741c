"""What the report tells of the learners of tasks in sequence."""

from __future__ import annotations

import numpy as np

from loihi_sleep.experiments.case_results import Metrics
from loihi_sleep.experiments.finished_run import FinishedRun
from loihi_sleep.experiments.pruning import figures
from loihi_sleep.experiments.pruning.config import PruningConfig, pruned_share
from loihi_sleep.experiments.pruning.courses import course_name, reached
from loihi_sleep.pruning.equal_accuracy import (
    NoOverlapError,
    Reached,
    weights_for,
    weights_ratio,
)
from loihi_sleep.results.report import Figure

LEARNER_NAMES = {
    "packnet": "PackNet: a frozen part for each task",
    "memory": "nothing frozen, all samples stored",
    "sleep": "nothing frozen, nothing stored: dreams and replay",
    "multinet": "a network for each task",
    "naive": "nothing frozen, nothing stored",
    "awake": "dreams, but no replay",
    "replay": "replay, but no dreams",
}
# What PackNet is compared with; the arrow in the figure is to the first of the last two.
_COMPARED = {"memory": "all samples stored", "sleep": "sleep", "awake": "dreams"}
_ARROW_TO = ("sleep", "awake")


def rows(config: PruningConfig, metrics: Metrics) -> list[tuple[str, str]]:
    """Accuracies by share, then the weights for equal accuracy."""
    shown = []
    for kept in sorted(config.learners.kept, reverse=True):
        percent = f"{100 * float(pruned_share(kept)):g}% pruned"
        for learner in config.learners.names:
            name, text = course_name(learner, kept), LEARNER_NAMES[learner]
            shown.append((f"accuracy_{name}", f"tasks in sequence, {percent}: {text}"))
        for learner in ("sleep", "awake", "naive"):
            name = f"accuracy_class_incremental_{course_name(learner, kept)}"
            if name in metrics:
                shown.append((name, f"{percent}, among all classes: {LEARNER_NAMES[learner]}"))
    for other in _COMPARED:
        name = f"weights_ratio_packnet_over_{other}"
        if name in metrics:
            shown.append(
                (name, f"weights of PackNet for equal accuracy over: {LEARNER_NAMES[other]}")
            )
    return shown


def figure(run: FinishedRun[PruningConfig]) -> Figure:
    """Draw accuracy by share, and how far PackNet is from sleep."""
    config, metrics = run.config, run.metrics
    names: dict[str, str] = {name: LEARNER_NAMES[name] for name in config.learners.names}
    compared = [name for name in _COMPARED if {"packnet", name} <= set(names)]
    other = next((name for name in compared if name in _ARROW_TO), None)
    arrow = None if other is None else _apart(config, metrics, other)
    settings = config.learners
    caption = (
        "Five tasks of two classes in sequence, a head a task, a night of pruning in "
        f"{settings.cycles} cycles after each: accuracy in the end, mean of tasks; mean and "
        "deviation over seeds. A network for each task has five times the synapses of the others "
        "in all. Dotted: what one part of sleep does without the other. Right: those that are "
        "close to each other."
    )
    if other is not None and arrow is not None:
        caption += (
            f" The arrow is how far PackNet is from {_COMPARED[other]} in the middle of the "
            "accuracies that both reach in the mean."
        )
    missing = [
        _COMPARED[name] for name in compared if f"weights_ratio_packnet_over_{name}" not in metrics
    ]
    if missing:
        caption += (
            " In some seed PackNet reaches no accuracy in common with "
            f"{' and with '.join(missing)} at these shares, so that there is no ratio of weights."
        )
    return run.draw(
        "learners",
        caption,
        figures.accuracy_by_share,
        metrics,
        config.learners.kept,
        names,
        arrow,
    )


def _apart(
    config: PruningConfig, metrics: Metrics, other: str
) -> tuple[float, float, float] | None:
    """Return an accuracy, and the shares that PackNet and the other need for it, mean of seeds."""
    curves = []
    for learner in ("packnet", other):
        by_seed = [reached(config, metrics, learner, seed) for seed in range(len(config.seeds))]
        accuracy = np.mean(np.array([one.accuracy for one in by_seed]), axis=0)
        curves.append(Reached(config.learners.kept, accuracy))
    try:
        low, high = weights_ratio(*curves).accuracies
    except NoOverlapError:
        return None
    middle = (low + high) / 2
    needed, by_other = (weights_for(curve, middle) for curve in curves)
    return middle, needed, by_other
