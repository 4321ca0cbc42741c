"""Names of the numerics, of Lava's tags for them, and of the ways to round plastic weights."""

from typing import Literal, get_args

Numerics = Literal["float", "fixed"]
"""Real numbers, or Loihi's integers."""
NUMERICS: tuple[Numerics, ...] = get_args(Numerics)
TAGS: dict[str, str] = {"float": "floating_pt", "fixed": "fixed_pt"}
"""Lava's tag of the ProcessModels of each numerics."""
Rounding = Literal["per_synapse", "per_layer"]
"""A random number for each synapse (our models), or one for a whole layer (Lava's)."""
ROUNDINGS: tuple[Rounding, ...] = get_args(Rounding)
