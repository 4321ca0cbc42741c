"""Refusals of files, which name the part that cannot be read once."""

from __future__ import annotations

from typing import NoReturn


class FilePartError(ValueError):
    """A refusal that names its part of a file: a layer, or a node."""


def refuse(part: str, reason: str | ValueError) -> NoReturn:
    """Refuse a part of a file by its name; what names a part already stays as it is.

    Parameters
    ----------
    part : str
        How messages call it.
    reason : str or ValueError

    Raises
    ------
    FilePartError
    """
    if isinstance(reason, FilePartError):
        raise reason from None
    raise FilePartError(f"{part} cannot be read: {reason}") from None
