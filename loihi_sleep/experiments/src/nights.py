"""Nights of `src` to play."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from loihi_sleep.experiments.finished_run import FinishedRun
from loihi_sleep.experiments.src.measures import night_raster
from loihi_sleep.experiments.src.task_figures import LAYERS
from loihi_sleep.results.packed_rasters import unpack
from loihi_sleep.results.player import Layer, Player, Recording
from loihi_sleep.results.tables import Table


def play_nights(
    run: FinishedRun[Any],
    tasks: Sequence[Sequence[int]],
    plane: tuple[int, int] | None,
    classes_are: str,
) -> Player | None:
    """Return the beginnings of all nights of the first seed, and what each night changed.

    Parameters
    ----------
    run : FinishedRun
    tasks : sequence of sequence of int
        Classes of each task.
    plane : (int, int), optional
        Rows and columns of an image; None where inputs are no pixels.
    classes_are : str
        What the classes are called.

    Returns
    -------
    Player or None
        None where the run kept no nights, as those before nights were kept.
    """
    kept = run.read("sleep")
    if night_raster(0, 0) not in kept:
        return None
    sizes = [kept[f"raster_{layer}"].shape[1] for layer in range(len(LAYERS))]
    before, after = (
        np.array(run.metrics[f"accuracy_by_task_{when}"]["values"][0])
        for when in ("before_sleep", "sleep")
    )
    names = [" and ".join(str(label) for label in task) for task in tasks]
    recordings = []
    for night, name in enumerate(names):
        seen = range(night + 1)
        overall = [float(values[: night + 1, night].mean()) for values in (before, after)]
        text = f"{classes_are.capitalize()} {name} were learned that day."
        if night:
            text += (
                " The network knew {:.0%} of all that it had learned so far when it fell asleep, "
                "and {:.0%} when it woke up.".format(*overall)
            )
        recordings.append(
            Recording(
                f"night {night + 1} of {len(names)}",
                text,
                [
                    unpack(kept[night_raster(night, layer)], size)
                    for layer, size in enumerate(sizes)
                ],
                Table(
                    "Accuracy on test images",
                    (classes_are, *(names[task] for task in seen)),
                    [
                        (when, *(f"{values[task, night]:.0%}" for task in seen))
                        for when, values in (("before the night", before), ("after it", after))
                    ],
                ),
            )
        )
    labels = [str(label) for task in tasks for label in task]
    pixels = plane if plane and plane[0] * plane[1] == sizes[0] else None
    layers = [Layer(name) for name in LAYERS]
    layers[0] = Layer(LAYERS[0], plane=pixels)
    if sorted(labels, key=int) == [str(n) for n in range(sizes[-1])]:
        layers[-1] = Layer(LAYERS[-1], labels=sorted(labels, key=int))
    return Player(
        "The nights, to play",
        "Asleep the network sees nothing: random spikes come in, each input as often as it is "
        "bright on average, and replay what the weights hold, while they change. Each night "
        f"begins as here, with its first {len(kept['raster_0'])} steps. Seed {run.first_seed}.",
        layers,
        recordings,
    )
