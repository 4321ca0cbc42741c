import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loihi_sleep.processes.kernels.reward_unit import REWARD_UNIT, to_integer_reward
from loihi_sleep.processes.kernels.rewarded_stdp import (
    adjust_targets,
    apply_reward,
    balance,
    chip_weight,
    finish_cycle,
    pair,
    transmit_balanced,
)

PRE, POST, MEMORY = 3, 2, 3
FREE = np.zeros((PRE, POST), dtype=np.int64)


class Traces:
    """Spikes of a cycle, paired as they come."""

    def __init__(self):
        self.eligibility = np.full((PRE, POST), 99.0)
        self.x, self.x_step = np.zeros(PRE), np.zeros(PRE, dtype=np.int64)
        self.y, self.y_step = np.zeros(POST), np.zeros(POST, dtype=np.int64)
        self.in_cycle = np.zeros(PRE, dtype=np.int64)

    def spike(self, step, pre=(), post=()):
        pair(
            *(self.eligibility, self.x, self.x_step, self.y, self.y_step, self.in_cycle),
            *(np.array(pre, dtype=np.int64), np.array(post, dtype=np.int64), step),
            (0.5, 0.25, 10.0),
        )
        return self


def test_post_after_pre_is_eligible_for_growth():
    traces = Traces().spike(3, pre=[1]).spike(8, post=[0])
    assert traces.eligibility[1] == pytest.approx([0.5 * np.exp(-0.5), 0])
    assert traces.in_cycle.tolist() == [0, 1, 0]


def test_pre_after_post_is_eligible_for_shrinking():
    traces = Traces().spike(3, post=[0]).spike(8, pre=[1])
    assert traces.eligibility[1] == pytest.approx([-0.25 * np.exp(-0.5), 0])


def test_spikes_of_one_step_are_no_pair():
    assert Traces().spike(3, pre=[1], post=[0]).eligibility[1].tolist() == [0, 0]


def test_all_pairs_count():
    traces = Traces().spike(1, pre=[0]).spike(3, pre=[0]).spike(4, post=[1]).spike(9, post=[1])
    pairs = sum(np.exp(-(post - pre) / 10) for post in (4, 9) for pre in (1, 3))
    assert traces.eligibility[0, 1] == pytest.approx(0.5 * pairs)


def test_excitation_less_inhibition():
    conductance = np.array([0.0, 1.0])
    weights = np.array([[0.3, 0.1], [0, 0], [0, 0]])
    transmit_balanced(weights, weights.mean(axis=1), 0.5, 0.0, 1, 1, 0, conductance)
    assert conductance == pytest.approx([0.3 - 0.1, 1.0 + 0.1 - 0.1])


def eligible_rows(value=0.5):
    """Three cycles, in each of which another pre-synaptic neuron was paired with output 0."""
    eligibility = np.full((MEMORY, PRE, POST), 99.0)
    eligible = np.eye(MEMORY, dtype=np.int64)
    for cycle in range(MEMORY):
        eligibility[cycle, cycle] = [value, 0.0]
    return eligibility, eligible


def test_a_reward_acts_on_what_is_remembered_the_older_the_less():
    weights = np.full((PRE, POST), 0.2)
    # The ring's newest cycle is 0, so 2 is one and 1 two cycles old.
    apply_reward(weights, FREE, *eligible_rows(), 0, 9, 0.6, np.full(PRE, 0.4))
    assert weights[:, 0] == pytest.approx([0.2 * 1.3, 0.2 * 1.1, 0.2 * 1.15])
    assert (weights[:, 1] == 0.2).all()


def test_what_has_not_been_is_not_remembered():
    weights = np.full((PRE, POST), 0.2)
    apply_reward(weights, FREE, *eligible_rows(), 0, 1, 0.6, np.full(PRE, 0.4))
    assert weights[:, 0] == pytest.approx([0.2 * 1.3, 0.2, 0.2])


def test_neurons_with_less_to_give_change_more():
    weights = np.array([[0.1, 0.1], [0.2, 0.2], [0.2, 0.2]])
    apply_reward(weights, FREE, *eligible_rows(), 0, 1, 0.6, np.full(PRE, 0.4))
    assert weights[0, 0] == pytest.approx(0.1 * (1 + 0.6 * 2 * 0.5))


def test_a_punishment_leaves_a_tenth_at_least():
    weights = np.full((PRE, POST), 0.2)
    apply_reward(weights, FREE, *eligible_rows(), 0, 1, -50.0, np.full(PRE, 0.4))
    assert weights[0, 0] == pytest.approx(0.02)


def test_frozen_weights_stay():
    frozen = FREE.copy()
    frozen[0, 0] = 1
    weights = np.full((PRE, POST), 0.2)
    apply_reward(weights, frozen, *eligible_rows(), 0, 9, 0.6, np.full(PRE, 0.4))
    assert weights[0, 0] == 0.2
    assert weights[1, 0] > 0.2
    balance(weights, frozen, np.array([1.2, 0.3]), np.zeros(PRE), 0.0, 9.0)
    assert weights[0, 0] == 0.2
    assert weights.sum(axis=0) == pytest.approx([1.2, 0.3])


def test_homeostasis_moves_the_targets_of_silent_and_busy_outputs_apart():
    input_sum, rate = np.array([1.0, 1.0]), np.array([0.5, 0.5])
    adjust_targets(input_sum, rate, np.array([0, 3]), (0.5, 0.01, 10.0))
    assert rate == pytest.approx([0.45, 0.75])
    assert input_sum == pytest.approx([1.01, 0.99])


def test_columns_are_scaled_to_their_targets_and_bounded():
    weights = np.array([[0.1, 0.4], [0.1, 0.1], [0.2, 0.1]])
    mean_weight = np.zeros(PRE)
    balance(weights, FREE, np.array([0.8, 0.6]), mean_weight, 0.0, 0.35)
    assert weights == pytest.approx(np.array([[0.2, 0.35], [0.2, 0.1], [0.35, 0.1]]))
    assert mean_weight == pytest.approx(weights.mean(axis=1))


def test_no_weight_falls_below_the_lower_bound():
    weights = np.array([[1.0, 1.0], [1e-12, 0.2], [1.0, 1.0]])
    for _ in range(50):
        balance(weights, FREE, np.array([0.4, 0.5]), np.zeros(PRE), 0.01, 0.35)
    assert weights.min() == 0.01
    assert weights[1, 0] == 0.01
    # Back among the others in a few steps, as weights change by factors.
    weights[1, 0] *= 2.0**5
    assert weights[1, 0] > weights[0, 0]


def finish(reward=0.6, asleep=False, changes=False, learning=True, scaled_asleep=True):
    eligibility, eligible = eligible_rows()
    state = {
        "weights": np.full((PRE, POST), 0.2),
        "eligible": eligible,
        "input_sum": np.array([0.6, 0.6]),
        "rate": np.array([0.5, 0.5]),
        "y": np.ones(POST),
        "spikes": np.array([0, 3]),
        "cycles": np.array([5]),
    }
    finish_cycle(
        *(state["weights"], FREE, eligibility, eligible, np.full(PRE, 0.4), state["input_sum"]),
        *(np.zeros(PRE), state["rate"], state["y"], state["spikes"], state["cycles"]),
        *(reward, asleep, changes, learning, scaled_asleep),
        (1.0, 0.0, 9.0, 0.5, 0.01, 10.0),
    )
    return state


def test_a_cycle_ends_with_reward_homeostasis_and_balance():
    state = finish()
    # Cycle 5 is place 2 of the ring.
    raw = 0.2 * np.array([1.1, 1.15, 1.3])
    assert state["weights"][:, 0] == pytest.approx(raw * 0.606 / raw.sum())
    assert state["weights"][:, 1] == pytest.approx([0.594 / 3] * 3)
    assert state["cycles"] == [6]
    # The place that comes next is emptied.
    assert state["eligible"].tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert state["y"].tolist() == [0, 0]
    assert state["spikes"].tolist() == [0, 0]


def test_homeostasis_rests_asleep():
    state = finish(asleep=True)
    assert state["input_sum"].tolist() == [0.6, 0.6]
    assert state["rate"].tolist() == [0.5, 0.5]


def test_targets_follow_what_replay_adds_where_normalization_rests():
    state = finish(asleep=True, scaled_asleep=False)
    raw = 0.2 * np.array([1.1, 1.15, 1.3])
    assert state["weights"][:, 0] == pytest.approx(raw)
    assert state["input_sum"] == pytest.approx([raw.sum(), 0.6])
    awake = finish(scaled_asleep=False)
    assert awake["input_sum"] == pytest.approx([0.606, 0.594])


def test_without_a_reward_no_target_follows():
    state = finish(reward=0.0, asleep=True, scaled_asleep=False)
    assert (state["weights"] == 0.2).all()
    assert state["input_sum"].tolist() == [0.6, 0.6]


def test_eligibility_does_not_cross_into_sleep():
    state = finish(changes=True)
    assert state["cycles"] == [0]
    assert not state["eligible"].any()


def test_nothing_changes_while_nothing_is_learned():
    state = finish(learning=False)
    assert (state["weights"] == 0.2).all()
    assert state["input_sum"].tolist() == [0.6, 0.6]
    assert not state["eligible"].any()


@pytest.mark.parametrize(
    ("weight", "mean", "integer"),
    [
        (0.5, 0.0, 128),  # 127 is odd: the lowest bit is not stored
        (0.5, 0.25, 76),  # 254 (0.5 - 0.8 * 0.25) = 76.2
        (0.0, 0.5, -102),  # inhibition alone: -101.6
        (1.2, 0.0, 254),
        (0.0, 2.0, -254),
        (0.003, 0.0, 0),
    ],
)
def test_a_chip_holds_even_integers(weight, mean, integer):
    assert chip_weight(weight, mean, 0.8, 254.0) == integer


@given(
    weight=st.floats(0, 2),
    mean=st.floats(0, 2),
    inhibition=st.floats(0, 1),
    scale=st.floats(1, 500),
)
def test_integer_weights_are_off_by_one_at_most(weight, mean, inhibition, scale):
    integer = chip_weight(weight, mean, inhibition, scale)
    assert integer % 2 == 0
    exact = min(max(scale * (weight - inhibition * mean), -254.0), 254.0)
    assert abs(integer - exact) <= 1 + 1e-9


@pytest.mark.parametrize(("reward", "units"), [(1.0, 4096), (-0.06, -246), (0.0, 0)])
def test_rewards_are_counted_in_units(reward, units):
    assert to_integer_reward(reward) == units
    assert abs(units * REWARD_UNIT - reward) <= REWARD_UNIT / 2
