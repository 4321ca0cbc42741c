"""A network for lava-dl, as a ``.net`` file."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from loihi_sleep.exchange.netx_layers import THRESHOLD_MAX
from loihi_sleep.exchange.whole_file import check_network, layers_of, write_whole
from loihi_sleep.networks import (
    ConvolutionalLayer,
    ConvolutionalNetwork,
    CubaLayer,
    CubaNetwork,
    InputNeurons,
)
from loihi_sleep.networks.neuron_constants import Constant
from loihi_sleep.numerics.discretize import stored_weights
from loihi_sleep.numerics.limits import BIAS_MANTISSA_MAX, BIAS_MANTISSA_MIN
from loihi_sleep.processes.kernels.integers import UNITY, WEIGHT_MAX, WEIGHT_MIN


def write_net(path: str | Path, network: CubaNetwork | ConvolutionalNetwork) -> None:
    """Write a network as a ``.net`` file that lava-dl reads.

    ``lava.lib.dl.netx.hdf5.Network(path)`` makes the same spikes of it in every time step, and
    ``lava.lib.dl.slayer.auto.SequentialNetwork(path)`` goes on training it. The file appears whole
    or not at all.

    Parameters
    ----------
    path : str or Path
        An existing file is replaced.
    network : CubaNetwork or ConvolutionalNetwork
        Static, in weight units, as ``network.with_weights(slept).static()`` is. Pooling is written
        as the convolution that it is, for NetX builds no other.

    Raises
    ------
    ValueError
        No such network; a path where nothing can be written; what the file cannot say or NetX would
        misread, by the layer: a learning rule, a weight that a synapse does not store, a bias that
        is not a whole number of weight units, weights of which none is above 0 (see the notes), a
        bias of the current, delays of a recurrent layer.

    Notes
    -----
    A delay a synapse has no place in SLAYER's blocks, but NetX reads it.

    NetX scales the weights of a layer up by powers of 2 to fill 8 bits. Without a weight above 0 it
    reaches -256, which Lava then clips and truncates where the lowest weight is a power of 2, so
    that weights change (-64 becomes -48 or so); for weights that are all 0 it ends in an error.
    """
    check_network(network)
    maps, dense = layers_of(network)
    contents: list[dict[str, Any]] = []
    if network.input_neurons is not None:
        contents.append(_input_block(network.input_neurons))
    elif maps:
        contents.append({"type": _kind("input"), "shape": np.array(maps[0].input_shape)})
    contents += [_convolution(layer, f"layer {number}") for number, layer in enumerate(maps)]
    if maps and dense:
        contents.append({"type": _kind("flatten"), "shape": np.array(maps[-1].shape)})
    for number, layer in enumerate(dense, len(maps)):
        contents.append(_contents(layer, f"layer {number}"))
    image = io.BytesIO()
    with h5py.File(image, "w") as file:
        for number, datasets in enumerate(contents):
            for name, values in datasets.items():
                file.create_dataset(f"layer/{number}/{name}", data=values)
    write_whole(path, image.getvalue())


def _kind(name: str) -> NDArray[np.bytes_]:
    return np.array([name.encode()], dtype="S10")


def _input_block(neurons: InputNeurons) -> dict[str, Any]:
    """Return the datasets of an input block by name, in the types that SLAYER gives them."""
    place, limits = "input_neurons", (BIAS_MANTISSA_MIN, BIAS_MANTISSA_MAX)
    weight = _integers(np.array([neurons.weight]), f"{place}: weight", *limits)
    bias = _integers(np.array([neurons.bias]), f"{place}: bias", *limits)
    return {
        "type": _kind("input"),
        "shape": np.array(neurons.shape),
        "weight": weight.astype(np.float32),
        "bias": bias.astype(np.float32),
    } | _constants(neurons, place)


def _convolution(layer: ConvolutionalLayer, place: str) -> dict[str, Any]:
    """Return the datasets of a convolution by name, in the types that SLAYER gives them."""
    channels, _, *kernel = layer.weights.shape
    weights = _integers(layer.weights, f"{place}: weights", WEIGHT_MIN, WEIGHT_MAX)
    datasets: dict[str, Any] = {
        "type": _kind("conv"),
        "shape": np.array(layer.shape),
        "inChannels": layer.input_shape[0],
        "outChannels": channels,
        "kernelSize": np.array(kernel),
        "stride": np.array(layer.stride),
        "padding": np.array(layer.padding),
        "dilation": np.array(layer.dilation),
        "groups": layer.groups,
        "weight": weights.astype(np.float32),
    }
    if np.any(layer.bias):
        limits = BIAS_MANTISSA_MIN, BIAS_MANTISSA_MAX
        bias = np.broadcast_to(layer.bias, channels)
        datasets["bias"] = _integers(bias, f"{place}: bias", *limits)
    return datasets | _constants(layer, place)


def _constants(
    neurons: ConvolutionalLayer | CubaLayer | InputNeurons, place: str
) -> dict[str, Any]:
    """Return the datasets of neurons by name."""
    return {
        "neuron/type": "CUBA",
        "neuron/iDecay": _constant(neurons.du * UNITY, f"{place}: du in 4096ths", UNITY),
        "neuron/vDecay": _constant(neurons.dv * UNITY, f"{place}: dv in 4096ths", UNITY),
        "neuron/vThMant": _constant(neurons.vth, f"{place}: vth", THRESHOLD_MAX),
        "neuron/refDelay": 1,
        "neuron/gradedSpike": False,
    }


def _contents(layer: CubaLayer, place: str) -> dict[str, Any]:
    """Return the datasets of a layer by name, in the types that SLAYER gives them."""
    if layer.rule is not None:
        raise ValueError(
            f"{place} has the learning rule {layer.rule.name}, for which a .net file has no place; "
            "write network.static()"
        )
    if layer.current_bias is not None:
        raise ValueError(
            f"{place} has a bias of the current (current_bias), for which a .net file has no place"
        )
    if layer.recurrent is not None and layer.delays is not None:
        raise ValueError(
            f"{place} has recurrent synapses and delays; NetX would compute something else: leave "
            "one of them out"
        )
    # NetX shifts recurrent weights together with the others.
    stored_weights(layer.all_weights, place)
    _check_what_netx_does(layer.all_weights, place)
    post, pre = layer.weights.shape
    datasets: dict[str, Any] = {
        "type": _kind("dense" if layer.recurrent is None else "dense_rec"),
        "shape": np.array([post]),
        "inFeatures": pre,
        "outFeatures": post,
        "weight": layer.weights.astype(np.float32),
    }
    if layer.bias.any():
        limits = BIAS_MANTISSA_MIN, BIAS_MANTISSA_MAX
        datasets["bias"] = _integers(layer.bias, f"{place}: bias", *limits)
    if layer.delays is not None:
        datasets["delay"] = layer.delays
    if layer.recurrent is not None:
        datasets["weight_rec"] = layer.recurrent.astype(np.float32)
    return datasets | _constants(layer, place)


def _check_what_netx_does(weights: NDArray[np.float64], place: str) -> None:
    lowest = int(weights.min())
    if weights.max() > 0:
        return
    if lowest == 0:
        raise ValueError(f"{place} has no weight other than 0; NetX ends in an error for it")
    if -lowest & (-lowest - 1) == 0:
        raise ValueError(
            f"{place} has no weight above 0 and its lowest is {lowest}, a power of 2; NetX would "
            "change the weights of such a layer: give it another lowest weight, or one above 0"
        )


def _constant(value: Constant, name: str, highest: int) -> int | NDArray[np.int64]:
    whole = _integers(np.atleast_1d(value), name, 0, highest)
    return int(whole[0]) if whole.size == 1 else whole


def _integers(
    values: NDArray[np.float64], name: str, lowest: int, highest: int
) -> NDArray[np.int64]:
    wrong = (values != np.rint(values)) | (values < lowest) | (values > highest)
    if wrong.any():
        way = "in_weight_units() rounds and scales it"
        if name.endswith("bias"):
            way = "in_weight_units(whole_biases=True) rounds it"
            if not lowest <= np.rint(values[wrong][0]) <= highest:
                way = "train with smaller biases beside the weights"
        raise ValueError(
            f"{name} holds {values[wrong][0]:g}; a .net file holds integers from {lowest} to "
            f"{highest}: {way}"
        )
    return values.astype(np.int64)
