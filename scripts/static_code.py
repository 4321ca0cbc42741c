#!/usr/bin/env python
"""Code MNIST digits with a dictionary that is given, in spikes and exactly; see docs/slow-wave.md.

    scripts/static_code.py [--folder FOLDER] [--images N] [--frame-steps N] [--penalty X ..]

The dictionary is learned first, which takes minutes. PSNR and zeros are means over held-out digits.
"""

import argparse
import warnings

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.datasets.mnist import load_mnist
from loihi_sleep.experiments.slow_wave.static_code import (
    StaticCode,
    exact_code,
    learned_dictionary,
    spiking_code,
)

MEAN, DEVIATION = 0.1307, 0.3081


def standardized(pixels: NDArray[np.float32]) -> NDArray[np.float64]:
    """In standard deviations of MNIST; the mean of each image, which gray cannot code, is gone."""
    values = (pixels.astype(float) - MEAN) / DEVIATION
    return values - values.mean(axis=1, keepdims=True)


def main() -> None:
    """Learn a dictionary and print a row for each code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", help="that holds MNIST; else LOIHI_SLEEP_DATA, or a download")
    parser.add_argument("--images", type=int, default=20, help="digits that are coded")
    parser.add_argument("--train", type=int, default=8000, help="digits to learn from")
    parser.add_argument("--features", type=int, default=784)
    parser.add_argument("--frame-steps", type=int, default=8000, help="for which each is shown")
    parser.add_argument("--penalty", type=float, nargs="+", default=[0.1, 0.2, 0.3])
    chosen = parser.parse_args()
    warnings.filterwarnings("ignore", message="Objective did not converge")
    digits = load_mnist("mnist", folder=chosen.folder)
    order = np.random.default_rng(0).permutation(len(digits.train.x))
    phi = learned_dictionary(
        standardized(digits.train.x[order[: chosen.train]]), chosen.features, 0.3, 0
    )
    held_out = standardized(digits.test.x[: chosen.images])

    def show(name: str, code: StaticCode) -> None:
        print(f"{name:24s} {code.psnr_db.mean():6.2f} dB {code.zeros.mean():6.1%} zeros")

    for numerics in ("float", "fixed"):
        show(f"spikes, {numerics}", spiking_code(phi, held_out, numerics, chosen.frame_steps))
    for penalty in chosen.penalty:
        show(f"exact, penalty {penalty:g}", exact_code(phi, held_out, penalty))


if __name__ == "__main__":
    main()
