"""Nights of replayed prototypes: what is kept of them, and how they are played."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.experiments.case import Arrays
from loihi_sleep.hippocampus import ReplayConfig
from loihi_sleep.hippocampus.cortex import first_step
from loihi_sleep.results.packed_rasters import pack, unpack
from loihi_sleep.results.player import Layer, Player, Recording
from loihi_sleep.results.tables import Table

if TYPE_CHECKING:
    from loihi_sleep.experiments.finished_run import FinishedRun
    from loihi_sleep.experiments.src.config import SrcConfig

# Presentations that are recorded of each night.
_SHOWN = 8
BEGINS, ENDS = "begins", "ends"


def recorded_steps(night: ReplayConfig, layers: int) -> int:
    """Return how many steps of a night hold the presentations that are played.

    Parameters
    ----------
    night : ReplayConfig
    layers : int
        Layers of the cortex after the input.
    """
    return _first(night, layers) + _SHOWN * night.steps + _delay(night, layers)


def packed(
    task: int,
    when: str,
    rasters: Sequence[NDArray[np.bool_]],
    labels: NDArray[np.int64],
    night: ReplayConfig,
) -> Arrays:
    """Pack what was recorded of a night, from the first whole presentation on.

    Of prototypes only whether one of each class spikes.

    Parameters
    ----------
    task : int
        After which the night was, from 0.
    when : {'begins', 'ends'}
    rasters : sequence of ndarray, shape (steps, neurons) each
        Prototypes, input, hidden layers, output.
    labels : ndarray of int64, shape (prototypes,)
        Classes of the prototypes.
    night : ReplayConfig
    """
    begin = _first(night, len(rasters) - 2)
    of_class = labels[:, np.newaxis] == np.arange(rasters[-1].shape[1])
    shown = (rasters[0].astype(int) @ of_class, *rasters[1:])
    return {_name(task, when, layer): pack(raster[begin:]) for layer, raster in enumerate(shown)}


def play_nights(run: FinishedRun[SrcConfig]) -> Player | None:
    """Return how each night of the first seed begins, and the same replay after it.

    Returns
    -------
    Player or None
        None where the run kept none.
    """
    kept = run.read("prototypes")
    data, settings = run.config.data, run.config.prototypes
    night, classes, layers = settings.night, data.data_set.classes, len(settings.hidden)
    inputs = run.read(f"hippocampus_k{settings.per_class}")["weights"].shape[1]
    sizes = (classes, inputs, *settings.hidden, classes)
    # Then what the output says is its teacher's.
    forced = night.learning == "two_factors"
    teacher = (
        "makes the output of its class spike, and synapses learn from that"
        if forced
        else "tells the output which class it is of, and what it answers wrong changes its synapses"
    )
    recordings = []
    for task, learned in enumerate(data.tasks):
        if _name(task, BEGINS, 0) not in kept:
            continue
        known = kept["accuracy_morning"][: task + 1, task].mean()
        named = " and ".join(str(label) for label in learned)
        for when in (BEGINS, ENDS):
            rasters = [
                unpack(kept[_name(task, when, layer)], size) for layer, size in enumerate(sizes)
            ]
            replayed, answers, marks = _presentations(rasters, night)
            if when == BEGINS:
                text = f"{data.data_set.classes_are.capitalize()} {named} were learned that day."
            else:
                text = (
                    f"The same prototypes after the night{'' if forced else ', nothing learned'}."
                )
            table = None
            if replayed and not forced:
                right = sum(said == label for said, label in zip(answers, replayed, strict=True))
                text += (
                    f" The output answers {right} of {len(replayed)} prototypes with their class."
                )
                table = Table("", ("replayed", *replayed), [("answered", *answers)])
            if when == ENDS:
                text += f" The network knows {known:.0%} of all that it has learned so far."
            recordings.append(
                Recording(
                    f"night {task + 1} of {len(data.tasks)} {when}",
                    text,
                    rasters,
                    table,
                    marks,
                )
            )
    if not recordings:
        return None
    labels = [str(label) for label in range(classes)]
    return Player(
        "The nights, to play",
        "Asleep the network sees nothing: noise wakes one prototype of the hippocampus after "
        "another (a row stands for all of a class), and its mean image comes to the input as "
        f"spikes. A teacher {teacher}. Shown are {_SHOWN} presentations of {night.steps} steps, as "
        f"each night begins and again when it is over. Seed {run.first_seed}.",
        [
            Layer("hippocampus, by class", labels),
            Layer("input", plane=data.plane),
            *(Layer(f"hidden {n + 1}" if layers > 1 else "hidden") for n in range(layers)),
            Layer("output", labels),
        ],
        recordings,
    )


def _presentations(
    rasters: Sequence[NDArray[np.bool_]], night: ReplayConfig
) -> tuple[list[str], list[str], list[tuple[int, str]]]:
    """Return which class was replayed, which was answered, and where each presentation begins."""
    delay = _delay(night, len(rasters) - 2)
    replayed, answers, marks = [], [], []
    for begin in range(0, len(rasters[0]) - delay - night.steps + 1, night.steps):
        end = begin + night.steps
        label = _most(rasters[0][begin:end])
        replayed.append(label)
        answers.append(_most(rasters[-1][begin + delay : end + delay]))
        marks.append((begin, label))
    return replayed, answers, marks


def _most(raster: NDArray[np.bool_]) -> str:
    """Name the class of most spikes; a dash where there are none."""
    counts = raster.sum(axis=0)
    return str(counts.argmax()) if counts.any() else "–"


def _first(night: ReplayConfig, layers: int) -> int:
    """Row of a night's raster in which the first whole presentation of a prototype begins."""
    return (first_step(-2, layers, night) - 1) % night.steps


def _delay(night: ReplayConfig, layers: int) -> int:
    """Steps from a presentation's beginning in the hippocampus to that in the output."""
    there, here = (first_step(place, layers, night) for place in (layers - 1, -2))
    return (there - here) % night.steps


def _name(task: int, when: str, layer: int) -> str:
    return f"night_{task}_{when}_raster_{layer}"
