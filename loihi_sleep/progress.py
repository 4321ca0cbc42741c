"""How an experiment tells how far it is, without knowing who listens."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """A listener; the command line draws a bar, tests and scripts may ignore it."""

    def start(self, total: int) -> None:
        """Begin a run of `total` steps of work."""

    def advance(self, steps: int, note: str = "") -> None:
        """Report that `steps` more are done; `note` says what is going on."""


class Silent:
    """Listens to nothing."""

    def start(self, total: int) -> None:
        """Ignore the begin of a run."""

    def advance(self, steps: int, note: str = "") -> None:
        """Ignore progress."""
