"""MNIST and Fashion-MNIST as class-incremental streams."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping, Sequence
from functools import partial
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.datasets.data_set import DataSet, StreamOptions
from loihi_sleep.datasets.folder import VARIABLE, download, find_data_folder, find_files
from loihi_sleep.datasets.stream import Samples, Stream, check_labels

IMAGE = (1, 28, 28)
PIXEL_MAX = 255
# torchvision's class of each data set, whose name is also that of its folder.
_CLASSES = {"mnist": "MNIST", "fashion": "FashionMNIST"}
_SPLITS = {"train": "train", "test": "t10k"}
_UBYTE = 8
# Bytes of a file, unpacked.
_LARGEST = 2**31


def _load(name: str, options: StreamOptions) -> Stream:
    """Load MNIST or Fashion-MNIST, in torchvision's layout (``MNIST/raw/train-images-idx3-ubyte``).

    Files may be packed by gzip or not. Joint training has all training images. The split is given:
    the seed is not used.

    Returns
    -------
    Stream
        Pixels 0 .. 1.

    Raises
    ------
    ValueError
        A file that is missing or damaged, by its name, or too few images.

    Notes
    -----
    LeCun, Bottou, Bengio and Haffner, Proc. IEEE 86 (1998); Xiao, Rasul and Vollgraf,
    arXiv:1708.07747 (2017). The first 5,000 images of each task are those of the released code of
    Sleep Replay Consolidation.
    """
    arrays = _read_all(name, options.folder)
    joint = Samples(arrays["train-images"], arrays["train-labels"])
    test = Samples(arrays["test-images"], arrays["test-labels"])
    return options.split(joint, test, IMAGE)


MNIST = DataSet("MNIST", partial(_load, "mnist"), IMAGE, classes_are="digits")
FASHION_MNIST = DataSet("Fashion-MNIST", partial(_load, "fashion"), IMAGE, mirrored=True)


def _read_all(name: str, folder: str | None) -> dict[str, NDArray[Any]]:
    """Read images and labels of both splits."""
    base, may_download = find_data_folder(folder)
    raw = base / _CLASSES[name] / "raw"
    files = {
        f"{split}-{kind}": f"{prefix}-{kind}-idx{rank}-ubyte"
        for split, prefix in _SPLITS.items()
        for kind, rank in (("images", 3), ("labels", 1))
    }
    paths = find_files(raw, list(files.values()))
    if len(paths) < len(files) and may_download:
        download(raw, *_source(name))
        paths = find_files(raw, list(files.values()))
    missing = next((file for file in files.values() if file not in paths), None)
    if missing is not None:
        raise ValueError(
            f"{raw / missing} is not there, nor {missing}.gz; put the data set there, or name no "
            f"folder, not by {VARIABLE} either, and it is downloaded"
        )
    arrays: dict[str, NDArray[Any]] = {}
    for split in _SPLITS:
        pixels = read_idx(paths[files[f"{split}-images"]], 3)
        labels = read_idx(paths[files[f"{split}-labels"]], 1)
        if pixels.shape[1:] != IMAGE[1:] or len(pixels) != len(labels):
            raise ValueError(
                f"{paths[files[f'{split}-images']]} holds {len(pixels)} images of "
                f"{pixels.shape[1]} x {pixels.shape[2]} pixels for {len(labels)} labels; there "
                "must be as many images, of 28 x 28"
            )
        check_labels(paths[files[f"{split}-labels"]], labels, len(pixels))
        arrays[f"{split}-images"] = pixels.reshape(len(pixels), -1).astype(np.float32) / PIXEL_MAX
        arrays[f"{split}-labels"] = labels.astype(np.int64)
    return arrays


def _source(name: str) -> tuple[Mapping[str, str], Sequence[str]]:
    """Checksums by file, and addresses, as torchvision knows them."""
    from torchvision import datasets

    data_set = getattr(datasets, _CLASSES[name])
    return dict(data_set.resources), data_set.mirrors


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """Read a file of bytes in the format of MNIST.

    Parameters
    ----------
    path : Path
        The file; packed by gzip if its name ends in ``.gz``.
    dimensions : int
        That the array must have.

    Returns
    -------
    ndarray of uint8

    Raises
    ------
    ValueError
        The file is damaged or of another kind.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path} is damaged ({error}); download it again") from None
    header = np.frombuffer(content[: 4 * (dimensions + 1)], dtype=">i4")
    if len(header) <= dimensions or header[0] != _UBYTE << 8 | dimensions:
        raise ValueError(
            f"{path} is damaged or of another kind: it does not begin as a file of bytes in "
            f"{dimensions} dimensions; download it again"
        )
    shape, data = tuple(int(size) for size in header[1:]), content[4 * (dimensions + 1) :]
    if min(shape) < 1 or prod(shape) != len(data):
        raise ValueError(
            f"{path} is damaged: it holds {len(data)} bytes of data where its header announces "
            f"{' x '.join(map(str, shape))}; download it again"
        )
    return np.frombuffer(data, dtype=np.uint8).reshape(shape)
