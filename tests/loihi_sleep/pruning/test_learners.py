"""Learners at equal numbers of synapses, on the five tasks of the digits."""

from itertools import pairwise

import numpy as np
import pytest

from loihi_sleep.pruning.learners import LEARNERS, Course, packnet
from loihi_sleep.sleep import wake
from loihi_sleep.sleep.wake import WakeConfig
from loihi_sleep.tasks.digits import digits

SIZES, KEPT = (64, 24, 16, 10), [153, 38]
WAKE = WakeConfig(epochs=4, learning_rate=0.05, batch_size=20, loss="cross_entropy")


@pytest.fixture(scope="module")
def stream():
    return digits(100)


@pytest.fixture(scope="module")
def course(stream):
    return Course(
        first=wake.initial_weights(SIZES, WAKE, 0),
        tasks=stream.tasks,
        days=stream.days(),
        wake=WAKE,
        retraining=WAKE,
        kept=KEPT,
        cycles=2,
        steps=40,
        seed=0,
    )


@pytest.fixture(scope="module")
def learned(course):
    return {name: learner(course) for name, learner in LEARNERS.items()}


def test_all_but_the_ceiling_have_the_same_number_of_synapses(learned):
    assert {name: one.synapses for name, one in learned.items()} == {
        "packnet": 191,
        "memory": 191,
        "naive": 191,
        "multinet": 5 * 191,
    }
    for name in ("memory", "naive", "multinet"):
        hidden = learned[name].networks[-1][:-1]
        assert [np.count_nonzero(matrix) for matrix in hidden] == KEPT
    assert [np.count_nonzero(w) for w in learned["packnet"].networks[-1][:-1]] == KEPT


def test_packnet_changes_nothing_that_an_earlier_task_has(learned):
    networks = learned["packnet"].networks
    counts = []
    for earlier, later in pairwise(networks):
        for before, after in zip(earlier[:-1], later[:-1], strict=True):
            there = before != 0
            assert (after[there] == before[there]).all()
        counts.append([np.count_nonzero(matrix) for matrix in later[:-1]])
    # Equal parts of 153 and 38.
    assert counts == [[61, 15], [91, 22], [122, 30], [153, 38]]


def test_the_rows_of_a_head_learn_from_their_own_task_only(learned):
    networks = learned["packnet"].networks
    for later in networks[1:]:
        assert (later[-1][:2] == networks[0][-1][:2]).all()
    assert (networks[1][-1][2:4] != networks[0][-1][2:4]).any()


def test_what_is_stored_or_frozen_is_not_forgotten(learned, stream):
    accuracy = {
        name: one.accuracy(stream.validation, stream.tasks) for name, one in learned.items()
    }
    first = {name: np.mean(values[:-1]) for name, values in accuracy.items()}
    assert min(first["packnet"], first["memory"], first["multinet"]) > first["naive"] + 0.05
    assert first["multinet"] > 0.93
    assert accuracy["naive"][-1] > 0.8


def test_a_learner_is_decided_by_its_course(learned, course):
    again = packnet(course).networks[-1]
    assert all((w == v).all() for w, v in zip(learned["packnet"].networks[-1], again, strict=True))


def test_heads_need_cross_entropy(course):
    with pytest.raises(ValueError, match="loss is 'squared_error'; with heads it must be"):
        wake.train(course.first, course.days[0], WakeConfig(), 0, heads=course.tasks)
