"""Convolutions of NIR files: spikes are those of Euler's method, with torch's convolution."""

from itertools import pairwise

import engines
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
    for synapses, own in zip(nodes[::2], nodes[1::2], strict=True):
        heard = np.concatenate([np.zeros_like(spikes[:1]), spikes[:-1]])
        if isinstance(synapses, nir.Conv2d):
            layout = (synapses.stride, synapses.padding, synapses.dilation, synapses.groups)
            incoming = torch.nn.functional.conv2d(
                *(torch.tensor(a) for a in (heard.astype(float), synapses.weight, synapses.bias)),
                *layout,
            ).numpy()
        else:
            incoming = heard.reshape(len(heard), -1) @ synapses.weight.T
        current, v = np.zeros(incoming.shape[1:]), np.zeros(incoming.shape[1:])
        spikes = np.zeros(incoming.shape, bool)
        for step, arriving in enumerate(incoming):
            if isinstance(own, nir.CubaLIF):
                current += DT * (-current + own.w_in * arriving) / own.tau_syn
                v += DT * (own.v_leak - v + own.r * current) / own.tau_mem
            else:
                v += DT * (own.v_leak - v + own.r * arriving) / own.tau
            spikes[step] = v > own.v_threshold
            v[spikes[step]] = 0
    return spikes


def raster(shape=SHAPE, steps=STEPS):
    return np.random.default_rng(1).random((steps, *shape)) < 0.3


@pytest.mark.parametrize("engine", engines.BOTH)
def test_spikes_are_those_of_nirs_equations(engine, tmp_path):
    nodes, spikes = example(), raster()
    network = exchange.read_nir(write(tmp_path / "a.nir", nodes), DT)
    expected = euler([node for node in nodes[1:-1] if not isinstance(node, nir.Flatten)], spikes)
    assert 0 < expected.sum() < expected.size
    assert (of_network(network, spikes, engine, "float") == expected).all()


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
    plastic = units.plastic(ls.rules.sleep_hebb(6, 3))
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
        (changed(2, neurons((4, 7, 7), tau=HALVES)), "node '2' .*differs from neuron to neuron"),
        (changed(2, neurons((3, 7, 7))), r"node '2' .*has shape \(3, 7, 7\) for 196 neurons"),
        (changed(1, convolution(np.ones((4, 3, 3, 2)), SHAPE, padding=(1, 1))),
         r"node '1' \(Conv2d\) .*for 2 input channels"),
        (changed(1, convolution(FIRST, SHAPE, padding="same")),
         r"node '1' \(Conv2d\) .*padding is a word; give its size in rows and columns"),
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
