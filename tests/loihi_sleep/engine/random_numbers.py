"""Random arrays and rasters for Hypothesis."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st


@st.composite
def integer_arrays(
    draw: st.DrawFn, shape: tuple[int, ...], low: int, high: int, density: float = 1.0
) -> Any:
    """Nested lists of integers: one value, the ends of the range, or random ones.

    Drawn from a seed, as an element each would exhaust what Hypothesis may draw.
    """
    how = draw(st.sampled_from(["random", "one value", "ends"]))
    if how == "one value":
        return np.full(shape, draw(st.integers(low, high))).tolist()
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    if how == "ends":
        ends = [value for value in (low, low + 1, -1, 0, 1, high - 1, high) if low <= value <= high]
        return rng.choice(ends, shape).tolist()
    values = rng.integers(low, high, shape, endpoint=True)
    return np.where(rng.random(shape) < density, values, np.clip(0, low, high)).tolist()


@st.composite
def float_arrays(draw: st.DrawFn, shape: tuple[int, ...], low: float, high: float) -> Any:
    """Nested lists of floats in general position, so that no threshold is met exactly."""
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    return rng.uniform(low, high, shape).tolist()


@st.composite
def rasters(draw: st.DrawFn, shape: tuple[int, ...], steps: int, magnitude: int) -> Any:
    """Data of a source: spikes, or graded values up to a magnitude; often shorter than the run."""
    length = draw(st.one_of(st.integers(1, steps + 3), st.just(steps)))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    spikes = rng.random((*shape, length)) < draw(st.sampled_from([0.3, 0.1, 0.02, 0.6, 1.0]))
    if magnitude == 1:
        return spikes.astype(int).tolist()
    low = draw(st.sampled_from([0, -magnitude]))
    return (spikes * rng.integers(low, magnitude, spikes.shape, endpoint=True)).tolist()


def maybe(draw: st.DrawFn, share: float) -> bool:
    """True in about this share of the draws; shrinks to False."""
    return draw(st.integers(0, 99)) >= 100 - round(share * 100)
