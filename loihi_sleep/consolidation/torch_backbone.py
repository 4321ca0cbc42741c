"""Convolutions before the layers of a torch model that sleep, as static spiking layers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from loihi_sleep.consolidation.torch_backbone_parts import LEAVE_OUT, BackboneCalls, PartError
from loihi_sleep.consolidation.torch_backbone_samples import (
    checked_samples,
    compare,
    handed_to,
    refuse_difference,
)
from loihi_sleep.consolidation.torch_chain import Link
from loihi_sleep.networks import ConvolutionalLayer, ConvolutionalNetwork, CubaNetwork, quantize
from loihi_sleep.networks.normalization import bias_currents, thresholds
from loihi_sleep.networks.pooling import Pooling

Array = NDArray[np.float64]

# With so many samples it is checked that the layers compute what the model does.
_CHECKED_SAMPLES = 16


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

    def __init__(self, model: nn.Module, link: Link, samples: torch.Tensor) -> None:
        values = checked_samples(samples)
        self.input_shape = (values.shape[1], values.shape[2], values.shape[3])
        self.largest_input = float(values.max())
        chain = BackboneCalls(model, link)
        first = next(model.parameters())
        handed = handed_to(model, link, values[:_CHECKED_SAMPLES].to(first, copy=True))
        layers: list[_Static] = []
        with torch.no_grad():
            for part in chain.parts():
                inputs = tuple(int(size) for size in values.shape[1:])
                try:
                    values = part.apply(values.to(first))
                    synapses = part.synapses((inputs[0], inputs[1], inputs[2]))
                except PartError:
                    raise
                except (ValueError, RuntimeError) as error:
                    if isinstance(handed, torch.Tensor):
                        refuse_difference(f"{part.name} would fail: {error}", link)
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
        compare(values[:_CHECKED_SAMPLES], handed, link)
        for layer in layers:
            if not layer.maximum > 0:
                raise ValueError(
                    f"{layer.name} is silent for all of the samples: its ReLU gives 0 everywhere; "
                    f"give samples by which it is active, {LEAVE_OUT}"
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

        Returns
        -------
        ConvolutionalNetwork
            Static convolutions, and `dense` behind them.
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
