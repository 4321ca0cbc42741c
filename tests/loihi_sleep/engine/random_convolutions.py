"""Random networks of convolutions, as they are in vision: images, layers of maps, a read-out."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np
from graph_description import Link, Node
from hypothesis import strategies as st
from random_graphs import Drawing
from random_numbers import float_arrays, integer_arrays

# Lava convolves each pair of channels by itself, which takes time.
_MOST_NEURONS, _MOST_CHANNELS = 120, 4
Image = tuple[int, int, int]


def wire_convolved(drawing: Drawing) -> None:
    """Draw an image, layers of convolutions and neurons, and synapses to a few neurons."""
    draw = drawing.draw
    shape: Image = (draw(st.integers(1, 7)), draw(st.integers(1, 7)), draw(st.integers(1, 3)))
    magnitude = draw(st.sampled_from([1, 1, 5, 255, 4095, 2**23 - 1]))
    sender = drawing.raster(shape, magnitude)
    drawing.senders[sender] = shape
    for _ in range(draw(st.integers(1, 3))):
        convolution, shape = _convolution(drawing, sender, shape)
        sender = f"{convolution}.a_out"
        # A convolution may be heard by another one.
        if drawing.maybe(0.9):
            neurons = drawing.neuron(shape)
            drawing.link(sender, shape, f"{neurons}.a_in", _shape(drawing, neurons))
            sender = f"{neurons}.s_out"
            if drawing.maybe(0.25):
                _feed_back(drawing, neurons, shape)
    if drawing.maybe(0.7):
        drawing.kinds = ("Dense", "Sparse", "DelayDense", "DelaySparse")
        drawing.senders.setdefault(sender, shape)
        drawing.synapses(sender, drawing.neuron((draw(st.integers(1, 6)),)))


def wire_in_time(drawing: Drawing) -> None:
    """Draw spikes through a kernel over time; float only."""
    draw = drawing.draw
    pre, post = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    arguments: dict[str, Any] = {
        "weights": draw(float_arrays((draw(st.integers(1, 5)), post, pre), -1, 2))
    }
    if drawing.maybe(0.5):
        arguments["num_message_bits"] = draw(st.integers(1, 24))
    name, neurons = drawing.add("ConvInTime", arguments), drawing.neuron((post,))
    drawing.links.append(
        Link(drawing.raster((pre,), draw(st.sampled_from([1, 5]))), f"{name}.s_in")
    )
    drawing.link(f"{name}.a_out", (post,), f"{neurons}.a_in", (post,))
    drawing.targets.append(f"{name}.a_out")


def _shape(drawing: Drawing, neurons: str) -> tuple[int, ...]:
    shape: tuple[int, ...] = drawing.nodes[neurons].arguments["shape"]
    return shape


def _convolution(drawing: Drawing, sender: str, shape: Image) -> tuple[str, Image]:
    """Draw a convolution of what a sender sends; return it with the shape of its output."""
    draw = drawing.draw
    groups = draw(st.sampled_from([n for n in (1, 1, 2, 3) if shape[2] % n == 0]))
    layout: dict[str, list[int]] = {
        name: [] for name in ("kernel", "stride", "padding", "dilation")
    }
    sizes = []
    for inputs in shape[:2]:
        padding, dilation = draw(st.sampled_from([0, 1, 2])), draw(st.sampled_from([1, 1, 2]))
        # Lava fails where there is no output.
        most = (inputs + 2 * padding - 1) // dilation + 1
        kernel, stride = draw(st.integers(1, min(4, most))), draw(st.integers(1, 3))
        for name, value in zip(layout, (kernel, stride, padding, dilation), strict=True):
            layout[name].append(value)
        sizes.append(_outputs(inputs, kernel, stride, padding, dilation))
    channels = groups * draw(st.integers(1, _MOST_CHANNELS // groups))
    while channels > groups and channels * prod(sizes) > _MOST_NEURONS:
        channels -= groups
    kernel = layout.pop("kernel")
    arguments: dict[str, Any] = {
        "weight": _weights(drawing, (channels, *kernel, shape[2] // groups)),
        "input_shape": shape,
        **_settings(drawing),
        **{name: tuple(values) for name, values in layout.items()},
    }
    if groups > 1:
        arguments["groups"] = groups
    name = drawing.add("Conv", arguments)
    _connect(drawing, sender, f"{name}.s_in", shape)
    drawing.targets += [f"{name}.{member}" for member in ("a_out", "a_buf")]
    return name, (sizes[0], sizes[1], channels)


def _outputs(inputs: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    return (inputs + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def _feed_back(drawing: Drawing, neurons: str, shape: Image) -> None:
    """Convolve what neurons send back to them: as many outputs as inputs."""
    side, dilation = drawing.draw(st.sampled_from([1, 3])), drawing.draw(st.integers(1, 2))
    name = drawing.add(
        "Conv",
        {
            "weight": _weights(drawing, (shape[2], side, side, shape[2])),
            "input_shape": shape,
            "padding": dilation * (side - 1) // 2,
            "dilation": dilation,
            **_settings(drawing),
        },
    )
    _connect(drawing, f"{neurons}.s_out", f"{name}.s_in", shape)
    drawing.link(f"{name}.a_out", shape, f"{neurons}.a_in", _shape(drawing, neurons))


def _settings(drawing: Drawing) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    if drawing.maybe(0.5):
        arguments["num_message_bits"] = drawing.draw(st.integers(1, 24))
    # Lava's models do not use these.
    if drawing.maybe(0.2):
        arguments |= {"weight_exp": drawing.draw(st.integers(-2, 3)), "num_weight_bits": 5}
    return arguments


def _weights(drawing: Drawing, shape: tuple[int, ...]) -> list[Any]:
    if not drawing.fixed:
        weights: list[Any] = drawing.draw(float_arrays(shape, -2, 3))
        return weights
    low, high = drawing.draw(
        st.sampled_from([(-128, 127), (-256, 255), (-20, 60), (0, 255), (-(2**15), 2**15 - 1)])
    )
    integers: list[Any] = drawing.draw(integer_arrays(shape, low, high))
    return integers


def _connect(drawing: Drawing, sender: str, port: str, shape: Image) -> None:
    """Connect a sender, and now and then a second one, whose values are added."""
    drawing.link(sender, drawing.senders.get(sender, shape), port, shape)
    if drawing.maybe(0.15):
        drawing.link(
            drawing.raster(shape, drawing.draw(st.sampled_from([1, 9]))), shape, port, shape
        )


def writable(drawing: Drawing, node: Node) -> Iterator[tuple[str, st.SearchStrategy[Any]]]:
    """Vars of a convolution that a host may set, each with a strategy for its values."""
    arguments, arrays = node.arguments, integer_arrays if drawing.fixed else float_arrays
    shape = np.shape(arguments["weight"])
    layout = [
        np.broadcast_to(arguments.get(name, default), 2).tolist()
        for name, default in (("stride", 1), ("padding", 0), ("dilation", 1))
    ]
    sizes = map(_outputs, arguments["input_shape"][:2], shape[1:3], *layout)
    top = 128 if drawing.fixed else 2
    yield "weight", arrays(shape, -top, top)
    yield "a_buf", arrays((*sizes, shape[0]), -top, top)
    yield "num_message_bits", integer_arrays((1,), 0, 8)
