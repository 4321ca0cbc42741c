"""Figures of `slow-wave`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.processes.kernels.drive import envelope
from loihi_sleep.processes.kernels.noise import NOISES, deviates
from loihi_sleep.results.figures import ASLEEP, AWAKE, JOINT, NEUTRAL, draw_raster, drawing
from loihi_sleep.results.mosaics import draw_mosaic

Metrics = dict[str, Any]
# Of the residual layer a raster shows the first so many neurons.
_RESIDUAL_SHOWN = 40


def over_life(path: Path, metrics: Metrics, names: dict[str, str], images: int) -> Path:
    """Draw norms, hallucination and reconstruction in the course of training, by condition."""
    panels = {
        "norm_mean": "mean norm of features",
        "hallucinating_share": "hallucinating neurons (share)",
        "reconstruction_correlation": "reconstruction (Pearson's r)",
    }
    with drawing(path, 1, len(panels), size=(11.5, 3.6)) as (figure, axes):
        for ax, (measure, label) in zip(axes[0], panels.items(), strict=True):
            for name, text in names.items():
                values = np.array(metrics[f"{measure}_over_life_{name}"]["values"])
                times = np.linspace(0, images, values.shape[1])
                style = {"no_sleep": (AWAKE, 2.4), "sleep": (ASLEEP, 2.4), "gray": (JOINT, 1.6)}
                color, width = style.get(name, (None, 1.1))
                ax.plot(times, values.mean(axis=0), color=color, linewidth=width, label=text)
            ax.set_xlabel("images seen")
            ax.set_ylabel(label)
        handles, labels = axes[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize=8.5)
    return path


def thermostat(path: Path, metrics: Metrics, names: dict[str, str]) -> Path:
    """Draw by how much the squared norm grew awake, and what sleep took of it again."""
    with drawing(path, size=(8.0, 0.9 + 0.42 * len(names))) as (_, axes):
        ax, places = axes[0, 0], np.arange(len(names))
        for phase, color in (("awake", AWAKE), ("asleep", ASLEEP)):
            values = [metrics[f"square_grown_{phase}_{name}"]["mean"] for name in names]
            errors = [metrics[f"square_grown_{phase}_{name}"]["sd"] for name in names]
            ax.barh(places, values, 0.6, xerr=errors, color=color, label=phase)
        ax.axvline(0, color=NEUTRAL, linewidth=1)
        ax.set_yticks(places, list(names.values()))
        ax.invert_yaxis()
        ax.set_xlabel("change of the mean squared norm over all images")
        ax.legend(ncols=2, loc="lower left", bbox_to_anchor=(0.0, 1.0))
    return path


def probes(path: Path, metrics: Metrics, names: dict[str, str], kinds: tuple[str, ...]) -> Path:
    """Draw which share of the neurons each kind of noise drives, by condition."""
    shares = np.array(
        [
            [metrics[f"hallucinating_share_{kind}_{name}"]["mean"] for kind in kinds]
            for name in names
        ]
    )
    with drawing(path, size=(2.5 + 1.1 * len(kinds), 1.2 + 0.36 * len(names))) as (figure, axes):
        ax = axes[0, 0]
        picture = ax.imshow(shares, cmap="magma_r", vmin=0, vmax=1, aspect="auto")
        for (row, column), share in np.ndenumerate(shares):
            ax.text(
                column, row, f"{share:.2f}", ha="center", va="center", fontsize=8,
                color="white" if share > 0.5 else "black",
            )  # fmt: skip
        ax.set_xticks(range(len(kinds)), [kind.replace("_", " ") for kind in kinds])
        ax.set_yticks(range(len(names)), list(names.values()))
        ax.set_xlabel("noise that is shown")
        ax.spines[:].set_visible(False)
        figure.colorbar(picture, ax=ax, label="neurons that answer (share)")
    return path


def rasters(path: Path, kept: dict[str, dict[str, NDArray[Any]]], frame_steps: int) -> Path:
    """Draw spikes at the end of an image and at the crest of the noise after it, by network.

    Parameters
    ----------
    path : Path
    kept : dict of str to dict
        By title, with ``raster_residual`` and ``raster_sparse``, ndarray of bool, shape (steps,
        neurons): a frame of an image, then noise.
    frame_steps : int
        Steps for which the image is shown.
    """
    steps = len(next(iter(kept.values()))["raster_sparse"])
    crest, half = (frame_steps + steps) // 2, frame_steps // 2
    windows = {"image": (half, frame_steps), "noise": (crest - half, crest + half)}
    layers = ("residual, some", "sparse")
    with drawing(
        path, 1, 2 * len(kept), size=(5.4 * len(kept), 5.0), width_ratios=[1, 2] * len(kept)
    ) as (_, axes):
        for number, (title, arrays) in enumerate(kept.items()):
            for ax, (seen, (first, last)) in zip(
                axes[0, 2 * number : 2 * number + 2], windows.items(), strict=True
            ):
                residual = arrays["raster_residual"][first:last, :_RESIDUAL_SHOWN]
                sparse = arrays["raster_sparse"][first:last]
                draw_raster(ax, (residual, sparse), layers, "time (ms)")
                ax.set_title(f"{title}: {seen}" if seen == "image" else seen, fontsize=9.5)
                if seen == "noise":
                    ax.set_yticks([])
    return path


def noises(path: Path, kinds: tuple[str, ...], hold: int, night: int, depth: float) -> Path:
    """Draw each kind of noise: four samples of a 16 x 16 patch, and a pixel through a slow wave.

    Parameters
    ----------
    path : Path
    kinds : tuple of str
        See :data:`loihi_sleep.processes.kernels.noise.NOISES`.
    hold : int
        Steps for which a sample is held, ms.
    night : int
        Steps of the slow wave, ms.
    depth : float
        Depth of the wave.
    """
    side, shown, seed = 16, 4, 0
    steps = np.arange(1, night + 1)
    wave = np.array([envelope(int(step), float(night), depth) for step in steps])
    with drawing(path, len(kinds), 2, size=(11.5, 1.5 * len(kinds)), width_ratios=[shown, 6]) as (
        _,
        axes,
    ):
        for (patches, pixel), kind in zip(axes, kinds, strict=True):
            samples = np.array(
                [
                    deviates(seed, k, side * side, NOISES.index(kind))
                    for k in range(-(-night // hold))
                ]
            )
            shape = (shown, side, side)
            draw_mosaic(
                patches, samples[:shown].reshape(shape), shown, cmap="gray", vmin=-3, vmax=3
            )
            patches.set_ylabel(kind.replace("_", " "), fontsize=9)
            course = wave * samples[(steps - 1) // hold, 0]
            pixel.plot(steps, course, color=ASLEEP, linewidth=0.4)
            pixel.plot(steps, wave, color=NEUTRAL, linewidth=1)
            pixel.set_ylabel("pixel (s.d.)", fontsize=8.5)
        axes[-1, 1].set_xlabel("time asleep (ms)")
    return path


def mosaics(path: Path, features: dict[str, NDArray[Any]], side: int) -> Path:
    """Draw dictionaries as mosaics, the most active features first, each by its own gray scale.

    Parameters
    ----------
    path : Path
    features : dict of str to ndarray, shape (pixels, features)
        By title.
    side : int
        Side of a feature, pixels.
    """
    with drawing(path, 1, len(features), size=(3.6 * len(features), 3.2)) as (_, axes):
        for ax, (title, phi) in zip(axes[0], features.items(), strict=True):
            largest = np.maximum(np.abs(phi).max(axis=0, keepdims=True), 1e-9)
            pictures = (phi / largest).T.reshape(-1, side, side)
            columns = max(1, round(len(pictures) ** 0.5))
            draw_mosaic(
                ax, pictures, columns, cmap="gray", vmin=-1, vmax=1, interpolation="nearest"
            )
            ax.set_title(title, fontsize=9.5)
    return path


def reconstructions(path: Path, images: NDArray[Any], made: dict[str, NDArray[Any]]) -> Path:
    """Draw held-out images and what networks make of them, all by the gray scale of the image."""
    side = round(images.shape[1] ** 0.5)
    rows = {"held-out image": images, **made}
    limits = np.abs(images).max(axis=1, keepdims=True)
    with drawing(path, len(rows), size=(1.1 * len(images), 1.25 * len(rows))) as (_, axes):
        for ax, (title, pictures) in zip(axes[:, 0], rows.items(), strict=True):
            scaled = (pictures / limits).reshape(-1, side, side)
            draw_mosaic(ax, scaled, len(images), cmap="gray", vmin=-1, vmax=1)
            ax.set_title(title, fontsize=9)
    return path
