"""Bytes that were cut, flipped, overwritten or repeated, as a disk or a transfer damages files."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np


def damaged_copies(content: bytes, count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Damage bytes in several ways by turns.

    Parameters
    ----------
    content : bytes
        At least 2.
    count : int
        Copies.
    seed : int

    Yields
    ------
    str, bytes
        What was done, and the damaged copy; it differs from `content`.
    """
    random = np.random.default_rng(seed)
    size = len(content)
    for number in range(count):
        place = int(random.integers(size))
        span = int(random.integers(1, max(2, min(512, size - place) + 1)))
        copy = bytearray(content)
        match number % 5:
            case 0:
                what, copy = f"cut at byte {place}", copy[:place]
            case 1:
                bit = int(random.integers(8))
                what = f"bit {bit} of byte {place} flipped"
                copy[place] ^= 1 << bit
            case 2:
                what = f"{span} bytes from {place} random"
                copy[place : place + span] = random.bytes(span)
            case 3:
                what = f"{span} bytes from {place} zero"
                copy[place : place + span] = bytes(len(copy[place : place + span]))
            case _:
                what = f"{span} bytes from {place} twice"
                copy[place:place] = content[place : place + span]
        if bytes(copy) == content:
            copy[place] ^= 0xFF
            what = f"byte {place} inverted"
        yield what, bytes(copy)


def damaged_copy(content: bytes, way: int, seed: int) -> tuple[str, bytes]:
    """Damage bytes in one of the ways of :func:`damaged_copies`, which are taken by turns."""
    *_, last = damaged_copies(content, way % 5 + 1, seed)
    return last
