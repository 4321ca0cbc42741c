"""Reading files whose names others may have given to something else."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading; anything else is refused without waiting for it.

    Parameters
    ----------
    path : Path

    Returns
    -------
    BinaryIO
        To be closed by the caller.

    Raises
    ------
    ValueError
        There is something else: a folder, a named pipe, a socket or a device.
    OSError
        Nothing is there, or it cannot be opened.
    """
    check_regular(path, os.stat(path).st_mode)
    # A pipe could have taken the file's place since: without O_NONBLOCK its opening would wait.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        check_regular(path, os.fstat(descriptor).st_mode)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_regular(path: Path, largest: int) -> bytes:
    """Read a regular file that may not be large.

    Parameters
    ----------
    path : Path
    largest : int
        Bytes that it may hold.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        It holds more, or is no regular file.
    OSError
        It cannot be read.
    """
    with open_regular(path) as file:
        content = file.read(largest + 1)
    if len(content) > largest:
        raise ValueError(f"{path} holds more than {largest:,} bytes, the most that is read of it")
    return content


def check_regular(path: Path, mode: int) -> None:
    """Refuse what is no regular file.

    Parameters
    ----------
    path : Path
        For the message.
    mode : int
        As the system reports it.

    Raises
    ------
    ValueError
    """
    if not stat.S_ISREG(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), "something else")
        raise ValueError(f"{path} is {kind}; it must be a regular file")
