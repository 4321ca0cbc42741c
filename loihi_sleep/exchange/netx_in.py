"""A network that lava-dl trained, from its ``.net`` file."""

from __future__ import annotations

from math import prod
from pathlib import Path

from loihi_sleep.exchange.netx_layers import MAPS, StoredLayer
from loihi_sleep.files.hdf5 import open_hdf5
from loihi_sleep.networks import (
    ConvolutionalLayer,
    ConvolutionalNetwork,
    CubaLayer,
    CubaNetwork,
    InputNeurons,
)


def read_net(path: str | Path) -> CubaNetwork | ConvolutionalNetwork:
    """Read a network of convolutions, pooling and dense layers of CUBA neurons, of lava-dl's.

    In every time step its spikes are those of ``lava.lib.dl.netx.hdf5.Network`` for the same file,
    or of SLAYER's blocks where there is pooling, which NetX does not build.

    Parameters
    ----------
    path : str or Path
        An HDF5 file, written by ``export_hdf5`` of SLAYER's blocks or by :func:`write_net`.

    Returns
    -------
    CubaNetwork or ConvolutionalNetwork
        Static, in weight units: ``iDecay / 4096`` is du, ``vDecay / 4096`` dv, ``vThMant`` vth,
        and weight, weight_rec, bias and delay are what the file says. An input block with neurons
        becomes its input neurons. ``plastic`` lets dense layers learn. Where the file has
        convolutions or pooling, a ConvolutionalNetwork.

    Raises
    ------
    ValueError
        A file that is not there, damaged or of another kind; what cannot be read, by the number and
        type of its layer and the name of the parameter.

    Notes
    -----
    Where a layer has no neurons (SLAYER's ``Affine`` without dynamics), NetX gives it a threshold
    of 2**17, which a potential never exceeds: what the layer computes is in ``u`` and ``v`` of its
    LIF, not in spikes.
    """
    with open_hdf5(path, "a .net file of lava-dl") as file:
        path = file.path
        if not file.holds_group("layer") or not file.group("layer").names():
            raise ValueError(f"{path} has no layers; lava-dl writes them as layer/0, layer/1, ...")
        groups = file.group("layer")
        count = len(groups.names())
        chain = _Chain()
        for number in range(count):
            if str(number) not in groups:
                raise ValueError(
                    f"{path} has {count} layers and none is layer/{number}; lava-dl counts "
                    "them from 0 without a gap"
                )
            chain.take(StoredLayer(groups, number), first=number == 0)
    if not chain.dense and not chain.maps:
        raise ValueError(f"{path} has no dense layer and no convolution")
    return chain.network()


class _Chain:
    """The layers of a file, in the order in which they come."""

    def __init__(self) -> None:
        self.maps: list[ConvolutionalLayer] = []
        self.dense: list[CubaLayer] = []
        self._input_neurons: InputNeurons | None = None
        # What reaches the next layer, as far as the file says it.
        self._shape: tuple[int, ...] | None = None
        self._flat = False

    def take(self, layer: StoredLayer, *, first: bool) -> None:
        """Add the next layer."""
        if layer.kind == "input" and first:
            self._shape, self._input_neurons = layer.input_shape(), layer.input_neurons()
        elif layer.kind == "flatten" and not self.dense:
            size = layer.flattened(self._size)
            self._shape, self._flat = None if size is None else (size,), True
        elif layer.kind in MAPS and not self.dense and not self._flat:
            self.maps.append(layer.read_maps(self._shape))
            self._shape = self.maps[-1].shape
        else:
            layer.check_place(flat=self._flat or not self.maps)
            self.dense.append(layer.read(self._size))
            self._shape = (len(self.dense[-1].weights),)

    @property
    def _size(self) -> int | None:
        return None if self._shape is None else prod(self._shape)

    def network(self) -> CubaNetwork | ConvolutionalNetwork:
        """Return the network of all layers."""
        if not self.maps:
            return CubaNetwork(tuple(self.dense), self._input_neurons)
        dense = CubaNetwork(tuple(self.dense)) if self.dense else None
        return ConvolutionalNetwork(tuple(self.maps), dense, self._input_neurons)
