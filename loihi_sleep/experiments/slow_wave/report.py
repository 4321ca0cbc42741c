"""Report of `slow-wave`: what was measured, with pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.configuration import load
from loihi_sleep.experiments.slow_wave import figures
from loihi_sleep.experiments.slow_wave.conditions import CONDITIONS
from loihi_sleep.experiments.slow_wave.config import SlowWaveConfig
from loihi_sleep.experiments.slow_wave.measures import PROBES, TOP
from loihi_sleep.processes.kernels.noise import NOISES
from loihi_sleep.results.report import Figure, Report
from loihi_sleep.results.run_folder import RunFolder

_ROWS = {
    "norm_mean": "mean norm",
    "norm_growth_last_half": "growth of the norm over the last half",
    "hallucinating_share": "hallucinating neurons",
    "latched_share": "latched neurons",
    "active_share": "active on images",
    "reconstruction_correlation": "reconstruction",
    "psnr_db": "PSNR",
    "structured_share_top64": "structured features",
}
# Of these the report draws the course of a life.
_FOLLOWED = ("no_sleep", "sleep", "gray", "held", "ratio_1_1", "renorm", "decay")
# Of these the report shows dictionaries and reconstructions.
_SHOWN = ("no_sleep", "sleep", "gray")
_IMAGES = 8


def report(record: dict[str, Any], folder: RunFolder) -> Report:
    """Draw the figures of a run and say what they show.

    Parameters
    ----------
    record : dict
        Content of metrics.json.
    folder : RunFolder
        Its checkpoint holds what the lives left.

    Returns
    -------
    Report
    """
    config = load(SlowWaveConfig, folder.config())
    metrics, seed = record["metrics"], record["seeds"][0]
    names: dict[str, str] = {name: CONDITIONS[name].text for name in config.conditions}
    lives = {name: folder.checkpoint.read(f"seed_{seed}/{name}") for name in names}
    shown = [name for name in _SHOWN if name in names] or list(names)[:1]
    followed = {name: names[name] for name in _FOLLOWED if name in names} or names
    # The literal model's norms would leave nothing to be seen of others.
    stable = [name for name in config.conditions if not CONDITIONS[name].network]
    own: dict[str, str] = {name: names[name] for name in stable} or names
    made = [
        Figure(
            figures.over_life(folder.figure("over_life"), metrics, followed, config.phases.images),
            "Norms, neurons that answer noise that they have not slept with, and what is made of "
            "held-out images. Mean over seeds.",
        ),
        Figure(
            figures.thermostat(folder.figure("thermostat"), metrics, own),
            "What the features' squared norm gained awake and asleep. Mean and standard deviation "
            "over seeds.",
        ),
        Figure(
            figures.probes(folder.figure("probes"), metrics, names, tuple(PROBES)),
            "Neurons with five spikes or more a second in noise, at the end. Mean over seeds.",
        ),
        Figure(
            figures.mosaics(
                folder.figure("mosaics"),
                _mosaics(lives, names, shown),
                config.network.side,
            ),
            f"The {TOP} features most active on held-out images, each by its own scale. "
            f"Seed {seed}.",
        ),
        Figure(
            figures.reconstructions(
                folder.figure("reconstructions"),
                lives[shown[0]]["images"][:_IMAGES],
                {names[name]: lives[name]["reconstructions"][:_IMAGES] for name in shown},
            ),
            f"Held-out images, and what is decoded from the spikes of half a second. Seed {seed}.",
        ),
        Figure(
            figures.rasters(
                folder.figure("rasters"),
                {names[name]: lives[name] for name in shown[:2]},
                config.phases.frame_steps,
            ),
            "Spikes in the second half of an image, and at the crest of the noise after it; at the "
            f"end of a life, nothing learned. Seed {seed}.",
        ),
        Figure(
            figures.noises(
                folder.figure("noises"),
                NOISES,
                config.sleep.hold,
                config.sleep.frames * config.phases.frame_steps,
                config.sleep.wave_depth,
            ),
            "The noise in place of images: samples, each held for "
            f"{config.sleep.hold} ms, and a pixel through a night; gray, the slow wave.",
        ),
    ]
    return Report(
        title="Slow waves: a spiking dictionary that does not run wild",
        lead=_lead(metrics, names),
        rows=[
            (f"{measure}_{name}", f"{text}: {label}")
            for name, text in names.items()
            for measure, label in _ROWS.items()
        ],
        figures=made,
    )


def _mosaics(
    lives: dict[str, dict[str, NDArray[Any]]],
    names: dict[str, str],
    shown: list[str],
) -> dict[str, NDArray[Any]]:
    """Features at first and half way under one condition, and at last under those shown."""
    followed = "sleep" if "sleep" in shown else shown[0]
    life = lives[followed]
    half = len(life["features"]) // 2
    chosen = {
        "at first": _most_active(life, 0),
        f"{names[followed]}, half way": _most_active(life, half),
    }
    return chosen | {f"{names[name]}, at last": _most_active(lives[name], -1) for name in shown}


def _most_active(life: dict[str, NDArray[Any]], look: int) -> NDArray[Any]:
    order = np.argsort(-life["activity"][look], kind="stable")[:TOP]
    features: NDArray[Any] = life["features"][look][:, order]
    return features


def _lead(metrics: dict[str, Any], names: dict[str, str]) -> str:
    sentences = []
    for name, text in names.items():
        norm, share, r = (
            metrics[f"{measure}_{name}"]["mean"]
            for measure in ("norm_mean", "hallucinating_share", "reconstruction_correlation")
        )
        sentences.append(
            f"{text[0].upper()}{text[1:]}: mean norm {norm:.2f}, {share:.0%} of the neurons "
            f"hallucinate, reconstruction r = {r:.3f}."
        )
    return " ".join(sentences[:3])
