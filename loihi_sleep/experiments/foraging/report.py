"""Report of `foraging`: what was measured, with pictures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from loihi_sleep.configuration import load
from loihi_sleep.experiments.foraging import figures
from loihi_sleep.experiments.foraging.analyses import (
    in_view,
    principal_components,
    receptive_fields,
)
from loihi_sleep.experiments.foraging.config import ForagingConfig
from loihi_sleep.results.report import Figure, Report
from loihi_sleep.results.run_folder import RunFolder

NAMES = {
    "task1": "task 1 only",
    "task2": "task 2 only",
    "sequential": "task 1, then task 2",
    "interleaved": "task 2 interleaved with task 1",
    "sleep": "task 2 interleaved with sleep",
    "sleep_no_plasticity": "the same, plasticity off asleep",
    "sleep_uniform": "the same, uniform noise",
    "sleep_after_both": "task 1, task 2, then task 1 with sleep",
    "untrained_sleep": "untrained, task 1 with sleep",
    "freeze_0.01": "task 2, top 1 % of synapses frozen",
    "freeze_0.05": "task 2, top 5 % frozen",
    "freeze_0.10": "task 2, top 10 % frozen",
}


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
    names: dict[str, str] = {name: NAMES[name] for name in config.conditions}
    rows = [
        (f"t{number}_{name}", f"{text}: task {number}")
        for name, text in names.items()
        for number in (1, 2)
    ]
    rows.append(("t1_gain_of_replay", "task 1: sleep less sleep without plasticity"))
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
            *_of_behavior(metrics, names, folder, config.phases.task),
            *_of_weights(metrics, names, folder, record["seeds"][0]),
        ],
    )


def _of_behavior(
    metrics: dict[str, Any], names: dict[str, str], folder: RunFolder, cycles: int
) -> Iterator[Figure]:
    """Figures of what the agents do."""
    yield Figure(
        figures.conditions(folder.figure("conditions"), metrics, names),
        "Share of rewarded particles among those eaten, in tests without plasticity; chance is "
        "one half. Bars: mean over seeds; dots: seeds.",
    )
    yield Figure(
        figures.performance(folder.figure("performance"), metrics, names, cycles),
        "Performance while training, on the task that is trained. Mean over seeds.",
    )


def _of_weights(
    metrics: dict[str, Any], names: dict[str, str], folder: RunFolder, seed: int
) -> Iterator[Figure]:
    """Figures of what the synapses have become; what needs a condition that was not run is left."""
    features = folder.checkpoint.read(f"seed_{seed}/features")
    sources, weights = features["sources"], features["weights"]
    kept = {name: folder.checkpoint.read(f"seed_{seed}/{name}") for name in names}
    yield Figure(
        figures.features(folder.figure("features"), in_view(sources, weights)),
        f"Inputs of some hidden neurons after unsupervised STDP. Seed {seed}.",
    )
    fields = {
        NAMES[name]: receptive_fields(sources, weights, kept[name]["weights"])
        for name in _FIELDS_OF
        if name in kept
    }
    if fields:
        yield Figure(
            figures.output_fields(folder.figure("output_fields"), fields),
            "What each output answers to: the inputs of the hidden neurons, weighted by their "
            f"output weights. Each field lies where its output leads. Seed {seed}.",
        )
    far = {name: text for name, text in names.items() if f"distance_to_both_{name}" in metrics}
    if far:
        yield Figure(
            figures.distance_to_both(folder.figure("distance"), metrics, far),
            "How far the output weights are from states that serve both tasks: the last ones "
            "of the two interleaved trainings, whose own lines end there. Mean over seeds.",
        )
    followed = [name for name in _PATHS_OF if name in kept]
    if followed:
        paths = principal_components([kept[name]["snapshots"] for name in followed])
        yield Figure(
            figures.weight_paths(
                folder.figure("weight_paths"),
                {NAMES[name]: path for name, path in zip(followed, paths, strict=True)},
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
