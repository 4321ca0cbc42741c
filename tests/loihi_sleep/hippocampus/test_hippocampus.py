"""A hippocampus on a few small patterns: what it learns, replays, and teaches."""

import numpy as np
import pytest

from loihi_sleep.datasets.stream import Samples
from loihi_sleep.hippocampus import (
    HippocampusConfig,
    Prototypes,
    ReplayConfig,
    learn_prototypes,
    replay_prototypes,
)
from loihi_sleep.hippocampus.awake import empty_hippocampus
from loihi_sleep.hippocampus.prototypes import FULL_WEIGHT
from loihi_sleep.networks import QuantizedWeights
from loihi_sleep.run.select import select

INPUTS, CLASSES = 24, 2
# Two clusters a class, each of six inputs.
CENTERS = np.repeat(np.eye(4), 6, axis=1)
SETTINGS = HippocampusConfig(steps=32, conscience=0.1)


def noisy_patterns(count, seed):
    rng = np.random.default_rng(seed)
    clusters = rng.integers(0, 4, count)
    x = np.clip(CENTERS[clusters] * 0.9 + rng.normal(0, 0.05, (count, INPUTS)), 0, 1)
    return Samples(x, clusters // 2)


def learned(engine, count=120):
    samples = noisy_patterns(count, 1)
    made = empty_hippocampus(CLASSES, 2, samples, SETTINGS, 5)
    return learn_prototypes(made, samples, SETTINGS, select(engine, "fixed"), 7)


@pytest.fixture(scope="module")
def prototypes():
    return learned("compiled")


def test_prototypes_come_to_the_means_of_the_clusters(prototypes):
    assert prototypes.wins.sum() > 60
    assert prototypes.least_wins > 10
    for label in range(CLASSES):
        weights = prototypes.weights[prototypes.labels == label] / FULL_WEIGHT
        means = 0.9 * CENTERS[2 * label : 2 * label + 2]
        distance = np.abs(weights[:, np.newaxis] - means).mean(axis=2)
        # Each is near one of the two, and each of the two has one.
        assert distance.min(axis=1).max() < 0.1
        assert len(set(distance.argmin(axis=1))) == 2


def test_thresholds_begin_lower_by_up_to_a_part():
    samples = noisy_patterns(50, 1)
    config = HippocampusConfig(threshold=2.0, first_thresholds=0.25)
    theta = empty_hippocampus(CLASSES, 500, samples, config, 5).theta
    # A quarter of two of what an image brings the neuron whose weights are its own.
    lowest = 0.25 * 2 * FULL_WEIGHT * np.mean([x @ x for x in samples.x])
    assert -lowest - 1 <= theta.min() < -0.98 * lowest
    assert -0.02 * lowest < theta.max() <= 0


def test_the_nearest_prototype_says_the_class(prototypes):
    samples = noisy_patterns(200, 2)
    assert (prototypes.classify(samples.x) == samples.y).mean() > 0.98


def test_norms_are_the_squares_of_the_weights(prototypes):
    squares = (prototypes.weights**2).sum(axis=1) / FULL_WEIGHT
    assert prototypes.norm == pytest.approx(squares, rel=0.2)


def test_the_simulator_and_the_engine_learn_the_same_prototypes():
    of_engine, of_lava = learned("compiled", 6), learned("lava", 6)
    for name in ("weights", "wins", "norm", "theta"):
        assert (getattr(of_engine, name) == getattr(of_lava, name)).all(), name


def chance_cortex(seed=3):
    """Weights of a cortex that knows nothing, and thresholds."""
    rng = np.random.default_rng(seed)
    hidden = 2 * rng.integers(-20, 60, (40, INPUTS))
    output = 2 * rng.integers(-10, 10, (CLASSES, 40))
    return QuantizedWeights((hidden, output), (1.0, 1.0)), (400, 300)


def night(prototypes, engine="compiled", presentations=300, raster_steps=0, **settings):
    weights, vth = chance_cortex()
    config = ReplayConfig(**({"target": 8, "impulse": 40.0} | settings))
    return replay_prototypes(
        prototypes,
        weights,
        vth,
        config,
        select(engine, "fixed"),
        9,
        presentations=presentations,
        raster_steps=raster_steps,
    )


def predicted(weights, x):
    return (np.maximum(x @ weights[0].T, 0) @ weights[1].T).argmax(axis=1)


def test_noise_visits_all_prototypes_alike(prototypes):
    visits = night(prototypes).visits
    assert visits.sum() > 270
    assert visits.max() - visits.min() <= 3


def test_spikes_are_kept_from_the_first_step_on(prototypes):
    kept = night(prototypes, presentations=3, raster_steps=10_000)
    assert len(kept.rasters) == len(kept.spikes) == 4
    for raster, spikes in zip(kept.rasters, kept.spikes, strict=True):
        assert (raster.sum(axis=0) == spikes).all()
        assert len(raster) == kept.steps == 3 * 32
    assert kept.rasters[0].any()
    assert len(night(prototypes, presentations=3, raster_steps=5).rasters[1]) == 5
    assert night(prototypes, presentations=3).rasters == ()


FORMS = {
    "output": {},
    "all_layers": {"feedback_gain": 0.5},
    "two_factors": {"halvings": 5, "impulse": 15.0},
}


@pytest.mark.parametrize("learning", FORMS)
def test_a_night_teaches_the_cortex_what_the_prototypes_know(prototypes, learning):
    samples, settings = noisy_patterns(200, 2), {"learning": learning} | FORMS[learning]
    slept = night(prototypes, presentations=1000, **settings)
    assert (predicted(slept.weights, samples.x) == samples.y).mean() > 0.95
    others = Prototypes(**(vars(prototypes) | {"labels": 1 - prototypes.labels}))
    wrong = night(others, presentations=1000, **settings)
    assert (predicted(wrong.weights, samples.x) == samples.y).mean() < 0.05


def test_hidden_layers_learn_where_they_are_told_to(prototypes):
    before = chance_cortex()[0].units[0]
    for learning, settings in FORMS.items():
        after = night(prototypes, presentations=20, learning=learning, **settings).weights[0]
        assert (after != before).any() == (learning == "all_layers")


@pytest.mark.parametrize(
    ("share", "prototypes", "presentations"), [(1, 500, 8000), (0.2, 100, 1600), (1, 10, 1000)]
)
def test_a_night_ends_when_each_prototype_has_been_visited_often(share, prototypes, presentations):
    config = ReplayConfig(presentations=8000, visits=100)
    assert config.presentations_after(share, prototypes) == presentations


def test_without_error_nothing_is_written(prototypes):
    weights, _ = chance_cortex()
    slept = night(prototypes, presentations=20, gain=1e-9, last_gain=0.0)
    assert (slept.weights[1] == weights.units[1]).all()


@pytest.mark.parametrize(
    "learning",
    [
        pytest.param("output", marks=pytest.mark.slow),
        *(pytest.param(form, marks=pytest.mark.lava) for form in FORMS if form != "output"),
    ],
)
def test_the_simulator_and_the_engine_sleep_the_same_night(prototypes, learning):
    settings = {"presentations": 4, "learning": learning} | FORMS[learning]
    of_engine, of_lava = (night(prototypes, e, **settings) for e in ("compiled", "lava"))
    for layer in (0, 1):
        assert (of_engine.weights[layer] == of_lava.weights[layer]).all()
    assert (of_engine.visits == of_lava.visits).all()
    for here, there in zip(of_engine.spikes, of_lava.spikes, strict=True):
        assert (here == there).all()


def test_a_hippocampus_that_has_learned_nothing_says_nothing():
    empty = empty_hippocampus(CLASSES, 2, noisy_patterns(4, 1), SETTINGS, 5)
    assert empty.classify(noisy_patterns(3, 2).x).tolist() == [-1] * 3
    assert (empty.bytes_kept, empty.least_wins) == (0, 0)
    with pytest.raises(ValueError, match="no prototype has learned anything"):
        empty.in_use()


def test_errors_name_the_array():
    zeros = np.zeros(2)
    with pytest.raises(ValueError, match=r"labels has shape \(3,\); it must"):
        Prototypes(np.zeros((2, 4)), np.zeros(3), zeros, zeros, zeros)
    with pytest.raises(ValueError, match="weights holds 300"):
        Prototypes(np.full((2, 4), 300), zeros, zeros, zeros, zeros)
