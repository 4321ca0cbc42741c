"""Nights of `slow-wave` to play."""

from __future__ import annotations

from loihi_sleep.experiments.finished_run import FinishedRun
from loihi_sleep.experiments.slow_wave.conditions import CONDITIONS
from loihi_sleep.experiments.slow_wave.config import SlowWaveConfig
from loihi_sleep.experiments.slow_wave.rasters import PLAYED, moments_of, unpacked
from loihi_sleep.results.player import Layer, Player, Recording
from loihi_sleep.results.tables import Table

# What is told of a network, beside what it does in noise.
_TOLD = {
    "norm_mean": ("mean norm of features", "{:.2f}"),
    "hallucinating_share": ("neurons that hallucinate", "{:.0%}"),
    "reconstruction_correlation": ("reconstruction, r", "{:.3f}"),
}


def play_nights(run: FinishedRun[SlowWaveConfig]) -> Player | None:
    """Return an image and a night after it, of networks without sleep and with it, in training.

    Returns
    -------
    Player or None
        None where the run kept none.
    """
    config = run.config
    recordings: list[Recording] = []
    sizes = (config.residual_neurons, config.network.features)
    moments = moments_of(config.look.times + 1)
    for moment in moments:
        seen = config.phases.images * moment // config.look.times
        for name in PLAYED:
            kept = run.read(name) if run.has(name) else {}
            rasters = unpacked(kept, moment, sizes)
            if rasters is None or (moment == 0 and recordings):
                continue  # untrained, all networks are the same
            text = CONDITIONS[name].text
            told = [(what, form.format(kept[n][moment])) for n, (what, form) in _TOLD.items()]
            recordings.append(
                Recording(
                    f"{text}, {seen} images" if moment else "untrained",
                    f"The network trained with {seen} images, {text}."
                    if moment
                    else "The network before training.",
                    rasters,
                    Table("", ("", text if moment else "untrained"), told),
                    [(0, "an image"), (config.phases.frame_steps, "noise: a slow wave")],
                )
            )
    if not recordings:
        return None
    side = config.network.side
    plane = (config.residual_neurons // side, side)
    return Player(
        "A day and a night, to play",
        "An image is shown, then noise that comes and goes in a slow wave; nothing is learned. A "
        "network that runs wild answers noise with spikes of many neurons, as if it saw something. "
        f"Seed {run.first_seed}.",
        [Layer("residual", plane=plane), Layer("sparse")],
        recordings,
        "ms",
        "network",
    )
