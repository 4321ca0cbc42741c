import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loihi_sleep.pruning.equal_accuracy import (
    NoOverlapError,
    Reached,
    weights_for,
    weights_ratio,
)


def test_the_same_curve_with_twice_the_weights():
    one = Reached([20, 200, 2000], [0.8, 0.9, 0.95])
    other = Reached([10, 100, 1000], [0.8, 0.9, 0.95])
    ratio = weights_ratio(one, other)
    assert ratio.mean == pytest.approx(2)
    assert (ratio.lowest, ratio.highest) == pytest.approx((2, 2))
    assert ratio.accuracies == (0.8, 0.95)
    assert weights_ratio(other, one).mean == pytest.approx(0.5)


def test_a_ratio_that_grows_with_accuracy():
    # One needs 10 for .5 and 1000 for .7, the other 10 for .5 and 100 for .7: at .6 they need 100
    # and 10**1.5. The logarithm of the ratio rises straight from 0 to 1, its mean is 1/2.
    one, other = Reached([10, 1000], [0.5, 0.7]), Reached([10, 100], [0.5, 0.7])
    ratio = weights_ratio(one, other)
    assert ratio.mean == pytest.approx(10**0.5)
    assert (ratio.lowest, ratio.highest) == pytest.approx((1, 10))
    assert weights_for(one, 0.6) == pytest.approx(100)
    assert weights_for(other, 0.6) == pytest.approx(10**1.5)


def test_only_accuracies_that_both_reach_count():
    one, other = Reached([10, 100], [0.6, 0.8]), Reached([10, 100], [0.7, 0.9])
    ratio = weights_ratio(one, other)
    assert ratio.accuracies == (0.7, 0.8)
    # One needs 10**1.5 for .7 where the other needs 10, and 100 for .8 where it needs 10**1.5.
    assert ratio.mean == pytest.approx(10**0.5)


def test_more_weights_that_do_no_better_are_not_needed():
    one = Reached([1000, 10, 100], [0.8, 0.6, 0.6])
    assert weights_for(one, 0.7) == pytest.approx(100)
    # 100 weights reach what 10 do: between 10 and 1000 the line is straight.
    assert weights_ratio(one, Reached([10, 1000], [0.6, 0.8])).mean == pytest.approx(1)
    # Worse with more: the best so far counts.
    assert weights_for(Reached([10, 100, 1000], [0.8, 0.7, 0.9]), 0.8) == pytest.approx(10)


@given(
    accuracy=st.lists(st.floats(0.1, 1.0), min_size=2, max_size=6, unique=True),
    factor=st.floats(0.1, 10.0),
    seed=st.integers(0, 99),
)
def test_a_factor_comes_back_whatever_the_curve(accuracy, factor, seed):
    if np.ptp(accuracy) < 1e-6:
        return
    if accuracy.index(max(accuracy)) == 0:
        accuracy = accuracy[::-1]
    weights = np.geomspace(10, 1000, len(accuracy))
    order = np.random.default_rng(seed).permutation(len(accuracy))
    other = Reached(weights[order], np.array(accuracy)[order])
    one = Reached(factor * weights, accuracy)
    assert weights_ratio(one, other).mean == pytest.approx(factor)


def test_learners_that_never_do_as_well_as_each_other():
    with pytest.raises(NoOverlapError, match=r"one 0.5000 .. 0.6000, other 0.7000 .. 0.9000"):
        weights_ratio(Reached([10, 100], [0.5, 0.6]), Reached([10, 100], [0.7, 0.9]))
    with pytest.raises(NoOverlapError, match="no range of accuracies is reached by both"):
        weights_ratio(Reached([10, 100], [0.7, 0.6]), Reached([10, 100], [0.6, 0.9]))


@pytest.mark.parametrize(
    ("reached", "message"),
    [
        (Reached([10, 0], [0.5, 0.6]), r"one.weights is \[10.0, 0.0\]; it must hold numbers above"),
        (Reached([10, 20], [0.5, 0.6, 0.7]), r"one.accuracy has shape \(3,\); it must have shape"),
        (Reached([10, 20], [0.5, np.nan]), "one.accuracy holds nan; it must be finite"),
    ],
)
def test_curves_that_are_none_are_refused(reached, message):
    with pytest.raises(ValueError, match=message):
        weights_ratio(reached, Reached([10, 20], [0.5, 0.6]))


def test_an_accuracy_that_was_not_reached_is_refused():
    with pytest.raises(ValueError, match=r"accuracy holds 0.7; it must be from 0.5 to 0.6"):
        weights_for(Reached([10, 20], [0.5, 0.6]), 0.7)
