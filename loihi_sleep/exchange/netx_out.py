"""A network for lava-dl, as a ``.net`` file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from loihi_sleep.exchange.netx_in import BIAS_HIGHEST, BIAS_LOWEST, THRESHOLD_MAX
from loihi_sleep.networks import CubaLayer, CubaNetwork
from loihi_sleep.networks.quantization import stored_weights
from loihi_sleep.results.atomic import replacing
from processes.kernels.decay import UNITY


def write_net(path: str | Path, network: CubaNetwork) -> None:
    """Write a network as a ``.net`` file that lava-dl reads.

    ``lava.lib.dl.netx.hdf5.Network(path)`` makes the same spikes of it in every time step, and
    ``lava.lib.dl.slayer.auto.SequentialNetwork(path)`` goes on training it. The file appears whole
    or not at all.

    Parameters
    ----------
    path : str or Path
        An existing file is replaced.
    network : CubaNetwork
        Static, in weight units; :meth:`CubaNetwork.of` makes one of a layered network and the
        weights after a night.

    Raises
    ------
    ValueError
        What the file cannot say or NetX would misread, by the layer: a learning rule, a weight
        that a synapse does not store, a bias that is not a whole number of weight units, weights
        of which none is above 0 (see the notes).

    Notes
    -----
    A delay a synapse has no place in SLAYER's blocks, but NetX reads it.

    NetX scales the weights of a layer up by powers of 2 to fill 8 bits. Without a weight above 0 it
    reaches -256, which Lava then clips and truncates where the lowest weight is a power of 2, so
    that weights change (-64 becomes -48 or so); for weights that are all 0 it ends in an error.
    """
    contents = [_contents(layer, f"layer {n}") for n, layer in enumerate(network.layers)]
    with replacing(Path(path)) as partial, h5py.File(partial, "w") as file:
        for number, datasets in enumerate(contents):
            for name, values in datasets.items():
                file.create_dataset(f"layer/{number}/{name}", data=values)


def _contents(layer: CubaLayer, place: str) -> dict[str, Any]:
    """Return the datasets of a layer by name, in the types that SLAYER gives them."""
    if layer.rule is not None:
        raise ValueError(
            f"{place} has the learning rule {layer.rule.name}, for which a .net file has no place; "
            "write network.static()"
        )
    stored_weights(layer.weights, place)
    _check_what_netx_does(layer.weights, place)
    post, pre = layer.weights.shape
    datasets: dict[str, Any] = {
        "type": np.array([b"dense"], dtype="S10"),
        "shape": np.array([post]),
        "inFeatures": pre,
        "outFeatures": post,
        "weight": layer.weights.astype(np.float32),
    }
    if layer.bias.any():
        datasets["bias"] = _integers(layer.bias, f"{place}: bias", BIAS_LOWEST, BIAS_HIGHEST)
    if layer.delays is not None:
        datasets["delay"] = layer.delays
    return datasets | {
        "neuron/type": "CUBA",
        "neuron/iDecay": _integer(layer.du * UNITY, f"{place}: du in 4096ths", UNITY),
        "neuron/vDecay": _integer(layer.dv * UNITY, f"{place}: dv in 4096ths", UNITY),
        "neuron/vThMant": _integer(layer.vth, f"{place}: vth", THRESHOLD_MAX),
        "neuron/refDelay": 1,
        "neuron/gradedSpike": False,
    }


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


def _integer(value: float, name: str, highest: int) -> int:
    return int(_integers(np.array([value]), name, 0, highest)[0])


def _integers(
    values: NDArray[np.float64], name: str, lowest: int, highest: int
) -> NDArray[np.int64]:
    wrong = (values != np.rint(values)) | (values < lowest) | (values > highest)
    if wrong.any():
        raise ValueError(
            f"{name} holds {values[wrong][0]:g}; a .net file holds integers from {lowest} to "
            f"{highest}: round it, or see CubaNetwork.in_weight_units"
        )
    return values.astype(np.int64)
