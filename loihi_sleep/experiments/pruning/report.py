"""Report of `pruning`: what was measured, with pictures."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.experiments.case_results import Metrics
from loihi_sleep.experiments.finished_run import FinishedRun
from loihi_sleep.experiments.pruning import courses_report, figures
from loihi_sleep.experiments.pruning.config import PruningConfig, pruned_share
from loihi_sleep.experiments.pruning.cycles import WATCHED, night_name
from loihi_sleep.experiments.pruning.nights import play_nights
from loihi_sleep.results.report import Report


def report(run: FinishedRun[PruningConfig]) -> Report:
    """Draw the figures of a run and say what they show."""
    config, metrics = run.config, run.metrics
    shares = [pruned_share(kept) for kept in sorted(config.kept, reverse=True)]
    rows = [
        ("error_dense", "Error before the night, nothing pruned"),
        ("error_unpruned", "The same after a night of learning without pruning"),
    ]
    for share in shares:
        percent = f"{float(share):.0%} pruned"
        rows += [
            (f"error_best_{share}", f"{percent}, best number of cycles"),
            (f"error_worst_{share}", f"{percent}, worst number of cycles"),
            (f"best_cycles_{share}", f"{percent}: the best number"),
            (f"worst_cycles_{share}", f"{percent}: the worst"),
        ]
    rows += courses_report.rows(config, metrics)
    rows += _spiking_rows(config)
    nights = [
        night_name(kept, int(metrics[f"best_cycles_{share}"]["mean"]))
        for kept, share in zip(sorted(config.kept, reverse=True), shares, strict=True)
    ]
    percents = [f"{float(share):.0%} pruned" for share in shares]
    through = {c: run.read(night_name(min(config.kept), c))["through"] for c in config.cycles}
    shown = [
        run.draw(
            "error_by_cycles",
            "Error after the night by the number of cycles of pruning and learning, in nights of "
            f"{config.night.steps} optimizer steps. Mean and deviation over seeds; dots: single "
            "seeds; orange: the best number, chosen on validation images; dotted: the same night "
            "without pruning.",
            figures.error_by_cycles,
            metrics,
            config.kept,
            config.cycles,
        ),
        run.draw(
            "through_the_night",
            f"The same night with few cycles and with many, {float(shares[-1]):.0%} pruned: each "
            "pruning (orange) breaks something, and the steps that follow (blue) repair it. Lines "
            f"join these moments; dotted: the end. Up to {WATCHED:,} validation images, seed "
            f"{run.first_seed}.",
            figures.through_the_night,
            through,
        ),
        run.draw(
            "kept_by_layer",
            "What is left of each layer after the best night: weights, and neurons (of a "
            "convolution: planes) that still have a synapse from the layer before.",
            figures.kept_by_layer,
            _left_by_layer(run, nights),
            percents,
            _layers(config),
        ),
    ]
    if not config.channels:
        shown.append(
            run.draw(
                "surviving_inputs",
                f"Synapses that each pixel still has after the best night. Seed {run.first_seed}.",
                figures.surviving_inputs,
                [run.read(night)["synapses_of_inputs"] for night in nights],
                percents,
                config.image[1:],
            )
        )
    if config.learners.names:
        shown.append(courses_report.figure(run))
    if config.spiking.kept:
        shown.append(
            run.draw(
                "spiking",
                "Spiking networks that SLAYER trained and pruned: as SLAYER runs them in torch and "
                "as a chip's integers, on the same input spikes; and after a night of "
                f"{config.spiking.asleep.steps} steps of noise in which the synapses that are left "
                "learn. Synaptic operations are counted. Dotted: nothing pruned.",
                figures.spiking_by_share,
                metrics,
                config.spiking.kept,
            )
        )
    return Report(
        title=f"Pruning nights on {config.data.data_set.title}: how many cycles fit in one night",
        lead=_lead(metrics, shares[-1], config.night.steps),
        rows=rows,
        figures=shown,
        player=play_nights(run),
    )


def _left_by_layer(
    run: FinishedRun[PruningConfig], nights: Sequence[str]
) -> dict[str, list[NDArray[np.float64]]]:
    """Shares of each night, (seeds, layers)."""
    sizes = [prod(shape) for shape in run.config.shapes]
    kept, with_synapses = (
        [np.array(run.of_seeds(night, array)) for night in nights]
        for array in ("kept", "neurons_left")
    )
    return {"weights": [c / sizes for c in kept], "neurons with a synapse": with_synapses}


def _layers(config: PruningConfig) -> list[str]:
    """Names of the layers."""
    convolutions = [f"conv {number + 1}" for number in range(len(config.channels))]
    return [*convolutions, *(f"hidden {n + 1}" for n in range(len(config.hidden))), "output"]


def _spiking_rows(config: PruningConfig) -> list[tuple[str, str]]:
    """Rows of the spiking networks, from dense to the most pruned one."""
    ends = {pruned_share(kept): f"{1 - kept:.0%} pruned" for kept in config.spiking.kept}
    named = {"dense": "nothing pruned"} | dict(sorted(ends.items()))
    rows = []
    for end, text in named.items() if ends else ():
        rows += [
            (f"accuracy_spiking_{end}", f"spiking, {text}: accuracy in integers"),
            (f"accuracy_spiking_torch_{end}", f"spiking, {text}: in torch, by SLAYER"),
        ]
        if end in ends:
            rows.append((f"accuracy_spiking_slept_{end}", f"spiking, {text}: after a night asleep"))
        rows += [
            (f"synapses_spiking_{end}", f"spiking, {text}: synapses"),
            (f"synaptic_operations_{end}", f"spiking, {text}: synaptic operations an inference"),
            (f"energy_spiking_{end}", f"spiking, {text}: nJ an inference, estimated, at least"),
            (f"energy_spiking_at_most_{end}", f"spiking, {text}: the same, at most"),
            (f"synaptic_memory_bytes_{end}", f"spiking, {text}: bytes on Loihi 2, at least"),
        ]
    return rows


def _lead(metrics: Metrics, share: str, steps: int) -> str:
    best, worst = (metrics[f"error_{which}"]["mean"] for which in ("best", "worst"))
    right, wrong = (int(metrics[f"{which}_cycles"]["mean"]) for which in ("best", "worst"))
    return (
        f"A night of {steps} optimizer steps prunes {float(share):.0%} of the weights, in few "
        f"cycles or in many, always to the same number of synapses. With {right} cycles the error "
        f"after the night is {best:.1%}, with {wrong} it is {worst:.1%}; before it, nothing "
        f"pruned, it was {metrics['error_dense']['mean']:.1%}. The best and the worst number were "
        "chosen on validation images, the errors are those on test images."
        f"{_certainty(metrics)}"
    )


def _certainty(metrics: Metrics) -> str:
    """Say how sure the best number of cycles is, where there are seeds to tell."""
    if "chance_best" not in metrics:
        return ""
    chances = {count: entry["mean"] for count, entry in metrics["chance_best"].items()}
    ranked = sorted(chances, key=lambda count: -chances[count])
    likely = ", ".join(f"{count} in {chances[count]:.0%}" for count in ranked if chances[count])
    return (
        " Were the seeds drawn anew, the best number would be "
        f"{likely} of all draws; that the worst is no worse has p = "
        f"{metrics['p_worst_over_best']['mean']:.2g}."
    )
