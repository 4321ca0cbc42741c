import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from loihi_sleep.processes.kernels.philox import Stream
from loihi_sleep.processes.kernels.rounding import round_each_synapse

FRACTION_BITS = 7


def rounded(values, step_bits=1, seed=3, step=1, lowest=-256, highest=254):
    accumulator = np.asarray(values, dtype=np.int64)
    return round_each_synapse(
        accumulator,
        np.arange(accumulator.size),
        seed,
        Stream.WEIGHT_ROUNDING.value,
        step,
        FRACTION_BITS,
        step_bits,
        lowest,
        highest,
    )


@given(st.lists(st.integers(-128, 127).map(lambda w: 2 * w), min_size=1), st.integers(0, 2**40))
def test_a_storable_value_is_kept(weights, seed):
    assert rounded(np.array(weights) << FRACTION_BITS, seed=seed).tolist() == weights


@given(st.lists(st.integers(-(2**15), 2**15 - 1), min_size=1), st.integers(0, 2**40))
def test_the_result_is_a_storable_neighbor(accumulator, seed):
    result = rounded(accumulator, seed=seed)
    exact = np.array(accumulator) / 2**FRACTION_BITS
    assert (result % 2 == 0).all()
    assert (np.abs(result - np.clip(exact, -256, 254)) < 2).all()


def test_the_expectation_is_exact():
    # 100.75 on even weights: 102 with probability 3/8.
    result = rounded(np.full(40000, int(100.75 * 128)))
    assert set(result) == {100, 102}
    assert abs(result.mean() - 100.75) < 0.03


def test_synapses_round_by_themselves_and_the_seed_matters():
    half = np.full(1000, 101 * 128)
    first, second = rounded(half, seed=1), rounded(half, seed=2)
    assert 400 < (first == 102).sum() < 600
    assert 400 < (first == second).sum() < 600
    assert (rounded(half, seed=1, step=2) != first).any()
    assert (rounded(half, seed=1) == first).all()


def test_range():
    assert rounded([300 * 128, -300 * 128]).tolist() == [254, -256]
    assert rounded([300 * 128, -5 * 128], step_bits=0, lowest=0, highest=255).tolist() == [255, 0]
