"""Report of `foraging`: what was measured, with pictures."""

from __future__ import annotations

from typing import Any

from loihi_sleep.configuration import load
from loihi_sleep.experiments.foraging import figures
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
    metrics, seed = record["metrics"], record["seeds"][0]
    names: dict[str, str] = {name: NAMES[name] for name in config.conditions}
    rows = [
        (f"t{number}_{name}", f"{text}: task {number}")
        for name, text in names.items()
        for number in (1, 2)
    ]
    rows.append(("t1_gain_of_replay", "task 1: sleep less sleep without plasticity"))
    rows.append(("cycles_per_second", "speed"))
    features = folder.checkpoint.read(f"seed_{seed}/features")
    shown = [
        Figure(
            figures.conditions(folder.figure("conditions"), metrics, names),
            "Share of rewarded particles among those eaten, in tests without plasticity; chance is "
            "one half. Bars: mean over seeds; dots: seeds.",
        ),
        Figure(
            figures.performance(folder.figure("performance"), metrics, names, config.phases.task),
            "Performance while training, on the task that is trained. Mean over seeds.",
        ),
        Figure(
            figures.features(folder.figure("features"), features["sources"], features["weights"]),
            f"Inputs of some hidden neurons after unsupervised STDP. Seed {seed}.",
        ),
    ]
    return Report(
        title="Foraging: two tasks, and sleep between them",
        lead=_lead(metrics),
        rows=[(name, text) for name, text in rows if name in metrics],
        figures=shown,
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
