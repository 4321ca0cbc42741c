"""A network that lava-dl trained, from its ``.net`` file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import h5py
import numpy as np
from numpy.typing import NDArray

from loihi_sleep.networks import CubaLayer, CubaNetwork, cuba_layer
from loihi_sleep.networks.cuba import DELAY_MAX
from loihi_sleep.networks.quantization import stored_weights
from processes.kernels.decay import UNITY

# Thresholds have 17 bits on a chip. SLAYER writes 18 for layers that never spike (Affine).
THRESHOLD_MAX = (1 << 18) - 1
BIAS_LOWEST, BIAS_HIGHEST = -4096, 4095
_LAYER = ("type", "shape", "inFeatures", "outFeatures", "weight", "bias", "delay", "neuron")
_NEURON = ("type", "iDecay", "vDecay", "vThMant", "refDelay", "gradedSpike", "messageBits")
_CUBA = ("CUBA", "LOIHI")


def read_net(path: str | Path) -> CubaNetwork:
    """Read a network of dense CUBA layers as lava-dl's SLAYER exports it.

    In every time step its spikes are those of ``lava.lib.dl.netx.hdf5.Network`` for the same file.

    Parameters
    ----------
    path : str or Path
        An HDF5 file, written by ``export_hdf5`` of SLAYER's blocks or by :func:`write_net`.

    Returns
    -------
    CubaNetwork
        Static, in weight units: ``iDecay / 4096`` is du, ``vDecay / 4096`` dv, ``vThMant`` vth,
        and weight, bias and delay are what the file says. :meth:`CubaNetwork.plastic` lets it
        learn.

    Raises
    ------
    ValueError
        A file that is not there or of another kind; what cannot be read, by the number and type of
        its layer and the name of the parameter.
    """
    path = Path(path)
    try:
        file = h5py.File(path)
    except OSError as error:
        raise ValueError(f"{path} cannot be read as a .net file of lava-dl: {error}") from None
    with file:
        if not isinstance(file.get("layer"), h5py.Group) or not len(file["layer"]):
            raise ValueError(f"{path} has no layers; lava-dl writes them as layer/0, layer/1, ...")
        groups = file["layer"]
        layers: list[CubaLayer] = []
        inputs: int | None = None
        for number in range(len(groups)):
            if str(number) not in groups:
                raise ValueError(
                    f"{path} has {len(groups)} layers and none is layer/{number}; lava-dl counts "
                    "them from 0 without a gap"
                )
            layer = _Layer(groups[str(number)], number, path)
            if layer.kind in ("input", "flatten"):
                inputs = layer.inputs(first=not layers, before=inputs)
            else:
                before = len(layers[-1].weights) if layers else inputs
                layers.append(layer.read(before))
    if not layers:
        raise ValueError(f"{path} has no dense layer")
    return CubaNetwork(tuple(layers))


class _Layer:
    """A layer of a file; what it refuses it names."""

    def __init__(self, group: Any, number: int, path: Path) -> None:
        self._group = group
        self._name = f"layer {number} of {path}"
        if not isinstance(group, h5py.Group) or "type" not in group:
            self._refuse("it has no type")
        self.kind = _text(group["type"])
        self._name = f"layer {number} ({self.kind}) of {path}"

    def _refuse(self, reason: str) -> NoReturn:
        raise ValueError(f"{self._name} cannot be read: {reason}")

    def inputs(self, *, first: bool, before: int | None) -> int | None:
        """Return the number of inputs that a layer without neurons says there are."""
        if not first:
            self._refuse("it follows a dense layer; it may only be the first")
        if "neuron" in self._group:
            self._refuse(
                "neuron: it has neurons of its own, which NetX leaves without input; leave the "
                "input block out, or build it without neuron parameters, and encode the input as "
                "spikes"
            )
        if "shape" not in self._group:
            return before
        return int(np.prod(self._numbers(self._group["shape"], "shape")))

    def read(self, before: int | None) -> CubaLayer:
        """Return a dense layer.

        Parameters
        ----------
        before : int, optional
            Neurons of the layer before, as far as it is known.
        """
        if self.kind != "dense":
            self._refuse(
                "only dense layers of CUBA neurons can be, behind an input or flatten without "
                "neurons"
            )
        self._check_names(self._group, _LAYER, "")
        weights = self._weights(before)
        du, dv, vth = self._neurons()
        return cuba_layer(
            weights,
            vth=vth,
            du=du,
            dv=dv,
            bias=self._bias(len(weights)),
            delays=self._delays(weights.shape),
        )

    def _check_names(self, group: Any, known: tuple[str, ...], prefix: str) -> None:
        for name in group:
            if name not in known:
                self._refuse(f"it holds {prefix}{name}, which we do not know")

    def _weights(self, before: int | None) -> NDArray[np.float64]:
        for name in ("weight", "shape"):
            if name not in self._group:
                self._refuse(f"{name} is missing")
        if isinstance(self._group["weight"], h5py.Group):
            self._refuse("weight: it is complex")
        post = int(np.prod(self._numbers(self._group["shape"], "shape")))
        weights = self._numbers(self._group["weight"], "weight")
        if post < 1 or weights.size == 0 or weights.size % post or weights.ndim > 2:
            self._refuse(
                f"weight has shape {weights.shape}; for {post} neurons (shape) it must be ({post}, "
                "inputs)"
            )
        weights = weights.reshape(post, -1)
        if before is not None and weights.shape[1] != before:
            self._refuse(f"weight takes {weights.shape[1]} inputs; the layer before has {before}")
        try:
            stored_weights(weights, "weight")
        except ValueError as error:
            self._refuse(str(error))
        return weights

    def _bias(self, post: int) -> NDArray[np.float64]:
        if "bias" not in self._group:
            return np.zeros(post)
        bias = self._numbers(self._group["bias"], "bias")
        if bias.shape != (post,):
            self._refuse(f"bias has shape {bias.shape}; it must be ({post},)")
        return self._checked("bias", bias, BIAS_LOWEST, BIAS_HIGHEST)

    def _delays(self, shape: tuple[int, ...]) -> NDArray[np.float64] | None:
        if "delay" not in self._group:
            return None
        post, pre = shape
        delays = self._numbers(self._group["delay"], "delay")
        # In this order, as NetX takes them: of post-synaptic, else of pre-synaptic neurons.
        if delays.shape == (post,):
            delays = np.repeat(delays[:, np.newaxis], pre, axis=1)
        elif delays.shape == (pre,):
            delays = np.repeat(delays[np.newaxis], post, axis=0)
        elif delays.size == 1:
            delays = np.full(shape, delays.item())
        elif delays.shape != shape:
            self._refuse(
                f"delay has shape {delays.shape}; it must be one number, ({post},), ({pre},) or "
                f"{shape}"
            )
        return self._checked("delay", delays, 0, DELAY_MAX)

    def _neurons(self) -> tuple[float, float, float]:
        """Return du, dv and vth."""
        if not isinstance(self._group.get("neuron"), h5py.Group):
            self._refuse(
                "neuron is missing (SLAYER's Affine without dynamics writes none); export the "
                "layer with its neurons"
            )
        group = self._group["neuron"]
        for name in ("type", "iDecay", "vDecay", "vThMant"):
            if name not in group:
                self._refuse(f"neuron/{name} is missing")
        kind = _text(group["type"])
        if kind not in _CUBA:
            self._refuse(f"neuron/type is {kind}; it must be CUBA")
        exponent = group.get("weight_exp")
        if exponent is not None and self._numbers(exponent, "neuron/weight_exp").any():
            self._refuse(
                "neuron/weight_exp is not 0 (WgtScaleBatchNorm), and NetX ignores it: train with "
                "MeanOnlyBatchNorm or without"
            )
        self._check_names(group, (*_NEURON, "weight_exp"), "neuron/")
        for name, only in (("gradedSpike", 0), ("messageBits", 0), ("refDelay", 1)):
            if name in group and (self._numbers(group[name], f"neuron/{name}") != only).any():
                self._refuse(
                    f"neuron/{name} is {group[name][()]}; it must be {only}: spikes are binary and "
                    "neurons have no refractory period"
                )
        du, dv = (self._one(name, UNITY) / UNITY for name in ("iDecay", "vDecay"))
        return du, dv, self._one("vThMant", THRESHOLD_MAX)

    def _one(self, name: str, highest: int) -> float:
        """Return a parameter of the neurons, which must be the same for all of them."""
        name = f"neuron/{name}"
        values = np.unique(self._checked(name, self._numbers(self._group[name], name), 0, highest))
        if values.size != 1:
            self._refuse(
                f"{name} holds {values.size} values; Lava's LIF has one a layer (shared_param=True)"
            )
        return float(values[0])

    def _checked(
        self, name: str, values: NDArray[np.float64], lowest: int, highest: int
    ) -> NDArray[np.float64]:
        wrong = (values != np.rint(values)) | (values < lowest) | (values > highest)
        if wrong.any():
            self._refuse(
                f"{name} holds {values[wrong].flat[0]:g}; it must be an integer from {lowest} to "
                f"{highest}"
            )
        return values

    def _numbers(self, dataset: Any, name: str) -> NDArray[np.float64]:
        try:
            values = np.asarray(dataset[()], dtype=np.float64)
        except (TypeError, ValueError):
            self._refuse(f"{name} is not numeric")
        if not np.isfinite(values).all():
            self._refuse(f"{name} is not finite")
        return values


def _text(dataset: Any) -> str:
    """Return a string, which lava-dl writes as a scalar here and as an array there."""
    value = np.asarray(dataset[()]).ravel()[0]
    return value.decode("ascii") if isinstance(value, bytes) else str(value)
