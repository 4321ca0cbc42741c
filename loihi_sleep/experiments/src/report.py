"""Report of `src`: what was measured, with pictures."""

from __future__ import annotations

from typing import Any

from loihi_sleep.configuration import load
from loihi_sleep.experiments.src import figures
from loihi_sleep.experiments.src.config import SrcConfig
from loihi_sleep.experiments.src.metrics import CONTROLS
from loihi_sleep.results.report import Figure, Report
from loihi_sleep.results.run_folder import RunFolder
from loihi_sleep.results.task_figures import (
    accuracy_by_task,
    accuracy_matrices,
    from_day_to_day,
    spike_rates,
)

_DATA = {"mnist": "MNIST", "fashion": "Fashion-MNIST", "cifar": "features of CIFAR-10"}
_VARIANTS = {
    "paper": "the released form of Sleep Replay Consolidation",
    "chip": "a form that a chip can hold",
    "best_float": "our form in floating point",
}


def report(record: dict[str, Any], folder: RunFolder) -> Report:
    """Draw the figures of a run and say what they show.

    Parameters
    ----------
    record : dict
        Content of metrics.json.
    folder : RunFolder
        Its checkpoint holds what the jobs left.

    Returns
    -------
    Report
    """
    config = load(SrcConfig, folder.config())
    metrics = record["metrics"]
    names = _arm_names(config)
    return Report(
        title=f"Sleep Replay on {_DATA[config.data.name]}: {_VARIANTS[config.variant]}",
        lead=_lead(metrics),
        rows=_rows(metrics, names),
        figures=_figures(config, record, folder, names),
    )


def _arm_names(config: SrcConfig) -> dict[str, str]:
    """What each arm is called, in the order in which arms are shown."""
    stored = [(f"{f:g}", f"{100 * f:g} %") for f in config.rehearsal.fractions]
    return {
        "sequential": "tasks in sequence, no sleep",
        "ewc": "elastic weight consolidation",
        "si": "synaptic intelligence",
        "sleep": "sleep after each task",
        "sleep_spiking": "sleep, read out in spikes",
        **{f"rehearsal_{f}": f"rehearsal of {percent}" for f, percent in stored},
        **{f"sleep_rehearsal_{f}": f"rehearsal of {percent}, and sleep" for f, percent in stored},
        "joint": "all classes at once",
    }


def _lead(metrics: dict[str, Any]) -> str:
    def accuracy(arm: str) -> str | None:
        entry = metrics.get(f"accuracy_{arm}")
        return None if entry is None else f"{entry['mean']:.1%}"

    parts = [
        (accuracy("sequential"), "A network that learned ten classes as five tasks in sequence "
         "knows {} of the test samples in the end."),
        (accuracy("sleep"), "With a night of sleep after each task it knows {}, and no sample of "
         "an earlier task was stored."),
        (accuracy("sleep_spiking"), "Read out in spikes: {}."),
        (accuracy("joint"), "All classes learned at once: {}."),
    ]  # fmt: skip
    return " ".join(text.format(value) for value, text in parts if value is not None)


def _rows(metrics: dict[str, Any], names: dict[str, str]) -> list[tuple[str, str]]:
    rows = [(f"accuracy_{arm}", name) for arm, name in names.items()]
    # Of all arms: figure, and metrics.json.
    for arm in ("sequential", "sleep"):
        rows.append((f"forgetting_{arm}", f"forgetting: {names[arm]}"))
        rows.append((f"backward_transfer_{arm}", f"backward transfer: {names[arm]}"))
    rows += [
        (f"gain_kept_{control}", f"gain kept: {figures.CONTROL_NAMES[control]}")
        for control in CONTROLS
    ]
    return [(name, description) for name, description in rows if name in metrics]


def _figures(
    config: SrcConfig, record: dict[str, Any], folder: RunFolder, names: dict[str, str]
) -> list[Figure]:
    metrics, seed = record["metrics"], record["seeds"][0]
    tasks = folder.checkpoint.read("tasks")["classes"]
    task_names = tuple(f"{first} and {second}" for first, second in tasks)
    classes = [int(c) for task in tasks for c in task]
    noun = "classes" if config.data.name != "mnist" else "digits"
    shown = [
        Figure(
            figures.arms(folder.figure("arms"), metrics, names),
            "Accuracy on all ten classes after all five tasks. Bars: mean over seeds; dots: seeds.",
        )
    ]
    compared = {"accuracy_sequential", "accuracy_sleep", "accuracy_joint"} <= set(metrics)
    if compared:
        shown += [
            Figure(
                accuracy_by_task(folder.figure("by_task"), metrics, task_names, noun),
                "Accuracy on each task's test samples in the end, without sleep and with it.",
            ),
            Figure(
                from_day_to_day(folder.figure("nights"), metrics, task_names, noun),
                "Accuracy on every task from day to day: at bedtime and in the morning.",
            ),
            Figure(
                accuracy_matrices(folder.figure("accuracy_matrix"), metrics, task_names, noun),
                "Accuracy on each task (row) after each task was learned (column).",
            ),
            Figure(
                figures.confusion(folder.figure("confusion"), metrics, classes),
                "Which class is taken for which in the end.",
            ),
        ]
    if any(name.startswith("accuracy_rehearsal") for name in metrics):
        shown.append(
            Figure(
                figures.rehearsal(
                    folder.figure("rehearsal"), metrics, list(config.rehearsal.fractions)
                ),
                "Accuracy by the part of each task's samples that is stored and rehearsed.",
            )
        )
    if f"gain_kept_{CONTROLS[0]}" in metrics:
        shown.append(
            Figure(
                figures.replay_controls(folder.figure("replay_controls"), metrics),
                "Nights that differ from sleep in one thing, and what of its gain they keep.",
            )
        )
    if "second_task_sleep" in metrics:
        epochs = sorted(config.second_task_epochs)
        shown.append(
            Figure(
                figures.second_task(
                    folder.figure("second_task"), metrics, epochs, list(task_names[:2])
                ),
                "How long the second task may be learned before sleep no longer brings the first "
                "one back: accuracy on both, before and after the second night.",
            )
        )
    shown.append(
        Figure(
            figures.transfer(folder.figure("transfer"), metrics, names),
            "Forgetting and backward transfer, mean over seeds.",
        )
    )
    if "accuracy_sleep" in metrics:
        shown += _sleep_figures(config, metrics, seed, folder, classes)
    return shown


def _sleep_figures(
    config: SrcConfig, metrics: dict[str, Any], seed: int, folder: RunFolder, classes: list[int]
) -> list[Figure]:
    kept = folder.checkpoint.read(f"seed_{seed}/sleep")
    unit = "real" if config.sleep.form == "released" else "units of the 8-bit synapse"
    return [
        Figure(
            figures.class_correlation(folder.figure("class_correlation"), metrics, classes),
            "Correlation of hidden activity between samples of the same and of other classes, "
            "before and after the last night. Mean over seeds.",
        ),
        Figure(
            figures.sleep_firing(folder.figure("sleep_firing"), metrics, classes),
            "Spikes in the last night of the neurons that are most active for each class awake, "
            "against all neurons; and sparseness of hidden activity before and after that night.",
        ),
        Figure(
            figures.night_raster(folder.figure("raster"), kept),
            f"The beginning of the last night. Seed {seed}. A spike takes a step a layer.",
        ),
        Figure(
            figures.weights(folder.figure("weights"), kept, unit),
            f"Weights before and after the last night. Seed {seed}.",
        ),
        Figure(
            spike_rates(folder.figure("spike_rate"), metrics),
            "Spikes per neuron and step in each night, by layer. Mean over seeds.",
        ),
    ]
