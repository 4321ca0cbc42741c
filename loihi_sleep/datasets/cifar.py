"""CIFAR-10 as a class-incremental stream, of features or of pixels, and CIFAR-100 of pixels."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.datasets.data_set import DataSet, StreamOptions
from loihi_sleep.datasets.dictionary_features import features, learn_dictionary
from loihi_sleep.datasets.folder import VARIABLE, find_data_folder
from loihi_sleep.datasets.stream import Samples, Stream, check_labels
from loihi_sleep.files.npz import read_npz

SUBSET = "cifar10-subset.npz"
_SPLITS = ("train", "test")
# (planes, rows, columns) of an image's pixels: three colors, brighter and darker.
IMAGE = (6, 32, 32)
HALF_RANGE = 127.5
RESNET = "resnet18-f37072fd.pth"
# Of the dictionary: words, and the seed of its patches and k-means.
WORDS, DICTIONARY_SEED = 256, 0
_BATCH = 100


def load_features(options: StreamOptions) -> Stream:
    """Load features of CIFAR-10.

    The folder holds ``cifar10-subset.npz`` or torchvision's ``cifar-10-batches-py``.

    The features are those of torchvision's ResNet-18 where its weights are on disk (in the data
    folder, or where torch keeps its own), else dictionary features, learned without labels from the
    training images; see :mod:`loihi_sleep.datasets.dictionary_features`. The mean of each over
    the training images is taken off, what is left above 0 is divided by its largest value there:
    an input is active where its feature is more marked than usual.

    Returns
    -------
    Stream
        Features 0 .. 1; its ``source`` says which they are.

    Raises
    ------
    ValueError
        Data that are missing or damaged, or too few images.
    """
    base, may_download = find_data_folder(options.folder)
    x_train, y_train, x_test, y_test = read_cifar(base, may_download)
    weights = _resnet_weights(base)
    if weights is not None:
        source = "ResNet-18, ImageNet weights, 512 features"
        train, test = (_resnet_features(x, weights) for x in (x_train, x_test))
    else:
        source = f"dictionary of {WORDS} patches, learned without labels, {4 * WORDS} features"
        dictionary = learn_dictionary(x_train, WORDS, DICTIONARY_SEED)
        train, test = (features(x, dictionary) for x in (x_train, x_test))
    usual = train.mean(axis=0)
    largest = np.maximum((train - usual).max(axis=0), np.finfo(np.float32).tiny)
    x_train, x_test = (np.clip((values - usual) / largest, 0, 1) for values in (train, test))
    return options.split(
        Samples(x_train, y_train), Samples(x_test, y_test), (1, 1, train.shape[1]), source
    )


def load_pixels(options: StreamOptions) -> Stream:
    """Load the pixels of CIFAR-10.

    As ON and OFF cells of a retina show it: how much each pixel is brighter than in the mean of
    the training images, and how much it is darker. So all is positive, and 0 where nothing is
    unusual: a network without biases learns it well, and pixels from black to white badly.

    Returns
    -------
    Stream
        Values 0 .. 1, half of the pixels' range being 1: planes of brighter red, green and blue,
        then of darker, one above the other.

    Raises
    ------
    ValueError
        Data that are missing or damaged, or too few images.
    """
    return _stream_of_pixels(read_cifar(*find_data_folder(options.folder)), options)


def load_pixels_of_100(options: StreamOptions) -> Stream:
    """Load the pixels of CIFAR-100, a hundred classes, as :func:`load_pixels` those of CIFAR-10."""
    from torchvision.datasets import CIFAR100

    lacks = f"does not hold a whole {CIFAR100.base_folder}", "it"
    return _stream_of_pixels(
        _read_whole(CIFAR100, *find_data_folder(options.folder), lacks), options
    )


def _stream_of_pixels(arrays: tuple[NDArray[Any], ...], options: StreamOptions) -> Stream:
    x_train, y_train, x_test, y_test = arrays
    usual = x_train.mean(axis=0, dtype=np.float64).astype(np.float32)
    train, test = (
        Samples(_contrasts(x, usual), y) for x, y in ((x_train, y_train), (x_test, y_test))
    )
    return options.split(train, test, IMAGE)


CIFAR_FEATURES = DataSet("features of CIFAR-10", load_features, None)
CIFAR_PIXELS = DataSet("CIFAR-10", load_pixels, IMAGE, mirrored=True)
CIFAR100_PIXELS = DataSet("CIFAR-100", load_pixels_of_100, IMAGE, 100, mirrored=True)


def _contrasts(images: NDArray[np.uint8], usual: NDArray[np.float32]) -> NDArray[np.float32]:
    """Pixels above and below the usual, (images, inputs)."""
    difference = ((images - usual) / np.float32(HALF_RANGE)).transpose(0, 3, 1, 2)
    both = np.concatenate([difference, -difference], axis=1).reshape(len(images), -1)
    return np.clip(both, 0, 1, out=both)


def read_cifar(base: Path, may_download: bool) -> tuple[NDArray[Any], ...]:
    """Read the subset, if it is there, else all of CIFAR-10."""
    subset = base / SUBSET
    if subset.is_file():
        arrays = read_npz(subset, [f"{kind}_{split}" for split in _SPLITS for kind in "xy"])
        for split in _SPLITS:
            _check_images(subset, arrays[f"x_{split}"], arrays[f"y_{split}"])
        x_train, x_test = arrays["x_train"], arrays["x_test"]
        return (
            x_train,
            arrays["y_train"].astype(np.int64),
            x_test,
            arrays["y_test"].astype(np.int64),
        )
    from torchvision.datasets import CIFAR10

    lacks = f"holds neither {SUBSET} nor a whole {CIFAR10.base_folder}", "one"
    return _read_whole(CIFAR10, base, may_download, lacks)


def _read_whole(
    data_set: Any, base: Path, may_download: bool, lacks: tuple[str, str]
) -> tuple[NDArray[Any], ...]:
    """Read a whole data set of torchvision's; `lacks` is what an error says is missing."""
    try:
        splits = [data_set(base, train=train, download=may_download) for train in (True, False)]
    except (RuntimeError, OSError) as error:
        missing, it = lacks
        raise ValueError(
            f"{base} {missing} ({error}); put {it} there, or name no folder, not by {VARIABLE} "
            "either, and it is downloaded"
        ) from None
    (x_train, y_train), (x_test, y_test) = ((s.data, np.array(s.targets)) for s in splits)
    return x_train, y_train, x_test, y_test


def _check_images(path: Path, x: NDArray[Any], y: NDArray[Any]) -> None:
    """Refuse what are not color images of 32 x 32 pixels and a label for each."""
    if x.dtype != np.uint8 or x.shape[1:] != (32, 32, 3) or not len(x):
        raise ValueError(
            f"{path} holds images of type {x.dtype} and shape {x.shape}; they must be uint8, "
            "(images, 32, 32, 3)"
        )
    check_labels(path, y, len(x))


def _resnet_weights(base: Path) -> Path | None:
    """Find the weights of torchvision's ResNet-18; they are never downloaded here."""
    torch_home = os.environ.get("TORCH_HOME") or Path.home() / ".cache" / "torch"
    places = (base / RESNET, Path(torch_home) / "hub" / "checkpoints" / RESNET)
    return next((path for path in places if path.is_file()), None)


def _resnet_features(images: NDArray[np.uint8], weights: Path) -> NDArray[np.float32]:
    """Activations before the last layer, of images brought to the size that it was trained on."""
    import torch
    from torchvision.models import ResNet18_Weights, resnet18

    network = resnet18()
    try:
        network.load_state_dict(torch.load(weights, weights_only=True))
    except Exception as error:  # torch raises errors of many kinds for a file that it cannot read
        raise ValueError(f"{weights} is damaged or of another kind ({error})") from None
    network.fc = torch.nn.Identity()
    network.eval()
    prepare = ResNet18_Weights.IMAGENET1K_V1.transforms(antialias=True)
    planes = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))
    with torch.no_grad():
        parts = [network(prepare(batch)) for batch in torch.split(planes, _BATCH)]
    return torch.cat(parts).numpy()
