import engines
import numpy as np
import pytest
from lava.proc.dense.process import Dense
from lava.proc.sparse.process import LearningSparse, Sparse

from loihi_sleep import consolidation, networks, rules, sleep
from loihi_sleep.networks.readout import classify, classify_in_spikes
from loihi_sleep.processes.spike_drive.process import SpikeDrive
from loihi_sleep.processes.spike_probe.process import SpikeProbe
from loihi_sleep.run.select import select
from loihi_sleep.run.session import Session


def potentials(layer, numerics, engine, steps=4):
    """Potential of the first neuron after each step, its inputs spiking all the time."""
    processes = networks.CubaNetwork((layer,)).build(numerics, seed=0)
    drive = SpikeDrive(shape=(layer.weights.shape[1],), rates=1.0, seed=0)
    processes.connect_input(drive.s_out)
    seen = []
    with Session(drive, engines.named(engine, numerics)) as session:
        for _ in range(steps):
            session.run(1)
            seen.append(float(session.get(processes.neurons[0].v)[0]))
    return seen


@pytest.mark.parametrize("engine", engines.MODELS_TOO)
def test_a_neuron_by_pencil_and_paper(engine):
    # u: 0, 100, 150, 175 behind a step for the synapse; v loses a quarter and takes u and bias 8.
    layer = networks.cuba_layer([[100]], vth=300, du=0.5, dv=0.25, bias=8)
    expected = [8, 6 + 108, 85.5 + 158, 0]
    assert potentials(layer, "float", engine) == expected
    # Six bits below a weight unit, and no bit is lost here.
    assert potentials(layer, "fixed", engine) == [64 * v for v in expected]


@pytest.mark.parametrize("engine", engines.MODELS_TOO)
def test_a_recurrent_neuron_with_a_bias_of_its_current_by_pencil_and_paper(engine):
    # u: 50, 25 + 50 + 100, 87.5 + 150 - 200 behind its own spike, 18.75 + 150.
    layer = networks.cuba_layer(
        [[100]], vth=150, du=0.5, dv=1.0, recurrent=[[-200]], current_bias=50
    )
    spiking = [50, 0, 37.5, 0]
    assert potentials(layer, "float", engine) == spiking
    assert potentials(layer, "fixed", engine) == [64 * v for v in spiking]
    # The same without spikes: u is seen in v.
    silent = networks.cuba_layer([[100]], vth=10_000, du=0.5, dv=1.0, current_bias=50)
    expected = [50, 175, 237.5, 268.75]
    assert potentials(silent, "float", engine) == expected
    assert potentials(silent, "fixed", engine) == [64 * v for v in expected]


def test_a_bias_of_a_current_that_forgets_is_one_of_the_potential():
    layer = networks.cuba_layer([[1.0]], vth=1, bias=2, current_bias=3)
    assert layer.bias == [5]
    assert layer.current_bias is None


def test_constants_that_are_equal_are_one_number():
    layer = networks.cuba_layer(np.ones((2, 1)), vth=[3, 3], du=[0.5, 0.25], dv=[0, 0])
    assert (layer.vth, layer.dv) == (3.0, 0.0)
    assert layer.du.tolist() == [0.5, 0.25]


def test_recurrent_weights_and_constants_per_neuron_are_rounded_in_one_unit():
    layer = networks.cuba_layer(
        [[1.27], [0.5]], vth=[1.0, 2.0], du=[0.3, 0.5], recurrent=[[0.0, -2.54], [0.1, 0.0]]
    )
    network, (unit,) = networks.CubaNetwork((layer,)).in_weight_units()
    (stored,) = network.layers
    assert unit == pytest.approx(0.01)
    assert stored.weights.tolist() == [[128], [50]]
    assert stored.recurrent.tolist() == [[0, -254], [10, 0]]
    assert stored.vth.tolist() == [100, 200]
    assert stored.du.tolist() == [1229 / 4096, 0.5]


def test_input_neurons_take_values_as_a_bias():
    neurons = networks.InputNeurons((1, 2), vth=8, du=1, dv=0.5, weight=4, bias=1)
    for values in ([[1, 2]], [1, 2]):
        lif = neurons.build(values, "fixed")
        assert (lif.bias_mant.init << lif.bias_exp.init).tolist() == [5 * 64, 9 * 64]
    assert (lif.vth.init, lif.du.init, lif.dv.init) == (8, 4095, 2048)
    for arguments, message in (
        (([1, 2, 3], "fixed"), r"values has shape \(3,\); it must have shape \(1, 2\)"),
        (([1, 3000], "fixed"), "input_neurons: bias holds 12001; it must be from -8190"),
    ):
        with pytest.raises(ValueError, match=message):
            neurons.build(*arguments)
    for changes, message in (
        ({"shape": [2]}, r"shape is \[2\]; it must be a tuple of integers from 1"),
        ({"shape": (0,)}, r"shape\[0\] is 0; it must be an integer from 1"),
        ({"dv": [0.5] * 3}, r"dv has shape \(3,\); it must have shape \(2,\)"),
        ({"weight": np.nan}, "weight holds nan"),
    ):
        with pytest.raises(ValueError, match=message):
            networks.InputNeurons(**(vars(neurons) | changes))


def test_delays_add_to_the_step_of_every_synapse():
    layer = networks.cuba_layer([[10, 20]], vth=300, dv=1.0, delays=[[0, 2]])
    assert potentials(layer, "fixed", "compiled", 5) == [0, 640, 640, 30 * 64, 30 * 64]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"vth": -1}, "vth holds -1"),
        ({"du": 1.5}, "du holds 1.5; it must be from 0 to 1"),
        ({"bias": [1, 2]}, r"bias has shape \(2,\); it must have shape \(1,\)"),
        ({"weights": [1, 2]}, r"weights has shape \(2,\); it must be \(post, pre\)"),
        ({"delays": 63}, "delays holds 63; it must be from 0 to 62"),
        ({"delays": 0.5}, "delays holds 0.5; steps are whole"),
        ({"delays": 1, "rule": rules.stdp(1, 1)}, "Lava has no plastic synapses with delays"),
        ({"delays": 1, "sparse": True}, "sparse synapses with delays are not built"),
        ({"weights": [[0.0, 0.0]], "sparse": True}, "sparse is true and all weights are 0"),
        ({"sparse": "yes"}, "sparse is 'yes'; it must be true or false"),
        ({"rule": "stdp"}, "rule is 'stdp'; it must be a Rule"),
        ({"recurrent": [[1.0, 2.0]]}, r"recurrent has shape \(1, 2\); it must have shape \(1, 1\)"),
        ({"current_bias": 1, "du": 0}, "current_bias is not 0 and du is 0"),
        ({"vth": [1, 2]}, r"vth has shape \(2,\); it must have shape \(1,\)"),
    ],
)
def test_parameters_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        networks.cuba_layer(**({"weights": [[1.0, 2.0]], "vth": 10} | options))


@pytest.mark.parametrize(
    ("misuse", "message"),
    [
        (lambda network: networks.CubaNetwork(3), "layers is 3; it must be a tuple of layers"),
        (lambda network: networks.CubaNetwork((network,)), r"layers\[0\] is .*must be a CubaLayer"),
        (lambda network: networks.CubaNetwork(network.layers, 3), "input_neurons is 3; it must be"),
        (
            lambda network: networks.CubaNetwork(network.layers, shuffled=2),
            "shuffled is 2; it must be True or False",
        ),
        (
            lambda network: network.with_weights(3),
            "weights is 3; it must be a list with one a layer",
        ),
        (lambda network: network.plastic(3), "rule is 3; it must be a list with one a layer"),
        (lambda network: network.plastic(["stdp"]), r"rule\[0\] is 'stdp'; it must be a Rule"),
        (lambda network: network.sparse([1, 2]), "layers has 2 values; the network has 1 layers"),
        (lambda network: network.sparse("a"), "layers is 'a'; it must be a list with one a layer"),
        (lambda network: network.scaled([0]), "factor is 0; it must be above 0"),
        (lambda network: network.in_weight_units("x"), "headroom is 'x'; it must be numeric"),
        (lambda network: network.build("double"), "numerics is 'double'; it must be one of float"),
        (lambda network: network.build("fixed", "x"), "seed is 'x'; it must be an integer"),
        (lambda network: network.build("fixed", reset_interval=0.5), "reset_interval is 0.5"),
        (lambda network: network.build("fixed", reset_interval=2), "has a bias of the current"),
    ],
)
def test_misuse_is_refused_by_name(misuse, message):
    layer = networks.cuba_layer([[2.0, 4.0]], vth=8, du=0.5, current_bias=1)
    with pytest.raises(ValueError, match=message):
        misuse(networks.CubaNetwork((layer,)))


def test_a_network_is_read_out_without_its_input_neurons():
    layer = networks.cuba_layer(np.diag([100.0, 100.0]), vth=150)
    neurons = networks.InputNeurons((2,), vth=8, du=1, dv=0.5, weight=4, bias=1)
    x, classes = np.array([[1.0, 0.2], [0.1, 0.9], [0.8, 0.3]]), []
    for own in (None, neurons):
        network = networks.CubaNetwork((layer,), own)
        run_cfg = select("compiled", "fixed")
        classes.append(classify(network, x, run_cfg, steps=7, gain=0.9, seed=0).tolist())
    assert classes[0] == classes[1] == [0, 1, 0]


def test_input_neurons_must_fit_the_first_layer():
    neurons = networks.InputNeurons((3,), vth=8, du=1, dv=0.5, weight=4, bias=1)
    with pytest.raises(ValueError, match="input_neurons has 3 neurons; layers.0. has weights of"):
        networks.CubaNetwork((networks.cuba_layer([[2.0, 4.0]], vth=8),), neurons)


def test_layers_must_fit_each_other():
    layers = tuple(networks.cuba_layer(np.ones(shape), vth=1) for shape in ((3, 2), (1, 4)))
    with pytest.raises(ValueError, match=r"layers\[1\] has weights of shape \(1, 4\); it must tak"):
        networks.CubaNetwork(layers)
    with pytest.raises(ValueError, match="layers is empty"):
        networks.CubaNetwork(())
    network = networks.CubaNetwork(layers[:1])
    with pytest.raises(ValueError, match="rule has 2 rules; the network has 1 layers"):
        network.plastic([rules.stdp(1, 1), None])
    with pytest.raises(ValueError, match="weights has 2 matrices; the network has 1 layers"):
        network.with_weights([np.ones((3, 2)), np.ones((1, 3))])
    with pytest.raises(ValueError, match="no layer of the network has a learning rule"):
        consolidation.put_to_sleep(network, sleep.Night(steps=1, drive=sleep.Poisson(0.5), seed=0))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weights": [[1.0, 2.5]]}, r"layers\[0\]: weights hold 2.5; such a layer stores integers"),
        ({"weights": [[129.0, -2.0]]}, r"weights hold 129; such a layer stores even integers, -25"),
        ({"rule": rules.stdp(1, 1), "weights": [[1.0, 2.0]]}, "weights hold 1; such a layer stor"),
        ({"vth": 0.5}, r"layers\[0\]: vth is 0.5; fixed numerics stores integers"),
        ({"du": 0.1}, r"layers\[0\]: du in 4096ths is 409.6"),
        ({"bias": 9000}, r"layers\[0\]: bias holds 9000; it must be from -8190 to 8190"),
    ],
)
def test_fixed_refuses_what_it_cannot_store(options, message):
    layer = networks.cuba_layer(**({"weights": [[2.0, 4.0]], "vth": 10} | options))
    network = networks.CubaNetwork((layer,))
    with pytest.raises(ValueError, match=message):
        network.build("fixed", seed=0)
    network.build("float", seed=0)


def test_weight_units_divide_a_layer_by_one_number():
    layer = networks.cuba_layer([[0.5, -0.25]], vth=1.0, du=0.3, dv=0.1, bias=0.125)
    network, (unit,) = networks.CubaNetwork((layer,)).in_weight_units()
    (rounded,) = network.layers
    assert unit == 0.5 / 254
    assert rounded.weights.tolist() == [[254, -128]]
    assert (rounded.vth, rounded.du, rounded.dv) == (508, 1229 / 4096, 410 / 4096)
    assert rounded.bias == pytest.approx(63.5)
    (back,) = network.scaled([unit]).layers
    assert (back.vth, back.bias) == pytest.approx((1.0, 0.125))
    far = networks.CubaNetwork((networks.cuba_layer([[1e-6]], vth=1.0),))
    with pytest.raises(ValueError, match=r"layers\[0\] has a threshold of 2.54e\+08 weight units"):
        far.in_weight_units()


def test_a_network_without_leak_is_read_out_as_a_layered_one_is():
    rng = np.random.default_rng(0)
    weights = [2.0 * rng.integers(-20, 40, (6, 9)), 2.0 * rng.integers(-20, 40, (4, 6))]
    vth, x = (150, 120), rng.random((30, 9))
    layers = [networks.cuba_layer(w, vth=v) for w, v in zip(weights, vth, strict=True)]
    settings = {"steps": 12, "gain": 0.7, "seed": 3}
    run_cfg = select("compiled")
    expected = classify_in_spikes(weights, vth, x, run_cfg, **settings)
    network = networks.CubaNetwork(tuple(layers))
    assert (classify(network, x, run_cfg, **settings) == expected).all()
    assert (classify(network, x[:5], engines.models(), **settings) == expected[:5]).all()
    assert len(set(expected)) > 1


def pruned_network():
    """Two layers of LIF neurons without leak; six tenths of the synapses are gone."""
    rng = np.random.default_rng(0)
    layers = [
        networks.cuba_layer(
            2.0 * rng.integers(-50, 100, shape) * (rng.random(shape) < 0.4), vth=threshold
        )
        for shape, threshold in (((8, 12), 120), ((5, 8), 90))
    ]
    return networks.CubaNetwork(tuple(layers))


def output_spikes(network, numerics, steps=60):
    processes = network.build(numerics)
    drive, probe = SpikeDrive(rates=np.full(12, 0.4), shape=(12,), seed=3), SpikeProbe(shape=(5,))
    processes.connect_input(drive.s_out)
    processes.neurons[-1].s_out.connect(probe.s_in)
    with Session(drive, select("compiled", numerics)) as session:
        session.run(steps)
        return session.get(probe.count)


@pytest.mark.parametrize("numerics", ["fixed", "float"])
def test_sparse_layers_spike_as_dense_ones(numerics):
    network = pruned_network()
    dense, sparse = (output_spikes(each, numerics) for each in (network, network.sparse()))
    assert (sparse == dense).all()
    assert sparse.sum() > 10


def test_layers_are_sparse_where_they_are_said_to_be():
    network = pruned_network().sparse([True, False])
    assert [type(one) for one in network.build("fixed").synapses] == [Sparse, Dense]
    plastic = network.plastic([rules.sleep_hebb(0.2, 0.73), None])
    assert [type(one) for one in plastic.build("fixed").synapses] == [LearningSparse, Dense]


@pytest.mark.parametrize("gated", [False, True])
def test_pruned_synapses_stay_pruned_in_sleep(gated):
    network = pruned_network()
    plastic = network.sparse().plastic(rules.sleep_hebb(0.2, 0.73, gated=gated))
    night = sleep.Night(steps=150, drive=sleep.Poisson(np.full(12, 0.3)), seed=1)
    mornings = [
        consolidation.put_to_sleep(plastic, night, engines.named(engine, "fixed"))
        for engine in engines.MODELS_TOO
    ]
    for layer, before, after, other in zip(network.layers, network.weights, *mornings, strict=True):
        assert (after == other).all()
        assert not after[before == 0].any()
        assert (after != before).sum() > layer.weights.size / 10
