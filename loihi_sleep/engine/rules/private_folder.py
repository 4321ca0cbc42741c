"""Folders that no other user can write to, for code that is loaded without being read by anyone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
OTHERS_ENTER = stat.S_IXGRP | stat.S_IXOTH
ROOT = 0


class SharedFolder(ValueError):  # noqa: N818 - it is a state of the machine, not of the code
    """Another user can write to a folder, or replace it."""


def make_private(folder: Path) -> None:
    """Create a folder and those above it that are missing, each with mode 0700.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    OSError
        It cannot be created.
    """
    for place in (*reversed(folder.parents), folder):
        if not place.exists():
            place.mkdir(mode=0o700, exist_ok=True)


def refuse_shared(folder: Path) -> None:
    """Refuse a folder that another user can write to or replace, as sshd does with its keys.

    The folder and all those above it must belong to the user or to root, and their mode must not
    let the group or others write; above the folder a sticky bit is enough, as /tmp has. What lies
    in a folder of the user's that nobody else can enter is out of reach whatever its own mode is.

    Parameters
    ----------
    folder : Path
        Absolute, and without symbolic links.

    Raises
    ------
    SharedFolder
        The message says what to do.
    """
    user = _user()
    if user is None:
        return
    problem = ""
    for place in (folder, *folder.parents):
        status = place.stat()
        mode = stat.S_IMODE(status.st_mode)
        if status.st_uid == user and not mode & OTHERS_ENTER:
            problem = ""
        elif status.st_uid not in (user, ROOT):
            problem = f"{place} belongs to user {status.st_uid}, not to you"
        elif mode & OTHERS_WRITE and (place == folder or not mode & stat.S_ISVTX):
            problem = f"other users can write to {place} (mode {mode:04o}): chmod go-w {place}"
        if status.st_uid not in (user, ROOT):
            break
    if problem:
        raise SharedFolder(problem)


def is_own_file(status: os.stat_result) -> bool:
    """Tell whether a regular file belongs to the user or to root, and nobody else can write it."""
    return (
        stat.S_ISREG(status.st_mode)
        and _user() in (None, ROOT, status.st_uid)
        and not status.st_mode & OTHERS_WRITE
    )


def _user() -> int | None:
    """Return the number of the user; None where there is none, as on Windows."""
    return os.geteuid() if hasattr(os, "geteuid") else None
