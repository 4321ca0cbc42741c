"""Cases that run side by side: their progress as one, and what becomes of each."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from loihi_sleep.errors import RunFailed
from loihi_sleep.experiments.so_far import SoFar
from loihi_sleep.progress import Progress
from loihi_sleep.results.run_folder import RunFolder
from loihi_sleep.run.executors.executor import Executor
from loihi_sleep.run.executors.threads import InThisThread, Threads

FREE_EVERY_S = 5.0


class Cancelled(Exception):  # noqa: N818 - it is no failure of the job
    """Another job failed, or the run was interrupted; raised in a job when it reports progress."""


class SharedProgress:
    """Progress of several jobs as one; tells them to stop.

    Parameters
    ----------
    progress : Progress
        Progress of the run.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._lock = threading.Lock()
        self._cancelled = threading.Event()

    def start(self, total: int) -> None:
        """Begin a run of `total` steps of work."""
        self._progress.start(total)

    def advance(self, steps: int, note: str = "") -> None:
        """Report that `steps` more are done.

        Raises
        ------
        Cancelled
            The job is to stop.
        """
        if self._cancelled.is_set():
            raise Cancelled
        with self._lock:
            self._progress.advance(steps, note)

    def cancel(self) -> None:
        """Have all jobs stop when they report progress next."""
        self._cancelled.set()


@dataclass(frozen=True)
class Outcome:
    """What a case left that was computed in another process.

    Parameters
    ----------
    arrays : mapping of str to ndarray
    host, processor : str
        Where it was computed.
    """

    arrays: Mapping[str, NDArray[Any]]
    host: str
    processor: str


class Keeper:
    """Writes what cases return to the checkpoint, and says in the log what failed.

    Parameters
    ----------
    folder : RunFolder
    progress : SharedProgress
    cases : mapping of str to (str, int, int)
        Condition, seed and units of work by group of the checkpoint.
    """

    def __init__(
        self, folder: RunFolder, progress: SharedProgress, cases: Mapping[str, tuple[str, int, int]]
    ) -> None:
        self._folder = folder
        self._progress = progress
        self._cases = cases
        self._freed = time.monotonic()

    def done(self, name: str, result: Any) -> None:
        """Keep what a case returned: arrays, or an :class:`Outcome`."""
        if isinstance(result, Outcome):
            condition, seed, work = self._cases[name]
            self._folder.checkpoint.write(name, result.arrays)
            self._forget(name)
            about = {"host": result.host, "processor": result.processor}
            self._folder.log("case", seed=seed, condition=condition, **about)
            with suppress(Cancelled):  # what is done is kept, whatever else has failed
                self._progress.advance(work, f"seed {seed}, {condition} on {result.host}")
            return
        self._folder.checkpoint.write(name, result)
        self._forget(name)
        # Processes refer to each other in circles, and hold arrays: those of a job's nights are
        # freed soon. To find them takes half a second, which short jobs share.
        if time.monotonic() - self._freed > FREE_EVERY_S:
            gc.collect()
            self._freed = time.monotonic()

    def _forget(self, name: str) -> None:
        """Remove what the case kept of itself before it was done."""
        SoFar(self._folder.path, name, None).forget()

    def failed(self, name: str, error: BaseException) -> None:
        """Say in the log which case failed."""
        if isinstance(error, Cancelled) or not isinstance(error, Exception):
            return
        condition, seed, _ = self._cases[name]
        with suppress(RunFailed):  # a full disk, of which the error tells more
            self._folder.log("failed", seed=seed, condition=condition, error=str(error))

    def stop(self) -> None:
        """Have the cases that run in this process stop."""
        self._progress.cancel()

    def check(self) -> None:
        """Be asked now and then whether to go on.

        Raises
        ------
        Cancelled
            The run is to stop.
        """
        self._progress.advance(0)


def executor_for(engine: str, chosen: Executor | None) -> Executor:
    """Return what runs cases: what was chosen, else threads on all cores.

    Lava's simulator is run, and watched, from the main thread: case by case, whatever was chosen.
    """
    if engine != "compiled":
        return InThisThread()
    return Threads() if chosen is None else chosen
