"""Machine code of learning rules, kept on disk from run to run.

An entry is one file: a SHA-256 digest in hexadecimal, a line of JSON, object code, bitcode. The
digest also covers what the code was made from (the text of the rule, what it calls, versions, the
processor), so that an entry that is damaged, or that belongs to other text, is not an entry. No
pickle is read, and nothing is loaded before the digest has been compared. The digest is no
signature: who can write the file can also write its digest. So the folder must be one that no other
user can write to, see :mod:`loihi_sleep.engine.rules.private_folder`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

from loihi_sleep.engine.rules.private_folder import (
    SharedFolder,
    is_own_file,
    make_private,
    refuse_shared,
)

VARIABLE = "LOIHI_SLEEP_CACHE"
LARGEST_ENTRY = 1 << 26


@dataclass(frozen=True)
class MachineCode:
    """A compiled function, as numba writes libraries.

    Parameters
    ----------
    library, function : str
        Names of the library and of the function in it.
    object_code, bitcode : bytes
        Of the library.
    """

    library: str
    function: str
    object_code: bytes
    bitcode: bytes


def usable_folder() -> Path | None:
    """Return the folder of entries, which is created where it is missing.

    It is ``rules`` in ``LOIHI_SLEEP_CACHE``, else in the user's cache.

    Returns
    -------
    Path or None
        None where there can be none: rules are then compiled anew in every process. There is a
        warning if that is because others can write to the user's cache.

    Raises
    ------
    ValueError
        ``LOIHI_SLEEP_CACHE`` is no folder, or others can write to it.
    """
    chosen = os.environ.get(VARIABLE)
    if chosen:
        top = Path(chosen)
    else:
        base = os.environ.get("XDG_CACHE_HOME")
        top = (Path(base) if base else Path.home() / ".cache") / "loihi-sleep"
    try:
        folder = (top / "rules").resolve()
        make_private(folder)
        if not folder.is_dir():
            raise NotADirectoryError(folder)
        refuse_shared(folder)
    except SharedFolder as error:
        if chosen:
            raise ValueError(
                f"{VARIABLE} is {chosen}, and code from there could be another user's: {error}, or "
                "name another folder"
            ) from error
        warnings.warn(
            f"compiled learning rules are not kept, as {error}, or let {VARIABLE} name a folder "
            "of yours",
            stacklevel=2,
        )
        return None
    except (OSError, RuntimeError) as error:
        # RuntimeError: no home, or links in a circle. A folder that is only not writable is no
        # error: there, nothing is kept.
        if chosen and not isinstance(error, PermissionError):
            raise ValueError(f"{VARIABLE} is {chosen!r}, which is no folder: {error}") from error
        return None
    return folder


def read(path: Path, made_from: bytes) -> MachineCode | None:
    """Read an entry.

    Parameters
    ----------
    path : Path
    made_from : bytes
        All that the code depends on.

    Returns
    -------
    MachineCode or None
        None if there is no such entry, if it is damaged, made from something else, or could have
        been written by another user.
    """
    content = _content(path)
    digest, _, rest = content.partition(b"\n")
    if digest != _digest(made_from, rest):
        return None
    head, _, code = rest.partition(b"\n")
    library, function, size = json.loads(head)
    return MachineCode(library, function, code[:size], code[size:])


def write(path: Path, made_from: bytes, code: MachineCode) -> None:
    """Write an entry, at once and for the user alone; where that fails there is none.

    Parameters
    ----------
    path : Path
    made_from : bytes
        All that the code depends on.
    code : MachineCode
    """
    head = json.dumps([code.library, code.function, len(code.object_code)]).encode()
    rest = head + b"\n" + code.object_code + code.bitcode
    with contextlib.suppress(OSError):
        descriptor, partial = tempfile.mkstemp(".partial", path.name, path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(_digest(made_from, rest) + b"\n" + rest)
            Path(partial).replace(path)
        except BaseException:
            Path(partial).unlink(missing_ok=True)
            raise


def _content(path: Path) -> bytes:
    """Read a file of the user's; empty if it is none."""
    # Neither waits for a fifo nor follows a link.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
    except OSError:
        return b""
    try:
        status = os.fstat(descriptor)
        if not is_own_file(status) or status.st_size > LARGEST_ENTRY:
            return b""
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(LARGEST_ENTRY)
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def _digest(made_from: bytes, rest: bytes) -> bytes:
    """Digest of an entry and of what it was made from."""
    return hashlib.sha256(b"%d\n%b%b" % (len(made_from), made_from, rest)).hexdigest().encode()
