"""The layers of a torch model before those that sleep, found in what its forward calls."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any, NoReturn

import numpy as np
import torch
from torch import fx, nn
from torch.nn import functional
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd

from loihi_sleep.consolidation import torch_layers
from loihi_sleep.consolidation.torch_calls import (
    DROPOUT,
    FLATTEN,
    IDENTITY,
    RELU,
    clamps_at_0,
    tensors_of,
)
from loihi_sleep.consolidation.torch_chain import Link
from loihi_sleep.consolidation.torch_folding import composed
from loihi_sleep.consolidation.torch_layers import layer_name
from loihi_sleep.consolidation.torch_trace import trace, users_of
from loihi_sleep.networks import ConvolutionalLayer
from loihi_sleep.networks.pooling import Pooling

LEAVE_OUT = "or leave out backbone, and what comes before the layers that sleep stays as it is"
_MEANS: set[object] = {functional.avg_pool2d}
_MEANS_TO_SIZE: set[object] = {functional.adaptive_avg_pool2d}
_MAXIMA = (nn.MaxPool2d, nn.AdaptiveMaxPool2d, nn.FractionalMaxPool2d)
_MAXIMA_CALLED = {functional.max_pool2d, functional.adaptive_max_pool2d, torch.max_pool2d}
_CONVOLUTIONS_CALLED = {functional.conv1d, functional.conv2d, functional.conv3d}


class PartError(ValueError):
    """A refusal that names its layer of the backbone."""


class Part:
    """A layer of the backbone: what it computes in torch, and its synapses.

    Parameters
    ----------
    name : str
        How messages call it.
    module : nn.Conv2d, nn.AvgPool2d or nn.AdaptiveAvgPool2d
    """

    def __init__(self, name: str, module: nn.Module) -> None:
        self.name, self._module = name, module
        self._norms: list[_BatchNorm] = []
        self.rectified = not isinstance(module, nn.Conv2d)

    def refuse(self, reason: str) -> NoReturn:
        """Refuse it, by its name and with what to do."""
        raise PartError(f"{self.name} {reason}; {LEAVE_OUT}")

    def add(self, norm: _BatchNorm) -> None:
        """Add a BatchNorm behind it."""
        if self.rectified:
            self.refuse("has a BatchNorm behind it that no convolution takes in; put it before the "
                        "ReLU")  # fmt: skip
        self._norms.append(norm)

    def apply(self, values: torch.Tensor) -> torch.Tensor:
        """Compute what it gives, by running statistics, without dropout."""
        if isinstance(self._module, nn.Conv2d):
            # Without hooks, and with the weights that spikes will have.
            conv: Any = self._module
            found = conv._conv_forward(values, conv.weight, conv.bias)
        else:
            found = self._module.forward(values)
        if self._norms:
            gain, shift = (
                torch.from_numpy(each).to(found)[:, None, None]
                for each in composed(self._norms, found.shape[1])
            )
            found = gain * found + shift
        return torch.relu(found)

    def synapses(self, input_shape: tuple[int, int, int]) -> ConvolutionalLayer | Pooling:
        """Return what gives it, with real weights."""
        if isinstance(self._module, nn.Conv2d):
            return self._convolution(self._module, input_shape)
        kernel, stride, padding = self._windows(input_shape)
        return Pooling.of_windows(input_shape, kernel, stride, padding, 1 / prod(kernel))

    def _convolution(
        self, conv: nn.Conv2d, input_shape: tuple[int, int, int]
    ) -> ConvolutionalLayer:
        if conv.padding_mode != "zeros":
            self.refuse(f"pads by {conv.padding_mode!r}; spikes can be padded by zeros only")
        padding: list[int] = []
        for axis in (0, 1):
            if isinstance(conv.padding, str):
                reach = conv.dilation[axis] * (conv.kernel_size[axis] - 1)
                if conv.padding == "same" and reach % 2:
                    self.refuse("pads one side more than the other; take a kernel of odd size")
                padding.append(reach // 2 if conv.padding == "same" else 0)
            else:
                padding.append(int(conv.padding[axis]))
        channels = conv.out_channels
        gain, shift = composed(self._norms, channels)
        weights = conv.weight.detach().cpu().double().numpy()
        bias = np.zeros(channels)
        if conv.bias is not None:
            bias = conv.bias.detach().cpu().double().numpy()
        return ConvolutionalLayer(
            gain[:, None, None, None] * weights,
            input_shape,
            vth=0.0,
            bias=gain * bias + shift,
            stride=_two(conv.stride),
            padding=(padding[0], padding[1]),
            dilation=_two(conv.dilation),
            groups=conv.groups,
        )

    def _windows(
        self, input_shape: tuple[int, int, int]
    ) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
        """Return kernel, stride and padding."""
        pool = self._module
        if isinstance(pool, nn.AdaptiveAvgPool2d):
            wanted = _two(pool.output_size, input_shape[1:])
            if any(size % count for size, count in zip(input_shape[1:], wanted, strict=True)):
                self.refuse(f"takes means over windows of several sizes, of {input_shape[1:]} to "
                            f"{wanted}; take a size that divides it")  # fmt: skip
            kernel = input_shape[1] // wanted[0], input_shape[2] // wanted[1]
            return kernel, kernel, (0, 0)
        assert isinstance(pool, nn.AvgPool2d)
        kernel, padding = _two(pool.kernel_size), _two(pool.padding)
        if pool.ceil_mode or pool.divisor_override or (any(padding) and not pool.count_include_pad):
            self.refuse("takes means of other numbers of values at its edges (ceil_mode, "
                        "divisor_override, count_include_pad=False); leave that out")  # fmt: skip
        return kernel, _two(pool.stride, kernel), padding


def _two(values: Any, default: tuple[int, int] = (0, 0)) -> tuple[int, int]:
    """Return a parameter for rows and columns, of which torch takes one number for both."""
    if values is None:
        return default
    rows, columns = (values, values) if isinstance(values, int) else values
    return (
        default[0] if rows is None else int(rows),
        default[1] if columns is None else int(columns),
    )


class BackboneCalls:
    """The calls of a model from its input to the first layer that sleeps.

    Parameters
    ----------
    model : nn.Module
    link : Link
    """

    def __init__(self, model: nn.Module, link: Link) -> None:
        self._model, self._link = model, link
        graph = trace(model, "leave out backbone, and what comes before the layers that sleep "
                             "stays as it is")  # fmt: skip
        found = [node for node in graph.nodes if self._module(node) is link.linear]
        if len(found) != 1:
            raise ValueError(
                f"backbone: the model applies {link.name} {len(found)} times; it must be once, so "
                f"that what comes before it can spike, {LEAVE_OUT}"
            )
        self._nodes: list[fx.Node] = []
        node = self._input(found[0])
        while node.op != "placeholder":
            self._nodes.insert(0, node)
            node = self._input(node)
        for each in (node, *self._nodes):
            if len(users_of(each)) > 1:
                self._refuse(each, "is used twice (a branch), and only a chain can spike")

    def parts(self) -> Iterator[Part]:
        """Yield the layers, from the input on."""
        part: Part | None = None
        for node in self._nodes:
            layer = self._layer(node)
            module = self._module(node)
            if layer is not None:
                if part is not None:
                    yield self._closed(part)
                part = layer
            elif isinstance(module, nn.BatchNorm2d):
                torch_layers.refuse_changed_behavior(module, self._label(node), only_read=True)
                if part is None:
                    self._refuse(node, "comes before all convolutions; put it behind one")
                if module.running_mean is None:
                    self._refuse(node, "has no running statistics; track_running_stats=True does")
                part.add(module)
            elif self._is(node, RELU) or clamps_at_0(node, module):
                if part is not None:
                    part.rectified = True
            elif not self._is(node, FLATTEN | IDENTITY | DROPOUT) and not isinstance(
                module, _DropoutNd
            ):
                self._refuse_call(node)
        if part is None:
            raise ValueError(
                f"backbone: nothing comes before {self._link.name} that could spike; leave it out"
            )
        yield self._closed(part)

    def _closed(self, part: Part) -> Part:
        if not part.rectified:
            part.refuse("has no ReLU right behind it, and spikes stand for values from 0; put one "
                        "there, before any pooling")  # fmt: skip
        return part

    def _layer(self, node: fx.Node) -> Part | None:
        module, name = self._module(node), self._label(node)
        if isinstance(module, nn.Conv2d | nn.AvgPool2d | nn.AdaptiveAvgPool2d):
            torch_layers.refuse_changed_behavior(module, name, only_read=True)
            return Part(name, module)
        for functions, kind in ((_MEANS, nn.AvgPool2d), (_MEANS_TO_SIZE, nn.AdaptiveAvgPool2d)):
            if node.op == "call_function" and node.target in functions:
                kwargs = {key: value for key, value in node.kwargs.items() if key != "input"}
                return Part(name, kind(*node.args[1:], **kwargs))
        return None

    def _module(self, node: fx.Node) -> nn.Module | None:
        return self._model.get_submodule(str(node.target)) if node.op == "call_module" else None

    def _is(self, node: fx.Node, kinds: set[object]) -> bool:
        module = self._module(node)
        if module is None:
            return node.op in ("call_function", "call_method") and node.target in kinds
        if not isinstance(module, tuple(kind for kind in kinds if isinstance(kind, type))):
            return False
        torch_layers.refuse_changed_behavior(module, self._label(node), only_read=True)
        return True

    def _input(self, node: fx.Node) -> fx.Node:
        first = node.args[0] if node.args else next(iter(node.kwargs.values()), None)
        if node.op == "call_function" and node.target in _CONVOLUTIONS_CALLED:
            self._refuse(node, "takes weights that are no layer's; use nn.Conv2d, a layer of the "
                               "model, in its place")  # fmt: skip
        if not isinstance(first, fx.Node) or len(tensors_of(node)) != 1:
            self._refuse(node, "takes several tensors, or none, and only a chain can spike")
        return first

    def _label(self, node: fx.Node) -> str:
        module = self._module(node)
        if module is not None:
            return layer_name(str(node.target), module)
        if node.op == "placeholder":
            return "the input of the model"
        return f"the call of {getattr(node.target, '__name__', node.target)}"

    def _refuse_call(self, node: fx.Node) -> NoReturn:
        if isinstance(self._module(node), _MAXIMA) or node.target in _MAXIMA_CALLED:
            self._refuse(
                node, "takes the largest value of each window, which sums of spikes do not tell; "
                "train with AvgPool2d in its place",
            )  # fmt: skip
        self._refuse(
            node, "cannot become spiking; Conv2d, BatchNorm2d, ReLU, AvgPool2d, "
            "AdaptiveAvgPool2d, Dropout, Identity and Flatten can",
        )  # fmt: skip

    def _refuse(self, node: fx.Node, reason: str) -> NoReturn:
        raise ValueError(f"backbone: {self._label(node)} {reason}; {LEAVE_OUT}")
