"""One caller at a time: whoever comes while a network runs is refused."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_LOOK_S = 0.001


class Turn:
    """The time for which one caller has a network; a block of code where it is short.

    Parameters
    ----------
    turns : Turns
        Turns of the network.
    what : str
        What the caller does, for the message.
    runs : bool
        Others are refused meanwhile; else they wait.
    """

    __slots__ = ("_turns", "runs", "thread", "what")

    def __init__(self, turns: Turns, what: str, *, runs: bool = False) -> None:
        self._turns, self.what, self.runs = turns, what, runs
        self.thread = threading.get_ident()

    def __enter__(self) -> None:
        self.begin()

    def __exit__(self, *_: object) -> None:
        self.end()

    def begin(self) -> None:
        """Begin it.

        Raises
        ------
        RuntimeError
            A run is under way.
        """
        while (present := self._turns.present.setdefault("", self)) is not self:
            if present.runs:
                raise RuntimeError(f"{self.what}: a run is under way; wait() for it or pause() it")
            if present.thread == self.thread:
                # Within a call of the same thread, by the handler of a signal, or after Ctrl-C
                # broke one off.
                self._turns.present[""] = self
                return
            time.sleep(_LOOK_S)

    def end(self) -> None:
        """End it, in any thread; nothing happens if it has not begun."""
        if self._turns.present.get("") is self:
            del self._turns.present[""]


class Turns:
    """Give a network to one caller at a time.

    To take it is a single operation of a dict: unlike with a lock, there is no moment at which
    Ctrl-C could leave it taken and nobody know by whom.
    """

    def __init__(self) -> None:
        self.present: dict[str, Turn] = {}

    def wait(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Wait until no run is under way; in the thread of the run itself return at once."""
        while (present := self.present.get("")) is not None and present.runs:
            meanwhile()
            if present.thread == threading.get_ident():
                return
            time.sleep(_LOOK_S)

    def run_is_own(self) -> bool:
        """Tell whether a run is under way in this thread, as for the handler of a signal."""
        present = self.present.get("")
        return present is not None and present.runs and present.thread == threading.get_ident()
