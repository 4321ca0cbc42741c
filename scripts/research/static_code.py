#!/usr/bin/env python
"""Code MNIST digits with a given dictionary, in spikes and exactly: docs/results/slow-wave.md.

    scripts/research/static_code.py [--folder FOLDER] [--images N] [--penalty X ..]

The dictionary is learned first, which takes minutes. PSNR and zeros are means over held-out digits.
"""

import argparse
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.configuration import load
from loihi_sleep.datasets import load_stream
from loihi_sleep.experiments.slow_wave import measures, study
from loihi_sleep.experiments.slow_wave.config import SlowWaveConfig
from loihi_sleep.experiments.slow_wave.forms import Synapses
from loihi_sleep.experiments.slow_wave.training import network_of
from loihi_sleep.numerics.names import Numerics
from loihi_sleep.run.select import select

# Weak and slow enough for features that overlap as those of a complete dictionary do.
_STATIC: dict[str, Any] = {"feedback": 1.0, "gain_up": 1.0, "tau": 200.0}
_CONTRAST = 0.35


@dataclass(frozen=True)
class StaticCode:
    """What is made of each image.

    Parameters
    ----------
    psnr_db : ndarray, shape (images,)
        The peak is the range of the image.
    zeros : ndarray, shape (images,)
        Share of the features that are not used.
    """

    psnr_db: NDArray[np.float64]
    zeros: NDArray[np.float64]


def learned_dictionary(
    images: NDArray[np.float64], features: int, penalty: float, seed: int
) -> NDArray[np.float64]:
    """Learn a dictionary outside of the network, with scikit-learn.

    Parameters
    ----------
    images : ndarray, shape (images, pixels)
        Each of mean 0.
    features : int
    penalty : float
        On the sum of the code's magnitudes.
    seed : int

    Returns
    -------
    ndarray, shape (pixels, features)
        Each feature of mean 0 and norm 1.
    """
    from sklearn.decomposition import MiniBatchDictionaryLearning

    learner = MiniBatchDictionaryLearning(
        features,
        alpha=penalty,
        batch_size=512,
        max_iter=2,
        fit_algorithm="cd",
        random_state=seed,
    )
    phi: NDArray[np.float64] = learner.fit(images).components_.T
    phi = phi - phi.mean(axis=0)
    return phi / np.maximum(np.linalg.norm(phi, axis=0), 1e-9)


def spiking_code(
    phi: NDArray[np.float64], images: NDArray[np.float64], numerics: Numerics, frame_steps: int
) -> StaticCode:
    """Let the network find a code, and decode the spikes of the second half of each frame.

    A feature may be needed with either sign, and rates have none: each has two neurons, one for
    itself and one for its negative, of which a code uses one.

    Parameters
    ----------
    phi : ndarray, shape (pixels, features)
        Of mean 0 each.
    images : ndarray, shape (images, pixels)
        Of mean 0 each, in standard deviations of the data.
    numerics : {'float', 'fixed'}
    frame_steps : int
        For which an image is shown.
    """
    side, features = round(len(phi) ** 0.5), phi.shape[1]
    config = load(
        SlowWaveConfig,
        {
            "numerics": numerics,
            "network": {**_STATIC, "side": side, "features": 2 * features},
            "data": {"contrast": _CONTRAST},
            "phases": {"frame_steps": frame_steps},
        },
    )
    run_cfg = select("auto", numerics)
    case = study(config).case("no_sleep", 0, run_cfg, None)
    network = network_of(case).network
    both = np.hstack([phi, -phi])
    answers = measures.answer(case, Synapses(*network.weights_and_tags(both, numerics)), images)
    used = answers.counts[:, :features] != answers.counts[:, features:]
    return StaticCode(measures.psnr(answers.reconstructions, images), 1 - used.mean(axis=1))


def exact_code(phi: NDArray[np.float64], images: NDArray[np.float64], penalty: float) -> StaticCode:
    """Find the least of squared error / 2 plus penalty times the code's magnitudes (LASSO).

    Parameters
    ----------
    phi : ndarray, shape (pixels, features)
    images : ndarray, shape (images, pixels)
    penalty : float
    """
    from sklearn.decomposition import sparse_encode

    code = sparse_encode(images, phi.T, algorithm="lasso_cd", alpha=penalty, max_iter=3000)
    return StaticCode(measures.psnr(code @ phi.T, images), (code == 0).mean(axis=1))


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
    digits = load_stream("mnist", task_images=5000, folder=chosen.folder)
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
