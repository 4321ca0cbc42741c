import numpy as np
import pytest

from loihi_sleep.experiments.foraging.analyses import (
    distances,
    last_states,
    principal_components,
    receptive_fields,
    task_side,
)


def test_an_output_answers_to_what_its_hidden_neurons_see():
    sources, features = np.array([[0, 1], [1, 48]]), np.array([[0.2, 0.1], [0.3, 0.4]])
    outputs = np.tile([1.0, 0.0], (8, 1))
    outputs[1] = [1.0, 3.0]
    fields = receptive_fields(sources, features, outputs)
    assert fields.shape == (8, 7, 7)
    assert fields[0, 0, :2].tolist() == [0.2, 0.1]
    assert fields[1, 0, :2] == pytest.approx([0.05, 0.25])
    assert fields[1, 6, 6] == pytest.approx(0.3)


def test_the_last_fifth_stands_for_a_phase():
    snapshots = np.arange(10, dtype=np.float32).reshape(10, 1, 1)
    assert last_states(snapshots).tolist() == [[8], [9]]
    assert last_states(snapshots[:3]).tolist() == [[2]]


def states(center, seed, count=6):
    return center + 0.1 * np.random.default_rng(seed).normal(size=(count, 20))


def test_states_between_the_tasks_lie_at_the_boundary():
    first, second, between = states(0.0, 1), states(1.0, 2), states(0.5, 3)
    task_1, task_2, other = task_side(first, second, between)
    assert task_1 == pytest.approx(-1, abs=0.1)
    assert task_2 == pytest.approx(1, abs=0.1)
    assert abs(other) < 0.25
    assert task_side(first, second, states(1.0, 4))[2] == pytest.approx(1, abs=0.1)


def test_distance_is_that_to_the_nearest_state():
    snapshots = np.array([[[0.0, 0.0]], [[3.0, 4.0]]], dtype=np.float32)
    assert distances(snapshots, np.array([[0.0, 0.0], [3.0, 0.0]])).tolist() == [0, 4]


def test_components_keep_what_differs_most():
    line = np.linspace(0, 1, 5)[:, np.newaxis, np.newaxis] * np.array([[[3.0, 4.0, 0.0]]])
    (path,) = principal_components([line.astype(np.float32)])
    assert np.ptp(path[:, 0]) == pytest.approx(5)
    assert np.ptp(path[:, 1]) == pytest.approx(0, abs=1e-6)
