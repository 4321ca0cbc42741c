"""What is called structure in features, and what is not."""

import numpy as np
import pytest

from loihi_sleep.datasets.patches import Patches, load_patches
from loihi_sleep.experiments import runner
from loihi_sleep.experiments.slow_wave import study, training
from loihi_sleep.experiments.slow_wave.structure import (
    gabor_energy,
    neighbor_correlation,
    structured,
)
from loihi_sleep.networks.dictionary import DictionaryNetwork
from loihi_sleep.run.select import select

SIDE = 16


@pytest.fixture(scope="module")
def whitened():
    return load_patches(reduce=2, whiten=True, low_pass=0.4)


def wave(row, column, angle, frequency, width, phase):
    """A Gabor function, between the centers, directions and phases that are tried."""
    down, right = np.mgrid[:SIDE, :SIDE].reshape(2, -1) - np.array([[row], [column]])
    along = right * np.cos(angle) + down * np.sin(angle)
    envelope = np.exp(-(down**2 + right**2) / (2 * width**2))
    return (envelope * np.cos(2 * np.pi * frequency * along + phase)).reshape(-1, 1)


def noise_like(patches, count):
    """Gaussian noise with the covariance of patches."""
    variances, directions = np.linalg.eigh(np.cov(patches.T))
    white = np.random.default_rng(0).normal(size=(len(variances), count))
    return (directions * np.sqrt(np.maximum(variances, 0))) @ white


@pytest.mark.parametrize("phase", [0.0, 0.7, np.pi / 2])
@pytest.mark.parametrize("angle", [0.1, 1.3, 2.6])
def test_a_gabor_function_is_found_whatever_its_phase(angle, phase):
    assert gabor_energy(wave(7.4, 8.3, angle, 0.14, 3.0, phase), SIDE)[0] > 0.8


def test_scale_sign_and_mean_do_not_matter():
    feature = wave(5, 9, 0.5, 0.17, 2.5, 0.3)
    same = np.hstack([feature, -3 * feature, feature + 2])
    assert gabor_energy(same, SIDE) == pytest.approx(gabor_energy(feature, SIDE)[0], abs=1e-4)


def test_lone_pixels_and_first_features_have_no_structure():
    lone = np.eye(SIDE**2)
    assert gabor_energy(lone, SIDE).max() < 0.125
    first = DictionaryNetwork(features=500).initial_features(0)
    assert not structured(first, SIDE, whitened=True).any()


def test_noise_with_the_covariance_of_whitened_patches_has_none(whitened):
    assert structured(noise_like(whitened.train, 2000), SIDE, whitened=True).mean() <= 0.001


def test_half_a_gabor_function_in_noise_is_structured_and_a_tenth_is_not():
    noise = np.random.default_rng(1).normal(size=(SIDE**2, 20))
    noise /= np.linalg.norm(noise, axis=0)
    gabor = wave(8, 8, np.pi / 4, 0.17, 2.4, 0.0)
    gabor /= np.linalg.norm(gabor)
    for share, expected in ((0.5, True), (0.1, False)):
        mixed = np.sqrt(share) * gabor + np.sqrt(1 - share) * noise
        assert (structured(mixed, SIDE, whitened=True) == expected).all()


def test_nothing_and_a_plain_gray_have_none():
    flat = np.stack([np.zeros(SIDE**2), np.ones(SIDE**2)], axis=1)
    assert gabor_energy(flat, SIDE).tolist() == [0, 0]


def test_of_patches_as_they_are_smooth_features_are_structured():
    row, column = np.mgrid[:SIDE, :SIDE]
    smooth = np.exp(-((row - 6) ** 2 + (column - 9) ** 2) / 18).reshape(-1, 1)
    noise = np.random.default_rng(0).normal(size=(256, 50))
    assert neighbor_correlation(smooth, SIDE)[0] > 0.8
    assert structured(smooth, SIDE, whitened=False).all()
    assert np.abs(neighbor_correlation(noise, SIDE)).max() < 0.25


@pytest.mark.slow
def test_a_network_learns_gabor_functions_of_patches_and_none_of_their_noise(whitened):
    _, config = runner.configure(
        "slow-wave", preset="whitened", settings=["phases.images=600", "look.times=2"]
    )
    run_cfg = select("compiled", config.numerics)
    noise = noise_like(whitened.train, 2000).T
    noise = (noise - noise.mean(axis=1, keepdims=True)) / noise.std(axis=1, keepdims=True)
    energies = []
    for seen in (whitened.train, noise):
        case = study(config).case("no_sleep", 100, run_cfg, Patches(seen, seen, "drawn"))
        tests, _ = training.train(case, np.ones(1))
        energy = np.sort(gabor_energy(training.network_of(case).form.features_of(tests[-1]), SIDE))
        energies.append(energy[-64:].mean())
    assert energies[0] > 0.3
    assert energies[1] < 0.25
