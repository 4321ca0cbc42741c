"""What plastic layers calculate in another way than Lava does comes to the same numbers."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from loihi_sleep.engine.kernels.numerics import whole_decay, whole_decayed
from loihi_sleep.engine.nodes.plastic.randomness import LearningRandom
from loihi_sleep.engine.nodes.plastic.row import DRAW_ROWS, X_IMPULSE, Y_IMPULSE, Y_IMPULSE_MIDWAY
from loihi_sleep.processes.kernels.integers import TRACE_MAX


@numba.njit
def _decayed_in_whole_numbers(
    traces: NDArray[np.int32], factor: float, draw: float
) -> tuple[bool, NDArray[np.int32]]:
    whole, summand = whole_decay(traces, factor, draw)
    new = np.zeros_like(traces)
    for k in range(traces.size):
        new[k] = whole_decayed(traces[k], whole, summand)
    return whole > 0, new


@pytest.mark.parametrize("tau", [0.3, 1.0, 2.0, 10.0, 32.0, 1e3, 1e9])
def test_traces_decay_in_whole_numbers_as_in_doubles(tau: float) -> None:
    traces, factor = np.arange(TRACE_MAX + 1, dtype=np.int32), float(np.exp(-1 / tau))
    products = factor * traces
    # Draws at which the rounding of a trace is just about to change come last.
    draws = [*np.random.default_rng(0).random(300), 0.0, *np.unique(products - np.floor(products))]
    found = []
    for draw in draws:
        is_found, new = _decayed_in_whole_numbers(traces, factor, draw)
        expected = np.floor(products) + (draw < products - np.floor(products))
        found.append(is_found)
        assert not is_found or (new == expected).all()
    assert np.mean(found[:300]) > 0.95


def test_impulses_are_those_of_a_generator_of_integers() -> None:
    random, seed = LearningRandom(seed=5, t_epoch=1), 5
    x, y = (np.random.default_rng(seed + k) for k in (1, 3))
    for generator in (x, y):
        generator.integers(0, 128, size=1, dtype=int)
    done = 0
    for steps in (1, 512, 7, 2):
        draws = np.zeros((DRAW_ROWS, 512))
        random.draw(done, steps, draws)
        expected = [generator.integers(0, 128, size=2 * steps, dtype=int) for generator in (x, y)]
        assert (draws[X_IMPULSE, :steps] == expected[0][1::2]).all()
        assert (draws[Y_IMPULSE_MIDWAY, :steps] == expected[1][::2]).all()
        assert (draws[Y_IMPULSE, :steps] == expected[1][1::2]).all()
        done += steps
        assert random.state[1] == x.bit_generator.state
        assert random.state[3] == y.bit_generator.state
