"""Convolutions of lava-dl's ``.net`` files: spikes, currents and potentials are those of NetX."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from lava.lib.dl import slayer
from lava.lib.dl.netx import hdf5
from lava.magma.core.run_conditions import RunSteps
from lava.proc.io.source import RingBuffer as Source
from net_files import write_by_hand
from rasters import export, of_network

from loihi_sleep import engine, exchange, networks
from loihi_sleep.processes.spike_probe.process import SpikeProbe

STEPS = 25
INPUT = {"type": np.array([b"input"], dtype="S10"), "shape": np.array([2, 4, 3])}
INPUT |= dict.fromkeys(("neuron/type", "neuron/iDecay", "neuron/vDecay", "neuron/vThMant"))
CONV = {
    "type": np.array([b"conv"], dtype="S10"),
    "shape": np.array([2, 2, 2]),
    "weight": np.arange(24.0).reshape(2, 2, 3, 2),
    "stride": np.array([1, 1]),
    "padding": np.array([0, 0]),
    "dilation": np.array([1, 1]),
    "groups": 1,
}
POOL = CONV | {"type": np.array([b"pool"], dtype="S10"), "weight": np.full((1, 1, 2, 2), 64.0)}
POOL |= {"shape": np.array([2, 3, 2]), "groups": None}
FLATTEN = {"type": np.array([b"flatten"], dtype="S10")}
FLATTEN |= dict.fromkeys(("neuron/type", "neuron/iDecay", "neuron/vDecay", "neuron/vThMant"))
DENSE = {"weight": np.full((3, 8), 2.0)}


def trained(layouts, channels=(2, 4, 6), sizes=(7, 9), bias=False):
    """SLAYER blocks that have seen an input, as after training, with two dense layers behind."""
    torch.manual_seed(3)
    neurons = {"threshold": 1.0, "current_decay": 0.3, "voltage_decay": 0.05}
    if bias:
        neurons |= {"norm": slayer.neuron.norm.MeanOnlyBatchNorm}
    made = [slayer.block.cuba.Input(neurons)] if bias else []
    spikes = torch.tensor(images((channels[0], *sizes))[np.newaxis]).float()
    for pre, post, layout in zip(channels, channels[1:], layouts, strict=False):
        made.append(slayer.block.cuba.Conv(neurons, pre, post, weight_scale=3, **layout))
    for block in made:
        spikes = block(spikes)
    made.append(slayer.block.cuba.Flatten())
    features = int(np.prod(spikes.shape[1:4]))
    for pre, post in ((features, 8), (8, 3)):
        made.append(slayer.block.cuba.Dense(neurons, pre, post, weight_scale=3))
    spikes = made[-3](spikes)
    for block in made[-2:]:
        spikes = block(spikes)
    return made


def images(shape, steps=STEPS):
    return np.random.default_rng(0).random((*shape, steps)) < 0.3


def observed(neurons, last, steps):
    """Spikes of the last layer, and currents and potentials of all, in the order of the neurons."""
    probe = SpikeProbe(shape=last.shape, raster_steps=steps)
    last.connect(probe.s_in)
    engine.attach(probe, python="refuse")
    probe.run(condition=RunSteps(steps))
    found = [probe.count.get()]
    found += [var.get().ravel() for one in neurons for var in (one.u, one.v)]
    probe.stop()
    return found


def of_netx(path, spikes, steps=STEPS, **options):
    network = hdf5.Network(str(path), **options)
    Source(data=spikes.transpose(2, 1, 0, 3).astype(int)).s_out.connect(network.inp)
    return observed([layer.neuron for layer in network.layers], network.out, steps)


def of_ours(network, spikes, steps=STEPS, **options):
    processes = network.build("fixed", **options)
    processes.connect_input(Source(data=spikes.reshape(-1, steps).astype(int)).s_out)
    return observed(processes.neurons, processes.neurons[-1].s_out, steps)


LAYOUTS = {
    "plain": [{"kernel_size": 3}, {"kernel_size": 3}],
    "strides and padding": [
        {"kernel_size": 3, "stride": (2, 1), "padding": (0, 1)},
        {"kernel_size": (1, 2), "padding": (1, 0)},
    ],
    "dilation and groups": [
        {"kernel_size": 2, "dilation": (1, 2), "groups": 2},
        {"kernel_size": (2, 3), "groups": 2},
    ],
}


@pytest.mark.parametrize("layouts", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("options", [{}, {"reset_interval": 15, "reset_offset": 2}])
def test_a_trained_network_computes_as_in_netx(layouts, options, tmp_path):
    made = trained(layouts)
    path, spikes = export(tmp_path / "a.net", made), images((2, 7, 9))
    # SLAYER's files do not say the shape of an input without neurons.
    path = with_input(path, tmp_path / "b.net", (2, 7, 9))
    network = exchange.read_net(path)
    assert isinstance(network, networks.ConvolutionalNetwork)
    expected = of_netx(path, spikes, **options)
    assert expected[0].any()
    for wanted, found in zip(expected, of_ours(network, spikes, **options), strict=True):
        np.testing.assert_array_equal(found, wanted)


def with_input(path, to, shape):
    """Copy a file, with an input block of some shape before its layers."""
    import h5py

    with h5py.File(path) as file, h5py.File(to, "w") as copy:
        layers = copy.create_group("layer")
        first = layers.create_group("0")
        first["type"], first["shape"] = INPUT["type"], np.array(shape)
        for number in file["layer"]:
            file.copy(file["layer"][number], layers, str(int(number) + 1))
    return to


def test_values_become_spikes_before_convolutions_as_in_netx(tmp_path):
    made = trained(LAYOUTS["plain"], bias=True)
    path = export(tmp_path / "a.net", made)
    network = exchange.read_net(path)
    assert network.input_neurons.shape == (2, 7, 9)
    values = np.random.default_rng(1).integers(0, 3, (2, 7, 9))
    netx = hdf5.Network(str(path))
    transform = netx.in_layer.transform
    bias = transform["weight"] * values + transform["bias"]
    netx.in_layer.neuron.bias_mant.init = bias.transpose(2, 1, 0)
    expected = observed([layer.neuron for layer in netx.layers[1:]], netx.out, STEPS)
    assert all(values.any() for values in expected)
    processes = network.build("fixed")
    processes.connect_input(network.input_neurons.build(values, "fixed").s_out)
    found = observed(processes.neurons, processes.neurons[-1].s_out, STEPS)
    for wanted, own in zip(expected, found, strict=True):
        np.testing.assert_array_equal(own, wanted)


def test_a_convolution_by_hand(tmp_path):
    path = write_by_hand(tmp_path / "a.net", [INPUT, CONV | {"bias": [4, -6]}, FLATTEN, DENSE])
    network = exchange.read_net(path)
    (maps,) = network.layers
    assert maps.shape == (2, 2, 2)
    assert maps.weights.tolist() == CONV["weight"].tolist()
    assert (maps.vth, maps.du, maps.dv, maps.bias.tolist()) == (80, 0.25, 1 / 32, [4, -6])
    spikes = images((2, 4, 3))
    for wanted, found in zip(of_netx(path, spikes), of_ours(network, spikes), strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_files_before_lava_dl_0_3_have_an_axis_for_time(tmp_path):
    old = CONV | {"weight": CONV["weight"][..., np.newaxis]}
    network = exchange.read_net(write_by_hand(tmp_path / "a.net", [INPUT, old]))
    assert network.layers[0].weights.tolist() == CONV["weight"].tolist()
    assert network.dense is None


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([CONV], "layer 0 .*do not say the shape of its input"),
        ([INPUT | {"shape": np.array([24])}, CONV], "layer 1 .*do not say the shape of its input"),
        ([INPUT, CONV, DENSE], r"layer 2 \(dense\) .*a flatten block must come between"),
        ([INPUT, FLATTEN, CONV], r"layer 2 \(conv\) .*only come before all dense layers"),
        ([INPUT, CONV, FLATTEN, DENSE, CONV], r"layer 4 \(conv\) .*only come before all dense"),
        ([INPUT, CONV | {"weight": np.ones((2, 2))}], r"weight has shape \(2, 2\)"),
        ([INPUT, CONV | {"weight": CONV["weight"] + 0.5}], "weight holds 0.5; it must be an integ"),
        ([INPUT, CONV | {"weight": CONV["weight"] * 20}], "weight holds 260; it must be an"),
        ([INPUT, CONV | {"shape": np.array([2, 3, 2])}], "what it computes has shape"),
        ([INPUT, CONV | {"groups": 2}], "groups .*its second axis must have length 1"),
        ([INPUT, CONV | {"stride": np.array([1, 1, 1])}], "stride has 3 numbers; it must have one"),
        ([INPUT, CONV | {"padding": np.array([0, -1])}], "padding holds -1; it must be an integ"),
        ([INPUT, CONV | {"inChannels": 3}], r"inChannels is not \(2,\)"),
        ([INPUT, CONV | {"kernelSize": np.array([2, 3])}], r"kernelSize is not \(3, 2\)"),
        ([INPUT, CONV | {"delay": np.zeros(2)}], "it holds delay, which we do not know"),
        ([INPUT, CONV | {"neuron/vThMant": np.ones(8)}], r"vThMant has shape \(8,\)"),
        ([INPUT, CONV | {"neuron/type": "SDNN"}], "sigma-delta neurons are not read"),
        ([INPUT, {k: v for k, v in CONV.items() if k != "weight"}], "weight is missing"),
        ([INPUT, POOL | {"weight": np.ones((1, 2, 2, 2))}], r"shape \(1, 2, 2, 2\); it must"),
        ([INPUT, POOL | {"shape": np.array([2, 2, 2])}], "is .2, 2, 2.; what it computes [^.]*$"),
        ([INPUT, POOL | {"stride": np.array([2, 2]), "shape": np.array([2, 2, 2])}],
         r"leave a rest of the \(4, 3\) rows and columns .* take windows that divide them"),
        ([INPUT, CONV | {"stride": np.array([1, 1, 1])}], "^layer 1 .conv. of [^:]*: stride has 3"),
        ([INPUT, POOL | {"delay": np.zeros(2)}], "it holds delay, which we do not know"),
        ([INPUT, POOL, DENSE], r"layer 2 \(dense\) .*between convolutions or pooling and dense"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_name(layers, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        exchange.read_net(write_by_hand(tmp_path / "a.net", layers))


def test_what_is_written_computes_the_same_in_netx(tmp_path):
    layers = [INPUT, CONV | {"bias": [4, -6]}, FLATTEN, DENSE]
    network = exchange.read_net(write_by_hand(tmp_path / "a.net", layers))
    exchange.write_net(tmp_path / "b.net", network)
    back, spikes = exchange.read_net(tmp_path / "b.net"), images((2, 4, 3))
    expected = of_netx(tmp_path / "b.net", spikes)
    assert expected[0].any()
    for one in (network, back):
        for wanted, found in zip(expected, of_ours(one, spikes), strict=True):
            np.testing.assert_array_equal(found, wanted)


def test_values_that_become_spikes_are_written_too(tmp_path):
    path = export(tmp_path / "a.net", trained(LAYOUTS["dilation and groups"], bias=True))
    network = exchange.read_net(path)
    exchange.write_net(tmp_path / "b.net", network)
    back = exchange.read_net(tmp_path / "b.net")
    assert vars(back.input_neurons) == vars(network.input_neurons)
    for one, other in zip(network.layers, back.layers, strict=True):
        for name, value in vars(one).items():
            np.testing.assert_array_equal(getattr(other, name), value, err_msg=name)


def test_slayers_pooling_is_a_convolution_that_netx_builds(tmp_path):
    torch.manual_seed(3)
    neurons = {"threshold": 1.0, "current_decay": 0.3, "voltage_decay": 0.05}
    made = [
        slayer.block.cuba.Conv(neurons, 2, 4, 3, padding=1, weight_scale=3),
        slayer.block.cuba.Pool(neurons, (2, 3), weight_scale=0.6),
        slayer.block.cuba.Flatten(),
        slayer.block.cuba.Dense(neurons, 48, 5, weight_scale=3),
    ]
    spikes = images((2, 8, 9))
    signal = torch.tensor(spikes[np.newaxis]).float()
    for _ in range(2):  # the first time decides shapes
        heard = signal
        for block in made:
            heard = block(heard)
    path = with_input(export(tmp_path / "a.net", made), tmp_path / "b.net", (2, 8, 9))
    network = exchange.read_net(path)
    assert [layer.shape for layer in network.layers] == [(4, 8, 9), (4, 4, 3)]
    found = of_network(network, spikes.transpose(3, 0, 1, 2))
    assert 0 < found.sum() < found.size
    np.testing.assert_array_equal(found, heard[0].detach().numpy().T > 0)
    exchange.write_net(tmp_path / "c.net", network)
    netx = of_netx(tmp_path / "c.net", spikes)
    for wanted, own in zip(netx, of_ours(network, spikes), strict=True):
        np.testing.assert_array_equal(own, wanted)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights": CONV["weight"] + 0.5}, "layer 0: weights holds 0.5; a .net file holds integ"),
        ({"bias": 0.5}, "layer 0: bias holds 0.5"),
        ({"vth": 0.5}, "layer 0: vth holds 0.5"),
    ],
)
def test_what_integers_do_not_hold_is_not_written(changes, message, tmp_path):
    network = exchange.read_net(write_by_hand(tmp_path / "a.net", [INPUT, CONV]))
    wrong = replace(network, layers=(replace(network.layers[0], **changes),))
    with pytest.raises(ValueError, match=message):
        exchange.write_net(tmp_path / "b.net", wrong)
    assert not (tmp_path / "b.net").exists()
