"""Structure in features: how smooth they are, and how much of each is one Gabor function."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

# Correlation of neighboring pixels from which a feature of patches as they are is structured.
SMOOTH = 0.5
# Share of its energy that one Gabor function holds from which a feature of whitened patches is:
# of noise with the covariance of such patches 1 in 1,000 at most, see docs/results/slow-wave.md.
GABOR = 0.35
# Gabor functions that are tried. Cycles a pixel; directions in half a turn; standard deviations of
# the envelope along the wave, in wavelengths, and across it, in those along it.
_FREQUENCIES = (0.08, 0.12, 0.17, 0.24)
_DIRECTIONS = 8
_WIDTHS = (0.4, 0.6)
_LENGTHS = (1.0, 1.8)
# Pixels that an envelope's standard deviation is at least.
_LEAST_WIDTH = 1.5
# Share of a pixel's energy that a function may hold: one lone pixel is no structure.
_PIXEL = 0.12


def structured(features: NDArray[np.float64], side: int, whitened: bool) -> NDArray[np.bool_]:
    """Say which features are structured.

    Patches as they are, and noise of their spectrum, are smooth; whitened ones are not. So the
    measure follows from the data: `SMOOTH` for those, `GABOR` for these.

    Parameters
    ----------
    features : ndarray, shape (side * side, features)
    side : int
    whitened : bool
        The patches that features are of.

    Returns
    -------
    ndarray of bool, shape (features,)
    """
    if whitened:
        return gabor_energy(features, side) >= GABOR
    return neighbor_correlation(features, side) >= SMOOTH


def neighbor_correlation(features: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    """Correlation of pixels beside and below each other, of each feature.

    Parameters
    ----------
    features : ndarray, shape (side * side, features)
    side : int

    Returns
    -------
    ndarray, shape (features,)
        0 for noise, toward 1 for what is smooth.
    """
    squares = features.T.reshape(-1, side, side)
    squares = squares - squares.mean(axis=(1, 2), keepdims=True)
    power = (squares**2).mean(axis=(1, 2))
    beside = (squares[:, :, 1:] * squares[:, :, :-1]).mean(axis=(1, 2))
    below = (squares[:, 1:] * squares[:, :-1]).mean(axis=(1, 2))
    correlation: NDArray[np.float64] = (beside + below) / 2 / np.maximum(power, 1e-12)
    return correlation


def gabor_energy(features: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    """Share of each feature's energy that the best of many Gabor functions holds.

    Every pixel is a center, with each frequency, direction, width and length; the phase is the
    best, as a wave and its quadrature are fitted together. Means are taken off first.

    Parameters
    ----------
    features : ndarray, shape (side * side, features)
    side : int

    Returns
    -------
    ndarray, shape (features,)
        0 .. 1; 0.05 for white noise of 16 x 16 pixels, 0.12 at most for a single pixel.
    """
    shapes = _unit((features - features.mean(axis=0)).T).T.astype(np.float32)
    best = np.zeros(features.shape[1])
    for even, odd in _gabors(side):
        energy = (even @ shapes) ** 2 + (odd @ shapes) ** 2
        best = np.maximum(best, energy.max(axis=0, initial=0.0))
    return best


@lru_cache(maxsize=2)
def _gabors(side: int) -> tuple[tuple[NDArray[np.float32], NDArray[np.float32]], ...]:
    """Pairs of orthonormal functions that hold the phases of a wave, shape (centers, pixels)."""
    pairs = []
    for even, odd in _waves(side):
        even, odd = (wave - wave.mean(axis=1, keepdims=True) for wave in (even, odd))
        even = _unit(even)
        odd = _unit(odd - (odd * even).sum(axis=1, keepdims=True) * even)
        wide = (even**2 + odd**2).max(axis=1) <= _PIXEL
        pairs.append((even[wide].astype(np.float32), odd[wide].astype(np.float32)))
    return tuple(pairs)


def _unit(functions: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths = np.linalg.norm(functions, axis=1, keepdims=True)
    scaled: NDArray[np.float64] = functions / np.maximum(lengths, 1e-12)
    return scaled


def _waves(side: int) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Each kind of Gabor function around every pixel, and its quadrature."""
    rows, columns = np.mgrid[:side, :side].reshape(2, -1)
    down, right = (np.subtract.outer(places, places) for places in (rows, columns))
    for angle in np.pi * np.arange(_DIRECTIONS) / _DIRECTIONS:
        along = right * np.cos(angle) + down * np.sin(angle)
        across = down * np.cos(angle) - right * np.sin(angle)
        for frequency in _FREQUENCIES:
            phase = 2 * np.pi * frequency * along
            for wavelengths in _WIDTHS:
                width = max(wavelengths / frequency, _LEAST_WIDTH)
                for longer in _LENGTHS:
                    envelope = np.exp(-((along / width) ** 2 + (across / width / longer) ** 2) / 2)
                    yield envelope * np.cos(phase), envelope * np.sin(phase)
