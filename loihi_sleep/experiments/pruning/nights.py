"""Nights of pruned spiking networks to play."""

from __future__ import annotations

from loihi_sleep.experiments.finished_run import FinishedRun
from loihi_sleep.experiments.pruning.config import PruningConfig, pruned_share
from loihi_sleep.experiments.pruning.spiking import RASTER, spiking_name
from loihi_sleep.results.packed_rasters import unpack
from loihi_sleep.results.player import Layer, Player, Recording
from loihi_sleep.results.tables import Table


def play_nights(run: FinishedRun[PruningConfig]) -> Player | None:
    """Return how the night of each pruned network of the first seed begins.

    Returns
    -------
    Player or None
        None where the run kept no nights.
    """
    config, metrics = run.config, run.metrics
    planes, *plane = config.image
    inputs = planes * plane[0] * plane[1]
    sizes = config.spiking.sizes(inputs, config.classes)
    recordings = []
    for share in sorted(config.spiking.kept, reverse=True):
        kept, end = run.read(spiking_name(share)), pruned_share(share)
        if f"{RASTER}_0" not in kept:
            return None

        def first(name: str, end: str = end) -> float:
            return float(metrics[f"{name}_{end}"]["values"][0])

        rasters = [unpack(kept[f"{RASTER}_{layer}"], size) for layer, size in enumerate(sizes)]
        recordings.append(
            Recording(
                f"{1 - share:.0%} pruned",
                f"{first('synapses_spiking'):,.0f} synapses are left; the night changed "
                f"{first('synapses_changed_asleep'):,.0f} of them.",
                rasters,
                Table(
                    "",
                    ("", "before the night", "after it"),
                    [
                        (
                            "accuracy on test images",
                            f"{first('accuracy_spiking'):.1%}",
                            f"{first('accuracy_spiking_slept'):.1%}",
                        )
                    ],
                ),
            )
        )
    if not recordings:
        return None
    steps = len(recordings[0].rasters[0])
    return Player(
        "A night in networks with fewer and fewer synapses, to play",
        "Asleep a pruned network hears the same noise, each pixel as often as it is bright on "
        "average. The fewer synapses are left to it, the less comes through to the output; "
        f"those of the hidden layers learn. The night's first {steps} steps. "
        f"Seed {run.first_seed}.",
        [
            Layer("input", plane=(plane[0], plane[1]) if planes == 1 else None),
            *(Layer(f"hidden {n + 1}") for n in range(len(config.spiking.hidden))),
            Layer("output", [str(label) for label in range(config.classes)]),
        ],
        recordings,
        which="network",
    )
