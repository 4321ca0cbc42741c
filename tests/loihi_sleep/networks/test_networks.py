import engines
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from loihi_sleep import networks, rules
from loihi_sleep.networks.normalization import released_gains, thresholds
from loihi_sleep.networks.readout import classify_in_spikes
from loihi_sleep.processes.spike_drive.process import SpikeDrive
from loihi_sleep.processes.spike_probe.process import SpikeProbe
from loihi_sleep.run.session import Session
from loihi_sleep.sleep.sleeper import Sleeper
from loihi_sleep.training.sgd import activations

REAL = arrays(float, (3, 4), elements=st.floats(-10, 10, allow_subnormal=False))


@given(REAL, st.floats(1, 3))
def test_quantized_weights_are_even_in_range_and_close(weights, headroom):
    quantized = networks.quantize([weights], headroom)
    units = quantized.units[0]
    assert (units % 2 == 0).all()
    assert units.min() >= -256
    assert units.max() <= 254
    assert np.abs(quantized.real()[0] - weights).max() <= quantized.unit[0] * 1.001
    unrounded = networks.quantize([weights], headroom, rounded=False)
    assert np.allclose(unrounded.real()[0], weights, rtol=1e-12, atol=1e-300)


def test_headroom_and_zero_weights():
    assert networks.quantize([[[1.0, -0.5]]]).units[0].tolist() == [[254, -128]]
    assert networks.quantize([[[1.0, -0.5]]], headroom=2.0).units[0].tolist() == [[128, -64]]
    assert networks.quantize([[[0.0, 0.0]]]).units[0].tolist() == [[0, 0]]


def test_thresholds_balance_layers():
    # 2 / 1 / 0.01 and 3 / 2 / 0.02, then a layer that was never active: silent, as is what follows.
    vth = thresholds((1.0, 0.5, 1.0, 1.0), np.array([2.0, 3.0, 0.0, 1.0]), (0.01, 0.02, 1, 1))
    assert vth == (200, 38, 131071, 131071)
    with pytest.raises(ValueError, match=r"factors\[1\] is 0"):
        thresholds((1.0, 0.0), np.ones(2), (1.0, 1.0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((2, 3), [np.zeros((3, 3))]), r"weights\[0\] has shape \(3, 3\); it must have shape"),
        (((2, 3, 1), [np.zeros((3, 2))]), r"weights has 1 matrices; sizes \(2, 3, 1\) need 2"),
        (((2, 3), [np.full((3, 2), np.nan)]), r"weights\[0\] holds nan; it must be finite"),
        (((2, 3), [np.full((3, 2), 300.0)]), r"weights\[0\] holds 300; it must be from -256"),
        (((2,), []), "needs an input and at least one layer"),
        (((2, 0), [np.zeros((0, 2))]), r"sizes\[1\] is 0"),
    ],
)
def test_weights_that_do_not_fit_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        networks.layered(*arguments)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"vth": -1}, "vth is -1; it must be an integer from 0 to 131071"),
        ({"vth": (1, 2)}, "vth has 2 values; it must have 1"),
        ({"leak": 1.0}, "leak holds 1; it must be from 0 to"),
        ({"rule": "oja"}, "rule is 'oja'"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        networks.layered((2, 1), [np.zeros((1, 2))], **options)


def test_fixed_numerics_refuse_weights_that_a_synapse_cannot_store():
    network = networks.layered((2, 1), [[[3.0, 2.0]]])
    with pytest.raises(ValueError, match=r"layers\[0\]: weights hold 3; .* even integers"):
        network.build("fixed", seed=0)
    network.build("float", seed=0)


@pytest.mark.parametrize("numerics", ["float", "fixed"])
def test_a_neuron_integrates_leaks_spikes_and_starts_again(numerics):
    # Weight 100, threshold 250, no learning to speak of: 100, 200, 300 -> a spike every third step.
    network = networks.layered((1, 1), [[[100.0]]], vth=250, leak=0.0)
    processes = network.build(numerics, seed=0)
    drive = SpikeDrive(shape=(1,), rates=1.0, seed=0)
    processes.connect_input(drive.s_out)
    probe = SpikeProbe(shape=(1,), raster_steps=5)
    processes.neurons[0].s_out.connect(probe.s_in)
    with Session(drive, engines.select(numerics)) as session:
        session.run(4)
        # One step for the synapse, then 100, 200, 300: the first spike comes in step 4.
        assert session.get(probe.raster)[:, 0].tolist() == [0, 0, 0, 1, 0]
        assert session.get(processes.neurons[0].v).tolist() == [0]


@pytest.mark.parametrize("numerics", ["float", "fixed"])
def test_spiking_readout_agrees_with_the_relu_network(numerics):
    rng = np.random.default_rng(1)
    real = [rng.normal(0, 0.4, (30, 12)), rng.normal(0, 0.4, (4, 30))]
    x = rng.random((40, 12))
    expected = activations(real, x)
    quantized = networks.quantize(real)
    vth = thresholds((0.5, 0.3), np.array([a.max() for a in expected]), quantized.unit)
    run_cfg = engines.select(numerics)
    predicted = classify_in_spikes(quantized.units, vth, x, run_cfg, steps=200, gain=1.0, seed=3)
    # Random weights put many inputs on the border between classes; chance is 25 %.
    assert (predicted == expected[-1].argmax(axis=1)).mean() > 0.75


def test_an_input_that_makes_no_spike_gets_no_class():
    x = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    weights = [np.array([[100.0, 0.0], [0.0, 100.0]])]
    run_cfg = engines.select("fixed")
    predicted = classify_in_spikes(weights, (150,), x, run_cfg, steps=10, gain=1.0, seed=0)
    assert predicted.tolist() == [-1, 0, 1]


def test_weights_that_integers_would_cut_are_refused():
    x, weights = np.ones((1, 2)), [np.array([[2.0, 0.9]])]
    with pytest.raises(ValueError, match=r"weights\[0\] holds 0.9; in fixed .*quantize makes"):
        classify_in_spikes(weights, (1,), x, engines.select("fixed"), steps=1, gain=1.0, seed=0)
    with pytest.raises(ValueError, match=r"x has shape \(0, 2\); it must have at least one sample"):
        classify_in_spikes(weights, (1,), x[:0], engines.select(), steps=1, gain=1.0, seed=0)


def test_released_gains_divide_by_the_factor_of_the_layer_before():
    # s = max(weight, activation) = 2, 6, 3; f = 2, 6 / 2 = 3, 3 / 3 = 1.
    weights = [np.array([[2.0, -9.0]]), np.array([[0.5]]), np.array([[3.0]])]
    gains = released_gains(weights, np.array([1.0, 6.0, 0.0]))
    assert gains == pytest.approx((1 / 2, 1 / 3, 1.0))
    with pytest.raises(ValueError, match="layer 0 has no positive weight and was never active"):
        released_gains([np.array([[-1.0]])], np.array([0.0]))


def test_a_layer_may_have_a_rule_of_its_own():
    weights = [np.zeros((3, 2)), np.zeros((1, 3))]
    network = networks.layered((2, 3, 1), weights, [rules.sleep_hebb(1, 2), rules.stdp(3, 4)])
    assert [layer.rule.name for layer in network.layers] == ["sleep_hebb", "stdp"]
    with pytest.raises(ValueError, match="rule has 1 rules; the network has 2 layers"):
        networks.layered((2, 3, 1), weights, [rules.sleep_hebb(1, 2)])


def test_read_out_is_the_same_whether_inputs_stand_side_by_side_or_not():
    rng = np.random.default_rng(0)
    weights = [2.0 * rng.integers(-20, 40, (6, 9)), 2.0 * rng.integers(-20, 40, (4, 6))]
    x = rng.random((11, 9))
    lava, compiled = (
        classify_in_spikes(
            weights, (150, 120), x, engines.named(engine), steps=12, gain=1.0, seed=3
        )
        for engine in engines.MODELS_TOO
    )
    assert (lava == compiled).all()
    assert len(set(compiled)) > 1


@pytest.mark.parametrize(
    "network",
    [
        networks.layered((2, 1), [[[3.0, 2.0]]]),
        networks.CubaNetwork((networks.cuba_layer([[1.0]], vth=2),)),
        networks.gated([[[1.0]]], gains=(1,), vth=(1,), leak=0, potentiation=1, depression=1),
    ],
)
def test_every_network_is_a_sleeper(network):
    assert isinstance(network, Sleeper)
    processes = network.build("float", 0)
    assert [port.shape for port in processes.spikes] == [(size,) for size in network.sizes[1:]]
    assert [var.shape for var in processes.weights] == [w.shape for w in network.weights]


def test_each_layer_may_have_a_headroom_of_its_own():
    weights = [np.array([[1.0, -0.5]]), np.array([[2.0]])]
    together = networks.quantize(weights, [1.0, 2.0])
    apart = [networks.quantize([weights[i]], room) for i, room in enumerate((1.0, 2.0))]
    assert together.unit == tuple(one.unit[0] for one in apart)
    for units, one in zip(together.units, apart, strict=True):
        assert (units == one.units[0]).all()
    with pytest.raises(ValueError, match=r"headroom\[1\] holds 0.5; it must be from 1"):
        networks.quantize(weights, [1.0, 0.5])
    with pytest.raises(ValueError, match="headroom has 1 values; it must have 2"):
        networks.quantize(weights, [1.0])
