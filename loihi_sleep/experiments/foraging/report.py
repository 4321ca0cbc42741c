"""Report of `foraging`: what was measured, with pictures."""

from __future__ import annotations

from collections.abc import Iterator

from loihi_sleep.experiments.case_results import Metrics
from loihi_sleep.experiments.finished_run import FinishedRun
from loihi_sleep.experiments.foraging import figures, weight_figures
from loihi_sleep.experiments.foraging.analyses import (
    in_view,
    principal_components,
    receptive_fields,
)
from loihi_sleep.experiments.foraging.conditions import TASKS, TRAININGS
from loihi_sleep.experiments.foraging.config import PRUNED_SHARES, ForagingConfig
from loihi_sleep.experiments.foraging.nights import play_nights
from loihi_sleep.experiments.foraging.recordings import FILMED, RECORDED
from loihi_sleep.results.report import Figure, Report

# Of these the report shows receptive fields, and the way of the weights.
_FIELDS_OF = ("task1", "sequential", "sleep")
_PATHS_OF = ("task1", "sequential", "interleaved", "sleep", "sleep_no_plasticity")


def report(run: FinishedRun[ForagingConfig]) -> Report:
    """Draw the figures of a run and say what they show."""
    metrics = run.metrics
    names: dict[str, str] = {name: TRAININGS[name].text for name in run.config.conditions}
    rows = [
        (f"t{number}_{name}", f"{text}: task {number}")
        for name, text in names.items()
        for number in TASKS
    ]
    rows.append(("t1_gain_of_replay", "task 1: sleep less sleep without plasticity"))
    rows.append(("p_of_gain_of_replay", "the same: p of a paired t test"))
    rows += [
        (f"svm_distance_{name}", f"{text}: from task 1 (-1) to task 2 (1)")
        for name, text in names.items()
    ]
    rows.append(("cycles_per_second", "speed"))
    return Report(
        title="Foraging: two tasks, and sleep between them",
        lead=_lead(metrics),
        rows=[(name, text) for name, text in rows if name in metrics],
        figures=[*_draw_behavior(run, names), *_draw_weights(run, names)],
        player=play_nights(run),
    )


def _draw_behavior(run: FinishedRun[ForagingConfig], names: dict[str, str]) -> Iterator[Figure]:
    """Draw what the agents do."""
    metrics, phases, size = run.metrics, run.config.phases, run.config.world.size
    yield run.draw(
        "conditions",
        "Share of rewarded particles among those eaten, in tests without plasticity; chance is "
        "one half. Bars: mean over seeds; dots: seeds.",
        figures.conditions,
        metrics,
        names,
    )
    yield run.draw(
        "performance",
        "Performance while training, on the task that is trained. Mean over seeds.",
        figures.performance,
        metrics,
        names,
        phases.task,
    )
    if {"sequential_3", "sleep_3"} & set(names):
        yield run.draw(
            "four_tasks",
            "Performance on each task, in tests without plasticity after one task more was "
            "trained. Thick: mean over seeds.",
            figures.four_tasks,
            metrics,
        )
    if phases.film:
        kept = run.read("film")
        films = {
            f"{names.get(name, 'untrained')}, in task {number}": (
                TASKS[number],
                {part: kept[f"{name}_{number}_{part}"] for part in FILMED},
            )
            for name in ("untrained", *RECORDED)
            for number in (1, 2)
            if f"{name}_{number}_{FILMED[0]}" in kept
        }
        yield run.draw(
            "trajectories",
            "Ways of agents that begin in the same world, without plasticity. Green: eaten and "
            f"rewarded; red: eaten and punished. Seed {run.first_seed}.",
            figures.trajectories,
            films,
            size,
        )
        *_, (_, last) = films.values()
        yield Figure(
            figures.animation(run.folder.figure("agent", "gif"), last, size),
            f"The last of these agents, in task 2. Seed {run.first_seed}.",
        )
    lost = {name: text for name, text in names.items() if f"t1_pruned_{name}" in metrics}
    if lost:
        yield run.draw(
            "pruned",
            "Performance of networks that have lost hidden neurons, drawn at random. Thick: mean "
            "over seeds.",
            figures.pruned,
            metrics,
            lost,
            PRUNED_SHARES,
        )


def _draw_weights(run: FinishedRun[ForagingConfig], names: dict[str, str]) -> Iterator[Figure]:
    """Draw what the synapses have become, as far as its conditions were run."""
    features, seed = run.read("features"), run.first_seed
    sources, weights = features["sources"], features["weights"]
    kept = {name: run.read(name) for name in names}
    yield run.draw(
        "features",
        f"Inputs of some hidden neurons after unsupervised STDP. Seed {seed}.",
        weight_figures.features,
        in_view(sources, weights),
    )
    fields = {
        names[name]: receptive_fields(sources, weights, kept[name]["weights"])
        for name in _FIELDS_OF
        if name in kept
    }
    if fields:
        yield run.draw(
            "output_fields",
            "What each output answers to: the inputs of the hidden neurons, weighted by their "
            f"output weights. Each field lies where its output leads. Seed {seed}.",
            weight_figures.output_fields,
            fields,
        )
    far = {name: text for name, text in names.items() if f"distance_to_both_{name}" in run.metrics}
    if far:
        yield run.draw(
            "distance",
            "How far the output weights are from states that serve both tasks: the last ones "
            "of the two interleaved trainings, whose own lines end there. Mean over seeds.",
            weight_figures.distance_to_both,
            run.metrics,
            far,
        )
    snapshots = {names[name]: kept[name]["snapshots"] for name in _PATHS_OF if name in kept}
    if "task1" in kept and len(kept) > 1:
        yield run.draw(
            "task_weights",
            "What becomes of the weights that the first task has made strong. Above: the "
            "strongest tenth after task 1, median and quartiles. Below: all weights, after task 1 "
            f"and after the phase. Seed {seed}.",
            weight_figures.task_weights,
            snapshots,
            names["task1"],
        )
    if snapshots:
        paths = principal_components(list(snapshots.values()))
        yield run.draw(
            "weight_paths",
            f"Output weights through the phases; the end of each is a large dot. Seed {seed}.",
            weight_figures.weight_paths,
            dict(zip(snapshots, paths, strict=True)),
        )


def _lead(metrics: Metrics) -> str:
    def both(condition: str) -> str | None:
        if f"t1_{condition}" not in metrics:
            return None
        return " and ".join(f"{metrics[f't{k}_{condition}']['mean']:.2f}" for k in (1, 2))

    parts = [
        ("task1", "After the first task an agent does {} on the two tasks (chance 0.50)."),
        ("sequential", "Trained on the second one after it: {}."),
        ("sleep", "With sleep between blocks of the second: {}."),
        ("sleep_no_plasticity", "The same sleep without plasticity: {}."),
    ]
    return " ".join(text.format(both(name)) for name, text in parts if both(name) is not None)
