"""Layers of a ``.net`` file of lava-dl's."""

from __future__ import annotations

from math import prod
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.exchange.refusal import refuse
from loihi_sleep.files.hdf5 import StoredGroup, printable
from loihi_sleep.networks import ConvolutionalLayer, CubaLayer, InputNeurons, cuba_layer
from loihi_sleep.networks.neuron_constants import Constant
from loihi_sleep.networks.pooling import each_channel
from loihi_sleep.numerics.discretize import stored_weights
from loihi_sleep.numerics.limits import (
    BIAS_MANTISSA_MAX,
    BIAS_MANTISSA_MIN,
    DELAY_MAX,
    VTH_MAX,
)
from loihi_sleep.processes.kernels.integers import UNITY, WEIGHT_MAX, WEIGHT_MIN

# Thresholds have 17 bits on a chip. SLAYER writes 18 for layers that never spike (Affine).
THRESHOLD_MAX = 2 * VTH_MAX + 1
# What NetX takes for input blocks that do not say it.
INPUT_WEIGHT, INPUT_BIAS = 64, 0
# What NetX gives a layer without neurons: a current that never decays, a potential that forgets.
_NO_NEURONS = {"du": 0.0, "dv": 1.0, "vth": VTH_MAX + 1.0}
_INPUT = ("type", "shape", "weight", "bias", "neuron")
_CONVOLUTION = (
    *("type", "shape", "inChannels", "outChannels", "kernelSize", "weight", "bias", "neuron"),
    *("stride", "padding", "dilation", "groups"),
)
_POOLING = ("type", "shape", "kernelSize", "weight", "neuron", "stride", "padding", "dilation")
_LAYER = ("type", "shape", "inFeatures", "outFeatures", "weight", "bias", "delay", "neuron")
_NEURON = ("type", "iDecay", "vDecay", "vThMant", "refDelay", "gradedSpike", "messageBits")
# Of files before lava-dl 0.3: of the surrogate gradient, and the threshold once more.
_NEURON_OF_OLD = ("scaleRho", "tauRho", "theta")
_CUBA = ("CUBA", "LOIHI")
_DENSE = ("dense", "dense_rec")
MAPS = ("conv", "pool")
_REASONS = {
    "convT": "transposed convolutions are not read, and NetX does not build them",
    "unpool": "it is not read, and NetX does not build it; a convolution is",
    "average": "averages over neurons are not read, and NetX does not build them",
    "concat": "branches are not read, and NetX does not build them",
    "dense_comp": "complex weights are not read",
}
_NEURON_REASONS = {
    "SDNN": "sigma-delta neurons are not read; CUBA neurons are (train with slayer.block.cuba to "
    "let it sleep; awake, engine.attach runs it as NetX builds it)",
    "RF": "resonate-and-fire neurons are not read; CUBA neurons are",
    "RF_PHASE": "resonate-and-fire neurons are not read; CUBA neurons are",
}


class StoredLayer:
    """A layer of a file; what it refuses it names.

    Parameters
    ----------
    groups : StoredGroup
        All layers.
    number : int

    Raises
    ------
    ValueError
        It has no type.
    """

    def __init__(self, groups: StoredGroup, number: int) -> None:
        self._name = f"layer {number} of {groups.path}"
        if not groups.holds_group(str(number)) or "type" not in groups.group(str(number)):
            self._refuse("it has no type")
        self._group = groups.group(str(number))
        self.kind = self._group.text("type")
        self._name = f"layer {number} ({printable(self.kind)}) of {groups.path}"

    def _refuse(self, reason: str | ValueError) -> NoReturn:
        refuse(self._name, reason)

    def input_shape(self) -> tuple[int, ...] | None:
        """Return the shape of the input, as far as an input or flatten block says it."""
        return self._shape() if "shape" in self._group else None

    def flattened(self, before: int | None) -> int | None:
        """Return the number of inputs behind a flatten block."""
        shape = self.input_shape()
        inputs = None if shape is None else prod(shape)
        if inputs is not None and before not in (None, inputs):
            self._refuse(f"shape: it holds {inputs} neurons; the layer before has {before}")
        return inputs if inputs is not None else before

    def input_neurons(self) -> InputNeurons | None:
        """Return the neurons of an input block; None where it has none."""
        self._check_names(self._group, _INPUT, "")
        if "neuron" not in self._group:
            return None
        if "shape" not in self._group:
            self._refuse("shape is missing")
        shape = self._shape()
        return InputNeurons(
            shape,
            weight=self._one("weight", INPUT_WEIGHT),
            bias=self._one("bias", INPUT_BIAS),
            **self._neurons(prod(shape)),
        )

    def check_place(self, *, flat: bool) -> None:
        """Refuse a layer that stands where it cannot; `flat`: what reaches it is no image."""
        if self.kind in ("input", "flatten", *MAPS):
            self._refuse("it may only come before all dense layers")
        if self.kind in _DENSE and not flat:
            self._refuse(
                "a flatten block must come between convolutions or pooling and dense layers"
            )

    def read_maps(self, before: tuple[int, ...] | None) -> ConvolutionalLayer:
        """Return a convolution, or pooling, which is one with the same kernel for each channel.

        Parameters
        ----------
        before : tuple of int, optional
            Shape of what reaches it, as far as it is known.
        """
        is_pooling = self.kind == "pool"
        self._check_names(self._group, _POOLING if is_pooling else _CONVOLUTION, "")
        for name in ("weight", "shape", "neuron"):
            if name not in self._group:
                self._missing(name)
        if before is None or len(before) != 3:
            self._refuse(
                "the layers before do not say the shape of its input, (channels, rows, columns); "
                "an input block does"
            )
        weights = self._numbers("weight")
        # Old files have an axis for time.
        if weights.ndim == 5 and weights.shape[4] == 1:
            weights = weights[..., 0]
        if weights.ndim != 4:
            self._refuse(
                f"weight has shape {weights.shape}; it must be (channels, input channels, rows, "
                "columns)"
            )
        self._integers("weight", WEIGHT_MIN, WEIGHT_MAX)
        groups = self._pair("groups", 1)[0]
        if is_pooling:
            if weights.shape[:2] != (1, 1):
                self._refuse(f"weight has shape {weights.shape}; it must be (1, 1, rows, columns)")
            try:
                weights, groups = each_channel(weights, before[0])
            except ValueError as error:
                self._refuse(error)
        channels, _, *kernel = weights.shape
        for name, expected in (
            ("inChannels", (before[0],)),
            ("outChannels", (channels,)),
            ("kernelSize", tuple(kernel)),
        ):
            if name in self._group and not self._are(name, expected):
                self._refuse(f"{name} is not {expected}, as weight and the layer before say")
        # One constant for all neurons.
        neurons = {name: float(np.asarray(value)) for name, value in self._neurons(1).items()}
        try:
            layer = ConvolutionalLayer(
                weights,
                (before[0], before[1], before[2]),
                **neurons,
                bias=self._bias(channels),
                stride=self._pair("stride", 1),
                padding=self._pair("padding", 0),
                dilation=self._pair("dilation", 1),
                groups=groups,
            )
        except ValueError as error:
            self._refuse(error)
        if self._shape() != layer.shape:
            hint = ""
            if is_pooling and _leave_a_rest(layer):
                hint = (
                    f". Its windows leave a rest of the {before[1:]} rows and columns before it, "
                    "which SLAYER fills up with zeros on one side, and Lava cannot: take windows "
                    "that divide them, or crop or pad the image"
                )
            self._refuse(
                f"shape is {self._shape()}; what it computes has shape {layer.shape}{hint}"
            )
        return layer

    def _pair(self, name: str, default: int) -> tuple[int, int]:
        """Return one integer for rows and columns, or two."""
        if name not in self._group:
            return default, default
        values = self._integers(name, 0, np.inf).ravel()
        if values.size not in (1, 2):
            self._refuse(f"{name} has {values.size} numbers; it must have one or two")
        return int(values[0]), int(values[-1])

    def _are(self, name: str, numbers: tuple[int, ...]) -> bool:
        """Tell whether a parameter is these numbers, or one for all of them."""
        values = self._numbers(name).ravel()
        return values.size in (1, len(numbers)) and bool((values == numbers).all())

    def read(self, before: int | None) -> CubaLayer:
        """Return a dense layer.

        Parameters
        ----------
        before : int, optional
            Neurons of the layer before, as far as it is known.
        """
        if self.kind not in _DENSE:
            reason = _REASONS.get(self.kind, "we do not know such layers")
            self._refuse(f"{reason}; conv, pool, dense and dense_rec layers of CUBA neurons are")
        recurrent = self.kind == "dense_rec"
        self._check_names(self._group, (*_LAYER, *(["weight_rec"] if recurrent else [])), "")
        for name in ("weight", "shape"):
            if name not in self._group:
                self._missing(name)
        post = prod(self._shape())
        weights = self._weights("weight", post, before)
        weights_rec = self._weights("weight_rec", post, post) if recurrent else None
        self._check_stored(weights if weights_rec is None else np.hstack([weights, weights_rec]))
        for name, count in (("inFeatures", weights.shape[1]), ("outFeatures", post)):
            if name in self._group and not self._is(name, count):
                self._refuse(f"{name} is not {count}, as weight and shape say")
        if recurrent and "delay" in self._group:
            self._refuse(
                "delay: NetX leaves the exponent of the weights out of a recurrent layer with "
                "delays, which computes something else; leave the delays out"
            )
        neurons = self._neurons(post) if "neuron" in self._group else _NO_NEURONS
        return cuba_layer(
            weights,
            **neurons,
            bias=self._bias(post),
            delays=self._delays(weights.shape),
            recurrent=weights_rec,
        )

    def _missing(self, name: str) -> NoReturn:
        self._refuse(f"{name} is missing")

    def _check_names(self, group: StoredGroup, known: tuple[str, ...], prefix: str) -> None:
        for name in group.names():
            if name not in known:
                self._refuse(f"it holds {prefix}{printable(name)}, which we do not know")

    def _shape(self) -> tuple[int, ...]:
        shape = self._integers("shape", 1, np.inf)
        if shape.ndim > 1 or not 1 <= shape.size <= 4:
            self._refuse(f"shape has shape {shape.shape}; it must be one to four integers")
        return tuple(int(size) for size in shape.ravel())

    def _weights(self, name: str, post: int, before: int | None) -> NDArray[np.float64]:
        if name not in self._group:
            self._missing(name)
        if self._group.holds_group(name):
            self._refuse(f"{name}: it is complex")
        weights = self._numbers(name)
        flat = weights.ndim == 1 and weights.size and weights.size % post == 0
        if not flat and (weights.ndim != 2 or len(weights) != post or not weights.size):
            self._refuse(
                f"{name} has shape {weights.shape}; for {post} neurons (shape) it must be ({post}, "
                "inputs)"
            )
        weights = weights.reshape(post, -1)
        if before is not None and weights.shape[1] != before:
            whose = "it has itself" if name == "weight_rec" else "the layer before has"
            self._refuse(f"{name} takes {weights.shape[1]} inputs; {whose} {before}")
        return weights

    def _check_stored(self, weights: NDArray[np.float64]) -> None:
        """Check weights together that NetX shifts together."""
        try:
            stored_weights(weights, "weight")
        except ValueError as error:
            self._refuse(error)

    def _bias(self, post: int) -> NDArray[np.float64]:
        if "bias" not in self._group:
            return np.zeros(post)
        bias = self._integers("bias", BIAS_MANTISSA_MIN, BIAS_MANTISSA_MAX)
        if bias.shape != (post,):
            self._refuse(f"bias has shape {bias.shape}; it must be ({post},)")
        return bias

    def _delays(self, shape: tuple[int, ...]) -> NDArray[np.float64] | None:
        if "delay" not in self._group:
            return None
        post, pre = shape
        delays = self._integers("delay", 0, DELAY_MAX)
        # In this order, as NetX takes them: of post-synaptic, else of pre-synaptic neurons.
        if delays.shape == (post,):
            return np.repeat(delays[:, np.newaxis], pre, axis=1)
        if delays.shape == (pre,):
            return np.repeat(delays[np.newaxis], post, axis=0)
        if delays.size == 1:
            return np.full(shape, delays.item())
        if delays.shape != shape:
            self._refuse(
                f"delay has shape {delays.shape}; it must be one number, ({post},), ({pre},) or "
                f"{shape}"
            )
        return delays

    def _neurons(self, count: int) -> dict[str, Constant]:
        """Return du, dv and vth."""
        if not self._group.holds_group("neuron"):
            self._refuse("neuron is no group")
        group = self._group.group("neuron")
        if "type" not in group:
            self._missing("neuron/type")
        kind = group.text("type")
        if kind not in _CUBA:
            reason = _NEURON_REASONS.get(kind, "it must be CUBA")
            self._refuse(f"neuron/type is {printable(kind)}; {reason}")
        for name in ("weight_exp", "wgtExp"):
            if name in group and not self._is(f"neuron/{name}", 0):
                self._refuse(
                    f"neuron/{name} is not 0 (WgtScaleBatchNorm), and NetX ignores it: train with "
                    "MeanOnlyBatchNorm or without"
                )
        self._check_names(group, (*_NEURON, *_NEURON_OF_OLD, "weight_exp", "wgtExp"), "neuron/")
        for name, only in (("gradedSpike", 0), ("messageBits", 0), ("refDelay", 1)):
            if name in group and not self._is(f"neuron/{name}", only):
                self._refuse(
                    f"neuron/{name} is {printable(group.array(name))}; it must be {only}: spikes "
                    "are binary and neurons have no refractory period"
                )
        return {
            "du": self._constant("iDecay", count, UNITY) / UNITY,
            "dv": self._constant("vDecay", count, UNITY) / UNITY,
            "vth": self._constant("vThMant", count, THRESHOLD_MAX),
        }

    def _constant(self, name: str, count: int, highest: int) -> Constant:
        """Return a parameter of the neurons: one for all of them, or one each."""
        name = f"neuron/{name}"
        if name not in self._group:
            self._missing(name)
        values = self._integers(name, 0, highest)
        if values.size == 1:
            return values.item()
        if values.size != count or max(values.shape) != count:
            self._refuse(
                f"{name} has shape {values.shape}; it must be one number or ({count},), one a "
                "neuron"
            )
        return values.ravel()

    def _is(self, name: str, number: int) -> bool:
        """Tell whether a parameter is this one number."""
        values = self._numbers(name)
        return values.size == 1 and values.item() == number

    def _one(self, name: str, default: int) -> float:
        """Return a number of an input block."""
        if name not in self._group:
            return default
        values = self._integers(name, BIAS_MANTISSA_MIN, BIAS_MANTISSA_MAX)
        if values.size != 1:
            self._refuse(f"{name} has shape {values.shape}; it must be one number")
        return float(values.item())

    def _integers(self, name: str, lowest: float, highest: float) -> NDArray[np.float64]:
        values = self._numbers(name)
        wrong = (values != np.rint(values)) | (values < lowest) | (values > highest)
        if wrong.any():
            upward = "" if np.isinf(highest) else f" to {highest}"
            self._refuse(
                f"{name} holds {values[wrong].flat[0]:g}; it must be an integer from {lowest}"
                f"{upward}"
            )
        return values

    def _numbers(self, name: str) -> NDArray[np.float64]:
        *above, last = name.split("/")
        group = self._group.group("/".join(above)) if above else self._group
        values: NDArray[Any] = group.array(last).astype(np.float64)
        if not np.isfinite(values).all():
            self._refuse(f"{name} is not finite")
        return values


def _leave_a_rest(pool: ConvolutionalLayer) -> bool:
    """Tell whether windows do not cover all rows and columns."""
    return any(
        (size + 2 * padding - kernel) % stride
        for size, padding, kernel, stride in zip(
            pool.input_shape[1:], pool.padding, pool.weights.shape[2:], pool.stride, strict=True
        )
    )
