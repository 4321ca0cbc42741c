"""The static code: a dictionary that is given, nothing learned, read out in spikes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.configuration import load
from loihi_sleep.experiments.slow_wave import measures
from loihi_sleep.experiments.slow_wave.conditions import CONDITIONS
from loihi_sleep.experiments.slow_wave.config import SlowWaveConfig
from loihi_sleep.experiments.slow_wave.life import Subject, Synapses
from loihi_sleep.numerics.names import Numerics
from loihi_sleep.progress import Silent
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
    subject = Subject(config, CONDITIONS["no_sleep"], 0, run_cfg, Silent())
    both = np.hstack([phi, -phi])
    answers = measures.answer(subject, Synapses(*subject.network.held(both, numerics)), images)
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
