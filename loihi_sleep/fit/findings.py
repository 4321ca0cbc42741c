"""A value outside of a limit, as a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from loihi_sleep.numerics.limits import FATAL, Target, limits


@dataclass(frozen=True)
class Finding:
    """What is wrong, or may be.

    Parameters
    ----------
    text : str
        The Process, the parameter, its value, and what would be right.
    fatal : bool
        The network does not fit; else it is a warning.
    """

    text: str
    fatal: bool


def compare(
    label: str, kind: str, values: ArrayLike, target: Target, name: str | None = None
) -> Iterable[Finding]:
    """Compare values with a limit.

    Parameters
    ----------
    label : str
        Whose values.
    kind : str
        Which limit; where the chip has none of that kind, nothing is found.
    values : array_like
    target : {'loihi2', 'loihi1'}
    name : str, optional
        What the values are called; `kind` by default.
    """
    limit = limits(target).get(kind)
    if limit is None:
        return
    numbers = np.atleast_1d(np.asarray(values, dtype=float))
    wrong = (numbers < limit.lowest) | (numbers > limit.highest)
    if limit.whole:
        wrong |= numbers != np.rint(numbers)
    if wrong.any():
        yield Finding(
            f"{label}: {name or kind} holds {numbers[wrong].flat[0]:g}; {limit.quantity}: "
            f"{'integers, ' if limit.whole else ''}{limit.lowest:g} .. {limit.highest:g} "
            f"({limit.source})",
            fatal=limit.grade in FATAL[target],
        )
