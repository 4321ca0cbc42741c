"""Calls on workers of a Dask cluster: of this machine, of an address, or of SLURM."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, ClassVar

from loihi_sleep.errors import BadParameter, EngineUnavailable, RunFailed
from loihi_sleep.host import usable_cores
from loihi_sleep.processes import checks
from loihi_sleep.run.executors.executor import HEARD_S, Call, Listener
from loihi_sleep.run.executors.threads import WORKERS_MAX

if TYPE_CHECKING:
    from distributed import Client, Future

_CONNECT_S = 15
# Workers that pause for so long, with nothing to do, are taken to have no memory for anything.
_PAUSED_S = 20
_INSTALL = "pip install 'loihi-sleep[cluster]'"


class DaskCluster:
    """Runs calls on the workers that a client of Dask knows.

    A worker that dies has its calls run again, on another one or on the one that takes its place.

    Parameters
    ----------
    client : distributed.Client
    workers : int
        How many calls run side by side, as far as it is known.
    name : str
        As on the command line.
    """

    name: ClassVar[str] = "dask"
    elsewhere: ClassVar[bool] = True

    def __init__(self, client: Client, workers: int = 1) -> None:
        self._client = client
        self._known = workers

    @property
    def workers(self) -> int:
        """How many calls run side by side: those that workers are there for, or asked for."""
        return max(self._known, len(self._client.nthreads()))

    def run(self, calls: Mapping[str, Call], listener: Listener) -> None:
        """Run all calls; see :class:`~loihi_sleep.run.executors.executor.Executor`."""
        something_ended = threading.Event()
        names: dict[Future, str] = {}
        for place, (name, call) in enumerate(calls.items()):
            # In this order, and each by itself: equal calls of two runs are not one.
            future = self._client.submit(
                _run_alone, call, key=f"{name}-{os.urandom(4).hex()}", priority=-place, pure=False
            )
            future.add_done_callback(lambda _: something_ended.set())
            names[future] = name
        at_work = asked = time.monotonic()
        try:
            while names:
                something_ended.wait(HEARD_S)
                something_ended.clear()
                self._tell_done(names, listener)
                listener.check()
                now = time.monotonic()
                # The scheduler answers with what it knows of each worker: it is asked rarely.
                if now - asked < _PAUSED_S / 4:
                    continue
                asked = now
                if not self._all_pause():
                    at_work = now
                elif names and now - at_work > _PAUSED_S:
                    raise RunFailed(
                        "all workers of the Dask cluster have paused, as each uses most of the "
                        "memory that it may: give them more (dask worker --memory-limit), or let "
                        "them not pause (distributed.worker.memory.pause: False)"
                    )
        except BaseException:
            listener.stop()
            with suppress(Exception):
                self._tell_done(names, listener)
            with suppress(Exception):
                self._client.cancel(list(names), force=True)
            raise

    def _all_pause(self) -> bool:
        """Tell whether there are workers, and none of them does anything or would."""
        try:
            workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        except OSError:
            # The scheduler is gone, which the client notices.
            return False
        return bool(workers) and all(
            worker["status"] == "paused" and not worker["metrics"].get("executing")
            for worker in workers
        )

    def _tell_done(self, names: dict[Future, str], listener: Listener) -> None:
        """Tell what finished calls returned, and forget them; then raise the first failure."""
        if self._client.status != "running":
            raise RunFailed(
                "the scheduler of the Dask cluster is gone; 'loihi-sleep resume' goes on from what "
                "is done"
            )
        failures: list[BaseException] = []
        for future in [future for future in names if future.done()]:
            name = names.pop(future)
            try:
                result = future.result()
            except Exception as error:
                failure = _described(name, error)
                listener.failed(name, failure)
                failures.append(failure)
                continue
            listener.done(name, result)
            # The scheduler keeps results as long as somebody refers to them.
            future.release()
        if failures:
            raise failures[0]


def _run_alone(call: Call) -> object:
    """Run a call on a worker, with one core as in threads of one process."""
    import torch
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(1)
    with threadpool_limits(1):
        return call()


def _described(name: str, error: Exception) -> Exception:
    """Say in words of ours that workers died with a call."""
    from distributed import KilledWorker

    if isinstance(error, KilledWorker):
        return RunFailed(
            f"{name}: the worker that ran it died {error.allowed_failures + 1} times, at last "
            f"{error.last_worker.address}; it may have had too little memory or time"
        )
    return error


@contextmanager
def connect(address: str) -> Iterator[DaskCluster]:
    """Use the workers of a Dask cluster that is there.

    Parameters
    ----------
    address : str
        Of its scheduler: ``tcp://host:8786``.

    Raises
    ------
    BadParameter
        No scheduler answers there.
    EngineUnavailable
        `distributed` is not installed.
    """
    require_distributed()
    from distributed import Client

    try:
        client = Client(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise BadParameter(
            "scheduler",
            f"is {address!r}, where no scheduler answers ({reason}); it must be the address that "
            "'dask scheduler' prints, such as tcp://host:8786",
        ) from None
    with closing(client):
        _check_versions(client)
        yield DaskCluster(client)


@contextmanager
def start_local(workers: int | None = None) -> Iterator[DaskCluster]:
    """Start worker processes on this machine, and end them.

    Parameters
    ----------
    workers : int, optional
        Processes, 1 .. 1024; as many as there are cores if left out.

    Raises
    ------
    EngineUnavailable
        `distributed` is not installed.
    """
    chosen = usable_cores() if workers is None else workers
    count = checks.integer("workers", chosen, 1, WORKERS_MAX)
    require_distributed()
    from distributed import Client, LocalCluster

    cluster = LocalCluster(
        n_workers=count,
        threads_per_worker=1,
        processes=True,
        dashboard_address=":0",
        silence_logs=logging.ERROR,
        # What a worker may take is the machine's business: cases differ.
        memory_limit=None,
    )
    try:
        client = Client(cluster, set_as_default=False)
        with closing(client):
            yield DaskCluster(client, count)
    finally:
        cluster.close()


def require_distributed() -> None:
    """Refuse where Dask is not installed.

    Raises
    ------
    EngineUnavailable
        With how to install it.
    """
    import importlib.util

    if importlib.util.find_spec("distributed") is None:
        raise EngineUnavailable(
            f"executors 'dask' and 'slurm' need distributed, which is not installed: {_INSTALL}"
        )


def _versions() -> dict[str, str]:
    """Versions that must be alike on all workers, or numbers might differ."""
    from loihi_sleep.results import origin

    return {"loihi-sleep": origin.code_version(), "packages": origin.package_versions()}


def _check_versions(client: Client) -> None:
    """Refuse workers that have other versions than this process.

    Raises
    ------
    RunFailed
        One has; the message names it.
    """
    own = _versions()
    for address, theirs in client.run(_versions, on_error="return").items():
        if isinstance(theirs, BaseException):
            raise RunFailed(
                f"worker {address} cannot run this: {type(theirs).__name__}: {theirs}; install "
                "loihi-sleep where the worker is started"
            )
        for what, version in theirs.items():
            if version != own[what]:
                raise RunFailed(
                    f"worker {address} has {what} {version}, and this process {own[what]}; install "
                    "the same versions on both, or numbers may differ"
                )


@contextmanager
def closing(client: Client) -> Iterator[None]:
    """Close a client in the end; what it was connected to may be gone by then."""
    try:
        yield
    finally:
        with suppress(Exception):
            client.close()
