"""Pooling as part of the synapses: what it computes is what torch's convolutions do."""

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from loihi_sleep.networks import ConvolutionalLayer
from loihi_sleep.networks.pooling import Pooling

SHAPE = (2, 7, 8)
sides = st.tuples(st.integers(1, 3), st.integers(1, 3))
paddings = st.tuples(st.integers(0, 1), st.integers(0, 1))
seeds = st.integers(0, 1000)


def computed(layer, x):
    """What the neurons of a convolution hear, by torch."""
    bias = np.broadcast_to(layer.bias, len(layer.weights)).copy()
    arrays = torch.tensor(layer.weights), torch.tensor(bias)
    layout = layer.stride, layer.padding, layer.dilation, layer.groups
    return torch.nn.functional.conv2d(x, *arrays, *layout)


def pooled(x, pooling):
    """What pooling gives, by torch."""
    plane = pooling.plane
    kernel = torch.tensor(plane.weights).repeat(pooling.channels, 1, 1, 1)
    layout = plane.stride, plane.padding, plane.dilation, pooling.channels
    return torch.nn.functional.conv2d(x, kernel, None, *layout)


@st.composite
def poolings(draw, shape=SHAPE):
    try:
        return Pooling.of_windows(shape, draw(sides), draw(sides), draw(paddings), 0.5)
    except ValueError:
        assume(False)


@st.composite
def convolutions(draw, shape=SHAPE, biased=True):
    rng = np.random.default_rng(draw(seeds))
    groups = draw(st.sampled_from([1, 2]))
    layout = {"stride": draw(sides), "padding": draw(paddings), "dilation": draw(sides)}
    layout |= {"groups": groups, "bias": rng.normal(size=4) if biased else 0.0}
    try:
        weights = rng.normal(size=(4, shape[0] // groups, *draw(sides)))
        return ConvolutionalLayer(weights, shape, vth=0.0, **layout)
    except ValueError:
        assume(False)


def image(shape=SHAPE):
    return torch.tensor(np.random.default_rng(0).normal(size=(1, *shape)))


@settings(max_examples=30)
@given(st.data())
def test_two_as_one_compute_what_both_do(data):
    first = data.draw(poolings())
    behind = data.draw(convolutions(first.shape))
    layer = data.draw(convolutions(biased=data.draw(st.booleans())))
    pairs = [(first.before, behind, computed(behind, pooled(image(), first)))]
    second = data.draw(poolings(layer.shape))
    pairs += [(second.behind, layer, pooled(computed(layer, image()), second))]
    third = data.draw(poolings(first.shape))
    pairs += [(first.pooled, third, pooled(pooled(image(), first), third))]
    for join, other, expected in pairs:
        try:
            joined = join(other)
        except ValueError:
            outer = second.plane if other is layer else getattr(other, "plane", other)
            assert max(outer.padding) > 0
            continue
        compute = computed if isinstance(joined, ConvolutionalLayer) else lambda j, x: pooled(x, j)
        found = compute(joined, image())
        assert joined.shape == found.shape[1:]
        torch.testing.assert_close(found, expected)


@settings(max_examples=20)
@given(poolings())
def test_it_is_a_convolution_and_part_of_a_matrix(pooling):
    expected = pooled(image(), pooling)
    torch.testing.assert_close(computed(pooling.layer(), image()), expected)
    weights = np.random.default_rng(0).normal(size=(3, expected.numel()))
    found = pooling.in_matrix(weights) @ image().numpy().ravel()
    np.testing.assert_allclose(found, weights @ expected.numpy().ravel(), atol=1e-12)


def test_what_would_take_too_much_memory_is_refused():
    many = Pooling.of_windows((2**22, 64, 64), (20, 20), (2, 2))
    with pytest.raises(ValueError, match="pooling would grow to .* put neurons behind it"):
        many.layer()
    wide = Pooling.of_windows((1, 8890, 8890), (127, 127), (127, 127))
    with pytest.raises(ValueError, match="pooling would grow to 79032100 weights"):
        wide.in_matrix(np.ones((1, 4900)))


def test_kernels_beyond_8_bits_are_refused():
    first = Pooling.of_windows((1, 400, 400), (20, 20), (20, 20))
    with pytest.raises(ValueError, match="a kernel of 200 rows and 200 columns; it may have 127"):
        first.pooled(Pooling.of_windows(first.shape, (10, 10), (10, 10)))
