import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loihi_sleep.processes.kernels.drive import (
    LOW_RATE,
    bernoulli_raster,
    bernoulli_spikes,
    envelope,
    to_integer_current,
    window_corner,
)


def raster(rates, steps=4000, seed=7, period=0.0, depth=0.0, columns=None, side=0):
    rates = np.asarray(rates, dtype=float)
    return bernoulli_raster(rates, steps, seed, period, depth, columns or rates.size, side)


def test_each_neuron_has_its_rate():
    rates = np.array([0.0, 0.01, 0.3, 0.9, 1.0])
    measured = raster(rates, steps=20000).mean(axis=0)
    # Four standard deviations of a Bernoulli mean.
    assert (np.abs(measured - rates) <= 4 * np.sqrt(rates * (1 - rates) / 20000)).all()
    assert measured[0] == 0
    assert measured[-1] == 1


def test_low_rates_have_their_rate_too():
    rates = np.array([0.0, 0.0001, 0.001, 0.002, *([0.003] * 60)])
    measured = raster(rates, steps=40000).mean(axis=0)
    assert (np.abs(measured - rates) <= 4 * np.sqrt(rates * (1 - rates) / 40000)).all()
    assert measured[0] == 0


def test_spikes_at_low_rates_are_independent():
    spikes = raster(np.full(64, LOW_RATE * 0.9), steps=40000)
    counts = np.bincount(spikes.sum(axis=1), minlength=3)[:3]
    p = LOW_RATE * 0.9
    expected = 40000 * np.array(
        [(1 - p) ** 64, 64 * p * (1 - p) ** 63, 2016 * p**2 * (1 - p) ** 62]
    )
    assert (np.abs(counts - expected) < 4 * np.sqrt(expected)).all()
    # A neuron and the next one spike together as often as by chance.
    together = (spikes[:, 1:] & spikes[:, :-1]).sum()
    assert abs(together - 63 * 40000 * p**2) < 4 * np.sqrt(63 * 40000 * p**2)


def test_a_wave_modulates_low_rates():
    spikes = raster(np.full(2000, 0.003), steps=100, period=100.0, depth=1.0)
    expected = [6 * envelope(t, 100.0, 1.0) for t in range(1, 101)]
    assert abs(spikes.sum() - sum(expected)) < 4 * np.sqrt(sum(expected))
    assert spikes[:10].sum() < 10


def test_no_rate_no_spike():
    assert not raster(np.zeros(5), steps=10).any()


@pytest.mark.parametrize("rate", [1e-18, 1e-19, 1e-30, 1e-300, 5e-324])
def test_gaps_that_no_integer_holds_end_behind_the_last_neuron(rate):
    assert not raster(np.full(5, rate), steps=50).any()


def test_rows_are_those_that_a_running_drive_emits():
    rates = np.full(10, 0.3)
    drawn = raster(rates, steps=5)
    assert (drawn[2] == bernoulli_spikes(rates, 3, 7, 0.0, 0.0, 10, 0)).all()


def test_envelope_is_lowest_at_the_start_and_full_after_half_a_wave():
    assert envelope(0, 100.0, 0.8) == 1 - 0.8
    assert envelope(50, 100.0, 0.8) == 1.0
    assert envelope(100, 100.0, 0.8) == 1 - 0.8
    assert envelope(17, 0.0, 0.8) == 1.0


def test_slow_wave_modulates_the_rate():
    spikes = raster(np.full(200, 0.5), steps=100, period=100.0, depth=1.0)
    expected = [0.5 * envelope(t, 100.0, 1.0) for t in range(1, 101)]
    assert np.abs(spikes.mean(axis=1) - expected).max() < 0.15


@given(
    rows=st.integers(1, 9),
    columns=st.integers(1, 9),
    side=st.integers(1, 9),
    step=st.integers(1, 1000),
)
def test_only_the_window_spikes(rows, columns, side, step):
    side = min(side, rows, columns)
    ones = np.ones(rows * columns)
    plane = bernoulli_spikes(ones, step, 3, 0.0, 0.0, columns, side).reshape(rows, columns)
    top, left = window_corner(3, step, rows, columns, side)
    assert plane.sum() == side * side
    assert plane[top : top + side, left : left + side].all()


def test_window_visits_every_place_about_equally():
    corners = [window_corner(5, step, 8, 8, 5) for step in range(1, 3201)]
    places, visits = np.unique(corners, axis=0, return_counts=True)
    assert len(places) == 16
    assert np.abs(visits - 200).max() < 60  # four standard deviations


def test_integer_current_rounds_and_saturates_at_24_bits():
    rounded = to_integer_current(np.array([0.4, -0.6, 1e9, -1e9]))
    assert rounded.tolist() == [0, -1, 2**23 - 1, -(2**23) + 1]
