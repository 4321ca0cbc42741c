"""Lists that compiled code writes and reads: of flags that are set, and of synapses."""

import numba
import numpy as np
import pytest

from loihi_sleep.engine.kernels.messages import FLAGS_PER_WORD, list_set
from loihi_sleep.engine.memory import LIST_ROOM
from loihi_sleep.engine.nodes.plastic.parts import row_of
from loihi_sleep.engine.nodes.plastic.row import STRETCH_BITS


@pytest.mark.parametrize("n", [1, 5, 63, 64, 65, 129, 200])
@pytest.mark.parametrize("share", [0, 0.02, 0.5, 1])
def test_flags_that_are_set_are_listed_in_order(n, share):
    rng = np.random.default_rng(n)
    flags = (rng.random(n + FLAGS_PER_WORD) < share).astype(np.uint8)
    # What is behind the last flag is not listed, whatever it is.
    flags[n:] = 1
    listed = np.full(3 + n + LIST_ROOM + 1, -7, dtype=np.int32)

    @numba.njit
    def list_from_3(flags, n, listed):
        return list_set(flags, n, listed, 3)

    count = list_from_3(flags, n, listed)
    assert listed[3 : 3 + count].tolist() == np.flatnonzero(flags[:n]).tolist()
    assert (listed[:3] == -7).all()
    assert listed[-1] == -7
    # Behind the end of the list are indices, or nothing was written.
    rest = listed[3 + count :]
    assert ((rest == -7) | ((rest >= 0) & (rest < n))).all()


@pytest.mark.parametrize("most", [1, 3, 200])
def test_the_pre_synaptic_neuron_of_a_synapse_is_found_by_its_place(most):
    """Also where many neurons have no synapse, or one has very many."""
    rng = np.random.default_rng(most)
    many = rng.integers(0, most, 500, endpoint=True) * (rng.random(500) < 0.3)
    first = np.append(0, np.cumsum(many))
    rows = np.repeat(np.arange(500), many)
    stretches = np.arange(0, rows.size + 2**STRETCH_BITS, 2**STRETCH_BITS)
    index = np.concatenate([first, rows[np.minimum(stretches, rows.size - 1)]]).astype(np.int32)

    @numba.njit
    def find(index, places):
        return np.array([row_of(index, 0, 501, np.uint64(place)) for place in places])

    assert find(index, np.arange(rows.size)).tolist() == rows.tolist()
