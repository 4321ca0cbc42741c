"""Locks between processes, which go when their process does, however it ends."""

from __future__ import annotations

import errno
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from loihi_sleep.errors import RunFolderInUse
from loihi_sleep.files.regular_file import check_regular

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_HELD = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)


@contextmanager
def owning(folder: Path, lock_file: Path) -> Iterator[None]:
    """Own a folder for a while, as the only process.

    Parameters
    ----------
    folder : Path
        What is owned, for messages.
    lock_file : Path
        A file in it that is never replaced; it is not changed. It is made where it is missing.

    Raises
    ------
    RunFolderInUse
        Another process owns it.
    ValueError
        `lock_file` is no regular file.
    """
    descriptor = os.open(lock_file, os.O_RDWR | os.O_CREAT | getattr(os, "O_NONBLOCK", 0), 0o666)
    try:
        check_regular(lock_file, os.fstat(descriptor).st_mode)
        try:
            if fcntl is None:
                raise OSError(errno.ENOSYS, "no locks on this system")
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _HELD:
                raise RunFolderInUse(
                    f"{folder} is in use: another process runs what is in it; wait until it has "
                    "ended"
                ) from None
            warnings.warn(
                f"{folder} cannot be locked ({error.strerror}); let no second process run in it",
                stacklevel=3,
            )
        yield
    finally:
        os.close(descriptor)


def is_owned(lock_file: Path) -> bool:
    """Tell whether a process owns the folder of a lock file, as :func:`owning` does."""
    if fcntl is None:
        return False
    try:
        descriptor = os.open(lock_file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in _HELD
    finally:
        os.close(descriptor)
    return False


@contextmanager
def taking_turns(folder: Path) -> Iterator[None]:
    """Wait for other threads and processes that write in a folder, and have them wait.

    Where the system knows no such locks nobody waits.
    """
    if fcntl is None:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
