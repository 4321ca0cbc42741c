"""Calls on the nodes of a cluster that SLURM gives away, by dask-jobqueue."""

from __future__ import annotations

import importlib.util
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from loihi_sleep.configuration import checked
from loihi_sleep.errors import BadParameter, EngineUnavailable
from loihi_sleep.files.settings_file import read_settings_file
from loihi_sleep.processes import checks
from loihi_sleep.run.executors.dask_cluster import DaskCluster, closing, require_distributed
from loihi_sleep.run.executors.threads import WORKERS_MAX
from loihi_sleep.settings import Settings

if TYPE_CHECKING:
    from dask_jobqueue import SLURMCluster

# A worker ends so long before its job would be killed, and hands its results over.
_BEFORE_END_S, _STAGGER_S, _LEAST_LIFE_S = 120, 60, 60
# A worker that comes close to its memory is ended, and its case run by another. Before that it
# would pause: it would take no more cases, for as long as its memory is what it has imported.
_WITHOUT_PAUSE = "export DASK_DISTRIBUTED__WORKER__MEMORY__PAUSE=False"
# minutes:seconds, hours:minutes:seconds, or days-hours with more behind it, as sbatch has them.
_WALLTIME = re.compile(r"(?:([0-9]{1,3})-)?([0-9]{1,4}(?::[0-9]{1,2}){0,2})")
Line = Annotated[str, Field(min_length=1, max_length=1000)]


class SlurmSettings(Settings):
    """What is asked of SLURM for each job; a job holds one worker a core."""

    partition: Line | None = Field(None, description="of CPU nodes, not the chip's; sinfo lists it")
    account: Line | None = Field(None, description="that the time is charged to")
    cores: int = Field(1, ge=1, le=1024, description="of a job, each for one case at a time")
    memory: Line = Field("4GB", description="of a job, for all its cores")
    walltime: str = Field("01:00:00", description="of a job; longer than the longest case")
    directives: tuple[Line, ...] = Field(
        (), max_length=100, description="further ones for sbatch, such as --exclude=node7"
    )
    prologue: tuple[Line, ...] = Field(
        (), max_length=100, description="shell commands before a worker, such as module load"
    )
    python: Line | None = Field(None, description="on the nodes; the one that runs this if not set")
    interface: Line | None = Field(None, description="of the network between nodes, such as ib0")
    logs: Line | None = Field(None, description="folder for what jobs print")
    scratch: Line | None = Field(None, description="folder on the nodes for workers")

    @field_validator("walltime")
    @classmethod
    def _is_a_walltime(cls, walltime: str) -> str:
        if _seconds(walltime) is None:
            raise PydanticCustomError(
                "walltime", "It must be hours:minutes:seconds, or days-hours:minutes:seconds"
            )
        return walltime

    @property
    def seconds(self) -> int:
        """Seconds of `walltime`."""
        return _seconds(self.walltime) or 0


def _seconds(walltime: str) -> int | None:
    """Read a time as sbatch does; None where it is none, or not above 0."""
    found = _WALLTIME.fullmatch(walltime)
    if found is None:
        return None
    days, clock = found.groups()
    parts = [int(part) for part in clock.split(":")]
    if days is not None:
        hours, minutes, seconds = [*parts, 0, 0][:3]
    elif len(parts) == 3:
        hours, minutes, seconds = parts
    else:
        hours, (minutes, seconds) = 0, [*parts, 0][:2]
    return ((int(days or 0) * 24 + hours) * 60 + minutes) * 60 + seconds or None


def read_settings(path: Path | None) -> SlurmSettings:
    """Read the file that ``--slurm`` names; without one, all is as by default.

    Raises
    ------
    ValueError
        It cannot be read, or a setting in it is wrong; the message names it.
    """
    if path is None:
        return SlurmSettings()
    try:
        values = read_settings_file(path, "settings of SLURM")
    except ValueError as error:
        raise BadParameter("slurm", f"cannot be used: {error}") from None
    try:
        return checked(SlurmSettings, values)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def make_cluster(settings: SlurmSettings) -> SLURMCluster:
    """Make a cluster of dask-jobqueue without any job yet; its scheduler is in this process.

    Raises
    ------
    EngineUnavailable
        dask-jobqueue is not installed.
    """
    require_distributed()
    if importlib.util.find_spec("dask_jobqueue") is None:
        raise EngineUnavailable(
            "executor 'slurm' needs dask-jobqueue, which is not installed: "
            "pip install 'loihi-sleep[cluster]'"
        )
    from dask_jobqueue import SLURMCluster

    options: dict[str, Any] = {
        "queue": settings.partition,
        "account": settings.account,
        "cores": settings.cores,
        # One thread each: a case computes with one core.
        "processes": settings.cores,
        "memory": settings.memory,
        "walltime": settings.walltime,
        "job_extra_directives": list(settings.directives),
        "job_script_prologue": [_WITHOUT_PAUSE, *settings.prologue],
        "python": settings.python,
        "interface": settings.interface,
        "log_directory": settings.logs,
        "local_directory": settings.scratch,
        "worker_extra_args": _lifetime(settings.seconds),
        "scheduler_options": {"dashboard_address": ":0"},
        "silence_logs": logging.ERROR,
    }
    return SLURMCluster(**{name: value for name, value in options.items() if value is not None})


def _lifetime(seconds: int) -> list[str]:
    """Let a worker end before its job does; its case is then run by another."""
    life = seconds - _BEFORE_END_S
    if life < _LEAST_LIFE_S:
        return []
    return ["--lifetime", f"{life}s", "--lifetime-stagger", f"{min(_STAGGER_S, life // 10)}s"]


@contextmanager
def start_slurm(settings: SlurmSettings, workers: int | None = None) -> Iterator[DaskCluster]:
    """Ask SLURM for jobs that hold workers, and end them.

    Parameters
    ----------
    settings : SlurmSettings
    workers : int, optional
        Of all jobs together, 1 .. 1024; those of one job if left out. Jobs that end at their
        walltime are asked for again as long as there is something to do.

    Raises
    ------
    EngineUnavailable
        dask-jobqueue, or SLURM's sbatch, is not here.
    """
    count = checks.integer("workers", workers or settings.cores, 1, WORKERS_MAX)
    require_sbatch()
    cluster = make_cluster(settings)
    try:
        from distributed import Client

        cluster.adapt(minimum=0, maximum=count)
        client = Client(cluster, set_as_default=False)
        with closing(client):
            yield DaskCluster(client, count)
    finally:
        with suppress(Exception):
            cluster.close()


def require_sbatch() -> None:
    """Refuse where SLURM is not there.

    Raises
    ------
    EngineUnavailable
    """
    import shutil

    if shutil.which("sbatch") is None:
        raise EngineUnavailable(
            "executor 'slurm' asks SLURM for workers, and its sbatch is not on PATH: run this on a "
            "login node, or use --executor dask with --scheduler"
        )
