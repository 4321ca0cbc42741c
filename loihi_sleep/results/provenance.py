"""The settings that a part of a run was made with, compared with the present ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# What may differ between the settings that made a group of a checkpoint and those that reuse it.
# A group is of one seed, which its name says, so that other seeds may be added; and data are the
# same wherever they lie.
MAY_DIFFER = ("seeds", "data.folder")
_ABSENT = object()


@dataclass(frozen=True)
class Difference:
    """A setting that differs.

    Parameters
    ----------
    name : str
        Such as ``sleep.steps``.
    then, now : str
        The values, as text.
    """

    name: str
    then: str
    now: str


def first_difference(then: Mapping[str, Any], now: Mapping[str, Any]) -> Difference | None:
    """Find the first setting that differs and may not.

    Parameters
    ----------
    then, now : mapping
        Trees of settings, of types that JSON has.

    Returns
    -------
    Difference or None
        None where all that matters is equal.
    """
    before, after = dict(leaves(then)), dict(leaves(now))
    for name in [*before, *(name for name in after if name not in before)]:
        old, new = before.get(name, _ABSENT), after.get(name, _ABSENT)
        # As text: True and 1 are equal to Python, and so are 1 and 1.0.
        if name not in MAY_DIFFER and _text(old) != _text(new):
            return Difference(name, _text(old), _text(new))
    return None


def leaves(tree: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Return settings by their whole names, in order."""
    found: list[tuple[str, Any]] = []
    for key, value in tree.items():
        if isinstance(value, Mapping) and value:
            found += leaves(value, f"{prefix}{key}.")
        else:
            found.append((f"{prefix}{key}", value))
    return found


def _text(value: object) -> str:
    return "not set" if value is _ABSENT else json.dumps(value)
