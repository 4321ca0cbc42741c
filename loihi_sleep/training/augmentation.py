"""Augmentation of images, drawn anew in every batch: mirrored left to right, and shifted."""

from __future__ import annotations

from math import isqrt

import torch
from pydantic import Field
from torch.nn import functional

from loihi_sleep.settings import Settings


class VariedConfig(Settings):
    """How the images of a batch are varied; the default leaves them as they are."""

    mirrored: bool = Field(False, description="left for right, with chance 1/2")
    shift: int = Field(
        0, ge=0, le=16, description="pixels, at most, up or down and left or right; 0 comes in"
    )

    @property
    def active(self) -> bool:
        """Whether anything is varied."""
        return self.mirrored or self.shift > 0


def vary(
    x: torch.Tensor, planes: int, config: VariedConfig, generator: torch.Generator
) -> torch.Tensor:
    """Mirror and shift images, all planes of one alike.

    Parameters
    ----------
    x : Tensor, shape (samples, inputs)
        Square planes in turn, row by row, on any device.
    planes : int
        Planes of an image.
    config : VariedConfig
    generator : torch.Generator
        Generator of the CPU: draws are the same wherever the images lie.

    Returns
    -------
    Tensor, shape (samples, inputs)
        Mirrored first, then shifted; every shift of a direction is as likely as any other.

    Raises
    ------
    ValueError
        Inputs that are not square planes.
    """
    samples, inputs = x.shape
    side = isqrt(inputs // planes)
    if planes * side * side != inputs:
        raise ValueError(f"inputs are {inputs}; images to vary have {planes} square planes")
    shift = config.shift
    place = torch.arange(side)
    down, right = torch.randint(-shift, shift + 1, (2, samples, 1), generator=generator)
    # Where each row and column comes from, in images with a margin of 0.
    rows, columns = (place - moved + shift for moved in (down, right))
    if config.mirrored:
        turned = torch.rand((samples, 1), generator=generator) < 0.5
        columns = torch.where(turned, side - 1 + 2 * shift - columns, columns)
    wide = side + 2 * shift
    images = functional.pad(x.view(samples, planes, side, side), (shift,) * 4)
    pixels = (rows[:, :, None] * wide + columns[:, None, :]).view(samples, 1, side * side)
    return (
        images.view(samples, planes, wide * wide)
        .gather(2, pixels.to(x.device).expand(samples, planes, side * side))
        .view(samples, inputs)
    )
