import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from loihi_sleep.processes.kernels.raster import pack_spikes, unpack_raster, word_count
from loihi_sleep.processes.kernels.schedule import advance, is_asleep


@given(arrays(bool, st.tuples(st.integers(1, 4), st.integers(1, 100))))
def test_packing_keeps_every_spike(spikes):
    packed = np.array([pack_spikes(row) for row in spikes])
    assert packed.shape == (len(spikes), word_count(spikes.shape[1]))
    assert (unpack_raster(packed, spikes.shape[1]) == spikes).all()
    assert packed.max() < 2**53  # a double, as Lava's runtime sends, holds it exactly


def test_two_awake_three_asleep_and_again():
    elapsed, phases = 0, []
    for _ in range(10):
        phases.append(is_asleep(elapsed, 2))
        elapsed = advance(elapsed, 2, 3)
    assert phases == [False, False, True, True, True] * 2
