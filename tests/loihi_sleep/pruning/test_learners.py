"""Learners at equal numbers of synapses, on the five tasks of the digits."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from loihi_sleep.consolidation.chip import ChipSleep
from loihi_sleep.consolidation.memory import Memory
from loihi_sleep.datasets import load_stream
from loihi_sleep.pruning.dreams import DreamsConfig
from loihi_sleep.pruning.learners import LEARNERS, packnet, unfrozen
from loihi_sleep.pruning.sparse_sleep import sparse_sleep
from loihi_sleep.pruning.task_sequence import TaskSequence
from loihi_sleep.run.select import select
from loihi_sleep.training import sgd
from loihi_sleep.training.sgd import WakeConfig

SIZES, KEPT = (64, 24, 16, 10), [153, 38]
ASLEEP = ChipSleep(steps=30)
WAKE = WakeConfig(epochs=2, learning_rate=0.05, batch_size=20, loss="cross_entropy")


@pytest.fixture(scope="module")
def stream():
    return load_stream("digits", seed=100, task_images=120)


@pytest.fixture(scope="module")
def sequence(stream):
    return TaskSequence(
        first=sgd.initial_weights(SIZES, WAKE, 0),
        tasks=stream.tasks,
        samples=stream.train_by_task(),
        wake=WAKE,
        retraining=WAKE,
        kept=KEPT,
        cycles=2,
        steps=20,
        sleep=sparse_sleep(ASLEEP, select("compiled", "fixed"), 1),
        seed=0,
    )


@pytest.fixture(scope="module")
def learned(sequence):
    return {name: learner(sequence) for name, learner in LEARNERS.items()}


def test_all_but_the_ceiling_have_the_same_number_of_synapses(learned):
    assert {name: one.synapses for name, one in learned.items()} == {
        "packnet": 191,
        "memory": 191,
        "sleep": 191,
        "awake": 191,
        "replay": 191,
        "naive": 191,
        "multinet": 5 * 191,
    }
    for name in set(LEARNERS) - {"packnet"}:
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
    kept = [first[name] for name in ("packnet", "memory", "multinet", "awake", "sleep")]
    assert min(kept) > first["naive"] + 0.05
    assert first["multinet"] > 0.93
    assert accuracy["naive"][-1] > 0.8


def test_without_plasticity_sleep_is_the_control(sequence, learned):
    for sleep_first in (True, False):
        still = replace(
            sequence, sleep=lambda night, weights, memory: weights, sleep_first=sleep_first
        )
        for asleep, control in (("sleep", "awake"), ("replay", "naive")):
            got = LEARNERS[asleep](still).networks[-1]
            expected = learned[control].networks[-1]
            assert all((w == v).all() for w, v in zip(got, expected, strict=True))
            slept = learned[asleep].networks[-1]
            assert any((w != v).any() for w, v in zip(slept, expected, strict=True))


def test_a_night_in_which_no_neuron_spikes_changes_nothing(sequence, learned):
    weights = learned["awake"].networks[-1]
    memory = Memory(np.ones(64), 1, np.ones(3))
    # A spike takes a step to the first neurons.
    sleep = sparse_sleep(ChipSleep(steps=1), select("compiled", "float"), 1)
    for before, after in zip(weights, sleep(0, weights, memory), strict=True):
        assert np.allclose(before, after, rtol=1e-12, atol=0)


def test_without_strength_dreams_change_nothing(sequence, learned):
    silent = replace(sequence, dreams=DreamsConfig(strength=0.0))
    for name, control in (("awake", "naive"), ("sleep", "replay")):
        got = LEARNERS[name](silent).networks[-1]
        assert all((w == v).all() for w, v in zip(got, learned[control].networks[-1], strict=True))


@pytest.mark.parametrize("numerics", ["float", "fixed"])
def test_pruned_synapses_stay_pruned_in_sleep(sequence, numerics):
    mornings, nights = [], []
    sleep = sparse_sleep(ASLEEP, select("compiled", numerics), 1)

    def watched(night, weights, memory):
        slept = sleep(night, weights, memory)
        mornings.append(weights)
        nights.append(slept)
        return slept

    unfrozen(replace(sequence, sleep=watched, sleep_first=False), dreams=False, replay=True)
    assert len(nights) == 5
    for before, after in zip(mornings, nights, strict=True):
        assert [np.count_nonzero(matrix) for matrix in before[:-1]] == KEPT
        for layer in range(2):
            assert (after[layer][before[layer] == 0] == 0).all()
        assert any((b != a).any() for b, a in zip(before, after, strict=True))


def test_of_the_past_a_night_knows_means_and_maxima_only(sequence):
    known = []

    def watched(night, weights, memory):
        known.append(memory)
        return weights

    unfrozen(replace(sequence, sleep=watched), dreams=False, replay=True)
    images = np.concatenate([day.x for day in sequence.samples])
    assert known[-1].images == len(images)
    assert np.allclose(known[-1].mean_image, images.mean(axis=0))
    assert set(vars(known[-1])) == {"mean_image", "images", "maxima"}
    assert known[-1].mean_image.shape == (64,)
    assert known[-1].maxima.shape == (3,)


def test_samples_of_a_day_may_be_gone_the_next_day(sequence):
    days = list(sequence.samples)

    def gone(night, weights, memory):
        # The night of pruning still learns from the samples of its own day.
        if night:
            days[night - 1] = None
        return weights

    def still_there(night, weights, memory):
        return weights

    got = LEARNERS["sleep"](replace(sequence, samples=days, sleep=gone))
    expected = LEARNERS["sleep"](replace(sequence, sleep=still_there))
    for one, other in zip(got.networks[-1], expected.networks[-1], strict=True):
        assert (one == other).all()
    with pytest.raises(AttributeError):
        LEARNERS["memory"](replace(sequence, samples=[None, *sequence.samples[1:]]))


def test_replay_needs_a_night(sequence):
    with pytest.raises(ValueError, match="sleep is None; a learner with replay needs a night"):
        LEARNERS["sleep"](replace(sequence, sleep=None))


def test_a_learner_is_decided_by_its_course(learned, sequence):
    again = packnet(sequence).networks[-1]
    assert all((w == v).all() for w, v in zip(learned["packnet"].networks[-1], again, strict=True))


def test_heads_need_cross_entropy(sequence):
    with pytest.raises(ValueError, match="loss is 'squared_error'; with heads it must be"):
        sgd.train(sequence.first, sequence.samples[0], WakeConfig(), 0, heads=sequence.tasks)
