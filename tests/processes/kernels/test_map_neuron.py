import numpy as np
import pytest

from loihi_sleep.processes.kernels.map_neuron import advance, advance_layer, rest, synaptic_current

ALPHA, SIGMA, GAMMA, V_RP = 3.65, 0.06, 0.6, 0.0
PARAMETERS = (ALPHA, 0.0005, SIGMA, 0.133, 1.0, GAMMA, V_RP)


def spike_times(injected=(), conductances=(), steps=600):
    """Spikes of one neuron that begins at rest; what is not given is 0."""
    v, y = rest(ALPHA, SIGMA)
    v_before, i_syn, times = v, 0.0, []
    for n in range(steps):
        i_in = injected[n] if n < len(injected) else 0.0
        a_in = conductances[n] if n < len(conductances) else 0.0
        before = v
        i_syn = synaptic_current(v, i_syn, a_in, GAMMA, V_RP)
        v, y = advance(v, v_before, y, i_syn + i_in, PARAMETERS)
        v_before = before
        if v_before > 0 and v > 0:
            times.append(n)
    return times


def test_rest_is_where_the_papers_code_begins():
    v, y = rest(ALPHA, SIGMA)
    assert v == pytest.approx(-0.94)
    assert y == pytest.approx(-2.8214, abs=1e-4)


def test_a_neuron_at_rest_stays_there():
    assert spike_times(steps=5000) == []


@pytest.mark.parametrize(
    ("steps", "least"), [(1, 0.54), (2, 0.27), (5, 0.11), (10, 0.06), (20, 0.03), (50, 0.02)]
)
def test_the_least_current_for_a_spike_falls_with_the_length_of_the_pulse(steps, least):
    assert len(spike_times([least] * steps)) == 1
    assert spike_times([least - 0.01] * steps) == []


@pytest.mark.parametrize(
    ("current", "spikes"),
    [(0.02, 0), (0.05, 3.2), (0.1, 6.8), (0.2, 15.8), (0.3, 31.6), (0.5, 54.4), (1.0, 120)],
)
def test_spikes_under_a_constant_current(current, spikes):
    times = np.array(spike_times([current] * 6000, steps=6000))
    assert np.count_nonzero(times >= 3000) / 5 == pytest.approx(spikes, rel=0.02)


def test_the_least_conductance_for_a_spike():
    assert spike_times(conductances=[0.23]) == []
    assert len(spike_times(conductances=[0.24])) == 1


def test_inhibition_takes_a_spike_back():
    assert spike_times(conductances=[0.3]) != []
    assert spike_times(conductances=[0.3 - 0.1]) == []


def test_a_layer_is_its_neurons():
    v, y = rest(ALPHA, SIGMA)
    state = [np.full(3, value) for value in (v, v, y, 0.0)]
    none = np.zeros(3)
    pulse = np.array([0.0, 0.6, 0.0])
    conductance = np.array([0.0, 0.0, 0.3])
    raster = [advance_layer(*state, conductance, pulse, PARAMETERS)]
    raster += [advance_layer(*state, none, none, PARAMETERS) for _ in range(599)]
    times = [np.flatnonzero(row).tolist() for row in np.array(raster).T]
    assert times == [[], spike_times([0.6]), spike_times(conductances=[0.3])]
