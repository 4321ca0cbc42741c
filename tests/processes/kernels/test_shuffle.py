import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from loihi_sleep.processes.kernels.shuffle import shuffled_events


@given(st.integers(0, 30), st.integers(0, 2**63 - 1), st.integers(1, 10**6))
def test_as_many_distinct_neurons_as_spiked(count, seed, step):
    events = shuffled_events(count, 30, seed, step)
    assert len(set(events.tolist())) == count
    assert sorted(events.tolist()) == events.tolist()
    assert all(0 <= neuron < 30 for neuron in events)


def test_every_neuron_is_drawn_as_often():
    drawn = np.concatenate([shuffled_events(3, 10, 7, step) for step in range(1, 4001)])
    counts = np.bincount(drawn, minlength=10)
    # Four standard deviations of a count of 4000 draws with probability 0.3.
    assert (np.abs(counts - 1200) < 4 * np.sqrt(4000 * 0.3 * 0.7)).all()
