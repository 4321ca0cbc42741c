"""lava-dl's ``.net`` files, as ``exchange.read_net`` reads them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from damage.case import Case
from damage.network_files import cases_of
from loihi_sleep import exchange, networks


def undamaged() -> networks.CubaNetwork:
    """Return a network that uses all that a file can say."""
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


def cases(folder: Path, count: int, seed: int) -> Iterator[Case]:
    """Damage a file of such a network."""
    source = folder / "undamaged.net"
    exchange.write_net(source, undamaged())
    return cases_of(source, exchange.read_net, "fixed", count, seed)
