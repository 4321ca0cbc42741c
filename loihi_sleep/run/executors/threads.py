"""Calls in threads of this process, on its cores."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import (
    FIRST_COMPLETED,
    CancelledError,
    Future,
    ThreadPoolExecutor,
    wait,
)
from contextlib import suppress
from typing import ClassVar

from loihi_sleep.host import usable_cores
from loihi_sleep.processes import checks
from loihi_sleep.run.executors.executor import HEARD_S, Call, Listener

WORKERS_MAX = 1024


class InThisThread:
    """Runs call after call in the thread that asks, as Lava's simulator has to be watched."""

    name: ClassVar[str] = "threads"
    elsewhere: ClassVar[bool] = False
    workers = 1

    def run(self, calls: Mapping[str, Call], listener: Listener) -> None:
        """Run all calls; see :class:`~loihi_sleep.run.executors.executor.Executor`."""
        for name, call in calls.items():
            try:
                result = call()
            except Exception as error:
                listener.failed(name, error)
                raise
            listener.done(name, result)


class Threads:
    """Runs calls in threads; each computes with one core.

    Parameters
    ----------
    workers : int, optional
        Threads, 1 .. 1024; as many as there are cores if left out.
    """

    name: ClassVar[str] = "threads"
    elsewhere: ClassVar[bool] = False

    def __init__(self, workers: int | None = None) -> None:
        chosen = usable_cores() if workers is None else workers
        self.workers = checks.integer("workers", chosen, 1, WORKERS_MAX)

    def run(self, calls: Mapping[str, Call], listener: Listener) -> None:
        """Run all calls; see :class:`~loihi_sleep.run.executors.executor.Executor`."""
        import torch
        from threadpoolctl import threadpool_limits

        with (
            threadpool_limits(1),
            ThreadPoolExecutor(
                self.workers, initializer=torch.set_num_threads, initargs=(1,)
            ) as pool,
        ):
            names: dict[Future[object], str] = {pool.submit(call): n for n, call in calls.items()}
            try:
                while names:
                    wait(names, timeout=HEARD_S, return_when=FIRST_COMPLETED)
                    tell_done(names, listener)
                    listener.check()
            except BaseException:
                listener.stop()
                pool.shutdown(wait=True, cancel_futures=True)
                with suppress(Exception):
                    tell_done(names, listener)
                raise


def tell_done(names: dict[Future[object], str], listener: Listener) -> None:
    """Tell what finished calls returned, and forget them; then raise the first failure.

    Parameters
    ----------
    names : dict of Future to str
        Of all calls; those that are done are removed.
    listener : Listener
    """
    failures: list[BaseException] = []
    for future in [future for future in names if future.done()]:
        name = names.pop(future)
        failure = CancelledError() if future.cancelled() else future.exception()
        if failure is None:
            listener.done(name, future.result())
            continue
        if not isinstance(failure, CancelledError):
            listener.failed(name, failure)
        failures.append(failure)
    if failures:
        raise failures[0]
