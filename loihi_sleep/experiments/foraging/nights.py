"""Nights of `foraging` to play."""

from __future__ import annotations

from math import isqrt

from loihi_sleep.experiments.finished_run import FinishedRun
from loihi_sleep.experiments.foraging.cases import NIGHTS, NIGHTS_OF
from loihi_sleep.experiments.foraging.config import ForagingConfig
from loihi_sleep.experiments.foraging.recordings import DAY, PLAYED, moments_of
from loihi_sleep.networks.foraging import OUTPUTS, VIEW
from loihi_sleep.results.packed_rasters import unpack
from loihi_sleep.results.player import Layer, Player, Recording

# Where each output leads, in their order.
_DIRECTIONS = ("↖", "↑", "↗", "←", "→", "↙", "↓", "↘")


def play_nights(run: FinishedRun[ForagingConfig]) -> Player | None:
    """Return a movement and a sleep after it, from before the second task to its end.

    Returns
    -------
    Player or None
        None where the run kept none.
    """
    if not run.has(NIGHTS):
        return None
    config, kept = run.config, run.read(NIGHTS)
    samples, performance = config.phases.samples, run.read(NIGHTS_OF)["performance"]
    sizes = dict(zip(PLAYED, (VIEW, config.network.hidden, OUTPUTS), strict=True))
    steps = config.network.steps_of_cycle(config.kind)
    recordings = []
    for number, moment in enumerate(moments_of(samples)):
        rasters = [unpack(kept[f"{number}_{name}"], size) for name, size in sizes.items()]
        text = "Task 1 is learned; now task 2 is trained, with sleep between its blocks."
        if moment:
            text = (
                f"Part {moment} of {samples} of the training on task 2 is over: in it "
                f"{performance[moment - 1]:.0%} of the particles eaten were rewarded."
            )
        recordings.append(
            Recording(
                f"after part {moment}" if moment else "before it",
                text,
                rasters,
                marks=[(0, "awake"), (DAY * steps, "asleep")],
            )
        )
    side = isqrt(VIEW)
    return Player(
        "Nights in the training on the second task, to play",
        "Awake the agent sees what is around it, and an output moves it. Asleep it sees nothing: "
        "each hidden neuron is driven by noise at its own rate awake, and the outputs answer with "
        f"what their synapses hold. Nothing is learned here. Seed {run.first_seed}.",
        [Layer("input", plane=(side, side)), Layer("hidden"), Layer("output", _DIRECTIONS)],
        recordings,
    )
