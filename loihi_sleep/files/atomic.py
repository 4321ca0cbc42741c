"""Files that are either whole or absent."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from loihi_sleep.errors import RunFailed

_PARTIAL = ".partial"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write a file beside its place, then move it there in one step.

    Yields
    ------
    Path
        Where to write; nothing is there yet. On an error it is removed and `path` stays as it was.
    """
    # What a killed process left must not be taken for ours, nor what another process is writing.
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}{_PARTIAL}")
    try:
        yield partial
        _flush_to_disk(partial)
        os.replace(partial, path)
        # Not every file system can flush a folder.
        with suppress(OSError):
            _flush_to_disk(path.parent)
    finally:
        partial.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file in one step."""
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")


def remove_partial_files(folder: Path) -> None:
    """Remove what killed processes were writing; no other process may be writing in the folder."""
    for partial in folder.glob(f".*{_PARTIAL}"):
        partial.unlink(missing_ok=True)


@contextmanager
def failing_writes_named(place: Path) -> Iterator[None]:
    """Let what the system refuses to write end a run with one line.

    Parameters
    ----------
    place : Path
        File or folder that is written; named where the system's error names none.

    Raises
    ------
    RunFailed
        Instead of an OSError, such as of a full disk.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise RunFailed(
            f"{error.filename or place}: {reason}; when that is mended, 'loihi-sleep resume' goes "
            "on from what is done"
        ) from error


def _flush_to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
