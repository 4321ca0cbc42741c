"""Is there a Loihi 2? Lava's own probes fail where there is none, so this one looks for itself."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from loihi_sleep.loihi2.adapters import ADAPTER_MODULE

# Modules of Intel's hardware extension (lava-loihi) that the public wheel lacks.
EXTENSION_MODULES = (
    "lava.utils.loihi2_profiler",
    "lava.magma.core.model.nc.model",
    "lava.magma.core.model.c.model",
    ADAPTER_MODULE,
)
SINFO_TIMEOUT_S = 20.0
USABLE_STATES = ("idle", "mix", "alloc", "comp")


@dataclass(frozen=True)
class Partition:
    """A SLURM partition, its rows merged.

    Parameters
    ----------
    name : str
        Without the star of the default partition.
    nodes : int
        All nodes.
    usable_nodes : int
        Nodes that are up.
    """

    name: str
    nodes: int
    usable_nodes: int


@dataclass(frozen=True)
class Board:
    """A board, which is a node to SLURM.

    Parameters
    ----------
    name : str
    partitions : tuple of str
        To which it belongs.
    usable : bool
        It is up.
    """

    name: str
    partitions: tuple[str, ...]
    usable: bool


@dataclass(frozen=True)
class Availability:
    """What of a Loihi 2 set-up was found.

    Parameters
    ----------
    absent : tuple of str
        Modules of Intel's hardware extension of Lava that cannot be imported.
    host : str or None
        Address of a board on the network (environment variable NXSDKHOST).
    partitions : tuple of Partition
        Partitions that SLURM offers.
    missing : str or None
        One sentence that names what is missing; None where a chip can be used.
    """

    absent: tuple[str, ...]
    host: str | None
    partitions: tuple[Partition, ...]
    missing: str | None


def probe(environment: Mapping[str, str] = os.environ) -> Availability:
    """Look for the hardware extension and for a board.

    Parameters
    ----------
    environment : mapping of str to str
        Environment variables; NXSDKHOST names a board that is reached over Ethernet, PARTITION a
        partition of SLURM.

    Returns
    -------
    Availability
    """
    absent = _absent_modules()
    host = environment.get("NXSDKHOST")
    partitions = () if host else slurm_partitions()
    return Availability(
        absent=absent,
        host=host,
        partitions=partitions,
        missing=_missing_extension(absent)
        or _missing_board(host, partitions, environment.get("PARTITION")),
    )


def missing(environment: Mapping[str, str] = os.environ) -> str | None:
    """Say what is missing to use a chip; SLURM, which may be slow, is asked only if it matters.

    Parameters
    ----------
    environment : mapping of str to str
        As of :func:`probe`.

    Returns
    -------
    str or None
        As :attr:`Availability.missing`.
    """
    return _missing_extension(_absent_modules()) or probe(environment).missing


def slurm_partitions() -> tuple[Partition, ...]:
    """Partitions that ``sinfo`` lists; none where SLURM is absent, fails or does not answer."""
    return parse_sinfo(_sinfo("--format=%P %D %t"))


def slurm_boards() -> tuple[Board, ...]:
    """Boards that ``sinfo`` lists; none where SLURM is absent, fails or does not answer."""
    return parse_nodes(_sinfo("--Node", "--format=%N %P %t"))


def parse_sinfo(output: str) -> tuple[Partition, ...]:
    """Read lines ``partition nodes state``.

    Blank lines are skipped, the star of the default partition is taken off, and several rows of one
    partition (one a node state) are merged.
    """
    partitions: dict[str, Partition] = {}
    for starred, nodes, state in _rows(output):
        if not nodes.isdigit():
            continue
        name, count = starred.rstrip("*"), int(nodes)
        known = partitions.get(name, Partition(name, 0, 0))
        usable = count if _is_up(state) else 0
        partitions[name] = Partition(name, known.nodes + count, known.usable_nodes + usable)
    return tuple(partitions.values())


def parse_nodes(output: str) -> tuple[Board, ...]:
    """Read lines ``node partition state``; the rows of a node in several partitions are merged."""
    boards: dict[str, Board] = {}
    for name, starred, state in _rows(output):
        others = boards[name].partitions if name in boards else ()
        boards[name] = Board(name, (*others, starred.rstrip("*")), _is_up(state))
    return tuple(boards.values())


def _sinfo(*options: str) -> str:
    """Answer of ``sinfo``; nothing where it is absent, fails or does not answer."""
    sinfo = shutil.which("sinfo")
    if sinfo is None:
        return ""
    try:
        return subprocess.run(
            [sinfo, "--noheader", *options],
            capture_output=True,
            text=True,
            timeout=SINFO_TIMEOUT_S,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ""


def _rows(output: str) -> list[list[str]]:
    """Lines of three words; blank lines and messages are none."""
    rows = [line.split() for line in output.splitlines()]
    return [row for row in rows if len(row) == 3]


def _is_up(state: str) -> bool:
    """Whether a node takes jobs; a star behind its state says that it does not answer."""
    return state.lower().startswith(USABLE_STATES) and not state.endswith("*")


def _absent_modules() -> tuple[str, ...]:
    """Modules of the hardware extension that cannot be imported."""
    return tuple(name for name in EXTENSION_MODULES if not _importable(name))


def _missing_extension(absent: tuple[str, ...]) -> str | None:
    """Say what of the hardware extension is missing."""
    if len(absent) == len(EXTENSION_MODULES):
        return (
            "Intel's hardware extension of Lava (lava-loihi, from the Intel Neuromorphic Research "
            "Community) is not installed"
        )
    if absent:
        return (
            "Intel's hardware extension of Lava (lava-loihi) is not whole: it lacks "
            f"{', '.join(absent)}"
        )
    return None


def _missing_board(
    host: str | None, partitions: tuple[Partition, ...], wanted: str | None
) -> str | None:
    """Say what is missing of a board."""
    if host:
        return None
    usable = [partition.name for partition in partitions if partition.usable_nodes]
    if not usable:
        return "no board was found (neither NXSDKHOST nor a SLURM partition with a node that is up)"
    if wanted and wanted not in usable:
        return f"PARTITION is {wanted!r}; partitions with a node that is up: {', '.join(usable)}"
    return None


def _importable(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
