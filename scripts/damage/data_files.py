"""Data sets whose files were cut, flipped or changed: MNIST, CIFAR-10 and photographs."""

from __future__ import annotations

import functools
import gzip
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from damage.byte_changes import damaged_copy
from damage.case import Case, Verdict, judge
from loihi_sleep.datasets import load_stream
from loihi_sleep.datasets.cifar import SUBSET, read_cifar
from loihi_sleep.datasets.patches import load_patches

_RAW = "MNIST/raw"
_PREFIXES = {"train": ("train", 200), "test": ("t10k", 60)}
Read = Callable[[Path], list[NDArray[Any]]]


def cases(folder: Path, count: int, seed: int) -> Iterator[Case]:
    """Yield cases: packed and unpacked files in the format of MNIST, arrays, and photographs.

    What is packed has a checksum and must be refused; of bare bytes a pixel may be any, but their
    number and the labels must be right.
    """
    random = np.random.default_rng(seed)
    made = _data_sets(folder / "whole", random)
    for number in range(count):
        whole, file, read, is_checked = made[number % len(made)]
        content = file.read_bytes()
        what, damaged = damaged_copy(content, number // len(made), int(random.integers(2**32)))
        copy = folder / str(number)
        attempt = functools.partial(
            _attempt, whole, copy, file.relative_to(whole), damaged, read, is_checked
        )
        yield Case(f"{file.name}: {what}", attempt)


def _data_sets(folder: Path, random: np.random.Generator) -> list[tuple[Path, Path, Read, bool]]:
    """Write small data sets; returns the folder, a file of it, how it is read, and what of it."""
    found: list[tuple[Path, Path, Read, bool]] = []
    for end in ("", ".gz"):
        base = folder / f"mnist{end}"
        (base / _RAW).mkdir(parents=True)
        for prefix, count in _PREFIXES.values():
            pixels = random.integers(0, 256, (count, 28, 28), dtype=np.uint8)
            labels = np.arange(count, dtype=np.uint8) % 10
            for kind, array in (("images", pixels), ("labels", labels)):
                header = np.array([8 << 8 | array.ndim, *array.shape], dtype=">i4").tobytes()
                content = header + array.tobytes()
                path = base / _RAW / f"{prefix}-{kind}-idx{array.ndim}-ubyte{end}"
                path.write_bytes(gzip.compress(content) if end else content)
                found.append((base, path, _read_mnist, bool(end)))
    for name, save in (("plain", np.savez), ("packed", np.savez_compressed)):
        base = folder / name
        base.mkdir()
        arrays = {
            f"{kind}_{split}": array
            for split, (_, count) in _PREFIXES.items()
            for kind, array in (
                ("x", random.integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)),
                ("y", np.arange(count) % 10),
            )
        }
        save(base / SUBSET, **arrays)
        found.append((base, base / SUBSET, _read_cifar, True))
    found += [_photograph(folder, kind, random) for kind in ("png", "jpg")]
    return found


def _photograph(
    folder: Path, kind: str, random: np.random.Generator
) -> tuple[Path, Path, Read, bool]:
    from PIL import Image

    base = folder / kind
    base.mkdir()
    path = base / f"photograph.{kind}"
    Image.fromarray(random.integers(0, 256, (96, 160), dtype=np.uint8)).save(path)
    return base, path, _read_photographs, False


def _read_mnist(base: Path) -> list[NDArray[Any]]:
    stream = load_stream("mnist", task_images=24, folder=str(base))
    return [stream.train.x, stream.train.y, stream.test.x, stream.test.y]


def _read_cifar(base: Path) -> list[NDArray[Any]]:
    return list(read_cifar(base, may_download=False))


def _read_photographs(base: Path) -> list[NDArray[Any]]:
    patches = load_patches(str(base), 8, reduce=1)
    return [patches.train, patches.held_out]


def _attempt(
    whole: Path, copy: Path, file: Path, content: bytes, read: Read, is_checked: bool
) -> Verdict:
    shutil.copytree(whole, copy)
    (copy / file).write_bytes(content)
    expected = read(whole)

    def is_right(found: list[NDArray[Any]]) -> bool:
        if is_checked:
            return all(
                np.array_equal(one, other) for one, other in zip(found, expected, strict=True)
            )
        return all(np.isfinite(array).all() for array in found)

    verdict = judge(lambda: read(copy), is_right)
    shutil.rmtree(copy)
    return verdict
