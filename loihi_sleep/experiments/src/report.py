"""Report of `src`: what was measured, with pictures."""

from __future__ import annotations

from loihi_sleep.experiments.case_results import Metrics
from loihi_sleep.experiments.finished_run import FinishedRun
from loihi_sleep.experiments.src import figures, prototype_figures, prototype_nights
from loihi_sleep.experiments.src.config import SrcConfig
from loihi_sleep.experiments.src.metrics import CONTROLS
from loihi_sleep.experiments.src.nights import play_nights
from loihi_sleep.experiments.src.task_figures import draw_last_night, draw_tasks
from loihi_sleep.results.player import Player
from loihi_sleep.results.report import Figure, Report

_VARIANTS = {
    "paper": "the released form of Sleep Replay Consolidation",
    "chip": "a form that a chip can hold",
    "best_float": "our form in floating point",
}


def report(run: FinishedRun[SrcConfig]) -> Report:
    """Draw the figures of a run and say what they show."""
    names = _condition_names(run.config)
    return Report(
        title=f"Sleep Replay on {run.config.data.data_set.title}: {_VARIANTS[run.config.variant]}",
        lead=_lead(run.config, run.metrics),
        rows=_rows(run.metrics, names),
        figures=_figures(run, names),
        player=_nights(run),
    )


def _nights(run: FinishedRun[SrcConfig]) -> Player | None:
    """Return nights to play, where the network slept: of noise, else of prototypes."""
    data = run.config.data
    if "accuracy_sleep" in run.metrics:
        return play_nights(run, data.tasks, data.plane, data.data_set.classes_are)
    if "accuracy_prototypes" in run.metrics:
        return prototype_nights.play_nights(run)
    return None


def _condition_names(config: SrcConfig) -> dict[str, str]:
    """What each condition is called, in the order in which they are shown."""
    stored = [(f"{f:g}", f"{100 * f:g} %") for f in config.rehearsal.fractions]
    return {
        "sequential": "tasks in sequence, no sleep",
        "ewc": "elastic weight consolidation",
        "si": "synaptic intelligence",
        "sleep": "sleep after each task",
        "sleep_spiking": "sleep, read out in spikes",
        "prototypes": f"nights of {config.prototypes.per_class} prototypes a class",
        "prototypes_spiking": "nights of prototypes, read out in spikes",
        "nearest_prototype": "the hippocampus itself: nearest prototype",
        **{f"rehearsal_{f}": f"rehearsal of {percent}" for f, percent in stored},
        **{f"sleep_rehearsal_{f}": f"rehearsal of {percent}, and sleep" for f, percent in stored},
        "joint": "all classes at once",
    }


def _lead(config: SrcConfig, metrics: Metrics) -> str:
    tasks = config.data.tasks

    def accuracy(condition: str) -> str | None:
        entry = metrics.get(f"accuracy_{condition}")
        return None if entry is None else f"{entry['mean']:.1%}"

    parts = [
        (accuracy("sequential"), f"A network that learned {sum(map(len, tasks))} classes as "
         f"{len(tasks)} tasks in sequence knows {{}} of the test samples in the end."),
        (accuracy("sleep"), "With a night of sleep after each task it knows {}, and no sample of "
         "an earlier task was stored."),
        (accuracy("sleep_spiking"), "Read out in spikes: {}."),
        (accuracy("prototypes"), "With nights in which a hippocampus replays "
         f"{config.prototypes.per_class} learned averages of each class to it, with a teacher, "
         "it knows {}; no image is stored."),
        (accuracy("nearest_prototype"), "The hippocampus by itself knows {}."),
        (accuracy("joint"), "All classes learned at once: {}."),
    ]  # fmt: skip
    return " ".join(text.format(value) for value, text in parts if value is not None)


def _rows(metrics: Metrics, names: dict[str, str]) -> list[tuple[str, str]]:
    rows = [(f"accuracy_{condition}", name) for condition, name in names.items()]
    # Those of the other conditions are in a figure, and in metrics.json.
    for condition in ("sequential", "sleep"):
        name = names[condition]
        rows.append((f"forgetting_{condition}", f"forgetting: {name}"))
        rows.append((f"backward_transfer_{condition}", f"backward transfer: {name}"))
    rows += [
        (f"gain_kept_{control}", f"gain kept: {figures.CONTROL_NAMES[control]}")
        for control in CONTROLS
    ]
    rows += [
        ("bytes_kept", "bytes of the hippocampus"),
        ("least_wins", "images in any prototype, the least"),
    ]
    return [(name, description) for name, description in rows if name in metrics]


def _figures(run: FinishedRun[SrcConfig], names: dict[str, str]) -> list[Figure]:
    config, metrics = run.config, run.metrics
    tasks = config.data.tasks
    classes = [c for task in tasks for c in task]
    shown = [
        run.draw(
            "arms",
            "Accuracy on all classes after all tasks. Bars: mean over seeds; dots: seeds.",
            figures.accuracies,
            metrics,
            names,
            len(classes),
        )
    ]
    if {"accuracy_sequential", "accuracy_sleep", "accuracy_joint"} <= set(metrics):
        shown += draw_tasks(run, tasks, config.data.data_set.classes_are, "by_task")
        shown.append(
            run.draw(
                "confusion",
                "Which class is taken for which in the end.",
                figures.confusion,
                metrics,
                classes,
            )
        )
    if any(name.startswith("accuracy_rehearsal") for name in metrics):
        shown.append(
            run.draw(
                "rehearsal",
                "Accuracy by the part of each task's samples that is stored and rehearsed.",
                figures.rehearsal,
                metrics,
                list(config.rehearsal.fractions),
            )
        )
    if f"gain_kept_{CONTROLS[0]}" in metrics:
        shown.append(
            run.draw(
                "replay_controls",
                "Nights that differ from sleep in one thing, and what of its gain they keep.",
                figures.replay_controls,
                metrics,
            )
        )
    shown += _figures_of_prototypes(run)
    if "second_task_sleep" in metrics:
        shown.append(
            run.draw(
                "second_task",
                "How long the second task may be learned before sleep no longer brings the first "
                "one back: accuracy on both, before and after the second night.",
                figures.second_task,
                metrics,
                sorted(config.second_task_epochs),
                [" and ".join(str(c) for c in task) for task in tasks[:2]],
            )
        )
    shown.append(
        run.draw(
            "transfer",
            "Forgetting and backward transfer, mean over seeds.",
            figures.transfer,
            metrics,
            names,
        )
    )
    if "accuracy_sleep" in metrics:
        shown += [
            run.draw(
                "class_correlation",
                "Correlation of hidden activity between samples of the same and of other classes, "
                "before and after the last night. Mean over seeds.",
                figures.class_correlation,
                metrics,
                classes,
            ),
            run.draw(
                "sleep_firing",
                "Spikes in the last night of the neurons that are most active for each class "
                "awake, against all neurons; and sparseness of hidden activity before and after "
                "that night.",
                figures.sleep_firing,
                metrics,
                classes,
            ),
            *draw_last_night(
                run, "real" if config.sleep.form == "released" else "units of the 8-bit synapse"
            ),
        ]
    return shown


def _figures_of_prototypes(run: FinishedRun[SrcConfig]) -> list[Figure]:
    settings, metrics = run.config.prototypes, run.metrics
    if "accuracy_nearest_prototype" not in metrics:
        return []
    shown = []
    if "accuracy_prototypes" in metrics:
        numbers = [
            k
            for k in (settings.per_class, *settings.curve)
            if k == settings.per_class or f"accuracy_prototypes_k{k}" in metrics
        ]
        shown.append(
            run.draw(
                "prototypes_by_bytes",
                "Accuracy against what a hippocampus keeps: K learned averages of each class, a "
                "byte a synapse. It answers better than the network that it teaches.",
                prototype_figures.accuracy_by_bytes,
                metrics,
                numbers,
                settings.per_class,
            )
        )
    if "accuracy_raw_images" in metrics:
        shown.append(
            run.draw(
                "prototype_controls",
                "Nights that differ in what is replayed, or in what learns from it.",
                prototype_figures.controls,
                metrics,
            )
        )
    plane = run.config.data.plane
    if plane is not None:
        kept = run.read(f"hippocampus_k{settings.per_class}")
        shown.append(
            run.draw(
                "prototypes",
                "What neurons of the hippocampus have learned awake: means of images, none of "
                "which is stored.",
                prototype_figures.prototypes,
                kept["weights"][kept["wins"] > 0],
                kept["labels"][kept["wins"] > 0],
                plane,
            )
        )
    return shown
