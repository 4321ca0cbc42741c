"""Nights that replay something else than prototypes, to tell what of the gain is theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.datasets.stream import Samples
from loihi_sleep.hippocampus import Prototypes
from loihi_sleep.hippocampus.prototypes import FULL_WEIGHT

# From prototypes, all training samples and a seed to what is replayed instead.
Alter = Callable[[Prototypes, Samples, int], Prototypes]


@dataclass(frozen=True)
class PrototypeControl:
    """A night that differs in one thing.

    Parameters
    ----------
    name : str
        Of the condition; in metrics after ``accuracy_``.
    title : str
        In figures and tables.
    alter : callable, optional
        What is replayed instead.
    plastic : bool
        Whether the cortex learns at night.
    learns_awake : bool
        Whether the cortex learns by day.
    """

    name: str
    title: str
    alter: Alter | None = None
    plastic: bool = True
    learns_awake: bool = True


def store_images(prototypes: Prototypes, samples: Samples, seed: int, *, bits: int) -> Prototypes:
    """Store raw images in as many bytes as the prototypes have, so many bits a pixel."""
    rng = np.random.default_rng(seed)
    in_use = prototypes.in_use()
    levels = 2**bits - 1
    chosen = []
    for label in np.unique(in_use.labels):
        count = int((in_use.labels == label).sum()) * 8 // bits
        of_class = np.flatnonzero(samples.y == label)
        chosen.append(rng.permutation(of_class)[:count])
    images = np.concatenate(chosen)
    pixels = np.rint(samples.x[images] * levels) / levels
    zeros = np.zeros(len(images), dtype=np.int64)
    return Prototypes(np.rint(pixels * FULL_WEIGHT), samples.y[images], zeros + 1, zeros, zeros)


def permute_labels(prototypes: Prototypes, samples: Samples, seed: int) -> Prototypes:
    """Give each prototype the class of another one."""
    in_use = prototypes.in_use()
    return replace(in_use, labels=np.random.default_rng(seed).permutation(in_use.labels))


def permute_pixels(prototypes: Prototypes, samples: Samples, seed: int) -> Prototypes:
    """Give each input the weights of another one, the same other one in all prototypes."""
    order = np.random.default_rng(seed).permutation(prototypes.weights.shape[1])
    return replace(prototypes, weights=prototypes.weights[:, order])


def replace_by_mean(prototypes: Prototypes, samples: Samples, seed: int) -> Prototypes:
    """Replace all prototypes by their common mean."""
    in_use = prototypes.in_use()
    mean: NDArray[np.float64] = np.rint(in_use.weights.mean(axis=0))
    return replace(in_use, weights=np.tile(mean, (len(in_use.labels), 1)))


CONTROLS = (
    PrototypeControl(
        "raw_images", "raw images in the same bytes, 8 bits", partial(store_images, bits=8)
    ),
    PrototypeControl(
        "raw_images_4_bits", "raw images in the same bytes, 4 bits", partial(store_images, bits=4)
    ),
    PrototypeControl(
        "raw_images_1_bit", "raw images in the same bytes, 1 bit", partial(store_images, bits=1)
    ),
    PrototypeControl("prototypes_no_day", "cortex learns at night only", learns_awake=False),
    PrototypeControl("prototypes_no_plasticity", "cortex learns by day only", plastic=False),
    PrototypeControl("prototypes_labels_permuted", "labels permuted", permute_labels),
    PrototypeControl("prototypes_pixels_permuted", "pixels permuted", permute_pixels),
    PrototypeControl(
        "prototypes_pixels_permuted_no_day",
        "pixels permuted, cortex learns at night only",
        permute_pixels,
        learns_awake=False,
    ),
    PrototypeControl("prototypes_common_mean", "all prototypes their common mean", replace_by_mean),
)
