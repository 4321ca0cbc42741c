"""What an executor is: it runs independent calls and reports what became of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar, Protocol

Call = Callable[[], object]
# How long is waited at a time, so that Ctrl-C is heard.
HEARD_S = 0.5


class Listener(Protocol):
    """Hears what became of calls, in the thread that called :meth:`Executor.run`."""

    def done(self, name: str, result: object) -> None:
        """Take what a call returned."""

    def failed(self, name: str, error: BaseException) -> None:
        """Take note of a call that failed by itself, not because it was stopped."""

    def stop(self) -> None:
        """Have calls that run in this process stop soon."""

    def check(self) -> None:
        """Be asked now and then whether to go on; what is raised ends the calls."""


class Executor(Protocol):
    """Runs calls that do not depend on each other.

    Attributes
    ----------
    name : str
        As on the command line.
    elsewhere : bool
        Whether calls run in other processes: they must be pickled then, nobody hears their
        progress, and a call may be run again when the process that ran it has died.
    """

    name: ClassVar[str]
    elsewhere: ClassVar[bool]

    @property
    def workers(self) -> int:
        """How many calls run side by side, as far as it is known; at least 1."""

    def run(self, calls: Mapping[str, Call], listener: Listener) -> None:
        """Run all calls.

        Parameters
        ----------
        calls : mapping of str to callable
            By name, in the order in which they are begun.
        listener : Listener

        Raises
        ------
        Exception
            That of the first call that fails, after the others have been stopped. What was done
            is reported before.
        RunFailed
            Workers cannot be had, or died too often with a call.
        """
