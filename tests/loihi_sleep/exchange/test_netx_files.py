import subprocess
import sys
from itertools import pairwise

import engines
import h5py
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from lava.lib.dl import slayer
from lava.lib.dl.netx import hdf5
from lava.proc.dense.process import DelayDense, Dense, LearningDense
from lava.proc.lif.process import LIF
from net_files import write_by_hand
from rasters import export, of_network, of_netx, raster

from loihi_sleep import consolidation, exchange, networks, rules, sleep
from loihi_sleep.fit import check
from loihi_sleep.processes.kernels.raster import unpack_raster
from loihi_sleep.processes.spike_probe.process import SpikeProbe
from loihi_sleep.run.select import select
from loihi_sleep.run.session import Session

NEURON = ("neuron/type", "neuron/iDecay", "neuron/vDecay", "neuron/vThMant")

FINE = {"weight": np.array([[2.0, -4.0]])}
INPUT = {"type": np.array([b"input"], dtype="S10"), "shape": np.array([2])}
RECURRENT = {**FINE, "type": np.array([b"dense_rec"]), "weight_rec": np.array([[6.0]])}


def blocks(sizes=(12, 9, 5), decays=(0.25, 0.03), threshold=1.0, delay=False, norm=False):
    """SLAYER blocks that have seen an input, as after training."""
    torch.manual_seed(sum(sizes))
    parameters = {"threshold": threshold, "current_decay": decays[0], "voltage_decay": decays[1]}
    if norm:
        parameters |= {"norm": slayer.neuron.norm.MeanOnlyBatchNorm}
    made = [
        slayer.block.cuba.Dense(parameters, pre, post, weight_scale=3, delay=delay)
        for pre, post in pairwise(sizes)
    ]
    spikes = slayer_input(raster(sizes[0], 40, seed=1))
    for block in made:
        spikes = block(spikes)
        if delay:
            block.delay.delay.data = torch.arange(block.delay.delay.numel()).float() % 4
    return made


def slayer_input(spikes):
    return torch.tensor(spikes.T[np.newaxis]).float()


def of_slayer(made, spikes):
    with torch.no_grad():
        signal = slayer_input(spikes)
        for block in made:
            signal = block.eval()(signal)
    return signal[0].numpy().T > 0


KINDS = {
    "current and potential decay": {},
    "one layer": {"sizes": (7, 4)},
    "four layers": {"sizes": (8, 9, 7, 6, 3)},
    "current forgets": {"decays": (1.0, 0.1)},
    "current never decays": {"decays": (0.0, 0.1), "threshold": 30.0},
    "potential never decays": {"decays": (0.5, 0.0), "threshold": 4.0},
    "potential forgets": {"decays": (0.5, 1.0)},
    "biased": {"norm": True},
    "delayed": {"delay": True},
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_spikes_are_those_of_netx_and_of_slayer(kind, tmp_path):
    made = blocks(**kind)
    path, spikes = export(tmp_path / "a.net", made), raster(made[0].synapse.in_channels, 60)
    network = exchange.read_net(path)
    expected = of_netx(path, spikes)
    assert 0 < expected.sum() < expected.size
    for engine in {engines.chosen, "compiled"}:
        assert (of_network(network, spikes, engine) == expected).all()
    assert (of_slayer(made, spikes) == expected).all()


def test_an_affine_layer_stays_silent_as_in_netx(tmp_path):
    made = blocks()
    affine = slayer.block.cuba.Affine(
        {"threshold": 1.0, "current_decay": 0.25, "voltage_decay": 0.03}, 5, 3, weight_scale=3
    )
    path, spikes = export(tmp_path / "a.net", [*made, affine]), raster(12, 50)
    network = exchange.read_net(path)
    assert not of_netx(path, spikes).any()
    for engine in {engines.chosen, "compiled"}:
        assert not of_network(network, spikes, engine).any()
    # Its threshold of 18 bits is beyond a chip.
    fit = check(network.build("fixed").neurons[0])
    assert not fit.fits
    assert "vth holds 262143" in fit.text()


def test_neurons_start_from_rest_when_those_of_netx_do(tmp_path):
    made = blocks(decays=(0.1, 0.01))
    path, spikes = export(tmp_path / "a.net", made), raster(12, 60, rate=0.1)
    options = {"reset_interval": 8, "reset_offset": 3}
    expected = of_netx(path, spikes, **options)
    network = exchange.read_net(path)
    for engine in {engines.chosen, "compiled"}:
        assert (of_network(network, spikes, engine, **options) == expected).all()
    assert (expected != of_netx(path, spikes)).any()


def of_input_neurons(neurons, port_out, steps, engine):
    """Spikes of neurons that take their input as a bias."""
    probe = SpikeProbe(shape=port_out.shape, raster_steps=steps)
    port_out.connect(probe.s_in)
    with Session(neurons, select(engine, "fixed")) as session:
        session.run(steps)
        return unpack_raster(session.get(probe.raster), port_out.shape[0])


@pytest.mark.parametrize(
    ("shape", "options"),
    [
        pytest.param((6,), {}, marks=pytest.mark.slow),
        ((2, 1, 3), {"reset_interval": 8, "reset_offset": 3}),
    ],
)
def test_input_neurons_turn_values_into_the_spikes_of_netx(shape, options, tmp_path):
    rng = np.random.default_rng(0)
    # NetX gives its input a shape of (columns, rows, channels) and turns it around to flatten it.
    flatten = {"type": np.array([b"flatten"], dtype="S10"), **dict.fromkeys(NEURON)}
    layers = [
        INPUT
        | {"shape": np.array(shape), "weight": np.array([[7.0]]), "bias": np.array([[3.0]])}
        | {"neuron/iDecay": 4096, "neuron/vDecay": 200},
        *([flatten] if len(shape) > 1 else []),
        {"weight": rng.integers(-50, 90, (5, 6))},
        {"weight": 2 * rng.integers(-50, 90, (4, 5)), "bias": np.array([3, -9, 0, 11])},
    ]
    path, values = write_by_hand(tmp_path / "a.net", layers), rng.integers(-3, 12, shape)
    netx = hdf5.Network(str(path), **options)
    transform = netx.in_layer.transform
    bias = transform["weight"] * values + transform["bias"]
    netx.in_layer.neuron.bias_mant.init = bias.transpose()
    expected = of_input_neurons(netx, netx.out, 60, "lava")
    assert 0 < expected.sum() < expected.size

    def ours(network, engine):
        neurons = network.input_neurons.build(values, "fixed", **options)
        behind = {"reset_offset": options["reset_offset"] + 1} if options else {}
        processes = network.build("fixed", **(options | behind))
        processes.connect_input(neurons.s_out)
        return of_input_neurons(neurons, processes.neurons[-1].s_out, 60, engine)

    network = exchange.read_net(path)
    assert (ours(network, "lava") == expected).all()
    assert (ours(network, "compiled") == expected).all()
    exchange.write_net(tmp_path / "b.net", network)
    assert (ours(exchange.read_net(tmp_path / "b.net"), "compiled") == expected).all()


@pytest.mark.slow
def test_recurrent_layers_and_constants_per_neuron_spike_as_in_netx(tmp_path):
    rng = np.random.default_rng(0)

    def constants(post):
        return {
            "neuron/iDecay": rng.integers(0, 4097, post),
            "neuron/vDecay": rng.integers(0, 4097, post),
            "neuron/vThMant": rng.integers(0, 200, post),
        }

    recurrent = {"type": np.array([b"dense_rec"], dtype="S10")}
    layers = [
        recurrent
        | {"weight": rng.integers(-50, 90, (5, 6)), "weight_rec": rng.integers(-60, 30, (5, 5))}
        | constants(5),
        recurrent | {"weight": rng.integers(1, 90, (3, 5)), "weight_rec": 2 * np.ones((3, 3))},
        {"weight": 2 * rng.integers(-50, 90, (4, 3)), "bias": np.array([3, -9, 0, 11])}
        | constants(4),
    ]
    path, spikes = write_by_hand(tmp_path / "a.net", layers), raster(6, 60)
    network = exchange.read_net(path)
    assert network.layers[0].vth.tolist() == layers[0]["neuron/vThMant"].tolist()
    expected = of_netx(path, spikes)
    assert 0 < expected.sum() < expected.size
    assert (of_network(network, spikes, "lava") == expected).all()
    exchange.write_net(tmp_path / "b.net", network)
    again = exchange.read_net(tmp_path / "b.net")
    for one, two in zip(network.layers, again.layers, strict=True):
        for name in ("weights", "vth", "du", "dv", "bias", "recurrent"):
            assert np.array_equal(getattr(one, name), getattr(two, name)), name


def test_a_recurrent_slayer_block_spikes_as_in_netx(tmp_path):
    torch.manual_seed(0)
    parameters = {"threshold": 1.0, "current_decay": 0.5, "voltage_decay": 0.1}
    block = slayer.block.cuba.Recurrent(parameters, 6, 5, weight_scale=2)
    block(slayer_input(raster(6, 40, seed=1)))
    path, spikes = export(tmp_path / "a.net", [block]), raster(6, 60)
    network = exchange.read_net(path)
    assert network.layers[0].recurrent.any()
    expected = of_netx(path, spikes)
    assert 0 < expected.sum() < expected.size
    assert (of_network(network, spikes, "lava") == expected).all()
    assert (of_network(network, spikes, "compiled") == expected).all()


def test_a_layer_without_neurons_never_spikes_as_in_netx(tmp_path):
    affine = slayer.block.cuba.Affine(
        {"threshold": 1.0, "current_decay": 0.5, "voltage_decay": 0.1}, 12, 3, dynamics=False
    )
    network = exchange.read_net(export(tmp_path / "a.net", [affine]))
    layer, netx = network.layers[0], hdf5.Network(str(tmp_path / "a.net"))
    neurons = network.build("fixed").neurons[0]
    for name in ("vth", "du", "dv"):
        assert getattr(neurons, name).init == getattr(netx.out_layer.neuron, name).init, name
    assert (layer.vth, layer.du, layer.dv) == (2**17, 0.0, 1.0)


def test_files_of_old_name_their_gradients_which_say_nothing_of_spikes(tmp_path):
    old = {"neuron/theta": 1600, "neuron/tauRho": 0.5, "neuron/scaleRho": 1.0, "neuron/wgtExp": 0}
    path = write_by_hand(tmp_path / "a.net", [FINE | old | {"neuron/type": "LOIHI"}])
    assert exchange.read_net(path).layers[0].vth == 80


EVEN = st.integers(-128, 127).map(lambda half: 2 * half)
WEIGHTS = st.sampled_from(
    [
        EVEN,
        st.integers(-128, 127),
        st.integers(0, 255),
        st.integers(-60, 60).map(lambda quarter: 4 * quarter),
    ]
)


@st.composite
def layers_of_files(draw):
    sizes = draw(st.lists(st.integers(1, 5), min_size=2, max_size=4))
    layers = []
    for pre, post in pairwise(sizes):
        kind = draw(WEIGHTS)
        weights = draw(st.lists(kind, min_size=pre * post, max_size=pre * post))
        # Without a weight above 0 NetX may read something else; see the test below.
        weights[draw(st.integers(0, pre * post - 1))] = draw(st.integers(1, 60)) * 2
        layer = {
            "weight": np.reshape(weights, (post, pre)).astype(np.float32),
            "neuron/iDecay": draw(st.integers(0, 4096)),
            "neuron/vDecay": draw(st.integers(0, 4096)),
            "neuron/vThMant": draw(st.integers(0, 400)),
        }
        if draw(st.booleans()):
            layer["bias"] = np.array(
                draw(st.lists(st.integers(-60, 120), min_size=post, max_size=post))
            )
        if draw(st.booleans()):
            between = draw(st.lists(kind, min_size=post**2, max_size=post**2))
            # Likewise: of one sign -256 cannot be stored, and is refused.
            between[draw(st.integers(0, post**2 - 1))] = draw(st.integers(1, 60)) * 2
            layer |= {"type": np.array([b"dense_rec"], dtype="S10")}
            layer |= {"weight_rec": np.reshape(between, (post, post)).astype(np.float32)}
        elif draw(st.booleans()):
            delays = st.integers(0, 6)
            size = draw(st.sampled_from([(post,), (pre,), (post, pre)]))
            count = int(np.prod(size))
            layer["delay"] = np.reshape(
                draw(st.lists(delays, min_size=count, max_size=count)), size
            ).astype(np.float32)
        layers.append(layer)
    return layers


@settings(max_examples=settings.default.max_examples // 4)
@given(layers_of_files(), st.integers(0, 2**31))
def test_any_file_spikes_as_in_netx(tmp_path_factory, layers, seed):
    # Both on the engine, which is equal to Lava's simulator and starts at once.
    path = write_by_hand(tmp_path_factory.mktemp("net") / "a.net", layers)
    spikes = raster(layers[0]["weight"].shape[1], 40, seed, rate=0.4)
    network = exchange.read_net(path)
    expected = of_netx(path, spikes, "compiled")
    assert (of_network(network, spikes) == expected).all()
    exchange.write_net(path, network)
    assert (of_netx(path, spikes, "compiled") == expected).all()
    again = exchange.read_net(path)
    assert all(
        np.array_equal(getattr(one, name), getattr(two, name))
        for one, two in zip(network.layers, again.layers, strict=True)
        for name in ("weights", "bias", "recurrent")
    )


@pytest.mark.slow
def test_odd_weights_one_sign_and_delays_spike_as_in_netx_on_lavas_simulator(tmp_path):
    rng = np.random.default_rng(0)
    layers = [
        {"weight": rng.integers(-50, 90, (5, 6)), "delay": rng.integers(0, 5, (5, 6))},
        {"weight": rng.integers(1, 101, (4, 5)), "bias": np.array([3, -9, 0, 11])},
        {"weight": rng.integers(-128, 128, (4, 4)), "neuron/iDecay": 4096},
    ]
    path, spikes = write_by_hand(tmp_path / "a.net", layers), raster(6, 60)
    expected = of_netx(path, spikes, "lava")
    assert 0 < expected.sum() < expected.size
    assert (of_network(exchange.read_net(path), spikes, "lava") == expected).all()
    assert (of_network(exchange.read_net(path), spikes) == expected).all()


def test_a_file_becomes_lavas_own_processes(tmp_path):
    layers = [
        {"weight": np.array([[2, -4]]), "bias": np.array([3]), "delay": np.array([5.0])},
        {"weight": np.array([[101], [-7]])},
        {"weight": np.array([[6, 8]])},
    ]
    network = exchange.read_net(write_by_hand(tmp_path / "a.net", layers))
    network = network.plastic([None, None, rules.sleep_hebb(2, 1)])
    processes = network.build("fixed", seed=1)
    assert [type(one) for one in processes.synapses] == [DelayDense, Dense, LearningDense]
    assert all(type(one) is LIF for one in processes.neurons)
    neurons = processes.neurons[0]
    # iDecay 1024 with Lava's 1 taken off, vDecay 128, vThMant 80; 3 units are 3 * 2**6.
    values = {var.name: np.asarray(var.init).ravel()[0] for var in neurons.vars}
    assert [values[name] for name in ("du", "dv", "vth")] == [1023, 128, 80]
    assert values["bias_mant"] << values["bias_exp"] == 3 * 64
    assert processes.synapses[0].delays.init.tolist() == [[5, 5]]
    # Odd weights of both signs do not fit 8 bits with their sign: doubled, and halved again.
    assert processes.synapses[1].weights.init.tolist() == [[202], [-14]]
    assert processes.synapses[1].proc_params.get("weight_exp") == -1
    assert check(neurons).fits


def test_a_loaded_network_sleeps_and_goes_back(tmp_path):
    path = export(tmp_path / "a.net", blocks(sizes=(12, 10, 6)))
    trained = exchange.read_net(path)
    plastic = trained.plastic(rules.sleep_hebb(8, 2))
    night = sleep.Night(steps=120, drive=sleep.Poisson(np.linspace(0.1, 0.6, 12)), seed=4)
    compiled = consolidation.put_to_sleep(plastic, night, select("compiled", "fixed"))
    chosen = consolidation.put_to_sleep(plastic, night, engines.select("fixed"))
    assert all((one == two).all() for one, two in zip(compiled, chosen, strict=True))
    assert all((w != old).any() for w, old in zip(compiled, trained.weights, strict=True))
    slept = plastic.with_weights(compiled).static()
    exchange.write_net(path, slept)
    spikes = raster(12, 60, seed=3)
    assert (of_netx(path, spikes) == of_network(slept, spikes)).all()
    assert (of_network(slept, spikes) != of_network(trained, spikes)).any()


def test_static_layers_stay_as_they_are_in_a_night(tmp_path):
    layers = [{"weight": np.full((3, 4), 40)}, {"weight": np.array([[31, -7, 60]])}]
    network = exchange.read_net(write_by_hand(tmp_path / "a.net", layers))
    network = network.plastic([rules.sleep_hebb(8, 2), None])
    night = sleep.Night(steps=50, drive=sleep.Poisson(0.5), seed=0)
    first, second = consolidation.put_to_sleep(network, night, select("compiled"))
    assert (first != network.weights[0]).any()
    assert second.tolist() == [[31, -7, 60]]


def test_a_layered_network_after_a_night_runs_in_netx(tmp_path):
    rng = np.random.default_rng(0)
    weights = [2 * rng.integers(-20, 50, (8, 12)), 2 * rng.integers(-20, 50, (5, 8))]
    bias = [rng.integers(-3, 9, 8), rng.integers(-3, 9, 5)]
    network = networks.layered((12, 8, 5), weights, vth=(150, 120), leak=0.05, bias=bias)
    night = sleep.Night(steps=60, drive=sleep.Poisson(0.4), seed=1)
    slept = network.with_weights(consolidation.put_to_sleep(network, night)).static()
    exchange.write_net(tmp_path / "slept.net", slept)
    spikes = raster(12, 60)
    expected = of_network(slept, spikes)
    assert 0 < expected.sum() < expected.size
    assert (of_netx(tmp_path / "slept.net", spikes) == expected).all()
    # The neurons are those of the layered network.
    for one, two in zip(
        network.build("fixed", 0).neurons, slept.build("fixed", 0).neurons, strict=True
    ):
        for var, other in zip(one.vars, two.vars, strict=True):
            assert np.array_equal(var.init, other.init), var.name


def test_slayer_goes_on_training_what_was_written(tmp_path):
    made = blocks()
    path = export(tmp_path / "a.net", made)
    exchange.write_net(path, exchange.read_net(path))
    again = slayer.auto.SequentialNetwork(str(path))
    spikes = raster(12, 50)
    with torch.no_grad():
        output = again(slayer_input(spikes))
    assert (of_slayer(made, spikes) == (output[0].numpy().T > 0)).all()


@pytest.mark.parametrize("weights", [[[-64, -32, 0]], [[-128, -2, -6]]])
def test_netx_changes_layers_without_a_weight_above_0_whose_lowest_is_a_power_of_2(
    weights, tmp_path
):
    path = write_by_hand(tmp_path / "a.net", [{"weight": np.array(weights)}])
    network = exchange.read_net(path)
    assert network.weights[0].tolist() == weights
    with pytest.raises(ValueError, match="layer 0 has no weight above 0 and its lowest is"):
        exchange.write_net(tmp_path / "b.net", network)
    # A bias that the lowest weight just fails to keep below the threshold, once it is changed.
    bias = [[80 - weights[0][0]]]
    path = write_by_hand(tmp_path / "a.net", [{"weight": np.array(weights), "bias": bias[0]}])
    spikes = np.zeros((10, 3), dtype=bool)
    spikes[:, 0] = True
    ours, theirs = of_network(exchange.read_net(path), spikes), of_netx(path, spikes)
    assert (ours != theirs).any()


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([{"type": None}], r"layer 0 of .*a.net cannot be read: it has no type"),
        ([FINE, {"type": np.array([b"conv"])}], r"layer 1 \(conv\) .*only come before all dense"),
        ([{"type": np.array([b"convT"])}], r"layer 0 \(convT\) .*transposed convolutions are not"),
        ([{"type": np.array([b"unpool"])}], r"layer 0 \(unpool\) .*it is not read, and NetX"),
        ([{"type": np.array([b"average"])}], r"layer 0 \(average\) .*averages over neurons are no"),
        ([{"type": np.array([b"bogus"])}], r"layer 0 \(bogus\) .*we do not know such layers"),
        ([FINE, {"type": np.array([b"flatten"])}], r"layer 1 \(flatten\) .*only come before all d"),
        ([FINE, {"type": np.array([b"input"])}], r"layer 1 \(input\) .*only come before all dense"),
        ([INPUT | {"shape": None}, FINE], r"layer 0 \(input\) .*shape is missing"),
        ([INPUT | {"shape": np.array([2.5])}, FINE], "shape holds 2.5; it must be an integer from"),
        ([INPUT | {"shape": np.array([10**9, 10**9])}, FINE], "layer 1 .*takes 2 inputs; the laye"),
        ([INPUT | {"shape": np.ones((2, 1))}, FINE], r"shape has shape \(2, 1\); it must be one t"),
        ([INPUT | {"weight": np.ones(2)}, FINE], r"weight has shape \(2,\); it must be one number"),
        ([INPUT | {"neuron/type": "SDNN"}, FINE], "neuron/type is SDNN; sigma-delta neurons are n"),
        ([INPUT, {"type": np.array([b"flatten"]), "shape": np.array([3])}, FINE],
         r"layer 1 \(flatten\) .*shape: it holds 3 neurons; the layer before has 2"),
        ([RECURRENT | {"weight_rec": None}], r"layer 0 \(dense_rec\) .*weight_rec is missing"),
        ([RECURRENT | {"weight_rec": np.ones((1, 2))}], "weight_rec takes 2 inputs; it has itself"),
        ([RECURRENT | {"weight_rec": np.array([[129]])}], "weights hold 129"),
        ([RECURRENT | {"delay": np.array([1])}], "delay: NetX leaves the exponent of the weights "),
        ([{**FINE, "inFeatures": 3}], "inFeatures is not 2, as weight and shape say"),
        ([{**FINE, "weight": np.ones((2, 4)), "shape": 4}], r"weight has shape \(2, 4\); for 4 ne"),
        ([{}], r"layer 0 \(dense\) of .*: weight is missing"),
        ([{"weight/real": np.ones((1, 1)), "shape": 1}], "weight: it is complex"),
        ([{"weight": np.array([[3.5]])}], "weights hold 3.5; such a layer stores integers"),
        ([{"weight": np.array([[256]])}], "weights hold 256; such a layer stores integers of one"),
        ([{"weight": np.array([[129, -2]])}], "weights hold 129; such a layer stores even integer"),
        ([{**FINE, "shape": np.array([3])}], r"weight has shape \(1, 2\); for 3 neurons"),
        ([FINE, {"weight": np.ones((1, 2))}], "layer 1 .*takes 2 inputs; the layer before has 1"),
        ([{**FINE, "bias": np.array([0.3])}], "bias holds 0.3; it must be an integer from -4096"),
        ([{**FINE, "bias": np.zeros(2)}], r"bias has shape \(2,\); it must be \(1,\)"),
        ([{**FINE, "delay": np.array([63.0])}], "delay holds 63; it must be an integer from 0"),
        ([{**FINE, "delay": np.zeros(3)}], r"delay has shape \(3,\)"),
        ([{**FINE, "wgtExp": 2}], "it holds wgtExp, which we do not know"),
        ([{**FINE, "neuron/tau": 2}], "it holds neuron/tau, which we do not know"),
        ([{**FINE, "neuron/type": "ALIF"}], "neuron/type is ALIF; it must be CUBA"),
        ([{**FINE, "neuron/iDecay": None}], "neuron/iDecay is missing"),
        ([{**FINE, "neuron/iDecay": 5000}], "neuron/iDecay holds 5000; it must be an integer fro"),
        ([{**FINE, "neuron/vDecay": np.array([1, 2])}], r"neuron/vDecay has shape \(2,\); it must"),
        ([{**FINE, "neuron/vThMant": -1}], "neuron/vThMant holds -1"),
        ([{**FINE, "neuron/vThMant": np.nan}], "neuron/vThMant is not finite"),
        ([{**FINE, "neuron/refDelay": 2}], "neuron/refDelay is 2; it must be 1"),
        ([{**FINE, "neuron/gradedSpike": True}], "neuron/gradedSpike is True; it must be 0"),
        ([{**FINE, "neuron/weight_exp": 2.0}], "neuron/weight_exp is not 0"),
        ([{**FINE, "neuron/wgtExp": 2}], "neuron/wgtExp is not 0"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_name(layers, message, tmp_path):
    path = write_by_hand(tmp_path / "a.net", layers)
    with pytest.raises(ValueError, match=message):
        exchange.read_net(path)


def test_files_of_another_kind_are_refused(tmp_path):
    with pytest.raises(ValueError, match="absent.net cannot be read as a .net file of lava-dl: No"):
        exchange.read_net(tmp_path / "absent.net")
    (tmp_path / "text.net").write_text("weights")
    with pytest.raises(ValueError, match="text.net cannot be read as a .net file"):
        exchange.read_net(tmp_path / "text.net")
    (tmp_path / "pointer.net").write_text("version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(ValueError, match="pointer.net is a Git LFS pointer, not the file"):
        exchange.read_net(tmp_path / "pointer.net")
    with pytest.raises(ValueError, match="path is 3; it must be a path or its text"):
        exchange.read_net(3)
    with h5py.File(tmp_path / "other.net", "w") as file:
        file.create_group("node")
    with pytest.raises(ValueError, match="other.net has no layers"):
        exchange.read_net(tmp_path / "other.net")
    with h5py.File(tmp_path / "gap.net", "w") as file:
        file.create_group("layer/1")
    with pytest.raises(ValueError, match="has 1 layers and none is layer/0"):
        exchange.read_net(tmp_path / "gap.net")


def test_inputs_without_neurons_are_taken_and_checked(tmp_path):
    path, without = tmp_path / "a.net", dict.fromkeys(NEURON)
    write_by_hand(path, [INPUT | without | {"shape": np.array([2, 1, 1])}, FINE])
    network = exchange.read_net(path)
    assert (network.sizes, network.input_neurons) == ((2, 1), None)
    write_by_hand(path, [INPUT | without | {"shape": np.array([3])}, FINE])
    with pytest.raises(ValueError, match=r"layer 1 .*takes 2 inputs; the layer before has 3"):
        exchange.read_net(path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rule": rules.sleep_hebb(1, 1)}, "layer 0 has the learning rule sleep_hebb"),
        ({"weights": [[0.5, 2.0]]}, "layer 0: weights hold 0.5"),
        ({"weights": [[0.0, 0.0]]}, "layer 0 has no weight other than 0"),
        ({"weights": [[-8.0, 0.0]]}, "no weight above 0 and its lowest is -8"),
        ({"vth": 1.5}, "layer 0: vth holds 1.5"),
        ({"du": 0.3}, "layer 0: du in 4096ths holds 1228.8"),
        ({"dv": 0.0001}, "layer 0: dv in 4096ths holds 0.4096"),
        ({"bias": 0.5}, "layer 0: bias holds 0.5; a .net file holds integers"),
        ({"current_bias": 1.0, "du": 0.5}, "layer 0 has a bias of the current"),
        ({"recurrent": [[2.0]], "delays": 1}, "layer 0 has recurrent synapses and delays"),
    ],
)
def test_what_cannot_be_written_is_refused_and_leaves_the_old_file(options, message, tmp_path):
    path = tmp_path / "a.net"
    path.write_bytes(b"old")
    layer = networks.cuba_layer(**({"weights": [[2.0, 4.0]], "vth": 10} | options))
    with pytest.raises(ValueError, match=message):
        exchange.write_net(path, networks.CubaNetwork((layer,)))
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_netx_does_not_load_a_layer_of_zeros(tmp_path):
    path = write_by_hand(tmp_path / "a.net", [{"weight": np.zeros((2, 3))}])
    assert exchange.read_net(path).sizes == (3, 2)
    with pytest.raises(OverflowError), pytest.warns(RuntimeWarning):
        of_netx(path, raster(3, 2))


def test_files_are_read_and_written_without_torch_and_lava_dl(tmp_path):
    path = write_by_hand(tmp_path / "a.net", [FINE])
    script = (
        "import sys; from loihi_sleep import exchange; path = sys.argv[1]\n"
        "network = exchange.read_net(path); exchange.write_net(path, network)\n"
        "exchange.write_nir(path + '.nir', network, 1e-3); exchange.read_nir(path + '.nir')\n"
        "print([name for name in ('torch', 'lava.lib.dl', 'lava.proc') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, str(path)],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "[]"
