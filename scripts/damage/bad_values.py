"""Values that a setting must refuse, by what it holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

NAN, INFINITY = float("nan"), float("inf")
_NO_NUMBERS: tuple[Any, ...] = (
    True,
    False,
    "3",
    "0.5",
    "",
    None,
    [],
    {},
    [1],
    {"a": 1},
    NAN,
    INFINITY,
)
_INTEGERS: tuple[Any, ...] = (-(10**12), 10**12, 10**30, 10**400, 0.5, 3.0, 1e300, -INFINITY)
_FLOATS: tuple[Any, ...] = (1e300, -1e300, 1e-300, -1e-300, 10**400, -INFINITY)
# Settings that may be empty, and None where they say nothing.
MAY_BE_EMPTY = ("channels", "spiking.kept", "learners.names")
# Settings with a value for each layer.
BY_LAYER = ("threshold_factors", "vth", "potentiation", "depression")

Path = tuple[str, ...]


def leaves(tree: dict[str, Any], above: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield the settings of a tree, each with its path."""
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from leaves(value, (*above, name))
        else:
            yield (*above, name), value


def bad_values(path: Path, value: Any) -> list[Any]:
    """Return values that must not stand where a right one stands now.

    Parameters
    ----------
    path : tuple of str
    value : Any
        The right one.
    """
    match value:
        case bool():
            return [0, 1, 2, "true", "yes", None, [], {}, [True], 0.0, NAN]
        case int():
            return [*_NO_NUMBERS, *_INTEGERS]
        case float():
            return [*_NO_NUMBERS, *_FLOATS]
        case str():
            return [True, 0, 3.5, None, [], {}, [value], "\0", "x\ud800", NAN, value + "\n\x1b[31m"]
        case None:
            return [True, [], {}, [1], NAN, INFINITY, "\0" if path[-1] == "folder" else "3"]
    return _bad_lists(path, value)


def _bad_lists(path: Path, value: list[Any]) -> list[Any]:
    bad: list[Any] = [None, True, "3", {}, {"0": 1}, 10**400, [[]], [value], [None], value * 5000]
    if value:
        bad += [[wrong, *value[1:]] for wrong in (True, None, [], {}, NAN, INFINITY, "\0")]
        bad += [[wrong, *value[1:]] for wrong in (-1e300, 1e300, -(10**30), 10**400)]
    if ".".join(path) not in MAY_BE_EMPTY:
        bad.append([])
    if path[-1] in BY_LAYER and value:
        bad += [value[:1], value[:-1], [*value, value[-1]], [*value, *value]]
    return bad
