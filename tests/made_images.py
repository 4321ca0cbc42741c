"""Small data sets in the formats of the real ones, for tests that must not download."""

import gzip

import numpy as np

SPLITS = {"train": "train", "test": "t10k"}


def classes_of_images(count, side, seed):
    """Images of ten classes: each class has a bright row and column of its own, plus noise."""
    rng = np.random.default_rng(seed)
    y = np.arange(count) % 10
    x = rng.integers(0, 60, (count, side, side))
    for image, c in zip(x, y, strict=True):
        image[2 * c : 2 * c + 2] += 150
        image[:, (7 * c) % (side - 1)] += 150
    return np.minimum(x, 255).astype(np.uint8), y.astype(np.uint8)


def write_idx(path, array, *, packed):
    header = np.array([8 << 8 | array.ndim, *array.shape], dtype=">i4").tobytes()
    content = header + array.tobytes()
    path.write_bytes(gzip.compress(content) if packed else content)


def write_images(folder, name="MNIST", train=400, test=100, *, packed=True, test_seed=1):
    """Write a data set in torchvision's layout."""
    raw = folder / name / "raw"
    raw.mkdir(parents=True)
    end = ".gz" if packed else ""
    for seed, split, count in ((0, "train", train), (test_seed, "test", test)):
        x, y = classes_of_images(count, 28, seed)
        prefix = raw / SPLITS[split]
        write_idx(prefix.with_name(f"{prefix.name}-images-idx3-ubyte{end}"), x, packed=packed)
        write_idx(prefix.with_name(f"{prefix.name}-labels-idx1-ubyte{end}"), y, packed=packed)
    return folder


def color_images(count, seed):
    x, y = classes_of_images(count, 32, seed)
    return np.repeat(x[..., np.newaxis], 3, axis=3), y


def write_subset(folder, train=200, test=40):
    """Write a subset of CIFAR-10."""
    folder.mkdir(exist_ok=True)
    x_train, y_train = color_images(train, 0)
    x_test, y_test = color_images(test, 1)
    np.savez(
        folder / "cifar10-subset.npz",
        x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test,
    )  # fmt: skip
    return folder
