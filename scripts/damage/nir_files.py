"""NIR files, as ``exchange.read_nir`` reads them."""

from __future__ import annotations

from collections.abc import Iterator
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


def cases(folder: Path, count: int, seed: int) -> Iterator[Case]:
    """Damage a file of such a network."""
    source = folder / "undamaged.nir"
    exchange.write_nir(source, undamaged(), dt=1e-3)
    return cases_of(source, exchange.read_nir, "float", count, seed, ("version",))
