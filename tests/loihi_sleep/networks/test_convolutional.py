"""Convolutions before dense layers."""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from lava.magma.core.run_conditions import RunSteps
from lava.proc.io.source import RingBuffer as Source

from loihi_sleep import engine, networks, sleep
from loihi_sleep.networks import ConvolutionalLayer, ConvolutionalNetwork, InputNeurons, cuba_layer
from loihi_sleep.run.select import select

KERNEL = np.arange(1.0, 10).reshape(1, 1, 3, 3)


def layer(weights=KERNEL, input_shape=(1, 4, 5), vth=100, **settings):
    return ConvolutionalLayer(weights, input_shape, vth, **settings)


def network(learns=False, **settings):
    """A convolution, and four dense neurons."""
    rng = np.random.default_rng(0)
    maps = layer(2 * rng.integers(-20, 40, (3, 1, 3, 3)), vth=60, **settings)
    weights = 2 * rng.integers(-20, 30, (4, int(np.prod(maps.shape))))
    dense = networks.CubaNetwork((cuba_layer(weights, vth=200),))
    made = ConvolutionalNetwork((maps,), dense)
    return made.plastic("sleep_hebb") if learns else made


def currents(convolution, spikes, numerics="float"):
    """Currents of the neurons one step after an input, (channels, rows, columns)."""
    processes = ConvolutionalNetwork((convolution,)).build(numerics)
    data = spikes.reshape(-1, 1) * [[1, 0]]
    processes.connect_input(Source(data=data).s_out)
    neurons = processes.neurons[0]
    engine.attach(neurons, numerics, python="refuse")
    neurons.run(condition=RunSteps(2))
    found = neurons.u.get().reshape(convolution.shape[::-1]).transpose(2, 1, 0)
    neurons.stop()
    return found


def test_a_spike_in_a_corner_meets_the_kernel_as_in_torch():
    spikes = np.zeros((1, 4, 5), dtype=int)
    spikes[0, 1, 3] = 1
    # Output (r, c) takes input (1, 3) by element (1 - r, 3 - c).
    assert currents(layer(), spikes)[0].tolist() == [[0, 6, 5], [0, 3, 2]]
    assert currents(layer(), spikes, "fixed")[0].tolist() == [[0, 6 * 64, 5 * 64], [0, 192, 128]]


@settings(max_examples=20)
@given(
    groups=st.sampled_from([1, 2]),
    stride=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    padding=st.tuples(st.integers(0, 2), st.integers(0, 2)),
    dilation=st.tuples(st.integers(1, 2), st.integers(1, 2)),
    seed=st.integers(0, 99),
)
def test_sums_are_those_of_torch(groups, stride, padding, dilation, seed):
    rng = np.random.default_rng(seed)
    layout = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    weights = rng.normal(size=(4, 4 // groups, 2, 3))
    spikes = (rng.random((4, 6, 7)) < 0.4).astype(int)
    convolution = layer(weights, (4, 6, 7), **layout)
    wanted = torch.nn.functional.conv2d(
        torch.tensor(spikes[np.newaxis], dtype=torch.float64), torch.tensor(weights), **layout
    )[0].numpy()
    assert convolution.shape == wanted.shape
    np.testing.assert_allclose(currents(convolution, spikes), wanted, atol=1e-12)


def test_dense_layers_hear_channels_rows_and_columns_in_this_order():
    """Each input spikes alone; a kernel of one element passes it to the next layer."""
    passing = ConvolutionalLayer(np.eye(2).reshape(2, 2, 1, 1) * 2, (2, 2, 3), vth=1)
    numbered = networks.CubaNetwork((cuba_layer(2 * np.arange(1, 13)[np.newaxis], vth=1000),))
    processes = ConvolutionalNetwork((passing, passing), numbered).build("fixed")
    processes.connect_input(Source(data=np.eye(12, dtype=int)).s_out)
    neurons = processes.neurons[-1]
    engine.attach(neurons, python="refuse")
    neurons.run(condition=RunSteps(3))
    heard = []
    for _ in range(12):
        neurons.run(condition=RunSteps(1))
        heard.append(neurons.u.get().item() // 64 // 2)
    neurons.stop()
    assert heard == list(range(1, 13))


@pytest.mark.parametrize("numerics", ["float", "fixed"])
def test_dense_layers_sleep_behind_convolutions(numerics):
    made = network(learns=True)
    assert made.learns
    assert made.sizes == (20, 18, 4)
    night = sleep.Night(200, sleep.Poisson(0.3), seed=1)
    record = sleep.run_night(made, night, select("compiled", numerics))
    assert len(record.weights) == 1
    assert (record.weights[0] != made.weights[0]).any()
    assert record.rates.shape[1] == 3
    slept = made.with_weights(record.weights)
    assert (slept.weights[0] == record.weights[0]).all()
    assert not slept.static().learns
    assert slept.layers is made.layers


def test_layers_start_from_rest_one_step_after_each_other():
    processes = network().build("fixed", reset_interval=5, reset_offset=2)
    assert [neurons.proc_params["reset_offset"] for neurons in processes.neurons] == [3, 4]


def test_a_network_may_be_of_convolutions_alone():
    alone = ConvolutionalNetwork((layer(),))
    assert alone.sizes == (20, 6)
    assert not alone.learns
    assert alone.static() is alone
    assert alone.build("float").weights == ()
    with pytest.raises(ValueError, match="no dense layers, and convolutions are static"):
        alone.plastic("sleep_hebb")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layer(np.ones((3, 3))), r"weights has shape \(3, 3\); it must be \(channels, inp"),
        (lambda: layer(np.full((1, 1, 1, 1), np.nan)), "weights holds nan"),
        (lambda: layer(input_shape=(1, 4)), "input_shape has 2 integers; it must have 3"),
        (lambda: layer(input_shape=(1, 0, 4)), r"input_shape\[1\] is 0; it must be an integer fro"),
        (lambda: layer(vth=-1), "vth holds -1"),
        (lambda: layer(du=1.5), "du holds 1.5"),
        (lambda: layer(bias=[1, 2]), r"bias has shape \(2,\)"),
        (lambda: layer(stride=(1, 0)), r"stride\[1\] is 0; it must be an integer from 1 to 127"),
        (lambda: layer(padding=(0, 128)), r"padding\[1\] is 128"),
        (lambda: layer(groups=2), "groups is 2; it must divide the 1 channels of the input"),
        (lambda: layer(input_shape=(2, 4, 5)), "its second axis must have length 2"),
        (lambda: layer(input_shape=(1, 2**16, 2**16)), "the input has shape .* more than 2"),
        (lambda: layer(dilation=(2, 2)), "the kernel is larger than the input of shape"),
        (lambda: ConvolutionalNetwork(()), "layers is empty"),
        (lambda: ConvolutionalNetwork((3,)), r"layers\[0\] is 3; it must be a ConvolutionalLayer"),
        (lambda: ConvolutionalNetwork((layer(), layer())),
         r"layers\[1\] has input_shape \(1, 4, 5\); the layer before has shape \(1, 2, 3\)"),
        (lambda: dataclasses.replace(network(), layers=(layer(),)), "dense takes 18 inputs; the"),
        (lambda: dataclasses.replace(network(), dense=layer()), "it must be a CubaNetwork"),
        (lambda: dataclasses.replace(
            network(), input_neurons=InputNeurons((3,), vth=1, du=1, dv=0, weight=1, bias=0)
         ), r"input_neurons has 3 neurons; layers\[0\] has input_shape \(1, 4, 5\)"),
        (lambda: ConvolutionalNetwork((layer(KERNEL / 2),)).build("fixed"),
         r"layers\[0\]: weights is 0.5; fixed numerics stores integers"),
        (lambda: network().build("exact"), "numerics is 'exact'"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
