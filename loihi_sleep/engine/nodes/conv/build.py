"""Convolutions of lava-nc."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.engine.builder import Builder
from loihi_sleep.engine.domains import Range
from loihi_sleep.engine.nodes.conv.geometry import Axis, joined
from loihi_sleep.engine.nodes.conv.step import CONV_STEP
from loihi_sleep.engine.nodes.synapses.build import synaptic
from loihi_sleep.engine.nodes.synapses.reordered import ReorderedWeights
from loihi_sleep.engine.stored_parts import in_lavas_type
from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.graphs.hierarchy import label

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

_INT8_MAX, _INT32 = np.iinfo(np.int8).max, np.iinfo(np.int32)
# Vars that say how the kernel is laid out, and how small they may be; Lava keeps them in 8 bits.
_LAYOUT = {"kernel_size": 1, "stride": 1, "padding": 0, "dilation": 1, "groups": 1}
# Neither of Lava's models uses them.
_UNUSED: dict[str, np.iinfo[Any]] = {"weight_exp": _INT32, "num_weight_bits": np.iinfo(np.int8)}


def _build(builder: Builder, conv: AbstractProcess) -> None:
    layout = {name: _layout(conv, name, least) for name, least in _LAYOUT.items()}
    x, y = _axes(conv, layout)
    (groups,) = layout["groups"]
    outputs = conv.a_out.shape[2]
    channels = conv.s_in.shape[2]
    weights = in_lavas_type(
        conv.weight.init, conv.weight.shape, np.int32 if builder.fixed else np.float64
    )
    if weights.ndim != 4 or weights.shape[3] < channels // groups:
        raise UnsupportedGraph(
            f"{label(conv)}: weight has shape {weights.shape}; for {channels} input channels in "
            f"{groups} groups it must be (output channels, x, y, {channels // groups})"
        )
    storage = builder.storage
    norm = storage.reserve("counters", 1)

    def measure() -> None:
        if builder.fixed:
            magnitudes = np.abs(kernel.in_memory.astype(np.int64))
            storage.view(norm)[0] = magnitudes.sum(axis=(0, 1, 2)).max()

    places = np.arange(weights.size).reshape(weights.shape)
    # Input channel, x, y in the order of the stretches, output channel.
    in_memory = places.transpose(3, 1, 2, 0)[:, :, y.order]
    kernel = ReorderedWeights(builder, conv.weight, weights, in_memory, measure)
    builder.at_start(measure)
    builder.bound("the norm of a kernel", norm, 0, np.iinfo(np.int64).max)
    builder.fan_out[conv] = lambda: _fan_out(kernel.in_memory, x, y, groups, channels)
    for name in (*_LAYOUT, *_UNUSED):
        builder.store_count(getattr(conv, name))
    begins = bool(np.asarray(conv.a_buf.init).any())
    builder.expose_message(conv.a_buf, builder.sent(conv.a_out), begins=begins)

    stretches = joined(
        x.stretches(),
        # Only without groups do outputs lie side by side along y.
        y.stretches(y.order, merged=groups == 1),
        units=(y.kernel, y.outputs),
    )
    # A stretch goes over all output channels, or over those of a group.
    in_weights = stretches.listed * (outputs, outputs, outputs // groups)
    first_stretch = storage.reserve("index", stretches.first.size, stretches.first)
    listed = storage.reserve("index", in_weights.size, in_weights.ravel())
    builder.constant("stretches of a kernel", first_stretch, listed)
    places_y = storage.reserve("index", y.kernel, np.argsort(y.order))
    builder.constant("places of a kernel", places_y)
    builder.add(
        CONV_STEP,
        received=builder.receive(conv.s_in, events=True),
        out=builder.sent(conv.a_out),
        weights=kernel.region,
        weight_exp=0,
        message_bits=builder.store_count(conv.num_message_bits),
        first_stretch=first_stretch,
        stretches=listed,
        channels=channels,
        groups=groups,
        group_inputs=channels // groups,
        group_outputs=outputs // groups,
        kernel=x.kernel * y.kernel * outputs,
        norm=norm,
        places_y=places_y,
        **_by_axis(x, "x"),
        **_by_axis(y, "y"),
    )


def _layout(conv: AbstractProcess, name: str, least: int) -> tuple[int, ...]:
    """Read how the kernel is laid out; Lava keeps it in 8 bits, where larger numbers wrap."""
    var = getattr(conv, name)
    given = np.broadcast_to(np.asarray(var.init), var.shape)
    values = tuple(int(value) for value in given)
    for value, exact in zip(values, given, strict=True):
        if value != exact or not least <= value <= _INT8_MAX:
            raise UnsupportedGraph(
                f"{label(conv)}: {name} is {exact}; it must be an integer from {least} to "
                f"{_INT8_MAX}, as Lava's model keeps it in 8 bits"
            )
    return values


def _axes(conv: AbstractProcess, layout: dict[str, tuple[int, ...]]) -> list[Axis]:
    return [
        Axis(
            inputs=int(conv.s_in.shape[axis]),
            outputs=int(conv.a_out.shape[axis]),
            kernel=layout["kernel_size"][axis],
            stride=layout["stride"][axis],
            padding=layout["padding"][axis],
            dilation=layout["dilation"][axis],
        )
        for axis in (0, 1)
    ]


def _by_axis(axis: Axis, name: str) -> dict[str, int]:
    return {
        f"inputs_{name}": axis.inputs,
        f"outputs_{name}": axis.outputs,
        f"kernel_{name}": axis.kernel,
        f"stride_{name}": axis.stride,
        f"padding_{name}": axis.padding,
        f"dilation_{name}": axis.dilation,
    }


def _fan_out(
    stored: NDArray[Any], x: Axis, y: Axis, groups: int, channels: int
) -> NDArray[np.int64]:
    """Count the outputs that each input reaches by a weight that is not 0."""
    inputs = channels // groups
    there = (stored[:inputs] != 0).reshape(inputs, x.kernel, y.kernel, groups, -1)
    weights = np.count_nonzero(there, axis=4)
    by_x, by_y = (axis.reached() >= 0 for axis in (x, y))
    reached = np.einsum("xi,cikg,yk->xygc", by_x, weights, by_y[:, y.order], optimize=True)
    return reached.reshape(-1).astype(np.int64)


def _ranges(conv: AbstractProcess, fixed: bool) -> dict[str, Range]:
    """Say to what Vars may be set: those that say how the kernel is laid out, to what they are."""
    ranges: dict[str, Range] = {name: (held.min, held.max) for name, held in _UNUSED.items()}
    for name in _LAYOUT:
        var = getattr(conv, name)
        value = np.broadcast_to(np.asarray(var.init), var.shape)
        ranges[name] = value, value
    return ranges | {"num_message_bits": (0, _INT8_MAX)}


CONV = synaptic(_build, CONV_STEP, ranges=_ranges)
