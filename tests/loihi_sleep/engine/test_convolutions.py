"""Convolutions on the compiled engine, by pencil and paper and by Lava's own function."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lava.magma.core.run_conditions import RunSteps
from lava.proc.conv import utils
from lava.proc.conv.process import Conv
from lava.proc.conv_in_time.process import ConvInTime
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source
from lava.proc.lif.process import LIF
from lava.proc.monitor.process import Monitor
from lava.proc.sparse.process import DelaySparse
from scipy.sparse import csr_matrix

from loihi_sleep import engine
from loihi_sleep.engine.nodes.conv.geometry import Axis
from loihi_sleep.errors import UnsupportedGraph

BOTH = pytest.mark.parametrize("numerics", ["float", "fixed"])
# Kernel of one channel, read as element (x, y).
KERNEL = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]])


def arriving(synapses, data, numerics="fixed"):
    """What synapses send, step by step, when a source plays some data to them."""
    steps = data.shape[-1] + 1
    # A source begins anew when its data are over.
    silence = np.zeros((*data.shape[:-1], 1))
    source, sink = (
        Source(data=np.append(data, silence, axis=-1)),
        Sink(shape=synapses.a_out.shape, buffer=steps),
    )
    source.s_out.connect(synapses.s_in)
    synapses.a_out.connect(sink.a_in)
    engine.attach(synapses, numerics, python="refuse")
    synapses.run(condition=RunSteps(steps))
    sent = np.moveaxis(sink.data.get(), -1, 0)
    synapses.stop()
    # What arrives in a step is sent in the next.
    assert not sent[0].any()
    return sent[1:]


def spike_at(shape, place, value=1):
    data = np.zeros((*shape, 1), dtype=int)
    data[place] = value
    return data


def of_one_spike(numerics="fixed", shape=(4, 4, 1), place=(1, 2, 0), value=1, **settings):
    weight = settings.pop("weight", KERNEL[np.newaxis, :, :, np.newaxis])
    conv = Conv(weight=weight, input_shape=shape, **settings)
    return arriving(conv, spike_at(shape, place, value), numerics)[0]


# --- by pencil and paper: one spike at (1, 2) of 4 x 4 -----------------------


@BOTH
def test_a_spike_leaves_the_kernel_around_it(numerics):
    """Output (x, y) gets element (x + 2 - 1, y + 2 - 2) flipped: k = 2 - (1 - x), 2 - (2 - y)."""
    sent = of_one_spike(numerics)
    assert sent.shape == (2, 2, 1)
    # Output (0, 0) sees the spike in the middle of its last column: element (1, 0) from behind.
    assert sent[..., 0].tolist() == [[4, 5], [7, 8]]


@BOTH
def test_padding_shows_the_whole_kernel(numerics):
    sent = of_one_spike(numerics, padding=1)
    assert sent[..., 0].tolist() == [[0, 1, 2, 3], [0, 4, 5, 6], [0, 7, 8, 9], [0, 0, 0, 0]]


@BOTH
def test_stride_leaves_every_second_output(numerics):
    sent = of_one_spike(numerics, padding=1, stride=2)
    # Columns and rows 0 and 2 of the case with padding.
    assert sent[..., 0].tolist() == [[0, 2], [0, 8]]
    assert of_one_spike(numerics, padding=(1, 1), stride=(1, 2))[..., 0].tolist() == [
        [0, 2],
        [0, 5],
        [0, 8],
        [0, 0],
    ]


@BOTH
def test_dilation_spreads_the_kernel(numerics):
    sent = of_one_spike(numerics, padding=2, dilation=2)
    # Elements lie at distance 2 around (1, 2): in x only the middle and the last row, in y the
    # first and the middle column.
    assert sent[..., 0].tolist() == [[0, 0, 0, 0], [4, 0, 5, 0], [0, 0, 0, 0], [7, 0, 8, 0]]


@BOTH
def test_groups_hear_their_own_channels(numerics):
    weight = np.stack([KERNEL, 10 * KERNEL, 100 * KERNEL, 1000 * KERNEL])[..., np.newaxis]
    for channel in (0, 1):
        sent = of_one_spike(
            numerics, shape=(4, 4, 2), place=(1, 2, channel), weight=weight, groups=2
        )
        own = [2 * channel, 2 * channel + 1]
        for output in range(4):
            wanted = np.array([[4, 5], [7, 8]]) * (10**output if output in own else 0)
            assert sent[..., output].tolist() == wanted.tolist()


@BOTH
def test_channels_are_added_up(numerics):
    weight = np.stack([KERNEL, -10 * KERNEL], axis=-1)[np.newaxis]
    conv = Conv(weight=weight, input_shape=(3, 3, 2))
    data = spike_at((3, 3, 2), (1, 1, 0)) + spike_at((3, 3, 2), (2, 2, 1))
    # The middle element of the first channel; the last input meets the first element.
    assert arriving(conv, data, numerics)[0].tolist() == [[[5 - 10 * 1]]]


@BOTH
@pytest.mark.parametrize("value", [3, -2])
def test_payloads_are_multiplied_where_there_are_message_bits(numerics, value):
    assert of_one_spike(numerics, value=value)[0, 0, 0] == 4
    assert of_one_spike(numerics, value=value, num_message_bits=8)[0, 0, 0] == 4 * value


@BOTH
def test_exponent_and_bits_of_weights_change_nothing_as_in_lava(numerics):
    assert of_one_spike(numerics, weight_exp=4, num_weight_bits=2)[0, 0, 0] == 4


def test_integers_lose_their_fraction():
    weight = np.array([1.9, -1.9]).reshape(2, 1, 1, 1)
    sent = of_one_spike(weight=weight, shape=(1, 1, 1), place=(0, 0, 0))
    assert sent.tolist() == [[[1, -1]]]


@pytest.mark.parametrize(
    ("payload", "weight", "wanted"),
    [
        (2**16, 127, 127 * 2**16),
        # Sums have 24 bits: 2^23 is the lowest number.
        (2**16, 128, -(2**23)),
        (-(2**16), 128, -(2**23)),
        (2**16, -129, 2**23 - 2**16),
        # 32 bits, and what fits no longer becomes 0.
        (2**23 - 1, 255, (2**23 - 1) * 255 - 127 * 2**24),
        (2**23 - 1, 257, 0),
        (-(2**23), -1000, 0),
    ],
)
def test_sums_are_clamped_as_lava_does(payload, weight, wanted):
    kernel = np.full((1, 1, 1, 1), weight)
    sent = of_one_spike(
        shape=(1, 1, 1), place=(0, 0, 0), weight=kernel, value=payload, num_message_bits=24
    )
    assert sent.ravel().tolist() == [wanted]
    with np.errstate(invalid="ignore"):
        in_lava = np.array([payload * weight], dtype=float).astype(np.int32)
    assert utils.signed_clamp(in_lava, 24).tolist() == [wanted]


@BOTH
def test_outputs_may_see_nothing_but_padding(numerics):
    weight = np.ones((2, 1, 1, 1))
    sent = of_one_spike(
        numerics, shape=(1, 1, 1), place=(0, 0, 0), weight=weight, padding=1, stride=3
    )
    assert sent.shape == (1, 1, 2)
    assert not sent.any()


# --- Lava's function ---------------------------------------------------------


def layouts(axis_inputs):
    """Kernel, stride, padding and dilation of an axis that leave at least one output."""
    return st.tuples(
        st.integers(1, 5), st.integers(1, 4), st.integers(0, 3), st.integers(1, 3)
    ).filter(lambda one: axis_inputs + 2 * one[2] - one[3] * (one[0] - 1) >= 1)


@st.composite
def convolutions(draw):
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    inputs = [draw(st.integers(1, 8)) for _ in range(2)]
    channels = groups * draw(st.integers(1, 6))
    axes = [draw(layouts(size)) for size in inputs]
    kernel, stride, padding, dilation = (tuple(values) for values in zip(*axes, strict=True))
    return {
        "weight_shape": (groups * draw(st.integers(1, 3)), *kernel, channels // groups),
        "input_shape": (*inputs, channels),
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "groups": groups,
        "num_message_bits": draw(st.sampled_from([0, 8])),
    }


@BOTH
@settings(max_examples=30)
@given(
    drawn=convolutions(),
    seed=st.integers(0, 999),
    rate=st.sampled_from([0.1, 0.6, 1.0]),
    top=st.sampled_from([1, 100, 2**15, 2**23, 2**30]),
)
def test_sums_are_lavas(numerics, drawn, seed, rate, top):
    arguments, rng = dict(drawn), np.random.default_rng(seed)
    weight = rng.integers(-128, 128, arguments.pop("weight_shape"))
    shape = arguments["input_shape"]
    data = rng.integers(-top, top + 1, (*shape, 3)) * (rng.random((*shape, 3)) < rate)
    kind = np.int32 if numerics == "fixed" else float
    sent = arriving(Conv(weight=weight, **arguments), data, numerics)
    layout = {name: np.array(arguments[name]) for name in ("stride", "padding", "dilation")}
    for step in range(3):
        values = data[..., step].astype(kind if arguments["num_message_bits"] else bool)
        with np.errstate(invalid="ignore"):
            wanted = utils.conv(
                values,
                weight.astype(kind),
                np.array(weight.shape[1:3]),
                groups=arguments["groups"],
                **layout,
            )
        if numerics == "fixed":
            wanted = utils.signed_clamp(wanted, 24)
        np.testing.assert_array_equal(sent[step], wanted)


@given(data=st.data(), inputs=st.integers(1, 9))
def test_stretches_are_what_each_input_reaches(data, inputs):
    kernel, stride, padding, dilation = data.draw(layouts(inputs))
    outputs = (inputs + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
    axis = Axis(inputs, outputs, kernel, stride, padding, dilation)
    assert sorted(axis.order) == list(range(kernel))
    wanted = {
        (o * stride - padding + dilation * (kernel - 1 - k), k, o)
        for o in range(outputs)
        for k in range(kernel)
    }
    stretches = axis.stretches(axis.order, merged=True)
    found = {
        (i, axis.order[place + j], output + j)
        for i, (first, end) in enumerate(pairwise(stretches.first))
        for place, output, length in stretches.listed[first:end]
        for j in range(length)
    }
    assert found == {one for one in wanted if 0 <= one[0] < inputs}


# --- hosts -------------------------------------------------------------------


@BOTH
def test_weights_are_read_and_set(numerics):
    rng = np.random.default_rng(3)
    weights = rng.integers(-100, 100, (4, 3, 2, 3))
    conv = Conv(weight=weights, input_shape=(5, 5, 6), stride=2, groups=2)
    data = (rng.random((5, 5, 6, 1)) < 0.5).astype(int)
    source, neurons = Source(data=data), LIF(shape=conv.a_out.shape, vth=2**17, du=0, dv=0)
    source.s_out.connect(conv.s_in)
    conv.a_out.connect(neurons.a_in)
    engine.attach(conv, numerics)
    assert (conv.weight.get() == weights).all()
    conv.run(condition=RunSteps(1))
    before = conv.a_buf.get()
    state = engine.state(conv)
    conv.weight.set(-2 * weights)
    assert (conv.weight.get() == -2 * weights).all()
    # What has been summed is sent all the same.
    assert (conv.a_buf.get() == before).all()
    conv.run(condition=RunSteps(1))
    assert (conv.a_buf.get() == -2 * before).all()
    engine.restore(conv, state)
    assert (conv.weight.get() == weights).all()
    conv.run(condition=RunSteps(1))
    assert (conv.a_buf.get() == before).all()
    conv.a_buf.set(np.full(conv.a_buf.shape, 7))
    neurons.u.set(np.zeros(neurons.u.shape))
    conv.run(condition=RunSteps(1))
    assert (neurons.u.get() == (7 << 6 if numerics == "fixed" else 7)).all()
    conv.stop()


def test_sums_that_become_too_large_by_new_weights_are_clamped():
    conv = Conv(weight=np.full((1, 1, 1, 1), 1), input_shape=(1, 1, 1), num_message_bits=24)
    Source(data=np.full((1, 1, 1, 1), 2**22)).s_out.connect(conv.s_in)
    engine.attach(conv)
    conv.run(condition=RunSteps(1))
    assert conv.a_buf.get().item() == 2**22
    conv.weight.set(np.full((1, 1, 1, 1), 2))
    conv.run(condition=RunSteps(1))
    assert conv.a_buf.get().item() == -(2**23)
    conv.weight.set(np.full((1, 1, 1, 1), 2**10))
    conv.run(condition=RunSteps(1))
    assert conv.a_buf.get().item() == 0
    conv.stop()


def test_how_the_kernel_is_laid_out_is_read_and_stays():
    conv = Conv(weight=np.ones((2, 3, 2, 1)), input_shape=(6, 5, 2), padding=(1, 0), groups=2)
    engine.attach(conv)
    assert conv.kernel_size.get().tolist() == [3, 2]
    assert conv.padding.get().tolist() == [1, 0]
    conv.stride.set(np.array([1, 1]))
    with pytest.raises(ValueError, match="stride of Process .* was set to 2; it must be 1"):
        conv.stride.set(np.array([1, 2]))
    with pytest.raises(ValueError, match="weight of Process .* was set to 40000"):
        conv.weight.set(np.full((2, 3, 2, 1), 40000))
    conv.stop()


def test_a_kernel_cannot_be_monitored():
    conv, monitor = Conv(weight=np.ones((1, 1, 1, 1))), Monitor()
    monitor.probe(conv.weight, 3)
    with pytest.raises(UnsupportedGraph, match="'weight'.* cannot be monitored"):
        engine.attach(conv, python="refuse")


def refused(conv):
    with pytest.raises(UnsupportedGraph) as caught:
        engine.attach(conv, python="refuse")
    return str(caught.value)


def test_what_lavas_model_cannot_keep_is_refused_by_name():
    depthwise = Conv(weight=np.ones((128, 1, 1, 1)), input_shape=(1, 1, 128), groups=128)
    assert "groups is 128; it must be an integer from 1 to 127" in refused(depthwise)
    padded = Conv(weight=np.ones((1, 1, 1, 1)), padding=(0, 128))
    assert "padding is 128; it must be an integer from 0 to 127" in refused(padded)
    wide = Conv(weight=np.full((1, 1, 1, 1), 2**15))
    assert "weight: values from 32768 to 32768 do not fit 16 bits" in refused(wide)
    narrow = Conv(weight=np.ones((1, 3, 3, 1)), input_shape=(3, 3, 2))
    assert "it must be (output channels, x, y, 2)" in refused(narrow)


# --- counting ----------------------------------------------------------------


@settings(max_examples=25)
@given(drawn=convolutions(), seed=st.integers(0, 99))
def test_a_spike_costs_the_outputs_that_it_reaches(drawn, seed):
    arguments, rng = {**drawn, "num_message_bits": 0}, np.random.default_rng(seed)
    # Synapses that are not there cost nothing.
    weight = rng.integers(0, 3, arguments.pop("weight_shape"))
    inputs = int(np.prod(arguments["input_shape"]))
    data = np.eye(inputs, dtype=int).reshape(*arguments["input_shape"], inputs)
    conv = Conv(weight=weight, **arguments)
    with engine.counting() as counters:
        sent = arriving(conv, data)
    found = counters[0].activity().of(conv.name)
    assert found.operations == found.synapses == np.count_nonzero(sent)
    assert found.arrivals == inputs


# --- delays ------------------------------------------------------------------


@BOTH
def test_a_kernel_over_time_is_played_backwards(numerics):
    """Input 0 spikes once, input 1 twice; weights (step, post, pre), the last of them first."""
    weights = np.array([[[1, 10], [2, 20]], [[3, 30], [4, 40]], [[5, 50], [6, 60]]])
    synapses = ConvInTime(weights=weights)
    data = np.array([[1, 0, 0, 0, 0], [0, 1, 1, 0, 0]])
    if numerics == "fixed":
        assert "ConvInTime" in refused(synapses)
        return
    sent = arriving(synapses, data, numerics)
    assert sent[:, 0].tolist() == [5, 3 + 50, 1 + 30 + 50, 10 + 30, 10]
    assert sent[:, 1].tolist() == [6, 4 + 60, 2 + 40 + 60, 20 + 40, 20]


@BOTH
@pytest.mark.parametrize(
    ("delays", "max_delay", "expected"),
    [
        (csr_matrix([[0, 0, 1], [0, 2, 0]]), 0, [[2, 0], [-4, 0], [0, 6], [0, 0]]),
        (np.array([[0, 9, 1], [0, 2, 0]]), 9, [[2, 0], [-4, 0], [0, 6], [0, 0]]),
        (2, 0, [[0, 0], [0, 0], [-2, 6], [0, 0]]),
        (0, 3, [[-2, 6], [0, 0], [0, 0], [0, 0]]),
    ],
)
def test_each_sparse_synapse_has_its_delay(numerics, delays, max_delay, expected):
    weights = csr_matrix([[2, 0, -4], [0, 6, 0]])
    synapses = DelaySparse(weights=weights, delays=delays, max_delay=max_delay)
    data = np.tile([1, 0, 0, 0], (3, 1))
    assert arriving(synapses, data, numerics).tolist() == expected


def test_delays_of_sparse_synapses_are_read_and_set():
    delays = csr_matrix([[0, 0, 1], [0, 2, 0]])
    synapses = DelaySparse(weights=csr_matrix([[2, 0, -4], [0, 6, 0]]), delays=delays)
    Source(data=np.ones((3, 1))).s_out.connect(synapses.s_in)
    engine.attach(synapses, python="refuse")
    assert synapses.delays.get().toarray().tolist() == delays.toarray().tolist()
    synapses.delays.set(csr_matrix([[0, 0, 2], [0, 1, 0]]))
    synapses.run(condition=RunSteps(1))
    assert synapses.a_buff.get().tolist() == [[2, 0, -4], [0, 6, 0]]
    with pytest.raises(ValueError, match="delays of Process .* was set to 3; .* from 0 to 2"):
        synapses.delays.set(csr_matrix([[0, 0, 3], [0, 1, 0]]))
    synapses.stop()


@pytest.mark.parametrize("python", ["refuse", "all"])
def test_one_delay_for_all_synapses_is_read_as_lava_gives_it(python):
    synapses = DelaySparse(weights=csr_matrix([[2, 0, -4], [0, 6, 0]]), delays=2)
    engine.attach(synapses, python=python)
    assert synapses.delays.get().tolist() == [[2, 2, 2], [2, 2, 2]]
    synapses.stop()


def test_delays_that_lava_would_leave_out_are_refused():
    weights = csr_matrix([[2, 3]])
    late = DelaySparse(weights=weights, delays=csr_matrix([[1, 4]]), max_delay=2)
    assert "delays go up to 4 and max_delay is 2" in refused(late)
    assert "delays go up to 64" in refused(DelaySparse(weights=weights, delays=64))
