"""Arrays of a file of NumPy's, read without believing what the file says of itself."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format
from numpy.typing import NDArray

# Bytes of one array.
LARGEST = 2**31
_CANNOT_BE_READ = (
    OSError, EOFError, ValueError, KeyError, NotImplementedError, RuntimeError, OverflowError,
    SyntaxError, MemoryError, RecursionError, struct.error, zlib.error, lzma.LZMAError,
    zipfile.BadZipFile,
)  # fmt: skip


def read_npz(path: Path, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Read arrays of numbers.

    Parameters
    ----------
    path : Path
        An ``.npz`` file, packed or not; its checksums are compared.
    names : sequence of str
        Arrays that must be in it; others are left alone.

    Returns
    -------
    dict of str to ndarray

    Raises
    ------
    ValueError
        The file is damaged or of another kind, an array is missing, or one holds objects or more
        than 2 GiB. Nothing is unpickled, and no more memory is taken than the file has data for.
    """
    try:
        with zipfile.ZipFile(path) as file:
            return {name: _array(file, f"{name}.npy") for name in names}
    except _CANNOT_BE_READ as error:
        reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        raise ValueError(f"{path} is damaged ({reason[:200]}); get it again") from None


def _array(file: zipfile.ZipFile, name: str) -> NDArray[Any]:
    size = file.getinfo(name).file_size
    if size > LARGEST:
        raise ValueError(f"{name} has {size:,} bytes, at most {LARGEST:,} are read")
    with file.open(name) as packed:
        # One byte more, to reach the end, where the checksum is compared.
        stream = io.BytesIO(packed.read(size + 1))
    version = format.read_magic(stream)  # type: ignore[no-untyped-call]
    first = version == (1, 0)
    read_header = format.read_array_header_1_0 if first else format.read_array_header_2_0
    shape, fortran, dtype = read_header(stream)  # type: ignore[no-untyped-call]
    data = stream.getbuffer()[stream.tell() :]
    if dtype.kind not in "biuf" or prod(shape) * dtype.itemsize != len(data):
        raise ValueError(f"{name} does not hold the numbers that it announces")
    array = np.frombuffer(data, dtype)
    return array.reshape(shape, order="F" if fortran else "C")
