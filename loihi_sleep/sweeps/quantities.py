"""What a swept name stands for: a setting, a value in a list, a ratio or a product of two."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

_SETTING = r"[A-Za-z_][\w.]*(?:\[[0-9]{1,3}\])?"
_QUANTITY = re.compile(rf"({_SETTING})(?:([*/])({_SETTING}))?")
# Of what follows, so that configurations can be read.
_DIGITS = 6
_KEY = re.compile(r"[^.\[\]]+")


def is_derived(name: str) -> bool:
    """Tell whether a name is more than that of a setting."""
    return any(sign in name for sign in "[*/")


def is_of_two(name: str) -> bool:
    """Tell whether a name is a ratio or a product of two settings."""
    return any(sign in name for sign in "*/")


def target_of(name: str) -> str:
    """Return the setting, or the value in a list, that follows from a quantity: its first one.

    Raises
    ------
    ValueError
        It is no quantity.
    """
    return _parts(name)[0] if is_derived(name) else name


def value_of(tree: object, name: str) -> Any:
    """Return a setting, or a value in a list.

    Raises
    ------
    ValueError
        There is none of that name.
    """
    here = tree
    for key in _KEY.findall(name):
        if isinstance(here, list) and key.isdecimal() and int(key) < len(here):
            here = here[int(key)]
        elif isinstance(here, dict) and key in here:
            here = here[key]
        elif key.isdecimal():
            raise ValueError(f"{name} is no value in a list: {name.partition('[')[0]} is {here}")
        else:
            raise ValueError(f"{name} is not a setting")
    return here


def settings_of(values: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that follow from quantities.

    Parameters
    ----------
    values : mapping
        By quantity: ``sleep.depression[0]``, a value in a list; ``a/b`` and ``a*b``, of which the
        setting ``a`` follows. Values in lists come first, then each quantity after that from which
        its ``b`` follows.
    config : mapping
        All settings as they are without these, of types that JSON has.

    Returns
    -------
    dict
        By setting; a list is there as a whole.

    Raises
    ------
    ValueError
        A quantity names no setting, or one that is no list or no number; or quantities follow from
        each other.
    """
    tree = deepcopy(dict(config))
    changed = {}
    for name in _in_order(values):
        target, sign, other = _parts(name)
        value, before = values[name], value_of(tree, target)
        if sign:
            by = _number(other, value_of(tree, other))
            if sign == "*" and not by:
                raise ValueError(f"{name} says nothing of {target}, as {other} is 0")
            given = _number(name, value)
            exact = given * by if sign == "/" else given / by
            value = round(exact) if isinstance(before, int) else float(f"{exact:.{_DIGITS}g}")
        _write(tree, target, value)
        setting = target.partition("[")[0]
        changed[setting] = value_of(tree, setting)
    return changed


def _in_order(names: Iterable[str]) -> list[str]:
    """Order quantities such that what one of them follows from is known before it.

    Raises
    ------
    ValueError
        They follow from each other, or one from itself.
    """
    # Values in lists first: ratios may be to them.
    left = sorted(names, key=is_of_two)
    ordered = []
    while left:
        unknown = [_parts(name)[0] for name in left]
        free = next((n for n in left if not _overlaps(_parts(n)[2], unknown)), None)
        if free is None:
            raise ValueError(
                f"{' and '.join(left)} cannot be known: "
                + ("they follow from each other" if len(left) > 1 else "it is of one setting")
            )
        left.remove(free)
        ordered.append(free)
    return ordered


def _overlaps(other: str, targets: Iterable[str]) -> bool:
    """Tell whether a setting, or the list that it is in, is one of the targets."""
    return bool(other) and any(other == t or other.partition("[")[0] == t for t in targets)


def _parts(name: str) -> tuple[str, str, str]:
    """Return both settings of a quantity and the sign between them; empty where there is none."""
    found = _QUANTITY.fullmatch(name)
    if found is None:
        raise ValueError(
            f"{name[:100]!r} is not a setting, a value in a list (a[0]), or a ratio or product of "
            "two (a/b, a*b)"
        )
    first, sign, second = found.groups()
    return first, sign or "", second or ""


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} is {value}; a ratio or a product needs a number")
    return float(value)


def _write(tree: Any, name: str, value: Any) -> None:
    *way, last = _KEY.findall(name)
    here = tree
    for key in way:
        here = here[int(key) if isinstance(here, list) else key]
    here[int(last) if isinstance(here, list) else last] = value
