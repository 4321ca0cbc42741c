"""Convolutions before the layers of a torch model that sleep, as static spiking layers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod
from typing import Any, NoReturn

import numpy as np
import torch
from numpy.typing import NDArray
from torch import fx, nn
from torch.nn import functional
from torch.nn.modules.dropout import _DropoutNd

from loihi_sleep.consolidation import torch_layers
from loihi_sleep.consolidation.torch_chain import (
    DROPOUT,
    FLATTEN,
    IDENTITY,
    RELU,
    Link,
    clamps_at_0,
    tensors_of,
)
from loihi_sleep.consolidation.torch_folding import composed
from loihi_sleep.consolidation.torch_layers import heard, layer_name
from loihi_sleep.consolidation.torch_trace import trace, users_of
from loihi_sleep.networks import ConvolutionalLayer, ConvolutionalNetwork, CubaNetwork, quantize
from loihi_sleep.networks.normalization import bias_currents, thresholds
from loihi_sleep.networks.pooling import Pooling
from loihi_sleep.processes import checks

Array = NDArray[np.float64]

_MEANS: set[Any] = {functional.avg_pool2d}
_MEANS_TO_SIZE: set[Any] = {functional.adaptive_avg_pool2d}
_MAXIMA = (nn.MaxPool2d, nn.AdaptiveMaxPool2d, nn.FractionalMaxPool2d)
_MAXIMA_CALLED = {functional.max_pool2d, functional.adaptive_max_pool2d, torch.max_pool2d}
_CONVOLUTIONS_CALLED = {functional.conv1d, functional.conv2d, functional.conv3d}
# With so many samples it is checked that the layers compute what the model does, to this share of
# the largest value or to what the type of the weights can tell.
_CHECKED_SAMPLES, _AGREEMENT = 16, 1e-3
_LEAVE_OUT = "or leave out backbone, and what comes before the layers that sleep stays as it is"
# An array of weights and a number for each channel.
_Affine = tuple[Array, Array]


@dataclass(frozen=True)
class _Static:
    """A convolution, or pooling, with real weights and the largest value it gives."""

    name: str
    synapses: ConvolutionalLayer | Pooling
    maximum: float


@dataclass(frozen=True)
class _Convolution(_Static):
    synapses: ConvolutionalLayer


def _without_pooling_between(layers: list[_Static]) -> list[_Convolution]:
    """Make pooling part of the convolution behind it, where there is one that can say both."""
    found: list[_Convolution] = []
    pooling: _Static | None = None
    for layer in layers:
        synapses = layer.synapses
        if pooling is not None:
            assert isinstance(pooling.synapses, Pooling)
            try:
                synapses = (
                    pooling.synapses.pooled(synapses)
                    if isinstance(synapses, Pooling)
                    else pooling.synapses.before(synapses)
                )
            except ValueError:
                found.append(_Convolution(pooling.name, pooling.synapses.layer(), pooling.maximum))
        pooling = None
        if isinstance(synapses, Pooling):
            pooling = _Static(layer.name, synapses, layer.maximum)
        else:
            found.append(_Convolution(layer.name, synapses, layer.maximum))
    if pooling is not None:
        assert isinstance(pooling.synapses, Pooling)
        found.append(_Convolution(pooling.name, pooling.synapses.layer(), pooling.maximum))
    return found


class SpikingBackbone:
    """What comes before the layers of a model that sleep, as spiking layers that do not learn.

    A ``Conv2d`` with its ``ReLU`` becomes a convolution and LIF neurons that keep their potential,
    and so does an ``AvgPool2d``, by a kernel of equal weights. Thresholds are the largest values
    that the layers give for some samples, each over that of the layer before
    (:func:`loihi_sleep.networks.normalization.thresholds`), so that spike rates follow activations.

    Parameters
    ----------
    model : nn.Module
        ``Conv2d``, ``BatchNorm2d`` behind it, ``ReLU``, ``AvgPool2d``, ``AdaptiveAvgPool2d``,
        ``Dropout``, ``Identity`` and ``Flatten`` in one chain from its input to `link`.
    link : Link
        The first layer that sleeps.
    samples : Tensor, shape (samples, channels, rows, columns)
        From 0, such as images of the last task.

    Raises
    ------
    ValueError
        Something else is there, by its name and with what to do; layers that in one chain compute
        something else than the model does; samples of another shape, or below 0.

    Notes
    -----
    Diehl, Neil, Binas, Cook, Liu and Pfeiffer, "Fast-classifying, high-accuracy spiking deep
    networks through weight and threshold balancing", IJCNN 2015; Rueckauer, Lungu, Hu, Pfeiffer and
    Liu, "Conversion of continuous-valued deep networks to efficient event-driven networks for image
    classification", Frontiers in Neuroscience 11:682 (2017).
    """

    def __init__(self, model: nn.Module, link: Link, samples: Any) -> None:
        values = _checked(samples)
        self.input_shape = (values.shape[1], values.shape[2], values.shape[3])
        self.largest_input = float(values.max())
        chain = _Chain(model, link)
        first = next(model.parameters())
        handed = _handed(model, link, values[:_CHECKED_SAMPLES].to(first, copy=True))
        layers: list[_Static] = []
        with torch.no_grad():
            for part in chain.parts():
                inputs = tuple(int(size) for size in values.shape[1:])
                try:
                    values = part.apply(values.to(first))
                    synapses = part.synapses((inputs[0], inputs[1], inputs[2]))
                except (ValueError, RuntimeError) as error:
                    if str(error).startswith(part.name):
                        raise
                    if isinstance(handed, torch.Tensor):
                        _refuse_difference(f"{part.name} would fail: {error}", link)
                    raise ValueError(f"{part.name} cannot become spiking: {error}") from None
                if synapses.shape != tuple(values.shape[1:]):
                    part.refuse("computes another shape than its parameters say")
                layers.append(_Static(part.name, synapses, float(values.max())))
        self._layers = _without_pooling_between(layers)
        if prod(values.shape[1:]) != link.linear.in_features:
            raise ValueError(
                f"the layers before {link.name} give {prod(values.shape[1:])} values for such "
                f"samples; it takes {link.linear.in_features}"
            )
        _compare(values[:_CHECKED_SAMPLES], handed, link)
        for layer in layers:
            if not layer.maximum > 0:
                raise ValueError(
                    f"{layer.name} is silent for all of the samples: its ReLU gives 0 everywhere; "
                    f"give samples by which it is active, {_LEAVE_OUT}"
                )
        self.means: Array = values.mean(dim=0).flatten().cpu().double().numpy()

    @property
    def inputs(self) -> int:
        """Inputs of the model, which the night's drive is to have."""
        return prod(self.input_shape)

    @property
    def largest(self) -> float:
        """Largest value that the layers that sleep hear."""
        return self._layers[-1].maximum

    @property
    def names(self) -> list[str]:
        """How messages call the layers."""
        return [layer.name for layer in self._layers]

    def before(self, dense: CubaNetwork, numerics: str, max_rate: float) -> ConvolutionalNetwork:
        """Return a network of these layers and those that sleep.

        Parameters
        ----------
        dense : CubaNetwork
            Its inputs reach 1 where these layers give their largest value.
        numerics : str
        max_rate : float
            Spikes a step that stand for the largest input.
        """
        static = [layer.synapses for layer in self._layers]
        scales = [max(self.largest_input, 1.0), *[1.0] * (len(static) - 1)]
        matrices = [
            scale * layer.weights.reshape(len(layer.weights), -1)
            for scale, layer in zip(scales, static, strict=True)
        ]
        quantized = quantize(matrices, rounded=numerics == "fixed")
        maxima = np.array([layer.maximum for layer in self._layers])
        factors = [1.0] * len(static)
        biases = [np.broadcast_to(layer.bias, len(layer.weights)) for layer in static]
        layers = [
            replace(layer, weights=units.reshape(layer.weights.shape), vth=vth, bias=bias)
            for layer, units, vth, bias in zip(
                static,
                quantized.units,
                thresholds(factors, maxima, quantized.unit),
                bias_currents(biases, max_rate, factors, maxima, quantized.unit),
                strict=True,
            )
        ]
        return ConvolutionalNetwork(tuple(layers), dense)


def _checked(samples: Any) -> torch.Tensor:
    if not isinstance(samples, torch.Tensor):
        raise ValueError(
            f"backbone is {checks.shown(samples)}; it must be a torch.Tensor of samples, by whose "
            "activations spiking layers are scaled"
        )
    if samples.is_complex() or samples.layout is not torch.strided or samples.is_meta:
        kind: Any = "complex" if samples.is_complex() else samples.device
        if samples.layout is not torch.strided:
            kind = samples.layout
        raise ValueError(
            f"backbone is a tensor that is {kind}; it must hold real numbers, all of them, in the "
            "memory of a device (samples.to_dense() makes sparse ones so)"
        )
    if samples.ndim != 4 or not samples.numel():
        raise ValueError(
            f"backbone has shape {tuple(samples.shape)}; it must be samples of shape (samples, "
            "channels, rows, columns)"
        )
    if not torch.isfinite(samples).all() or not (samples >= 0).all() or not samples.max() > 0:
        raise ValueError(
            "backbone holds samples that are not finite, below 0, or 0 everywhere; spikes stand "
            "for values from 0: leave out the standardization, "
            f"{_LEAVE_OUT}"
        )
    return samples


class _HeardError(Exception):
    """What the first layer that sleeps gets; nothing behind it needs to be computed."""

    def __init__(self, values: torch.Tensor) -> None:
        super().__init__()
        self.values = values


def _handed(model: nn.Module, link: Link, samples: torch.Tensor) -> torch.Tensor | Exception | None:
    """Return what a model hands to its first layer that sleeps, or why it does not."""

    def stop(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        raise _HeardError(heard(args, kwargs).detach().clone())

    training = [module for module in model.modules() if module.training]
    model.eval()
    handle = link.linear.register_forward_pre_hook(stop, with_kwargs=True)
    try:
        with torch.no_grad():
            model(samples)
    except _HeardError as stopped:
        return stopped.values
    except Exception as error:
        return error
    finally:
        handle.remove()
        for module in training:
            module.training = True
    return None


def _compare(values: torch.Tensor, handed: torch.Tensor | Exception | None, link: Link) -> None:
    """Refuse a chain that computes something else than the model does."""
    if not isinstance(handed, torch.Tensor):
        reason = f"fails for them: {handed}" if handed else "does not apply it to them"
        raise ValueError(f"backbone: the samples do not reach {link.name}; the model {reason}")
    found = f"they give shape {tuple(values.shape)}, and the model {tuple(handed.shape)}"
    if handed.numel() == values.numel():
        one, two = (each.flatten().cpu().double() for each in (handed, values))
        difference = float((one - two).abs().max())
        coarsest = max(torch.finfo(each.dtype).eps for each in (handed, values))
        if difference <= max(_AGREEMENT, coarsest**0.5) * float(
            torch.maximum(one.abs(), two).max()
        ):
            return
        found = f"values differ by up to {difference:.3g}"
    _refuse_difference(found, link)


def _refuse_difference(found: str, link: Link) -> NoReturn:
    raise ValueError(
        f"backbone: what comes before {link.name}, one layer after another, does not compute "
        f"what the model hands to it for these samples ({found}): maps whose shape changes between "
        "two layers, a decision by sizes, and a hook that changes values cannot be followed; leave "
        f"them out, {_LEAVE_OUT}"
    )


class _Part:
    """A layer of the backbone: what it computes in torch, and its synapses.

    Parameters
    ----------
    name : str
        How messages call it.
    module : nn.Conv2d, nn.AvgPool2d or nn.AdaptiveAvgPool2d
    """

    def __init__(self, name: str, module: nn.Module) -> None:
        self.name, self._module = name, module
        self._norms: list[Any] = []
        self.rectified = not isinstance(module, nn.Conv2d)

    def refuse(self, reason: str) -> NoReturn:
        raise ValueError(f"{self.name} {reason}; {_LEAVE_OUT}")

    def add(self, norm: Any) -> None:
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


class _Chain:
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
                f"that what comes before it can spike, {_LEAVE_OUT}"
            )
        self._nodes: list[fx.Node] = []
        node = self._input(found[0])
        while node.op != "placeholder":
            self._nodes.insert(0, node)
            node = self._input(node)
        for each in (node, *self._nodes):
            if len(users_of(each)) > 1:
                self._refuse(each, "is used twice (a branch), and only a chain can spike")

    def parts(self) -> Iterator[_Part]:
        """Yield the layers, from the input on."""
        part: _Part | None = None
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

    def _closed(self, part: _Part) -> _Part:
        if not part.rectified:
            part.refuse("has no ReLU right behind it, and spikes stand for values from 0; put one "
                        "there, before any pooling")  # fmt: skip
        return part

    def _layer(self, node: fx.Node) -> _Part | None:
        module, name = self._module(node), self._label(node)
        if isinstance(module, nn.Conv2d | nn.AvgPool2d | nn.AdaptiveAvgPool2d):
            torch_layers.refuse_changed_behavior(module, name, only_read=True)
            return _Part(name, module)
        for functions, kind in ((_MEANS, nn.AvgPool2d), (_MEANS_TO_SIZE, nn.AdaptiveAvgPool2d)):
            if node.op == "call_function" and node.target in functions:
                kwargs = {key: value for key, value in node.kwargs.items() if key != "input"}
                return _Part(name, kind(*node.args[1:], **kwargs))
        return None

    def _module(self, node: fx.Node) -> nn.Module | None:
        return self._model.get_submodule(str(node.target)) if node.op == "call_module" else None

    def _is(self, node: fx.Node, kinds: set[Any]) -> bool:
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
        raise ValueError(f"backbone: {self._label(node)} {reason}; {_LEAVE_OUT}")
