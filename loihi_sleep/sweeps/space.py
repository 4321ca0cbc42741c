"""What is swept: settings with several values, or a range, from ``--set``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Annotated, Any

import numpy as np
from pydantic import Field, model_validator

from loihi_sleep.complaints import shortened
from loihi_sleep.files import plain_yaml
from loihi_sleep.settings import Settings
from loihi_sleep.sweeps.quantities import is_derived, is_of_two, target_of, value_of

POINTS_MAX = 10_000
_SPACED = re.compile(r"(lin|log):([^:]*):([^:]*)(?::([^:]*))?")
_LIKE_SPACED = re.compile(r"(lin|log):")
_DIGITS = 6
_OPENING, _CLOSING, _QUOTES = "[{", "]}", "'\""


class Dimension(Settings):
    """A setting that is swept.

    Parameters
    ----------
    name : str
        Of the setting, ``sleep.steps``, or of a quantity, ``sleep.potentiation/sleep.depression``.
    values : tuple, optional
        Its values; empty where it is drawn from a range.
    low, high : float, optional
        Bounds of the range.
    log : bool
        Whether values are spaced, or drawn, by their logarithm.
    integer : bool
        Whether values of the range are integers.
    """

    name: Annotated[str, Field(min_length=1, max_length=1000)]
    values: Annotated[tuple[Any, ...], Field(max_length=POINTS_MAX)] = ()
    low: float | None = None
    high: float | None = None
    log: bool = False
    integer: bool = False

    @model_validator(mode="after")
    def _has_values_or_bounds(self) -> Dimension:
        bounded = self.low is not None and self.high is not None
        if bool(self.values) == bounded:
            raise ValueError(f"{self.name} needs values, or low and high")
        return self


def parse(
    settings: Sequence[str], defaults: Mapping[str, Any], ranges: bool
) -> tuple[list[str], list[Dimension]]:
    """Divide what ``--set`` says into settings of all points and dimensions.

    Parameters
    ----------
    settings : sequence of str
        ``name=value``: the same for all points; ``name=1,2,4``: these values;
        ``name=lin:0:1:5`` and ``name=log:0.1:10:3``: so many values from one bound to the other,
        evenly spaced, or by their logarithm; ``name=log:0.1:10``: a range to draw from. A name may
        be a quantity (:mod:`loihi_sleep.sweeps.quantities`): ``a[0]``, ``a/b``, ``a*b``.
    defaults : mapping
        The configuration without these settings, of types that JSON has: where a setting is an
        integer, so are the values of a range.
    ranges : bool
        Whether there may be ranges to draw from.

    Raises
    ------
    ValueError
        A setting that cannot be read, or is there twice.
    """
    fixed: list[str] = []
    dimensions: list[Dimension] = []
    targets: dict[str, str] = {}
    for setting in settings:
        name, separator, text = setting.partition("=")
        if not separator or not name:
            raise ValueError(f"--set {shortened(setting)} has no value; write key=value")
        if name == "seeds":
            raise ValueError("--set names seeds, with which all points run: use --seeds")
        spaced = _SPACED.fullmatch(text.strip())
        if spaced is None and _LIKE_SPACED.match(text.strip()):
            raise ValueError(
                f"--set {shortened(setting)} cannot be read; write {text.strip()[:3]}:0.1:10:5, or "
                "with --trials a range to draw from, without the last number"
            )
        parts = _split(text)
        swept = spaced is not None or len(parts) > 1 or is_derived(name)
        target = target_of(name)
        _check_target(setting, target, swept, targets)
        targets[target] = "swept" if swept else "given"
        if spaced is not None:
            integer = _is_integer(defaults, name)
            dimensions.append(_range(setting, name, spaced, integer, ranges))
        elif swept:
            if "" in parts:
                raise ValueError(
                    f"--set {shortened(setting)} names a value that is empty; write null for none"
                )
            values = tuple(_read(setting, part) for part in parts)
            if len({json.dumps(value) for value in values}) < len(values):
                raise ValueError(f"--set {shortened(setting)} names a value twice")
            dimensions.append(Dimension(name=name, values=values))
        else:
            fixed.append(setting)
    return fixed, dimensions


def grid(dimensions: Sequence[Dimension]) -> list[dict[str, Any]]:
    """Return all combinations of the values, the last dimension changing fastest.

    Raises
    ------
    ValueError
        There are more than 10,000.
    """
    count = int(np.prod([float(len(d.values)) for d in dimensions]))
    if count > POINTS_MAX:
        raise ValueError(f"--set names {count:,} points; there must be at most {POINTS_MAX:,}")
    names = [dimension.name for dimension in dimensions]
    return [
        dict(zip(names, values, strict=True)) for values in product(*(d.values for d in dimensions))
    ]


def as_settings(values: Mapping[str, Any]) -> list[str]:
    """Write the values of a point as ``--set`` has them."""
    return [f"{name}={json.dumps(value)}" for name, value in values.items()]


def shown(value: object) -> str:
    """Write a value for people."""
    if isinstance(value, float):
        return f"{value:.4g}"
    return value if isinstance(value, str) else json.dumps(value)


def _check_target(setting: str, target: str, swept: bool, before: Mapping[str, str]) -> None:
    """Refuse what would change a setting twice; a value in a list may differ from a given list."""
    whole = target.partition("[")[0]
    for other, how in before.items():
        same = other == target
        overlaps = whole == other.partition("[")[0] and whole in (target, other)
        if same and how == "given" and not swept:
            raise ValueError(f"--set {shortened(setting)}: {other} is there already")
        if how == "swept" and (same or overlaps):
            raise ValueError(f"--set {shortened(setting)}: {other} is swept already")
        if how == "given" and swept and same:
            raise ValueError(f"--set {shortened(setting)}: {other} has one value already")


def _range(setting: str, name: str, found: re.Match[str], integer: bool, ranges: bool) -> Dimension:
    """Make a dimension of ``log:low:high:count``."""
    kind, *texts = found.groups()
    where = f"--set {shortened(setting)}"
    low, high = (_number(where, text) for text in texts[:2])
    if not low < high:
        raise ValueError(f"{where}: {texts[0][:40]} is not below {texts[1][:40]}")
    if kind == "log" and low <= 0:
        raise ValueError(f"{where}: log needs bounds above 0, and the lower one is {texts[0][:40]}")
    if integer and not (low.is_integer() and high.is_integer()):
        raise ValueError(f"{where}: {name} is an integer, and so must be its bounds")
    if texts[2] is None:
        if not ranges:
            raise ValueError(
                f"{where} is a range; a grid needs values, as {kind}:{texts[0]}:{texts[1]}:5, or "
                "say how many to try with --trials"
            )
        return Dimension(name=name, low=low, high=high, log=kind == "log", integer=integer)
    if not re.fullmatch(r"[0-9]{1,5}", texts[2]) or not 2 <= int(texts[2]) <= POINTS_MAX:
        raise ValueError(
            f"{where}: {shortened(texts[2])} must be how many values, 2 to {POINTS_MAX:,}"
        )
    spaced = (np.geomspace if kind == "log" else np.linspace)(low, high, int(texts[2]))
    values = [round(v) if integer else float(f"{v:.{_DIGITS}g}") for v in spaced.tolist()]
    return Dimension(
        name=name, values=tuple(dict.fromkeys(values)), log=kind == "log", integer=integer
    )


def _number(where: str, text: str) -> float:
    value = plain_yaml.read(text) if len(text) < 100 else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise ValueError(f"{where}: {text[:40]!r} is no number")
    return float(value)


def _read(setting: str, text: str) -> Any:
    try:
        return plain_yaml.read(text)
    except ValueError as error:
        raise ValueError(f"--set {shortened(setting)}: a value cannot be read; {error}") from None


def _is_integer(defaults: Mapping[str, Any], name: str) -> bool:
    if is_of_two(name):
        return False
    try:
        value = value_of(defaults, name)
    except ValueError:
        return False
    return isinstance(value, int) and not isinstance(value, bool)


def _split(text: str) -> list[str]:
    """Split at commas that are in no list, mapping or quotes."""
    parts, depth, quote = [""], 0, ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in _QUOTES:
            quote = letter
        else:
            depth += (letter in _OPENING) - (letter in _CLOSING)
        if letter == "," and depth == 0 and not quote:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]
