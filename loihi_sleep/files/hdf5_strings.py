"""Strings of any length in an HDF5 file, read without HDF5's own conversion.

An HDF5 file stores such a string as a length and a place in a heap. The library takes both as they
are: of a damaged file it makes gigabytes of room for a name, or writes past the room that it made.
Here both are checked against the file.
"""

from __future__ import annotations

import os
import zlib
from math import prod

import h5py
import numpy as np
from numpy.typing import NDArray

# HDF5 File Format Specification 3.0, "Global Heap" and "Variable-length".
_LENGTH_BYTES, _INDEX_BYTES = 4, 4
_HEAP_SIGNATURE, _HEAP_HEADER_BYTES, _OBJECT_HEADER_BYTES, _ALIGNMENT = b"GCOL", 8, 8, 8


def read_strings(dataset: h5py.Dataset, longest: int, file_size: int) -> NDArray[np.object_]:
    """Read a dataset of strings of any length.

    Parameters
    ----------
    dataset : h5py.Dataset
        Whose type is a variable-length string.
    longest : int
        Bytes of the longest string that is read.
    file_size : int
        Bytes of the file.

    Returns
    -------
    ndarray of bytes
        In the shape of the dataset.

    Raises
    ------
    ValueError
        A string that is longer, or that is not in the file; a layout that is not read. The message
        continues a sentence whose subject is the dataset.
    """
    file = dataset.file.id
    base = file.get_create_plist().get_userblock()
    addresses, sizes = file.get_create_plist().get_sizes()
    reference = np.dtype(
        [("length", "<u4"), ("address", f"V{addresses}"), ("index", f"<u{_INDEX_BYTES}")]
    )
    texts = np.empty(dataset.shape, dtype=object)
    references = np.frombuffer(_stored(dataset, reference.itemsize), dtype=reference)
    if references["length"].max(initial=0) > longest:
        raise ValueError(f"holds a text of more than {longest} characters")
    heaps: dict[int, dict[int, bytes]] = {}
    for place, (length, address, index) in enumerate(references.tolist()):
        if length == 0:
            texts.flat[place] = b""
            continue
        start = base + int.from_bytes(address, "little")
        if start not in heaps:
            heaps[start] = _heap(file.get_vfd_handle(), start, sizes, file_size)
        text = heaps[start].get(index, b"")
        if len(text) < length:
            raise ValueError("is damaged: a text is not in the file")
        texts.flat[place] = text[:length]
    return texts


def _stored(dataset: h5py.Dataset, item: int) -> bytes:
    """Return the references of a dataset in C order, `item` bytes each."""
    stored = dataset.id
    if dataset.chunks is None:
        offset = stored.get_offset()
        if offset is None:
            raise ValueError("is text of a compact layout, which is not read")
        return _bytes_at(dataset.file.id.get_vfd_handle(), offset, prod(dataset.shape) * item)
    if dataset.shuffle or dataset.fletcher32:
        raise ValueError("is text with a filter other than gzip, which is not read")
    values = np.zeros(dataset.shape, dtype=f"V{item}")
    chunk_bytes = prod(dataset.chunks) * item
    for number in range(stored.get_num_chunks()):
        corner = stored.get_chunk_info(number).chunk_offset
        skipped, content = stored.read_direct_chunk(corner)
        if dataset.compression == "gzip" and not skipped:
            try:
                content = zlib.decompressobj().decompress(content, chunk_bytes)
            except zlib.error:
                raise ValueError("is damaged: its compression is broken") from None
        if len(content) != chunk_bytes:
            raise ValueError("is damaged: a part of it is missing")
        chunk = np.frombuffer(content, dtype=values.dtype).reshape(dataset.chunks)
        room = values[
            tuple(
                slice(start, start + size) for start, size in zip(corner, chunk.shape, strict=True)
            )
        ]
        room[...] = chunk[tuple(slice(size) for size in room.shape)]
    return values.tobytes()


def _heap(file: int, start: int, size_bytes: int, file_size: int) -> dict[int, bytes]:
    """Return the objects of a global heap by their index."""
    header = _HEAP_HEADER_BYTES + size_bytes
    content = _bytes_at(file, start, header)
    size = int.from_bytes(content[_HEAP_HEADER_BYTES:], "little")
    if content[:4] != _HEAP_SIGNATURE or not header <= size <= file_size:
        raise ValueError("is damaged: there is no text where it should be")
    content = _bytes_at(file, start, size)
    objects: dict[int, bytes] = {}
    place = header
    while place + _OBJECT_HEADER_BYTES + size_bytes <= size:
        index = int.from_bytes(content[place : place + 2], "little")
        begin = place + _OBJECT_HEADER_BYTES + size_bytes
        length = int.from_bytes(content[begin - size_bytes : begin], "little")
        if index == 0:  # what is left is free
            break
        objects[index] = content[begin : begin + length]
        place = begin + length + -length % _ALIGNMENT
    return objects


def _bytes_at(file: int, start: int, count: int) -> bytes:
    content = os.pread(file, count, start) if start < 2**63 else b""
    if len(content) != count:
        raise ValueError("is damaged: a part of it is beyond the end of the file")
    return content
