"""From ``--executor`` and its options to what runs the cases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loihi_sleep.run.executors.executor import Executor

EXECUTORS = ("threads", "dask", "slurm")


@dataclass(frozen=True)
class ExecutorOptions:
    """What the command line says of executors.

    Parameters
    ----------
    name : str or None
        One of :data:`EXECUTORS`; None: threads, or dask where there is a scheduler.
    workers : int or None
    scheduler : str or None
        Address of a Dask scheduler.
    slurm : Path or None
        File with what SLURM is asked for.

    Raises
    ------
    ValueError
        Options that do not go together.
    """

    name: str | None = None
    workers: int | None = None
    scheduler: str | None = None
    slurm: Path | None = None

    def __post_init__(self) -> None:
        if self.name is not None and self.name not in EXECUTORS:
            raise ValueError(
                f"--executor is {self.name!r}; it must be one of {', '.join(EXECUTORS)}"
            )
        if self.workers is not None:
            from loihi_sleep.processes import checks
            from loihi_sleep.run.executors.threads import WORKERS_MAX

            checks.integer("--workers", self.workers, 1, WORKERS_MAX)
        if self.scheduler is not None and self.name not in (None, "dask"):
            raise ValueError(
                f"--scheduler is {self.scheduler} and --executor is {self.name!r}; a scheduler is "
                "for --executor dask"
            )
        if self.slurm is not None and self.name != "slurm":
            raise ValueError(f"--slurm is {self.slurm}; it is for --executor slurm: add that")
        if self.slurm is not None:
            # A mistake in it is reported before anything is begun.
            from loihi_sleep.run.executors.slurm import read_settings

            read_settings(self.slurm)
        if self.scheduler is not None and self.workers is not None:
            raise ValueError(
                f"--workers is {self.workers} and --scheduler is {self.scheduler}; the cluster "
                "there has the workers that it has: leave out --workers"
            )

    @contextmanager
    def open(self) -> Iterator[Executor | None]:
        """Start what was asked for, and end it; None where nothing was.

        Raises
        ------
        BadParameter
            No scheduler answers, or a number of workers that is out of range.
        EngineUnavailable
            Something is not installed.
        """
        name = "dask" if self.scheduler is not None else self.name
        if name == "dask":
            from loihi_sleep.run.executors.dask_cluster import connect, start_local

            opened = (
                start_local(self.workers) if self.scheduler is None else connect(self.scheduler)
            )
            with opened as executor:
                yield executor
        elif name == "slurm":
            from loihi_sleep.run.executors.slurm import read_settings, start_slurm

            with start_slurm(read_settings(self.slurm), self.workers) as executor:
                yield executor
        elif self.workers is not None:
            from loihi_sleep.run.executors.threads import Threads

            yield Threads(self.workers)
        else:
            yield None
