"""One damaged input, and the judgment of what was done with it."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

Outcome = Literal["refused", "harmless", "believed", "traceback", "slow"]
"""Refused with a message, or harmless (read as the undamaged input, or as another valid one), are
right; a damaged value that was believed, any other exception, and a wait are faults."""
FAULTS: tuple[Outcome, ...] = ("believed", "traceback", "slow")
PATIENCE_S = 20.0
LONGEST_MESSAGE = 2000

Loaded = TypeVar("Loaded")


@dataclass(frozen=True)
class Verdict:
    """What became of a damaged input.

    Parameters
    ----------
    outcome : Outcome
    detail : str
        The message of a refusal, or the traceback.
    """

    outcome: Outcome
    detail: str = ""


@dataclass(frozen=True)
class Case:
    """A damaged input that can be tried.

    Parameters
    ----------
    name : str
        Says what is damaged; with the seed it is enough to make the input again.
    attempt : callable
        Reads the input and judges what came of it.
    """

    name: str
    attempt: Callable[[], Verdict]


def judge(load: Callable[[], Loaded], is_right: Callable[[Loaded], bool]) -> Verdict:
    """Load a damaged input.

    Parameters
    ----------
    load : callable
        Reads the input; a ``ValueError`` is a refusal.
    is_right : callable
        Tells whether what was read may be believed.

    Returns
    -------
    Verdict
    """
    began = time.monotonic()
    try:
        loaded = load()
    except ValueError as error:
        message = str(error)
        verdict = (
            Verdict("refused", message)
            if 0 < len(message) <= LONGEST_MESSAGE
            else Verdict("traceback", f"a message of {len(message)} characters: {message[:200]!r}")
        )
    except Exception:
        verdict = Verdict("traceback", traceback.format_exc())
    else:
        verdict = Verdict("harmless" if is_right(loaded) else "believed")
    waited = time.monotonic() - began
    return verdict if waited < PATIENCE_S else Verdict("slow", f"{waited:.0f} s")
