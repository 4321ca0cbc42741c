import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loihi_sleep.pruning.schedule import counts_by_cycle, final_counts, steps_by_cycle

CYCLES = (1, 2, 4, 5, 10, 20)


def test_one_percent_of_a_network():
    assert final_counts((235200, 30000), 0.01) == [2352, 300]
    # One weight is left over: the layer that rounding down cost half a weight gets it.
    assert final_counts((7, 3), 0.5) == [4, 1]
    assert final_counts((10, 4), 1.0) == [10, 4]


def test_five_cycles_keep_two_fifths_each():
    # 0.01 ** (1 / 5) = 0.398
    assert counts_by_cycle(100_000, 1000, 5) == [39811, 15849, 6310, 2512, 1000]
    assert counts_by_cycle(8, 1, 3) == [4, 2, 1]
    assert counts_by_cycle(8, 8, 2) == [8, 8]


@given(
    sizes=st.lists(st.integers(1, 300_000), min_size=1, max_size=5),
    share=st.floats(1e-3, 1.0),
)
def test_final_counts_are_the_share_of_all(sizes, share):
    if min(sizes) * share < 1:
        return
    counts = final_counts(sizes, share)
    assert sum(counts) == round(share * sum(sizes))
    assert all(abs(c - share * n) <= 1 for c, n in zip(counts, sizes, strict=True))


@given(data=st.data(), size=st.integers(1, 300_000))
def test_every_number_of_cycles_ends_at_the_same_weights(data, size):
    final = data.draw(st.integers(1, size))
    for cycles in CYCLES:
        counts = np.array(counts_by_cycle(size, final, cycles))
        assert len(counts) == cycles
        assert counts[-1] == final
        assert (np.diff([size, *counts]) <= 0).all()
        # Each cycle keeps the same share, up to half a weight before and after.
        before = np.array([size, *counts[:-1]])
        keep = (final / size) ** (1 / cycles)
        assert (np.abs(counts - keep * before) <= 1).all()


@given(data=st.data(), steps=st.integers(1, 10_000))
def test_every_number_of_cycles_takes_the_same_steps(data, steps):
    cycles = data.draw(st.integers(1, min(steps, 50)))
    parts = steps_by_cycle(steps, cycles)
    assert sum(parts) == steps
    assert len(parts) == cycles
    assert len(set(parts[:-1])) <= 1
    assert parts[-1] - parts[0] in range(cycles)


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (lambda: final_counts((1000, 20), 0.01), "kept_share is 0.01, which leaves none of the 20"),
        (lambda: final_counts((1000,), 1.5), "kept_share holds 1.5; it must be from 0 to 1"),
        (lambda: counts_by_cycle(10, 11, 2), "final is 11; it must be an integer from 1 to 10"),
        (lambda: counts_by_cycle(10, 5, 0), "cycles is 0; it must be an integer from 1"),
        (lambda: steps_by_cycle(4, 5), "cycles is 5; it must be an integer from 1 to 4"),
    ],
)
def test_plans_that_cannot_be_kept_are_refused(plan, message):
    with pytest.raises(ValueError, match=message):
        plan()
