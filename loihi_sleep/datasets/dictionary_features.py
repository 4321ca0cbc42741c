"""Image features from a dictionary of patches, learned without labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PATCH = 6
# Patches from which the dictionary is learned.
LEARNED_FROM = 60_000
# Added to the variance of a patch (pixels 0 .. 255) and to the eigenvalues of whitening.
CONTRAST_OFFSET, WHITENING_OFFSET = 10.0, 0.1
_BATCH = 100


@dataclass(frozen=True)
class Dictionary:
    """Whitening and code words of patches.

    Parameters
    ----------
    mean : ndarray, shape (values,)
        Mean of the patches, after their contrast was normalized.
    whitening : ndarray, shape (values, values)
    words : ndarray, shape (words, values)
        Words of whitened patches.
    """

    mean: NDArray[np.float32]
    whitening: NDArray[np.float32]
    words: NDArray[np.float32]


def learn_dictionary(images: NDArray[np.uint8], words: int, seed: int) -> Dictionary:
    """Learn a dictionary from random patches of images, by k-means.

    Parameters
    ----------
    images : ndarray of uint8, shape (images, rows, columns, channels)
        Training images; their classes play no part.
    words : int
        Size of the dictionary.
    seed : int

    Returns
    -------
    Dictionary

    Notes
    -----
    Coates, Lee and Ng, "An analysis of single-layer networks in unsupervised feature learning",
    AISTATS 2011.
    """
    from sklearn.cluster import MiniBatchKMeans

    rng = np.random.default_rng(seed)
    count, rows, columns, _ = images.shape
    which = rng.integers(count, size=LEARNED_FROM)
    top = rng.integers(rows - PATCH + 1, size=LEARNED_FROM)
    left = rng.integers(columns - PATCH + 1, size=LEARNED_FROM)
    windows = _windows(images)
    patches = _normalized(windows[which, top, left].reshape(LEARNED_FROM, -1).astype(np.float32))
    mean = patches.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(patches - mean, rowvar=False))
    whitening = (vectors / np.sqrt(values + WHITENING_OFFSET)) @ vectors.T
    whitened = (patches - mean) @ whitening
    means = MiniBatchKMeans(
        words, batch_size=4096, n_init=1, max_iter=30, random_state=seed % 2**32
    ).fit(whitened)
    return Dictionary(
        mean.astype(np.float32),
        whitening.astype(np.float32),
        means.cluster_centers_.astype(np.float32),
    )


def features(images: NDArray[np.uint8], dictionary: Dictionary) -> NDArray[np.float32]:
    """Describe images by the words that their patches resemble, pooled over four quadrants.

    Parameters
    ----------
    images : ndarray of uint8, shape (images, rows, columns, channels)
    dictionary : Dictionary

    Returns
    -------
    ndarray of float32, shape (images, 4 * words)
        From 0: by how much a word is nearer to a patch than words are on average ("triangle"
        activation), summed over the patches of a quadrant.
    """
    return np.concatenate(
        [_batch_features(images[i : i + _BATCH], dictionary) for i in range(0, len(images), _BATCH)]
    )


def _batch_features(images: NDArray[np.uint8], dictionary: Dictionary) -> NDArray[np.float32]:
    windows = _windows(images)
    count, rows, columns = windows.shape[:3]
    patches = _normalized(windows.reshape(count * rows * columns, -1).astype(np.float32))
    whitened = (patches - dictionary.mean) @ dictionary.whitening
    squared = (
        (whitened**2).sum(axis=1, keepdims=True)
        - 2 * whitened @ dictionary.words.T
        + (dictionary.words**2).sum(axis=1)
    )
    distances = np.sqrt(np.maximum(squared, 0))
    triangle = np.maximum(distances.mean(axis=1, keepdims=True) - distances, 0)
    plane = triangle.reshape(count, rows, columns, -1)
    half_rows, half_columns = rows // 2, columns // 2
    quadrants = [
        plane[:, above, beside].sum(axis=(1, 2))
        for above in (slice(None, half_rows), slice(half_rows, None))
        for beside in (slice(None, half_columns), slice(half_columns, None))
    ]
    return np.concatenate(quadrants, axis=1).astype(np.float32)


def _windows(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """View every patch of every image: (images, rows, columns, channels, PATCH, PATCH)."""
    # NumPy's types know of one axis only.
    view: NDArray[np.uint8] = np.lib.stride_tricks.sliding_window_view(
        images,
        (PATCH, PATCH),
        axis=(1, 2),  # type: ignore[call-overload]
    )
    return view


def _normalized(patches: NDArray[np.float32]) -> NDArray[np.float32]:
    """Take off the mean of each patch and divide by its contrast."""
    centered = patches - patches.mean(axis=1, keepdims=True)
    variance = centered.var(axis=1, keepdims=True)
    normalized: NDArray[np.float32] = centered / np.sqrt(variance + CONTRAST_OFFSET)
    return normalized
