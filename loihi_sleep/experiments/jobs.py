"""Independent parts of a run, on all cores; each is kept in the checkpoint when it is done."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import (
    FIRST_COMPLETED,
    CancelledError,
    Future,
    ThreadPoolExecutor,
    wait,
)
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.host import usable_cores
from loihi_sleep.progress import Progress
from loihi_sleep.results.checkpoint import Checkpoint

Arrays = Mapping[str, NDArray[Any]]
Job = Callable[[], Arrays]
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


def timed(job: Job) -> Job:
    """Let a job return its ``seconds`` as well."""

    def run() -> Arrays:
        began = time.perf_counter()
        arrays = job()
        return {**arrays, "seconds": np.array(time.perf_counter() - began)}

    return run


def run_left(
    jobs: Mapping[str, Job],
    work_of: Callable[[str], int],
    checkpoint: Checkpoint,
    progress: SharedProgress,
    engine: str,
) -> None:
    """Run the jobs that the checkpoint does not hold yet, on all cores.

    Parameters
    ----------
    jobs : mapping of str to callable
        By group of the checkpoint.
    work_of : callable
        Units of work of a group, which are reported at once where it is there already.
    checkpoint : Checkpoint
    progress : SharedProgress
        To which the jobs report.
    engine : str
        Lava's simulator is run, and watched, from the main thread: job by job.
    """
    left = {group: job for group, job in jobs.items() if not checkpoint.has(group)}
    progress.advance(sum(work_of(group) for group in jobs if group not in left))
    run_jobs(left, checkpoint, progress, usable_cores() if engine == "compiled" else 1)


def run_jobs(
    jobs: Mapping[str, Job],
    checkpoint: Checkpoint,
    progress: SharedProgress,
    workers: int,
) -> None:
    """Run jobs in threads and write what each returns to the checkpoint.

    Parameters
    ----------
    jobs : mapping of str to callable
        By group of the checkpoint.
    checkpoint : Checkpoint
    progress : SharedProgress
        To which the jobs report.
    workers : int
        Threads; 1 runs the jobs one by one in this thread.

    Raises
    ------
    Exception
        That of the first job that fails; the others are stopped. What was done is kept.
    """
    keep = _Keeper(checkpoint)
    if workers == 1:
        for group, job in jobs.items():
            keep(group, job())
        return
    import torch
    from threadpoolctl import threadpool_limits

    with (
        threadpool_limits(1),
        ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,)) as pool,
    ):
        groups: dict[Future[Arrays], str] = {pool.submit(job): name for name, job in jobs.items()}
        try:
            while groups:
                # Now and then, so that Ctrl-C is heard.
                wait(groups, timeout=0.5, return_when=FIRST_COMPLETED)
                _keep_done(groups, keep)
        except BaseException:
            progress.cancel()
            pool.shutdown(wait=True, cancel_futures=True)
            with suppress(Exception):
                _keep_done(groups, keep)
            raise


class _Keeper:
    """Writes what jobs return, and frees what they leave."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint
        self._freed = time.monotonic()

    def __call__(self, group: str, arrays: Arrays) -> None:
        self._checkpoint.write(group, arrays)
        # Processes refer to each other in circles, and hold arrays: those of a job's nights are
        # freed soon. To find them takes half a second, which short jobs share.
        if time.monotonic() - self._freed > FREE_EVERY_S:
            gc.collect()
            self._freed = time.monotonic()


def _keep_done(groups: dict[Future[Arrays], str], keep: _Keeper) -> None:
    """Write what finished jobs returned, and forget these jobs; then raise the first failure."""
    failures = []
    for future in [future for future in groups if future.done()]:
        group = groups.pop(future)
        failure = CancelledError() if future.cancelled() else future.exception()
        if failure is None:
            keep(group, future.result())
        else:
            failures.append(failure)
    if failures:
        raise failures[0]
