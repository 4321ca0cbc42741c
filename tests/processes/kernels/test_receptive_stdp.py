import numpy as np
import pytest

from loihi_sleep.processes.kernels.receptive_stdp import learn_receptive, transmit_sparse
from loihi_sleep.processes.kernels.release import released

SOURCES = np.array([[0, 1], [1, 2]])


def transmit(weights, spikes, release=0.0, step=1):
    conductance = np.zeros(len(weights))
    transmit_sparse(
        np.array(weights, float), SOURCES, np.array(spikes, float), 7, step, release, conductance
    )
    return conductance


def test_a_neuron_hears_its_own_inputs():
    assert transmit([[0.1, 0.2], [0.3, 0.4]], [0, 1, 0]).tolist() == [0.2, 0.3]
    assert transmit([[0.1, 0.2], [0.3, 0.4]], [1, 1, 1]) == pytest.approx([0.3, 0.7])


def test_release_noise_is_uniform_and_fair():
    factors = np.array([released(3, step, 5, 0.12) for step in range(4000)])
    assert 0.88 <= factors.min() < 0.881
    assert 1.119 < factors.max() <= 1.12
    # Four standard errors of a uniform mean.
    assert abs(factors.mean() - 1) < 4 * 0.24 / np.sqrt(12 * 4000)
    assert released(3, 1, 5, 0.0) == 1.0


def test_synapses_and_steps_have_noise_of_their_own():
    drawn = {released(3, step, synapse, 0.5) for step in range(20) for synapse in range(20)}
    assert len(drawn) == 400
    assert transmit([[1, 1], [1, 1]], [1, 1, 1], 0.12, step=2) == pytest.approx(
        [
            released(7, 2, 0, 0.12) + released(7, 2, 1, 0.12),
            released(7, 2, 2, 0.12) + released(7, 2, 3, 0.12),
        ]
    )


def learn(weights, last_spike, *, amount=0.5, tau=10.0, decay=0.0, least=0.0, largest=9.0):
    learned = np.array(weights, float)
    input_sum = learned.sum(axis=1)
    learn_receptive(
        learned,
        SOURCES,
        np.array(last_spike),
        input_sum,
        0,
        30,
        (amount, tau, decay, least, largest),
    )
    return learned, input_sum


def test_what_came_before_a_spike_grows_at_the_cost_of_the_rest():
    learned, _ = learn([[0.2, 0.2], [0.3, 0.4]], [30, -1, -1])
    # 0.2 * 1.5 = 0.3 against 0.2, scaled back to a sum of 0.4.
    assert learned[0] == pytest.approx([0.24, 0.16])
    assert learned[1].tolist() == [0.3, 0.4]


def test_late_pairs_count_less():
    learned, _ = learn([[0.2, 0.2], [0, 0]], [20, -1, -1])
    grown = 0.2 * (1 + 0.5 * np.exp(-1))
    assert learned[0, 0] == pytest.approx(0.4 * grown / (grown + 0.2))


def test_the_sum_shrinks_with_each_spike_to_its_least():
    learned, input_sum = learn([[0.3, 0.3], [0, 0]], [-1, -1, -1], decay=0.1)
    assert input_sum[0] == pytest.approx(0.54)
    assert learned[0] == pytest.approx([0.27, 0.27])
    _, input_sum = learn([[0.3, 0.3], [0, 0]], [-1, -1, -1], decay=0.9, least=0.5)
    assert input_sum[0] == 0.5


def test_weights_are_bounded():
    learned, _ = learn([[0.3, 0.1], [0, 0]], [30, -1, -1], largest=0.25)
    assert learned[0, 0] == 0.25
