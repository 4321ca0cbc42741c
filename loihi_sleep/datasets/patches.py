"""Patches of natural images, for dictionaries: bundled ones, CIFAR-10, or a folder of images."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.datasets.cifar import read_cifar
from loihi_sleep.datasets.folder import find_data_folder
from loihi_sleep.errors import BadParameter

BUNDLED, CIFAR = "bundled", "cifar"
# Of CIFAR-10.
IMAGE_SIDE = 32
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg")
# Weights of red, green and blue in gray (ITU-R BT.601).
_GRAY = (0.299, 0.587, 0.114)
# Patches whose gray varies less than this, of 255, show nothing but noise.
_LEAST_CONTRAST = 20.0
# Share of an image's columns, from the right, that held-out patches come from.
_HELD_OUT = 0.25
# Of a whitening filter: share of the mean variance that is added to every direction's.
_RIDGE = 0.05


@dataclass(frozen=True)
class Patches:
    """Patches, each of mean 0 and standard deviation 1.

    Parameters
    ----------
    train, held_out : ndarray, shape (patches, side * side)
        Held-out ones show nothing that is in a training patch.
    source : str
        What they are.
    """

    train: NDArray[np.float64]
    held_out: NDArray[np.float64]
    source: str


def load_patches(
    images: str = BUNDLED,
    side: int = 16,
    *,
    reduce: int = 4,
    whiten: bool = False,
    low_pass: float | None = None,
    folder: str | None = None,
) -> Patches:
    """Load patches.

    Parameters
    ----------
    images : str
        ``bundled``: the two photographs that come with scikit-learn; ``cifar``:
        CIFAR-10, whole images brought to the size of a patch; or a folder of PNG and JPEG files.
        Held-out patches of photographs lie in their right quarter, those of CIFAR-10 are its test
        images.
    side : int
        Side of a patch, pixels, 4 .. 32.
    reduce : int
        Photographs are reduced by it first, each pixel the mean of so many squared.
    whiten : bool
        Turn patches by ZCA whitening: with the covariance C of the training patches, and r,
        5 % of the mean variance, for every direction, by ``(C + r)^(-1/2)``. Then each is
        brought to mean 0 and standard deviation 1 again.
    low_pass : float, optional
        Cycles a pixel, f0: what whitening raises at high frequencies, mostly noise of camera and
        compression, is taken off again by a filter ``exp(-(f/f0)^4)``, that of Olshausen and Field
        (Nature 381:607, 1996).
    folder : str, optional
        That holds CIFAR-10, see :func:`loihi_sleep.datasets.folder.find_data_folder`.

    Returns
    -------
    Patches

    Raises
    ------
    ValueError
        No such folder, no images in it, or none that is large enough and has contrast.
    """
    if images == CIFAR:
        train, held_out = _of_cifar(side, folder)
        source = f"CIFAR-10, gray, {side} x {side}"
    else:
        photographs, source = _photographs(images, reduce)
        parts = [_cut(gray, side) for gray in photographs]
        train, held_out = (np.concatenate(kind) for kind in zip(*parts, strict=True))
    train, held_out = (_with_contrast(patches) for patches in (train, held_out))
    if not len(train) or not len(held_out):
        raise BadParameter(
            "images",
            f"is {images!r}; its images give no patches of {side} x {side} pixels with "
            f"contrast, in the left three quarters and in the right one",
        )
    turns = {
        ", whitened": _whitening(train) if whiten else None,
        f", low-pass {low_pass}": _low_pass(side, low_pass) if low_pass else None,
    }
    for name, turn in turns.items():
        if turn is not None:
            train, held_out = (_standardized(patches @ turn) for patches in (train, held_out))
            source += name
    return Patches(train, held_out, source)


def _of_cifar(side: int, folder: str | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x_train, _, x_test, _ = read_cifar(*find_data_folder(folder))
    if IMAGE_SIDE % side:
        raise BadParameter("side", f"is {side}; with CIFAR-10 it must divide {IMAGE_SIDE}")
    factor = IMAGE_SIDE // side
    train, held_out = (
        (x @ np.array(_GRAY))
        .reshape(len(x), side, factor, side, factor)
        .mean((2, 4))
        .reshape(len(x), -1)
        for x in (x_train, x_test)
    )
    return train, held_out


def _photographs(images: str, reduce: int) -> tuple[list[NDArray[np.float64]], str]:
    """Load photographs in gray, reduced."""
    if images == BUNDLED:
        from sklearn.datasets import load_sample_images

        bundled = load_sample_images()
        grays = [image @ np.array(_GRAY) for image in bundled.images]
        return [_reduced(gray, reduce) for gray in grays], "photographs of scikit-learn"
    from PIL import Image

    folder = Path(images)
    if not os.path.isdir(folder):
        raise BadParameter(
            "images", f"is {images!r}; it must be {BUNDLED}, {CIFAR}, or a folder of images"
        )
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)
    if not paths:
        raise BadParameter("images", f"is {images!r}; there is no PNG or JPEG file in it")
    grays = []
    for path in paths:
        try:
            with Image.open(path) as image:
                gray = np.asarray(image.convert("L"), dtype=float)
        except Exception as error:  # each of Pillow's formats raises errors of other kinds
            raise BadParameter(
                "images",
                f"is {images!r}; {path.name} in it is no image ({type(error).__name__}: "
                f"{str(error)[:200]})",
            ) from None
        grays.append(_reduced(gray, reduce))
    return grays, f"{len(paths)} images of {folder.name}"


def _reduced(gray: NDArray[np.float64], factor: int) -> NDArray[np.float64]:
    """Average squares of pixels."""
    rows, columns = (n // factor for n in gray.shape)
    squares = gray[: factor * rows, : factor * columns].reshape(rows, factor, columns, factor)
    reduced: NDArray[np.float64] = squares.mean((1, 3))
    return reduced


def _cut(gray: NDArray[np.float64], side: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cut an image into overlapping patches, those of its right part apart."""
    border = round(gray.shape[1] * (1 - _HELD_OUT))

    def patches(part: NDArray[np.float64]) -> NDArray[np.float64]:
        if min(part.shape) < side:
            return np.zeros((0, side * side))
        windows = np.lib.stride_tricks.sliding_window_view(part, (side, side))
        step = max(1, side // 4)
        chosen: NDArray[np.float64] = windows[::step, ::step].reshape(-1, side * side)
        return chosen

    return patches(gray[:, :border]), patches(gray[:, border:])


def _with_contrast(patches: NDArray[np.float64]) -> NDArray[np.float64]:
    return _standardized(patches[patches.std(axis=1) >= _LEAST_CONTRAST])


def _standardized(patches: NDArray[np.float64]) -> NDArray[np.float64]:
    centered = patches - patches.mean(axis=1, keepdims=True)
    scaled: NDArray[np.float64] = centered / centered.std(axis=1, keepdims=True)
    return scaled


def _whitening(patches: NDArray[np.float64]) -> NDArray[np.float64]:
    """ZCA filter, shape (pixels, pixels)."""
    variances, directions = np.linalg.eigh(np.cov(patches.T))
    scale = 1.0 / np.sqrt(np.maximum(variances, 0) + _RIDGE * variances.mean())
    turn: NDArray[np.float64] = (directions * scale) @ directions.T
    return turn


def _low_pass(side: int, f0: float) -> NDArray[np.float64]:
    """Low-pass filter, shape (pixels, pixels); there is nothing beyond a patch."""
    size = 4 * side
    frequencies = np.fft.fftfreq(size)
    passed = np.exp(-((np.hypot(*np.meshgrid(frequencies, frequencies)) / f0) ** 4))
    kernel = np.fft.ifft2(passed).real
    rows, columns = np.mgrid[:side, :side].reshape(2, -1)
    down, right = (np.subtract.outer(places, places) % size for places in (rows, columns))
    turn: NDArray[np.float64] = kernel[down, right]
    return turn
