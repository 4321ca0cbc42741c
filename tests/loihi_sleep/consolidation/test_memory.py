import numpy as np
import pytest

from loihi_sleep.consolidation.continual import alternate_training_and_sleep
from loihi_sleep.consolidation.form import spread_over_layers
from loihi_sleep.consolidation.memory import Memory
from loihi_sleep.datasets.stream import Samples
from loihi_sleep.training import sgd


def test_memory_is_a_running_mean_and_running_maxima():
    rng = np.random.default_rng(0)
    weights = sgd.initial_weights((4, 3, 2), sgd.WakeConfig(), seed=0)
    parts = [rng.random((n, 4)) for n in (5, 8)]
    memory = Memory.empty(inputs=4, layers=2)
    for part in parts:
        memory = memory.after(part, sgd.activations(weights, part))
    together = np.vstack(parts)
    assert np.allclose(memory.mean_image, together.mean(axis=0))
    assert memory.images == 13
    largest = [a.max() for a in sgd.activations(weights, together)]
    assert np.allclose(memory.maxima, np.maximum(largest, 0))


def test_rates_have_the_shape_of_the_mean_image():
    memory = Memory(np.array([0.0, 0.2, 0.4]), 7, np.zeros(2))
    assert memory.rates(0.5) == pytest.approx([0, 0.25, 0.5])
    night = memory.night(steps=9, max_rate=0.5, seed=4)
    assert (night.steps, night.seed) == (9, 4)
    with pytest.raises(ValueError, match="mean image is 0 everywhere; there is nothing to replay"):
        Memory.empty(inputs=3, layers=2).rates(0.5)


def test_values_are_spread_over_layers():
    assert spread_over_layers(0.5, 3) == (0.5, 0.5, 0.5)
    assert spread_over_layers((1, 2, 3), 3) == (1, 2, 3)
    assert spread_over_layers((1, 2, 3), 5) == (1, 2, 2, 2, 3)
    assert spread_over_layers((1, 2, 3), 2) == (1, 3)
    assert spread_over_layers((7,), 2) == (7, 7)


def test_training_and_sleep_alternate():
    tasks = [Samples(np.full((2, 3), value), np.zeros(2, int)) for value in (0.5, 1.0)]
    heard = []
    run = alternate_training_and_sleep(
        [np.ones((1, 3))],
        tasks,
        lambda task, samples, weights: [weights[0] + 1],
        lambda task, weights, memory: [weights[0] * memory.maxima[0]],
        on_task=lambda task, weights: heard.append((task, weights[0][0, 0])),
    )
    # Trained 2, activation 3 * 2 * 0.5 = 3, slept 6; trained 7, activation 21, slept 147.
    assert [weights[0][0, 0] for weights in run.before] == [2, 7]
    assert [weights[0][0, 0] for weights in run.after] == [6, 147]
    assert heard == [(0, 6), (1, 147)]
    assert run.memory.mean_image == pytest.approx(0.75)


def test_dropout_that_is_not_inverted_scales_hidden_activity_afterwards():
    config = sgd.WakeConfig(dropout=0.25, dropout_inverted=False)
    assert config.hidden_scale == 0.75
    weights = [np.eye(2), np.eye(2)]
    x = np.array([[2.0, -1.0]])
    hidden, output = sgd.activations(weights, x, config.hidden_scale)
    assert hidden.tolist() == [[1.5, 0.0]]
    assert output.tolist() == [[1.5, 0.0]]
    narrow = sgd.initial_weights((50, 40), sgd.WakeConfig(init_range=0.01), seed=0)[0]
    assert 0.009 < np.abs(narrow).max() <= 0.01
