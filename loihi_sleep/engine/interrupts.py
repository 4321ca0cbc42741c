"""Ctrl-C while compiled code runs: dealt with between two chunks of steps, never within one.

And how a run is ended from another thread in which a model in Python does not come to an end.
"""

from __future__ import annotations

import ctypes
import signal
import threading
from _signal import signal as set_handler  # type: ignore[import-not-found]
from collections.abc import Callable
from types import FrameType
from typing import Any


class PutOffInterrupt:
    """Let Ctrl-C wait until a block of code is done, or until it can be dealt with.

    Python would raise ``KeyboardInterrupt`` between any two of its lines, also where the steps of a
    chunk have been run but not been counted yet. In other threads than the main one nothing is put
    off, as Python raises it in the main thread only.
    """

    __slots__ = ("_handler", "_noted", "breaks_in")

    def __init__(self) -> None:
        # Whether a second Ctrl-C is dealt with at once: a model in Python may never come to an end.
        self.breaks_in = False
        self._handler: Callable[[int, FrameType | None], Any] | None = None
        self._noted: tuple[int, FrameType | None] | None = None

    def __enter__(self) -> PutOffInterrupt:
        if threading.get_ident() == threading.main_thread().ident:
            # In C; signal.signal takes ten times as long, as it looks for names of handlers.
            handler = set_handler(signal.SIGINT, self._note)
            if callable(handler):
                self._handler = handler
            else:
                # The system's handler, or none: no line of Python's is interrupted.
                set_handler(signal.SIGINT, handler)
        return self

    def __exit__(self, *_: object) -> None:
        if self._handler is not None:
            set_handler(signal.SIGINT, self._handler)
            self.deal()

    @property
    def is_noted(self) -> bool:
        """Whether Ctrl-C was pressed."""
        return self._noted is not None

    def deal(self) -> None:
        """Do what Ctrl-C would have done, if it was pressed: mostly raise KeyboardInterrupt."""
        if self._noted is not None and self._handler is not None:
            noted, self._noted = self._noted, None
            self._handler(*noted)

    def _note(self, number: int, frame: FrameType | None) -> None:
        again, self._noted = self._noted is not None, (number, frame)
        if again and self.breaks_in:
            self.deal()


def break_into(thread: int, error: type[BaseException]) -> None:
    """Raise an error in another thread, as soon as it goes on to another line of Python.

    Parameters
    ----------
    thread : int
        Its identifier.
    error : class
    """
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error))
