import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loihi_sleep.processes.kernels.philox import (
    Stream,
    next_word,
    philox_4x32,
    words,
    words_at,
)

ONES = 0xFFFFFFFF


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((ONES,) * 4, (ONES,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_known_answers_of_the_paper(counter, key, expected):
    assert philox_4x32(*(np.uint64(word) for word in (*counter, *key))) == expected


@given(
    seed=st.integers(0, 2**63 - 1),
    step=st.integers(0, 2**32 - 1),
    indices=st.lists(st.integers(0, 200), min_size=1, max_size=20),
)
def test_a_word_depends_on_its_own_index_only(seed, step, indices):
    together = words(seed, Stream.SPIKES.value, step, 201)
    apart = words_at(seed, Stream.SPIKES.value, step, np.array(indices))
    assert (apart == together[indices]).all()


def test_seeds_streams_and_steps_give_unrelated_words():
    drawn = [
        words(seed, stream, step, 1000) / 2**32
        for seed, stream, step in [(1, 0, 1), (2, 0, 1), (1, 1, 1), (1, 0, 2), (2**40, 0, 1)]
    ]
    correlation = np.corrcoef(drawn) - np.eye(len(drawn))
    # 1000 independent draws correlate by 0.03 (one standard deviation).
    assert np.abs(correlation).max() < 0.15
    assert np.abs(np.mean(drawn, axis=1) - 0.5).max() < 0.05


@pytest.mark.parametrize("first", [0, 2**34 - 3])
def test_words_drawn_one_by_one_are_those_of_indices(first):
    drawn = np.array([first])
    found = [next_word(11, 5, drawn) for _ in range(9)]
    numbers = range(first, first + 9)
    # An index has 34 bits; what is above them stands where the step is otherwise.
    expected = [words_at(11, 5, n >> 34, np.array([n % 2**34]))[0] for n in numbers]
    assert found == expected
    assert drawn[0] == first + 9
