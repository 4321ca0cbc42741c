"""Sums over windows of an image (pooling), alone or as part of the synapses before or behind it.

Pooling has no neurons: it is linear, as the synapses beside it are, and so both are one convolution
(or one matrix), whose spikes take one step.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.networks.convolutional import LARGEST_SIDE, ConvolutionalLayer, Shape
from loihi_sleep.processes import checks

# Weights that pooling may grow to: some 0.5 GiB.
WEIGHTS_MAX = 2**26


@dataclass(frozen=True)
class Pooling:
    """What each window of an image sums up to, channel by channel.

    Parameters
    ----------
    channels : int
        From 1.
    plane : ConvolutionalLayer
        The windows of one channel; its threshold and decays do not count.
    """

    channels: int
    plane: ConvolutionalLayer

    @classmethod
    def of_windows(
        cls,
        input_shape: Shape,
        kernel: tuple[int, int],
        stride: tuple[int, int],
        padding: tuple[int, int] = (0, 0),
        weight: float = 1.0,
    ) -> Pooling:
        """Return pooling over windows that all count alike.

        Parameters
        ----------
        input_shape : tuple of int
            (channels, rows, columns).
        kernel, stride, padding : tuple of int
            Along rows and columns, up to 127; padding adds zeros.
        weight : float
            Of each value in a window: 1 for sums, ``1 / (rows * columns)`` for means.

        Returns
        -------
        Pooling

        Raises
        ------
        ValueError
            A parameter out of range; a window that is larger than the image with its padding.
        """
        sides = [
            checks.integer(f"kernel[{axis}]", side, 1, LARGEST_SIDE)
            for axis, side in enumerate(checks.sequence("kernel", kernel, 2, "integers"))
        ]
        channels, *plane = input_shape
        weights = np.full((1, 1, *sides), weight)
        layer = ConvolutionalLayer(
            weights, (1, plane[0], plane[1]), vth=0.0, stride=stride, padding=padding
        )
        return cls(checks.integer("input_shape[0]", channels, 1), layer)

    @property
    def input_shape(self) -> Shape:
        """Channels, rows and columns of the image."""
        return self.channels, *self.plane.input_shape[1:]

    @property
    def shape(self) -> Shape:
        """Channels, rows and columns of the sums."""
        return self.channels, *self.plane.shape[1:]

    def layer(self) -> ConvolutionalLayer:
        """Return it as a convolution, to whose neurons (``vth`` and so on) the sums go.

        Returns
        -------
        ConvolutionalLayer

        Raises
        ------
        ValueError
            So many channels that the kernels would take too much memory.
        """
        weights, groups = each_channel(self.plane.weights, self.channels)
        return replace(
            self.plane, weights=weights, input_shape=self.input_shape, groups=groups, bias=0.0
        )

    def pooled(self, behind: Pooling) -> Pooling:
        """Return this and then another as one.

        Parameters
        ----------
        behind : Pooling
            It takes what this gives.

        Returns
        -------
        Pooling

        Raises
        ------
        ValueError
            As of :meth:`before`.
        """
        joined = _joined(self.plane, behind.plane, self.plane.input_shape)
        return Pooling(self.channels, joined)

    def before(self, layer: ConvolutionalLayer) -> ConvolutionalLayer:
        """Return a convolution of what this gives as one of the image.

        Parameters
        ----------
        layer : ConvolutionalLayer
            It takes what this gives.

        Returns
        -------
        ConvolutionalLayer
            It takes the image.

        Raises
        ------
        ValueError
            They do not fit each other; zeros that pad what this gives would be more of the image
            as one convolution.
        """
        if layer.input_shape != self.shape:
            raise ValueError(f"input_shape is {layer.input_shape}; pooling gives {self.shape}")
        return _joined(self.plane, layer, self.input_shape, bias=layer.bias)

    def behind(self, layer: ConvolutionalLayer) -> ConvolutionalLayer:
        """Return a convolution and then this, without neurons between, as one convolution.

        Parameters
        ----------
        layer : ConvolutionalLayer
            It gives what this takes.

        Returns
        -------
        ConvolutionalLayer

        Raises
        ------
        ValueError
            As of :meth:`before`; padding behind a convolution with a bias.
        """
        if layer.shape != self.input_shape:
            raise ValueError(f"pooling takes {self.input_shape}; the layer gives {layer.shape}")
        bias = layer.bias * self.plane.weights.sum()
        return _joined(layer, self.plane, layer.input_shape, bias=bias)

    def in_matrix(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return dense weights of what this gives as dense weights of the image.

        Parameters
        ----------
        weights : ndarray, shape (post, channels * rows * columns)
            Inputs in C order of :attr:`shape`.

        Returns
        -------
        ndarray, shape (post, channels * rows * columns)
            In C order of :attr:`input_shape`.

        Raises
        ------
        ValueError
            Weights of another shape, or that would take too much memory.
        """
        weights = checks.matrix("weights", weights, "post, pre")
        post, pre = weights.shape
        if pre != prod(self.shape):
            raise ValueError(f"weights take {pre} inputs; pooling gives {prod(self.shape)}")
        plane = self.plane
        (rows, columns), (pad_rows, pad_columns) = plane.input_shape[1:], plane.padding
        padded = rows + 2 * pad_rows, columns + 2 * pad_columns
        _check_size(post * self.channels * prod(padded))
        found = np.zeros((post, self.channels, *padded))
        maps = weights.reshape(post, *self.shape)
        for (row, column), weight in np.ndenumerate(plane.weights[0, 0]):
            reached = tuple(
                slice(first, first + stride * (count - 1) + 1, stride)
                for first, stride, count in zip(
                    (plane.dilation[0] * row, plane.dilation[1] * column),
                    plane.stride,
                    self.shape[1:],
                    strict=True,
                )
            )
            found[:, :, reached[0], reached[1]] += weight * maps
        inside = found[:, :, pad_rows : pad_rows + rows, pad_columns : pad_columns + columns]
        return inside.reshape(post, -1)


def each_channel(kernel: NDArray[np.float64], channels: int) -> tuple[NDArray[np.float64], int]:
    """Return the kernels and groups of a convolution that applies one kernel to each channel.

    Parameters
    ----------
    kernel : ndarray, shape (1, 1, rows, columns)
    channels : int
        From 1.

    Raises
    ------
    ValueError
        So many channels that the kernels would take too much memory.
    """
    # Lava counts groups in 8 bits: beyond, some channels share a group, by weights of 0.
    groups = max(n for n in range(1, LARGEST_SIDE + 1) if channels % n == 0)
    each = channels // groups
    _check_size(channels * each * kernel.size)
    own = np.tile(np.eye(each), (groups, 1))[:, :, np.newaxis, np.newaxis]
    return own * kernel, groups


def _joined(
    inner: ConvolutionalLayer,
    outer: ConvolutionalLayer,
    input_shape: Shape,
    bias: NDArray[np.float64] | float = 0.0,
) -> ConvolutionalLayer:
    """Return one convolution of the image for two, of which one is the plane of a pooling.

    Row r of the outer one hears rows ``r s2 + d2 j - p2`` of the inner one, and those hear rows
    ``(r s2 + d2 j - p2) s1 + d1 i - p1`` of the image, by weight ``w2[j] w1[i]``.
    """
    for axis in (0, 1):
        _check_padding(inner, outer, axis)
    steps, sides = [], []
    for axis in (0, 1):
        taps = [layer.weights.shape[2 + axis] - 1 for layer in (inner, outer)]
        steps.append(inner.stride[axis] * outer.dilation[axis])
        sides.append(steps[axis] * taps[1] + inner.dilation[axis] * taps[0] + 1)
    if max(sides) > LARGEST_SIDE:
        raise ValueError(
            f"as one convolution they have a kernel of {sides[0]} rows and {sides[1]} columns; it "
            f"may have {LARGEST_SIDE}"
        )
    channels = [max(pair) for pair in zip(inner.weights.shape, outer.weights.shape, strict=True)]
    _check_size(channels[0] * channels[1] * prod(sides))
    weights = np.zeros((*channels[:2], *sides))
    for place in np.ndindex(*outer.weights.shape[2:]):
        rows, columns = (
            slice(step * tap, step * tap + dilation * (inner_side - 1) + 1, dilation)
            for step, tap, dilation, inner_side in zip(
                steps, place, inner.dilation, inner.weights.shape[2:], strict=True
            )
        )
        each = outer.weights[:, :, place[0], place[1], np.newaxis, np.newaxis]
        weights[:, :, rows, columns] += each * inner.weights
    return ConvolutionalLayer(
        weights,
        input_shape,
        vth=outer.vth,
        du=outer.du,
        dv=outer.dv,
        bias=bias,
        stride=_pair(inner.stride[axis] * outer.stride[axis] for axis in (0, 1)),
        padding=_pair(
            inner.padding[axis] + inner.stride[axis] * outer.padding[axis] for axis in (0, 1)
        ),
        groups=max(inner.groups, outer.groups),
    )


def _pair(values: Iterable[int]) -> tuple[int, int]:
    first, second = values
    return first, second


def _check_padding(inner: ConvolutionalLayer, outer: ConvolutionalLayer, axis: int) -> None:
    """Refuse zeros beside what the inner one gives that would not be zeros beside the image."""
    outside = _padding_heard(inner, outer, axis)
    if outside.size and np.any(inner.bias):
        raise ValueError(
            "padding of pooling hears no bias, and would as one convolution; leave out the padding "
            "or the bias, or put neurons between"
        )
    taps = inner.dilation[axis] * np.arange(inner.weights.shape[2 + axis])
    heard = outside[:, np.newaxis] * inner.stride[axis] - inner.padding[axis] + taps
    size = inner.input_shape[1 + axis]
    if ((heard >= 0) & (heard < size)).any():
        raise ValueError(
            "zeros that pad what comes between would be part of the image as one convolution; "
            f"pool so that windows cover the {size} {('rows', 'columns')[axis]} without overlap "
            "and without rest, leave out the padding, or put neurons between"
        )


def _padding_heard(
    inner: ConvolutionalLayer, outer: ConvolutionalLayer, axis: int
) -> NDArray[np.int64]:
    """Return the rows (or columns) of padding that the outer one hears beside the inner one."""
    padding, count, given = outer.padding[axis], outer.shape[1 + axis], inner.shape[1 + axis]
    beside = np.concatenate([np.arange(-padding, 0), np.arange(given, given + padding)])
    taps = outer.dilation[axis] * np.arange(outer.weights.shape[2 + axis])
    places = beside[:, np.newaxis] + padding - taps
    heard = (places % outer.stride[axis] == 0) & (places >= 0)
    heard &= places // outer.stride[axis] < count
    return beside[heard.any(axis=1)]


def _check_size(weights: int) -> None:
    if weights > WEIGHTS_MAX:
        raise ValueError(
            f"pooling would grow to {weights} weights, more than {WEIGHTS_MAX}; put neurons behind "
            "it, or use fewer channels"
        )
