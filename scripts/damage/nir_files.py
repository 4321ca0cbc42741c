"""NIR files, as ``exchange.read_nir`` reads them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from damage.byte_changes import damaged_copies
from damage.case import Case, Verdict, judge
from damage.hdf5_changes import changed_copies
from damage.valid_networks import is_valid
from loihi_sleep import exchange, networks


def undamaged() -> networks.CubaNetwork:
    """Return a network of all kinds of neurons that are read."""
    random = np.random.default_rng(0)
    return networks.CubaNetwork(
        (
            networks.cuba_layer(random.normal(0, 1, (4, 5)), vth=1.0, bias=0.1),
            networks.cuba_layer(random.normal(0, 1, (3, 4)), vth=[1.0, 2.0, 0.5], dv=0.1),
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
    """Damage the bytes of a file and its structure, by halves."""
    source = folder / "undamaged.nir"
    exchange.write_nir(source, undamaged(), dt=1e-3)
    halves = count - count // 2, count // 2
    for what, content in damaged_copies(source.read_bytes(), halves[0], seed):
        yield _case(folder, what, content, may_be_right=True)
    for what, content, may_be_right in changed_copies(source, halves[1], seed, ("version",)):
        yield _case(folder, what, content, may_be_right=may_be_right)


def _case(folder: Path, what: str, content: bytes, *, may_be_right: bool) -> Case:
    path = folder / "damaged.nir"

    def attempt() -> Verdict:
        path.write_bytes(content)
        return judge(
            partial(exchange.read_nir, path),
            lambda network: may_be_right and is_valid(network, "float"),
        )

    return Case(what, attempt)
