"""Is there a Loihi 2? Lava's own probes fail where there is none, so this one looks for itself."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

# Modules of Intel's hardware extension (lava-loihi) that the public wheel lacks.
EXTENSION_MODULES = (
    "lava.utils.loihi2_profiler",
    "lava.magma.core.model.nc.model",
    "lava.magma.core.model.c.model",
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
class Availability:
    """What of a Loihi 2 set-up was found.

    Parameters
    ----------
    extension : bool
        Intel's hardware extension of Lava can be imported.
    host : str or None
        Address of a board on the network (environment variable NXSDKHOST).
    partitions : tuple of Partition
        Partitions that SLURM offers.
    missing : str or None
        One sentence that names what is missing; None where a chip can be used.
    """

    extension: bool
    host: str | None
    partitions: tuple[Partition, ...]
    missing: str | None


def probe(environment: Mapping[str, str] = os.environ) -> Availability:
    """Look for the hardware extension and for a board.

    Parameters
    ----------
    environment : mapping of str to str
        Environment variables; NXSDKHOST names a board that is reached over Ethernet.

    Returns
    -------
    Availability
    """
    extension = all(_importable(name) for name in EXTENSION_MODULES)
    host = environment.get("NXSDKHOST")
    partitions = () if host else slurm_partitions()
    return Availability(
        extension=extension,
        host=host,
        partitions=partitions,
        missing=_missing(extension, host, partitions),
    )


def slurm_partitions() -> tuple[Partition, ...]:
    """Partitions that ``sinfo`` lists; none where SLURM is absent, fails or does not answer."""
    sinfo = shutil.which("sinfo")
    if sinfo is None:
        return ()
    try:
        output = subprocess.run(
            [sinfo, "--noheader", "--format=%P %D %t"],
            capture_output=True,
            text=True,
            timeout=SINFO_TIMEOUT_S,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    return parse_sinfo(output)


def parse_sinfo(output: str) -> tuple[Partition, ...]:
    """Read lines ``partition nodes state``.

    Blank lines are skipped, the star of the default partition is taken off, and several rows of one
    partition (one a node state) are merged.
    """
    partitions: dict[str, Partition] = {}
    for line in output.splitlines():
        fields = line.split()
        if len(fields) != 3 or not fields[1].isdigit():
            continue
        name, nodes, state = fields[0].rstrip("*"), int(fields[1]), fields[2].lower()
        usable = nodes if state.startswith(USABLE_STATES) and not state.endswith("*") else 0
        known = partitions.get(name, Partition(name, 0, 0))
        partitions[name] = Partition(name, known.nodes + nodes, known.usable_nodes + usable)
    return tuple(partitions.values())


def _missing(extension: bool, host: str | None, partitions: tuple[Partition, ...]) -> str | None:
    if not extension:
        return (
            "Intel's hardware extension of Lava (lava-loihi, from the Intel Neuromorphic Research "
            "Community) is not installed"
        )
    if host or any(partition.usable_nodes for partition in partitions):
        return None
    return "no board was found (neither NXSDKHOST nor a SLURM partition with a node that is up)"


def _importable(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
