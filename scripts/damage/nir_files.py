"""NIR files, as ``exchange.read_nir`` reads them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from damage.case import Case
from damage.network_files import cases_of
from loihi_sleep import exchange, networks, rules


def undamaged() -> networks.CubaNetwork:
    """Return a network of all neurons that are read, one layer plastic and one recurrent."""
    random = np.random.default_rng(0)
    return networks.CubaNetwork(
        (
            networks.cuba_layer(
                random.normal(0, 1, (4, 5)), vth=1.0, bias=0.1, rule=rules.stdp(2, 1)
            ),
            networks.cuba_layer(
                random.normal(0, 1, (3, 4)), vth=[1.0, 2.0, 0.5], dv=0.1, recurrent=np.eye(3)
            ),
            networks.cuba_layer(
                random.normal(0, 1, (2, 3)),
                vth=1.0,
                du=[0.25, 0.5],
                dv=0.1,
                bias=0.25,
                current_bias=0.5,
            ),
        )
    )


def write_images(path: Path) -> None:
    """Write convolutions and pooling in all places, as other tools do, with constants of ours."""
    import nir

    random = np.random.default_rng(0)

    def neurons(*shape: int) -> dict[str, np.ndarray]:
        ones = {name: np.full(shape, 1.0) for name in ("r", "v_threshold")}
        return ones | {"v_reset": np.zeros(shape)}

    def pool(*sizes: tuple[int, int]) -> dict[str, np.ndarray]:
        names = ("kernel_size", "stride", "padding")
        return {name: np.array(size) for name, size in zip(names, sizes, strict=True)}

    convolution = nir.Conv2d(
        (8, 6), random.normal(0, 1, (4, 1, 3, 2)), (2, 1), (1, 0), (1, 2), 2, np.arange(4) / 9
    )
    lif = neurons(4, 2, 2) | {"tau": np.full((4, 2, 2), 0.02), "v_leak": np.zeros((4, 2, 2))}
    cuba = neurons(2) | {name: np.full(2, 0.02) for name in ("tau_mem", "tau_syn", "v_leak")}
    nodes = [
        nir.Input(np.array([2, 8, 6])),
        convolution,
        nir.SumPool2d(**pool((2, 2), (2, 2), (0, 0))),
        nir.LIF(**lif, metadata={"dv": 0.05}),
        nir.SumPool2d(**pool((2, 1), (1, 1), (0, 0))),
        nir.IF(**neurons(4, 1, 2), metadata={"gain": 0.001}),
        nir.AvgPool2d(**pool((1, 2), (1, 2), (0, 0))),
        nir.Flatten({"input": np.array([4, 1, 1])}, 0, -1),
        nir.Linear(random.normal(0, 1, (2, 4))),
        nir.CubaLIF(**cuba),
        nir.Output(np.array([2])),
    ]
    names = [f"{number:02d}" for number in range(len(nodes))]
    edges = list(pairwise(names))
    graph = nir.NIRGraph(dict(zip(names, nodes, strict=True)), edges, type_check=False)
    graph.metadata = {"dt": 1e-3}
    nir.write(path, graph)


def cases(folder: Path, count: int, seed: int) -> Iterator[Case]:
    """Damage files of such networks."""
    exchange.write_nir(folder / "undamaged.nir", undamaged(), dt=1e-3)
    write_images(folder / "images.nir")
    halves = ("undamaged", count - count // 2), ("images", count // 2)
    for name, share in halves:
        source = folder / f"{name}.nir"
        exchange.read_nir(source)
        yield from cases_of(source, exchange.read_nir, "float", share, seed, ("version",))
