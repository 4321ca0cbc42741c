"""What both writers share: a network to write, and a file that is whole or not there."""

from __future__ import annotations

from pathlib import Path

from loihi_sleep.files.atomic import replacing
from loihi_sleep.files.hdf5 import file_path, printable
from loihi_sleep.networks import (
    ConvolutionalLayer,
    ConvolutionalNetwork,
    CubaLayer,
    CubaNetwork,
)
from loihi_sleep.processes import checks


def check_network(network: object) -> None:
    """Refuse what is no network that can be written.

    Raises
    ------
    ValueError
        It is neither a CubaNetwork nor a ConvolutionalNetwork.
    """
    kinds, description = CubaNetwork | ConvolutionalNetwork, "a CubaNetwork or ConvolutionalNetwork"
    checks.instance("network", network, kinds, description)


def layers_of(
    network: CubaNetwork | ConvolutionalNetwork,
) -> tuple[tuple[ConvolutionalLayer, ...], tuple[CubaLayer, ...]]:
    """Return the convolutions of a network, and its dense layers."""
    if isinstance(network, ConvolutionalNetwork):
        return network.layers, () if network.dense is None else network.dense.layers
    return (), network.layers


def write_whole(path: str | Path, content: bytes) -> None:
    """Write a file in one step; an existing file is replaced.

    HDF5 never sees the disk: it does not survive a write that fails.

    Raises
    ------
    ValueError
        The path is none, or nothing can be written there.
    """
    path = file_path(path)
    if not path.name:
        raise ValueError(f"path is {str(path)!r}; it must name a file")
    try:
        with replacing(path) as partial:
            partial.write_bytes(content)
    except OSError as error:
        raise ValueError(
            f"{printable(path)} cannot be written: {error.strerror or error}"
        ) from None
