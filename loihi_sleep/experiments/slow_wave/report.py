"""Report of `slow-wave`: what was measured, with pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.experiments.case_results import Metrics
from loihi_sleep.experiments.finished_run import FinishedRun
from loihi_sleep.experiments.slow_wave import figures
from loihi_sleep.experiments.slow_wave.conditions import CONDITIONS
from loihi_sleep.experiments.slow_wave.config import SlowWaveConfig
from loihi_sleep.experiments.slow_wave.measures import PROBES, TOP
from loihi_sleep.experiments.slow_wave.nights import play_nights
from loihi_sleep.experiments.study import Arrays
from loihi_sleep.processes.kernels.noise import NOISES
from loihi_sleep.results.report import Report

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
# Of these the report draws the course of training.
_FOLLOWED = ("no_sleep", "sleep", "gray", "held", "ratio_1_1", "renorm", "decay")
# Of these the report shows dictionaries and reconstructions.
_SHOWN = ("no_sleep", "sleep", "gray")
_IMAGES = 8


def report(run: FinishedRun[SlowWaveConfig]) -> Report:
    """Draw the figures of a run and say what they show."""
    config, metrics, seed = run.config, run.metrics, run.first_seed
    names: dict[str, str] = {name: CONDITIONS[name].text for name in config.conditions}
    kept = {name: run.read(name) for name in names}
    shown = [name for name in _SHOWN if name in names] or list(names)[:1]
    followed = {name: names[name] for name in _FOLLOWED if name in names} or names
    # The literal model's norms would leave nothing to be seen of others.
    stable = [name for name in config.conditions if not CONDITIONS[name].network]
    own: dict[str, str] = {name: names[name] for name in stable} or names
    made = [
        run.draw(
            "over_life",
            "Norms, neurons that answer noise that they have not slept with, and what is made of "
            "held-out images. Mean over seeds.",
            figures.over_life,
            metrics,
            followed,
            config.phases.images,
        ),
        run.draw(
            "thermostat",
            "What the features' squared norm gained awake and asleep. Mean and standard deviation "
            "over seeds.",
            figures.thermostat,
            metrics,
            own,
        ),
        run.draw(
            "probes",
            "Neurons with five spikes or more a second in noise, at the end. Mean over seeds.",
            figures.probes,
            metrics,
            names,
            tuple(PROBES),
        ),
        run.draw(
            "mosaics",
            f"The {TOP} features most active on held-out images, each by its own scale. "
            f"Seed {seed}.",
            figures.mosaics,
            _mosaics(kept, names, shown),
            config.network.side,
        ),
        run.draw(
            "reconstructions",
            f"Held-out images, and what is decoded from the spikes of half a second. Seed {seed}.",
            figures.reconstructions,
            kept[shown[0]]["images"][:_IMAGES],
            {names[name]: kept[name]["reconstructions"][:_IMAGES] for name in shown},
        ),
        run.draw(
            "rasters",
            "Spikes in the second half of an image, and at the crest of the noise after it; at the "
            f"end of training, nothing learned. Seed {seed}.",
            figures.rasters,
            {names[name]: kept[name] for name in shown[:2]},
            config.phases.frame_steps,
        ),
        run.draw(
            "noises",
            "The noise in place of images: samples, each held for "
            f"{config.sleep.hold} ms, and a pixel through a night; gray, the slow wave.",
            figures.noises,
            NOISES,
            config.sleep.hold,
            config.sleep.frames * config.phases.frame_steps,
            config.sleep.wave_depth,
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
        player=play_nights(run),
    )


def _mosaics(
    kept: dict[str, Arrays],
    names: dict[str, str],
    shown: list[str],
) -> dict[str, NDArray[Any]]:
    """Features at first and half way under one condition, and at last under those shown."""
    followed = "sleep" if "sleep" in shown else shown[0]
    half = len(kept[followed]["features"]) // 2
    chosen = {
        "at first": _most_active(kept[followed], 0),
        f"{names[followed]}, half way": _most_active(kept[followed], half),
    }
    return chosen | {f"{names[name]}, at last": _most_active(kept[name], -1) for name in shown}


def _most_active(kept: Arrays, test: int) -> NDArray[Any]:
    order = np.argsort(-kept["activity"][test], kind="stable")[:TOP]
    features: NDArray[Any] = kept["features"][test][:, order]
    return features


def _lead(metrics: Metrics, names: dict[str, str]) -> str:
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
