"""Convolutions of NIR files: spikes are those of Euler's method, with torch's convolution."""

from dataclasses import replace
from itertools import pairwise

import engines
import h5py
import nir
import numpy as np
import pytest
import torch
from rasters import of_network

import loihi_sleep as ls
from loihi_sleep import exchange

DT, SHAPE, STEPS = 1e-3, (2, 7, 6), 40


def neurons(shape, kind="LIF", **changes):
    """Neurons of one layer, all alike but for what is changed."""
    constants = {"LIF": {"tau": 0.02, "r": 20.0, "v_leak": 0.1, "v_threshold": 1.0}}
    constants["CubaLIF"] = {"tau_syn": 3e-3, "tau_mem": 0.02, "r": 30.0, "v_leak": 0.1}
    constants["CubaLIF"]["v_threshold"] = 1.0
    chosen = constants[kind] | changes
    return getattr(nir, kind)(**{name: np.broadcast_to(v, shape) for name, v in chosen.items()})


def convolution(weight, input_shape, bias=None, **layout):
    layout = {"stride": (1, 1), "padding": (0, 0), "dilation": (1, 1), "groups": 1} | layout
    bias = np.zeros(len(weight)) if bias is None else bias
    return nir.Conv2d(input_shape[1:], weight, **layout, bias=bias)


def example():
    rng = np.random.default_rng(0)
    first, second, dense = (rng.normal(0.1, 0.5, s) for s in ((4, 2, 3, 2), (6, 2, 2, 2), (5, 36)))
    return [
        nir.Input(np.array(SHAPE)),
        convolution(first, SHAPE, np.array([0.1, 0, -0.1, 0.2]), padding=(1, 1)),
        neurons((4, 7, 7)),
        convolution(second, (4, 7, 7), stride=(2, 3), groups=2),
        neurons((6, 3, 2), "CubaLIF"),
        nir.Flatten(np.array([6, 3, 2]), 0, -1),
        nir.Linear(dense),
        neurons((5,)),
        nir.Output(np.array([5])),
    ]


def write(path, nodes):
    names = [f"{number}" for number in range(len(nodes))]
    nir.write(path, nir.NIRGraph(dict(zip(names, nodes, strict=True)), list(pairwise(names)),
                                 type_check=False))  # fmt: skip
    return path


def euler(nodes, spikes):
    """Spikes of the last layer, each of which hears the layer before one step later."""
    heard = late(spikes)
    for node in nodes:
        if isinstance(node, nir.Conv2d):
            arrays = (torch.tensor(a) for a in (node.weight, node.bias))
            layout = (node.stride, node.padding, node.dilation, node.groups)
            heard = torch.nn.functional.conv2d(heard, *arrays, *layout)
        elif isinstance(node, nir.SumPool2d | nir.AvgPool2d):
            layout = (tuple(map(int, a)) for a in (node.kernel_size, node.stride, node.padding))
            heard = torch.nn.functional.avg_pool2d(heard, *layout)
            if isinstance(node, nir.SumPool2d):
                heard = heard * float(np.prod(node.kernel_size))
        elif isinstance(node, nir.Flatten):
            heard = heard.flatten(1)
        elif isinstance(node, nir.Linear):
            heard = heard @ torch.tensor(node.weight).T
        else:
            spikes = spikes_of(node, heard.numpy())
            heard = late(spikes)
    return spikes


def late(spikes):
    return torch.tensor(np.concatenate([np.zeros_like(spikes[:1]), spikes[:-1]])).double()


def spikes_of(own, incoming):
    current, v = np.zeros(incoming.shape[1:]), np.zeros(incoming.shape[1:])
    spikes = np.zeros(incoming.shape, bool)
    for step, arriving in enumerate(incoming):
        if isinstance(own, nir.CubaLIF):
            current += DT * (-current + own.w_in * arriving) / own.tau_syn
            v += DT * (own.v_leak - v + own.r * current) / own.tau_mem
        elif isinstance(own, nir.IF):
            v += DT * own.r * arriving
        else:
            v += DT * (own.v_leak - v + own.r * arriving) / own.tau
        spikes[step] = v > own.v_threshold
        v[spikes[step]] = 0
    return spikes


def pool(kind, kernel, stride=None, padding=(0, 0)):
    sizes = (kernel, kernel if stride is None else stride, padding)
    return getattr(nir, f"{kind}Pool2d")(*(np.array(size) for size in sizes))


def pooled_example():
    """Pooling behind and before convolutions, by itself, and before dense synapses."""
    rng = np.random.default_rng(2)
    first, second, dense = (rng.normal(0.1, 0.5, s) for s in ((4, 2, 3, 2), (6, 2, 2, 2), (5, 6)))
    return [
        nir.Input(np.array(SHAPE)),
        convolution(first, SHAPE, np.array([0.1, 0, -0.1, 0.2]), padding=(1, 1)),
        pool("Sum", (2, 2), (1, 2)),
        neurons((4, 6, 3)),
        pool("Avg", (3, 1)),
        convolution(2 * second, (4, 2, 3), groups=2, padding=(0, 1)),
        neurons((6, 1, 4), "CubaLIF"),
        pool("Sum", (1, 2), padding=(0, 1)),
        nir.IF(*(np.full((6, 1, 3), a) for a in (500.0, 0.9))),
        pool("Avg", (1, 2), (1, 1)),
        pool("Sum", (1, 2)),
        nir.Flatten(np.array([6, 1, 1]), 0, -1),
        nir.Linear(3 * dense),
        neurons((5,)),
        nir.Output(np.array([5])),
    ]


def raster(shape=SHAPE, steps=STEPS):
    return np.random.default_rng(1).random((steps, *shape)) < 0.3


@pytest.mark.parametrize("engine", engines.BOTH)
def test_spikes_are_those_of_nirs_equations(engine, tmp_path):
    check_spikes(example(), engine, tmp_path)


def check_spikes(nodes, engine, folder):
    """Check that spikes are those of NIR's equations; return the network."""
    spikes = raster()
    network = exchange.read_nir(write(folder / "a.nir", nodes), DT)
    expected = euler(nodes[1:-1], spikes)
    assert 0 < expected.sum() < expected.size
    assert (of_network(network, spikes, engine, "float") == expected).all()
    return network


@pytest.mark.parametrize("engine", engines.BOTH)
def test_pooling_is_part_of_the_synapses(engine, tmp_path):
    network = check_spikes(pooled_example(), engine, tmp_path)
    assert [layer.shape for layer in network.layers] == [(4, 6, 3), (6, 1, 4), (6, 1, 3)]
    # A convolution of 3 x 2 and windows of 2 x 2; windows of 3 x 1 and one of 2 x 2.
    assert [layer.weights.shape[2:] for layer in network.layers] == [(4, 3), (6, 2), (1, 2)]
    assert network.dense.weights[0].shape == (5, 18)


def test_more_channels_than_lava_has_groups_are_pooled(tmp_path):
    ones = nir.LIF(*(np.ones(131) for _ in range(4)))
    nodes = [nir.Input(np.array([131, 2, 2])), pool("Sum", (2, 2)), ones]
    network = exchange.read_nir(write(tmp_path / "a.nir", [*nodes, nir.Output([131])]), 1.0)
    (layer,) = network.layers
    assert layer.groups == 1
    assert (layer.weights == np.eye(131)[:, :, np.newaxis, np.newaxis]).all()


@pytest.mark.parametrize("nodes", [example(), pooled_example()], ids=["convolutions", "pooling"])
@pytest.mark.parametrize("in_units", [False, True])
def test_what_is_written_comes_back(nodes, in_units, tmp_path):
    network = exchange.read_nir(write(tmp_path / "a.nir", nodes), DT)
    if in_units:
        network = network.in_weight_units()[0].plastic("sleep_hebb")
    exchange.write_nir(tmp_path / "b.nir", network, dt=0.7 * DT)
    back = exchange.read_nir(tmp_path / "b.nir")
    for one, other in zip(network.layers, back.layers, strict=True):
        for name, value in vars(one).items():
            np.testing.assert_array_equal(getattr(other, name), value, err_msg=name)
    assert back.dense.layers[0].rule == network.dense.layers[0].rule
    numerics, spikes = "fixed" if in_units else "float", raster()
    found = of_network(back, spikes, numerics=numerics)
    assert found.any()
    assert (found == of_network(network, spikes, numerics=numerics)).all()


def test_windows_that_are_alone_are_written_as_pooling(tmp_path):
    network = exchange.read_nir(write(tmp_path / "a.nir", pooled_example()), DT)
    exchange.write_nir(tmp_path / "b.nir", network, dt=DT)
    # NIR takes the rows of a kernel for both axes when it infers shapes.
    nodes = nir.read(tmp_path / "b.nir", type_check=False).nodes
    kinds = [type(nodes[f"synapses_{number}"]).__name__ for number in range(3)]
    assert kinds == ["Conv2d", "Conv2d", "SumPool2d"]
    assert nodes["neurons_2"].r.flat[0] == 500


def test_its_dense_layers_sleep_in_integers(tmp_path):
    network = exchange.read_nir(write(tmp_path / "a.nir", example()), DT)
    units, unit = network.in_weight_units(headroom=1.5)
    assert len(unit) == 1
    assert [np.abs(layer.weights).max() for layer in units.layers] == [254, 254]
    spikes = raster()
    floats, integers = of_network(network, spikes, numerics="float"), of_network(units, spikes)
    # Rounding moves few spikes.
    assert (floats != integers).mean() < 0.1
    assert (of_network(units, spikes, "lava") == integers).all()
    plastic = units.plastic(ls.rules.sleep_hebb(8, 2))
    night = ls.Night(steps=50, drive=ls.Poisson(0.3), seed=0)
    (slept,) = ls.put_to_sleep(plastic, night)
    assert (slept != units.weights[0]).any()


def changed(place, node):
    nodes = example()
    nodes[place] = node
    return nodes


HALVES = np.repeat([0.5, 1.0], 98).reshape(4, 7, 7)
FIRST = np.ones((4, 2, 3, 2))


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        (changed(2, neurons((4, 7, 7), v_threshold=HALVES)),
         r"node '2' \(LIF\) .*v_threshold differs from neuron to neuron; those of a convolution"),
        ([nir.Input(np.array(SHAPE)), pool("Avg", (2, 2)),
          convolution(np.ones((1, 2, 2, 2)), (2, 3, 3), padding=(1, 1)), neurons((1, 4, 4)),
          nir.Output(np.array([16]))],
         r"node '2' \(Conv2d\) .*zeros that pad what comes between would be part of the image as "
         "one convolution; pool so that windows cover the 7 rows without overlap and without rest"),
        ([*example()[:2], pool("Sum", (2, 2), padding=(1, 1)), neurons((4, 4, 4)),
          nir.Output(np.array([64]))],
         r"node '2' \(SumPool2d\) .*padding of pooling hears no bias"),
        ([*example()[:3], pool("Sum", (2, 2)), *example()[6:]],
         r"node '4' \(Linear\) .*a Flatten must be between it and a convolution or pooling"),
        ([*example()[:6], pool("Sum", (2, 2)), *example()[6:]],
         r"node '6' \(SumPool2d\) .*the node before gives the shape \(36,\)"),
        ([*example()[:3], pool("Sum", (2, 2)), nir.Output(np.array([36]))],
         r"node '3' \(SumPool2d\) .*the graph ends with it"),
        ([*example()[:3], pool("Avg", (0, 2)), *example()[3:]],
         r"node '3' \(AvgPool2d\) .*kernel\[0\] is 0; it must be"),
        ([*example()[:3], pool("Avg", (8, 2)), *example()[3:]],
         r"node '3' \(AvgPool2d\) .*the kernel is larger than the input"),
        (changed(2, neurons((4, 7, 7), tau=HALVES)), "node '2' .*differs from neuron to neuron"),
        (changed(2, neurons((3, 7, 7))), r"node '2' .*has shape \(3, 7, 7\) for 196 neurons"),
        (changed(1, convolution(np.ones((4, 3, 3, 2)), SHAPE, padding=(1, 1))),
         r"node '1' \(Conv2d\) .*for 2 input channels"),
        (changed(1, convolution(FIRST, SHAPE, padding="same")),
         r"^node '1' \(Conv2d\) of [^:]* cannot be read: padding is a word; give its size in rows"),
        ([nir.Input(np.array(SHAPE)), neurons(SHAPE), *example()[1:]],
         r"node '2' \(Conv2d\) .*convolutions and pooling are read before all dense layers alone"),
        (changed(2, neurons((3, 1, 1))), r"node '2' .*v_threshold has shape \(3, 1, 1\) for 196"),
        (changed(2, neurons((4, 1, 1), tau=HALVES[:, :1, :1])), "node '2' .*differs from neuron"),
        (changed(3, convolution(np.ones((6, 2, 2, 2)), (4, 7, 7), np.ones(6), groups=2,
                                stride=(2, 3))),
         r"node '3' \(Conv2d\) .*its bias passes through the current of CubaLIF"),
        (changed(5, nir.Flatten(np.array([6, 3, 3]), 0, -1)), r"node '5' \(Flatten\) .*54 values"),
        ([*example()[:5], *example()[6:]], r"node '5' \(Linear\) .*a Flatten must be between"),
        ([nir.Input(np.array([84])), *example()[1:]],
         r"node '1' \(Conv2d\) .*the node before gives the shape \(84,\); it must be \(channels"),
        ([*example()[:3], nir.Output(np.array([5]))],
         r"node '3' \(Output\) .*shape holds 5 neurons; the layer has 196"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_name(nodes, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        exchange.read_nir(write(tmp_path / "a.nir", nodes), DT)


def test_parameters_that_say_the_same_are_read(tmp_path):
    plain = example()
    plain[1] = convolution(FIRST, SHAPE)
    plain[2:4] = [neurons((4, 5, 5)), nir.Flatten(np.array([4, 5, 5]), 0, -1)]
    plain[4:] = [nir.Linear(np.ones((5, 100))), neurons((5,)), nir.Output(np.array([5]))]
    same = [*plain]
    same[1] = convolution(FIRST, SHAPE, padding="valid")
    leak = np.linspace(0, 0.3, 4).reshape(4, 1, 1)
    plain[2], same[2] = neurons((4, 5, 5), v_leak=leak), neurons((4, 1, 1), v_leak=leak)
    same[3] = nir.Flatten(np.array([4, 5, 5]), -3, -1)
    one, two = (
        exchange.read_nir(write(tmp_path / f"{place}.nir", nodes), DT)
        for place, nodes in enumerate((plain, same))
    )
    assert one.layers[0].padding == two.layers[0].padding == (0, 0)
    assert (one.weights[0] == two.weights[0]).all()
    assert (one.layers[0].bias == two.layers[0].bias).all()
    assert len(set(one.layers[0].bias)) == 4


def test_a_pool_without_stride_is_named_once(tmp_path):
    path = write(tmp_path / "a.nir", pooled_example())
    with h5py.File(path, "a") as file:
        del file["node/nodes/2/stride"]
    with pytest.raises(
        ValueError, match=r"^node '2' \(\w+\) of [^:]* cannot be read: stride is miss"
    ):
        exchange.read_nir(path, DT)


def test_dense_layers_go_back_to_their_unit_and_become_sparse(tmp_path):
    network = exchange.read_nir(write(tmp_path / "a.nir", example()), DT)
    units, unit = network.in_weight_units()
    back = units.scaled(unit)
    np.testing.assert_allclose(back.weights[0], network.weights[0], atol=unit[0])
    assert back.layers == units.layers
    assert network.sparse([True]).dense.layers[0].sparse
    maps = replace(network, dense=None)
    assert maps.in_weight_units()[0].scaled(()).dense is None
    floats, integers = (of_network(each, raster(), numerics="float") for each in (back, units))
    assert (floats == integers).all()


def test_whole_biases_can_be_written_as_net(tmp_path):
    nodes = example()
    nodes[6] = nir.Affine(nodes[6].weight, np.linspace(-0.01, 0.02, 5))
    network = exchange.read_nir(write(tmp_path / "a.nir", nodes), DT)
    with pytest.raises(
        ValueError, match=r"bias holds .*in_weight_units\(whole_biases=True\) rounds"
    ):
        exchange.write_net(tmp_path / "a.net", network.in_weight_units()[0])
    units, _ = network.in_weight_units(whole_biases=True)
    exchange.write_net(tmp_path / "a.net", units)
    back = exchange.read_net(tmp_path / "a.net")
    for one, two in zip(
        (*back.layers, *back.dense.layers), (*units.layers, *units.dense.layers), strict=True
    ):
        assert (np.broadcast_to(one.bias, len(one.weights)) == two.bias).all()
        assert (two.bias != 0).any()
