"""Files that hold settings by name, as YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from loihi_sleep.files import plain_yaml
from loihi_sleep.files.regular_file import read_regular

# Bytes; a configuration has a few kilobytes.
LARGEST = 1 << 20


def read_settings_file(path: Path, what: str, largest: int = LARGEST) -> dict[str, Any]:
    """Read a file of settings.

    Parameters
    ----------
    path : Path
    what : str
        What it should be, as messages say it: ``a run's configuration``.
    largest : int
        Bytes that it may have.

    Returns
    -------
    dict

    Raises
    ------
    ValueError
        It cannot be read, or holds no settings by name.
    """
    try:
        values = plain_yaml.read(read_regular(path, largest).decode("utf-8"))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ValueError(f"{path} cannot be read: {reason}") from None
    if not isinstance(values, dict):
        raise ValueError(f"{path} is not {what}: it holds no settings by name, as 'name: value'")
    return values
