"""Folders that ``--out`` names: they are new, and removed where nothing comes of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from loihi_sleep.complaints import command


def make_new_folder(path: Path, kind: str) -> None:
    """Make the folder that ``--out`` names, with those above it.

    Parameters
    ----------
    path : Path
    kind : str
        What it is for, ``run`` or ``sweep``.

    Raises
    ------
    ValueError
        It exists or cannot be made.
    """
    if os.path.lexists(path):
        raise ValueError(
            f"--out is {path}, which exists; name a new folder, or use "
            f"{command('resume', path)} to go on with the {kind} in it"
        )
    try:
        path.mkdir(parents=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ValueError(
            f"--out is {path}, which cannot be made ({reason}); name a folder in a "
            "place you can write to"
        ) from None


@contextmanager
def removing_unused(path: Path, is_used: Callable[[], bool]) -> Iterator[None]:
    """Remove a folder that is made meanwhile where an exception leaves nothing of use in it.

    Folders above it that were made for it are removed as well. An interruption is an exception.

    Parameters
    ----------
    path : Path
        The folder. What was there before is left alone.
    is_used : callable
        Tells whether there is something to resume or to read in it.
    """
    made = [folder for folder in (path, *path.parents) if not os.path.lexists(folder)]
    try:
        yield
    except BaseException:
        if made and not (os.path.lexists(path) and is_used()):
            shutil.rmtree(path, ignore_errors=True)
            for folder in made:
                with suppress(OSError):
                    folder.rmdir()
        raise
