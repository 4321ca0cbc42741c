"""lava-dl's ``.net`` files, as ``exchange.read_net`` reads them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from damage.case import Case
from damage.network_files import cases_of
from loihi_sleep import exchange, networks


def undamaged() -> networks.CubaNetwork:
    """Return a network that uses all that a file of dense layers can say."""
    random = np.random.default_rng(0)

    def weights(post: int, pre: int) -> np.ndarray:
        return 2.0 * random.integers(-40, 60, (post, pre))

    decays = random.integers(0, 4097, (2, 3)) / 4096
    return networks.CubaNetwork(
        (
            networks.cuba_layer(
                weights(4, 6), vth=80, du=0.25, bias=[3, -9, 0, 11], delays=np.eye(4, 6)
            ),
            networks.cuba_layer(
                weights(3, 4), vth=[10, 90, 64], du=decays[0], dv=decays[1], recurrent=weights(3, 3)
            ),
            networks.cuba_layer(weights(2, 3), vth=100, dv=0.5),
        ),
        networks.InputNeurons((1, 2, 3), vth=64, du=1, dv=0.125, weight=32, bias=-4),
    )


def write_convolution(path: Path) -> None:
    """Write a network with a convolution and pooling, as lava-dl does."""
    neurons = {"type": b"CUBA", "iDecay": 1024, "vDecay": 128, "vThMant": 80, "refDelay": 1}
    random = np.random.default_rng(0)
    layers: list[dict[str, Any]] = [
        {"type": b"input", "shape": [2, 5, 4], "weight": 9, "bias": 3},
        {
            "type": b"conv",
            "shape": [4, 2, 4],
            "weight": random.integers(-90, 99, (4, 1, 2, 3)),
            "stride": [2, 1],
            "padding": [0, 1],
            "dilation": [2, 1],
            "groups": 2,
            "inChannels": 2,
            "outChannels": 4,
            "kernelSize": [2, 3],
            "bias": [1, -2, 0, 9],
        },
        {
            "type": b"pool",
            "shape": [4, 1, 3],
            "weight": np.full((1, 1, 2, 2), 64),
            "stride": [1, 1],
            "padding": [0, 0],
            "dilation": [1, 1],
            "kernelSize": [2, 2],
        },
        {"type": b"flatten", "shape": [12]},
        {"type": b"dense", "shape": [3], "weight": 2 * random.integers(-40, 60, (3, 12))},
    ]
    with h5py.File(path, "w") as file:
        for number, layer in enumerate(layers):
            if layer["type"] != b"flatten":
                layer |= {f"neuron/{name}": value for name, value in neurons.items()}
            for name, value in layer.items():
                file[f"layer/{number}/{name}"] = np.array(value)


def cases(folder: Path, count: int, seed: int) -> Iterator[Case]:
    """Damage files of such networks."""
    exchange.write_net(folder / "undamaged.net", undamaged())
    write_convolution(folder / "convolution.net")
    halves = ("undamaged", count - count // 2), ("convolution", count // 2)
    for name, share in halves:
        source = folder / f"{name}.net"
        exchange.read_net(source)
        yield from cases_of(source, exchange.read_net, "fixed", share, seed)
