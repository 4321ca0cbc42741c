"""Report of `foraging`: what was measured, with pictures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from loihi_sleep.configuration import load
from loihi_sleep.experiments.foraging import figures, weight_figures
from loihi_sleep.experiments.foraging.analyses import (
    in_view,
    principal_components,
    receptive_fields,
)
from loihi_sleep.experiments.foraging.conditions import TASKS, TRAININGS
from loihi_sleep.experiments.foraging.config import PRUNED_SHARES, ForagingConfig
from loihi_sleep.experiments.foraging.recordings import FILMED, RECORDED
from loihi_sleep.results.report import Figure, Report
from loihi_sleep.results.run_folder import RunFolder

# Of these the report shows receptive fields, and the way of the weights.
_FIELDS_OF = ("task1", "sequential", "sleep")
_PATHS_OF = ("task1", "sequential", "interleaved", "sleep", "sleep_no_plasticity")


def report(record: dict[str, Any], folder: RunFolder) -> Report:
    """Draw the figures of a run and say what they show.

    Parameters
    ----------
    record : dict
        Content of metrics.json.
    folder : RunFolder
        Its checkpoint holds what the phases left.

    Returns
    -------
    Report
    """
    config = load(ForagingConfig, folder.config())
    metrics = record["metrics"]
    names: dict[str, str] = {name: TRAININGS[name].text for name in config.conditions}
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
        figures=[
            *_of_behavior(metrics, names, folder, config, record["seeds"][0]),
            *_of_weights(metrics, names, folder, record["seeds"][0]),
        ],
    )


def _of_behavior(
    metrics: dict[str, Any],
    names: dict[str, str],
    folder: RunFolder,
    config: ForagingConfig,
    seed: int,
) -> Iterator[Figure]:
    """Figures of what the agents do."""
    cycles, size = config.phases.task, config.world.size
    yield Figure(
        figures.conditions(folder.figure("conditions"), metrics, names),
        "Share of rewarded particles among those eaten, in tests without plasticity; chance is "
        "one half. Bars: mean over seeds; dots: seeds.",
    )
    yield Figure(
        figures.performance(folder.figure("performance"), metrics, names, cycles),
        "Performance while training, on the task that is trained. Mean over seeds.",
    )
    if {"sequential_3", "sleep_3"} & set(names):
        yield Figure(
            figures.four_tasks(folder.figure("four_tasks"), metrics),
            "Performance on each task, in tests without plasticity after one task more was "
            "trained. Thick: mean over seeds.",
        )
    if config.phases.film:
        kept = folder.checkpoint.read(f"seed_{seed}/film")
        films = {
            f"{names.get(name, 'untrained')}, in task {number}": (
                TASKS[number],
                {part: kept[f"{name}_{number}_{part}"] for part in FILMED},
            )
            for name in ("untrained", *RECORDED)
            for number in (1, 2)
            if f"{name}_{number}_{FILMED[0]}" in kept
        }
        yield Figure(
            figures.trajectories(folder.figure("trajectories"), films, size),
            "Ways of agents that begin in the same world, without plasticity. Green: eaten and "
            f"rewarded; red: eaten and punished. Seed {seed}.",
        )
        *_, (_, last) = films.values()
        yield Figure(
            figures.animation(folder.figure("agent", "gif"), last, size),
            f"The last of these agents, in task 2. Seed {seed}.",
        )
    lost = {name: text for name, text in names.items() if f"t1_pruned_{name}" in metrics}
    if lost:
        yield Figure(
            figures.pruned(folder.figure("pruned"), metrics, lost, PRUNED_SHARES),
            "Performance of networks that have lost hidden neurons, drawn at random. Thick: mean "
            "over seeds.",
        )


def _of_weights(
    metrics: dict[str, Any], names: dict[str, str], folder: RunFolder, seed: int
) -> Iterator[Figure]:
    """Figures of what the synapses have become; what needs a condition that was not run is left."""
    features = folder.checkpoint.read(f"seed_{seed}/features")
    sources, weights = features["sources"], features["weights"]
    kept = {name: folder.checkpoint.read(f"seed_{seed}/{name}") for name in names}
    yield Figure(
        weight_figures.features(folder.figure("features"), in_view(sources, weights)),
        f"Inputs of some hidden neurons after unsupervised STDP. Seed {seed}.",
    )
    fields = {
        names[name]: receptive_fields(sources, weights, kept[name]["weights"])
        for name in _FIELDS_OF
        if name in kept
    }
    if fields:
        yield Figure(
            weight_figures.output_fields(folder.figure("output_fields"), fields),
            "What each output answers to: the inputs of the hidden neurons, weighted by their "
            f"output weights. Each field lies where its output leads. Seed {seed}.",
        )
    far = {name: text for name, text in names.items() if f"distance_to_both_{name}" in metrics}
    if far:
        yield Figure(
            weight_figures.distance_to_both(folder.figure("distance"), metrics, far),
            "How far the output weights are from states that serve both tasks: the last ones "
            "of the two interleaved trainings, whose own lines end there. Mean over seeds.",
        )
    if "task1" in kept and len(kept) > 1:
        changed = [name for name in _PATHS_OF if name in kept]
        yield Figure(
            weight_figures.task_weights(
                folder.figure("task_weights"),
                {names[name]: kept[name]["snapshots"] for name in changed},
                names["task1"],
            ),
            "What becomes of the weights that the first task has made strong. Above: the "
            "strongest tenth after task 1, median and quartiles. Below: all weights, after task 1 "
            f"and after the phase. Seed {seed}.",
        )
    followed = [name for name in _PATHS_OF if name in kept]
    if followed:
        paths = principal_components([kept[name]["snapshots"] for name in followed])
        yield Figure(
            weight_figures.weight_paths(
                folder.figure("weight_paths"),
                {names[name]: path for name, path in zip(followed, paths, strict=True)},
            ),
            f"Output weights through the phases; the end of each is a large dot. Seed {seed}.",
        )


def _lead(metrics: dict[str, Any]) -> str:
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
