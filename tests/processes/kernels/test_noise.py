"""Noise of several kinds."""

import numpy as np
import pytest

from loihi_sleep.processes.kernels.noise import NOISES, current_of, deviates

SAMPLES = 20_000


@pytest.mark.parametrize("kind", range(len(NOISES)), ids=NOISES)
def test_deviates_have_mean_0_and_deviation_1(kind):
    drawn = np.array([deviates(1, sample, 3, kind) for sample in range(SAMPLES)])
    # Pink samples are correlated over 32 steps: few of them are independent.
    tolerance = 0.15 if NOISES[kind] == "pink" else 0.03
    assert np.abs(drawn.mean(axis=0)).max() < tolerance
    assert np.abs(drawn.std(axis=0) - 1).max() < tolerance
    assert np.abs(np.corrcoef(drawn.T)[np.triu_indices(3, 1)]).max() < tolerance


@pytest.mark.parametrize("kind", range(len(NOISES)), ids=NOISES)
def test_deviates_are_a_function_of_seed_and_sample(kind):
    first = deviates(1, 64, 5, kind)
    assert (deviates(1, 64, 5, kind) == first).all()
    assert (deviates(1, 128, 5, kind) != first).any() or NOISES[kind] == "salt_and_pepper"
    if NOISES[kind] != "salt_and_pepper":
        assert (deviates(2, 64, 5, kind) != first).all()


def test_uniform_deviates_end_and_those_of_salt_and_pepper_are_rare():
    uniform = np.array([deviates(3, sample, 4, NOISES.index("uniform")) for sample in range(2000)])
    assert np.abs(uniform).max() <= np.sqrt(3)
    salted = np.array(
        [deviates(3, sample, 4, NOISES.index("salt_and_pepper")) for sample in range(5000)]
    )
    values, counts = np.unique(salted, return_counts=True)
    assert values == pytest.approx([-np.sqrt(10), 0, np.sqrt(10)])
    # 20,000 draws at 0.05: a standard deviation of 31.
    assert np.abs(counts[[0, 2]] - 1000).max() < 130


def test_pink_power_falls_with_frequency_and_white_power_does_not():
    def low_against_high(kind):
        drawn = np.array([deviates(4, sample, 8, NOISES.index(kind)) for sample in range(4096)])
        power = (np.abs(np.fft.rfft(drawn, axis=0)) ** 2).mean(axis=1)
        return power[64:128].mean() / power[1024:2048].mean()

    assert 0.8 < low_against_high("normal") < 1.25
    # Four octaves apart, power falling as 1 / frequency: sixteen times.
    assert 8 < low_against_high("pink") < 32


def test_current_is_mean_and_deviation_under_the_wave():
    z, mean, std = np.array([1.0, -2.0]), np.array([0.0, 50.0]), np.array([3.0, 10.0])
    assert current_of(z, mean, std, 7, 0.0, 0.0).tolist() == [3.0, 30.0]
    assert current_of(z, mean, std, 50, 100.0, 1.0) == pytest.approx([3.0, 30.0])
    assert current_of(z, mean, std, 100, 100.0, 1.0) == pytest.approx([0.0, 0.0])
    assert current_of(z, mean, std, 25, 100.0, 0.5) == pytest.approx([2.25, 22.5])
