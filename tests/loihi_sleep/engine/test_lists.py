"""Lists that compiled code writes and reads: of flags that are set, and of synapses."""

import numba
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loihi_sleep.engine.kernels.messages import FLAGS_PER_WORD, list_set
from loihi_sleep.engine.memory import LIST_ROOM, Storage
from loihi_sleep.engine.nodes.plastic.coded_list import (
    bytes_of_code,
    first_bit,
    next_partner,
    store_code,
)
from loihi_sleep.engine.nodes.synapses.partners import (
    bytes_of_lists,
    partner,
    place_near,
    place_of,
    store_partners,
    synapses_with,
)


@numba.njit
def list_from_3(flags, n, listed):
    return list_set(flags, n, listed, 3)


@pytest.mark.parametrize("n", [1, 5, 63, 64, 65, 129, 200])
@pytest.mark.parametrize("share", [0, 0.02, 0.5, 1])
def test_flags_that_are_set_are_listed_in_order(n, share):
    rng = np.random.default_rng(n)
    flags = (rng.random(n + FLAGS_PER_WORD) < share).astype(np.uint8)
    # What is behind the last flag is not listed, whatever it is.
    flags[n:] = 1
    listed = np.full(3 + n + LIST_ROOM + 1, -7, dtype=np.int32)

    count = list_from_3(flags, n, listed)
    assert listed[3 : 3 + count].tolist() == np.flatnonzero(flags[:n]).tolist()
    assert (listed[:3] == -7).all()
    assert listed[-1] == -7
    # Behind the end of the list are indices, or nothing was written.
    rest = listed[3 + count :]
    assert ((rest == -7) | ((rest >= 0) & (rest < n))).all()


@numba.njit
def go_through(index, first, listed, blocks, neurons, count):
    """Neuron, partner and place of each synapse, and the place that a search for it finds."""
    found = []
    for j in range(neurons):
        for block in range(max(1, blocks)):
            begin, stop = synapses_with(index, first, blocks, block, j)
            for s in range(begin, stop):
                i = partner(index, listed, blocks, block, s)
                near = place_near(index, first, blocks, count, j, i)
                found.append((j, i, s, place_of(index, first, listed, blocks, j, i, near)))
    return found


@st.composite
def synapses_by_neuron(draw):
    """Partners of each neuron, and how many neurons partners may be."""
    count = draw(st.sampled_from([1, 2, 40, 65_535, 65_536, 65_537, 200_000, 2**20 + 1]))
    many = draw(st.lists(st.integers(0, min(count, 300)), max_size=8))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    # Anywhere, or all at the end.
    low = draw(st.sampled_from([0, max(0, count - 320)]))
    return count, [low + np.sort(rng.choice(count - low, n, replace=False)) for n in many]


def lists_of(partners):
    """Where the synapses of each neuron begin, their partners, and a memory that is not empty."""
    begins = np.append(0, np.cumsum([len(row) for row in partners], dtype=np.int32))
    storage = Storage("fixed")
    storage.reserve("index", 3, -7)
    return begins, np.concatenate([*partners, np.zeros(0)]).astype(np.int32), storage


@given(synapses_by_neuron())
@example((65_537, [np.array([0, 65_535, 65_536])]))
@example((65_536, []))
def test_synapses_are_listed_and_found(drawn):
    """Also where a neuron has no synapse, and whether numbers have 16 or 32 bits."""
    count, partners = drawn
    begins, listed, storage = lists_of(partners)
    made = store_partners(storage, begins, listed, count)
    storage.reserve("index", 3, -7)

    def check():
        assert made.partners.tolist() == listed.tolist()
        assert made.begins.tolist() == begins.tolist()

    check()
    storage.finish()
    check()
    neurons = np.repeat(np.arange(len(partners)), np.diff(begins))
    places = np.arange(listed.size)
    found = (
        []
        if not partners
        else go_through(
            storage.arrays.index,
            made.first.start,
            made.listed.start,
            made.blocks,
            len(partners),
            count,
        )
    )
    assert found == list(zip(neurons, listed, places, places, strict=True))
    taken = 4 * (made.first.size - begins.size + made.listed.size)
    assert taken <= 4 * listed.size
    assert 0 <= taken - bytes_of_lists(len(partners), count, listed.size) < 4
    if count <= 2**16:
        assert taken <= 2 * listed.size + 2


@numba.njit
def decode(index, first, low, high, bits, buckets, neurons):
    """Partners of all neurons."""
    found = []
    for j in range(neurons):
        begin, stop = index[first + j], index[first + j + 1]
        at = first_bit(buckets, begin, j)
        for s in range(begin, stop):
            partner, at = next_partner(index, low, high, bits, buckets, j, s, at)
            found.append(partner)
    return found


@given(synapses_by_neuron())
@example((2**20 + 1, [np.arange(0, 2**20, 2**12), np.array([], dtype=int), np.arange(300)]))
def test_synapses_are_coded(drawn):
    """Whether neurons have many partners or few, anywhere or all at the end."""
    count, partners = drawn
    begins, listed, storage = lists_of(partners)
    made = store_code(storage, begins, listed, count)
    storage.reserve("index", 3, -7)
    storage.finish()
    places = made.first.start, made.low.start, made.high.start
    coded = (
        ()
        if not partners
        else decode(storage.arrays.index, *places, made.bits, made.buckets, len(partners))
    )
    assert list(coded) == listed.tolist()
    taken = 4 * (made.low.size + made.high.size)
    assert 0 <= taken - bytes_of_code(len(partners), count, listed.size) <= 16
