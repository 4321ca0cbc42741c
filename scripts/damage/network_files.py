"""Cases of files that hold a network in HDF5, whatever their format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from damage.byte_changes import damaged_copies
from damage.case import Case, Verdict, judge
from damage.hdf5_changes import changed_copies
from damage.valid_networks import is_valid
from loihi_sleep.networks import ConvolutionalNetwork, CubaNetwork


def cases_of(
    source: Path,
    read: Callable[[Path], CubaNetwork | ConvolutionalNetwork],
    numerics: str,
    count: int,
    seed: int,
    unread: tuple[str, ...] = (),
) -> Iterator[Case]:
    """Damage the bytes of a file and its structure, by halves.

    Parameters
    ----------
    source : Path
        The undamaged file; damaged ones lie beside it.
    read : callable
        Reads such a file.
    numerics : str
        In which a network of such a file can be built.
    count : int
        Cases.
    seed : int
    unread : tuple of str
        Datasets that `read` does not look at.

    Yields
    ------
    Case
    """
    damaged = source.with_stem("damaged")

    def case(what: str, content: bytes, may_be_right: bool) -> Case:
        def attempt() -> Verdict:
            damaged.write_bytes(content)
            return judge(
                lambda: read(damaged), lambda network: may_be_right and is_valid(network, numerics)
            )

        return Case(what, attempt)

    for what, content in damaged_copies(source.read_bytes(), count - count // 2, seed):
        yield case(what, content, True)
    for what, content, may_be_right in changed_copies(source, count // 2, seed, unread):
        yield case(what, content, may_be_right)
