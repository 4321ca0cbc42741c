"""Which board a network goes to: the environment variables that Intel's software reads."""

from __future__ import annotations

import os
from collections.abc import MutableMapping

from loihi_sleep.loihi2 import probe

# As in lava-nc utils/loihi.py, ChipGeneration; most boards of Intel's cloud are N3B3.
GENERATIONS = ("N2A2", "N3B2", "N3B3", "N3C1", "N3D1")
GENERATION = "N3B3"
# On the board's host, as in lava-nc utils/loihi.py, use_ethernet_host.
HOST_BINARY = "nxcore/bin/nx_driver_server"
VARIABLES = ("SLURM", "NOSLURM", "PARTITION", "BOARD", "NXSDKHOST", "HOST_BINARY", "LOIHI_GEN")


def place(
    partition: str | None = None,
    board: str | None = None,
    host: str | None = None,
    *,
    generation: str | None = None,
    environment: MutableMapping[str, str] = os.environ,
) -> None:
    """Say where Intel's software is to find a chip.

    Without a partition, board or host, what the environment says holds, and SLURM is asked for
    where it says nothing.

    Parameters
    ----------
    partition, board : str, optional
        Of SLURM, as ``sinfo`` names them; a board alone will do.
    host : str, optional
        Address of a board on the network, instead.
    generation : str, optional
        Generation of the chip: N2A2, N3B2, N3B3, N3C1 or N3D1; else LOIHI_GEN, else N3B3.
    environment : mapping of str to str
        What is changed.

    Raises
    ------
    ValueError
        A host together with a partition or board; a partition or board that ``sinfo`` does not
        list, or none of whose nodes is up (where ``sinfo`` answers nothing, they are taken as they
        are); an unknown generation. Nothing is changed then.
    """
    generation = generation or environment.get("LOIHI_GEN", GENERATION)
    if generation not in GENERATIONS:
        raise ValueError(f"LOIHI_GEN is {generation!r}; it must be one of {', '.join(GENERATIONS)}")
    if host is not None:
        changes = _over_ethernet(host, partition, board, environment)
    elif partition is not None or board is not None:
        changes = _through_slurm(partition, board)
    elif any(environment.get(name) for name in ("SLURM", "NOSLURM", "NXSDKHOST")):
        changes = {}
    else:
        changes = {"SLURM": "1"}
    for name, value in (changes | {"LOIHI_GEN": generation}).items():
        if value is None:
            environment.pop(name, None)
        else:
            environment[name] = value


def _over_ethernet(
    host: str, partition: str | None, board: str | None, environment: MutableMapping[str, str]
) -> dict[str, str | None]:
    """Variables of a board on the network, None for those to be removed."""
    for name, value in (("partition", partition), ("board", board)):
        if value is not None:
            raise ValueError(
                f"host is {host!r} and {name} is {value!r}; a board is reached either over "
                "Ethernet (host) or through SLURM (partition, board)"
            )
    if not host.strip():
        raise ValueError(f"host is {host!r}; it must be the address of a board, as 10.0.0.5")
    changes: dict[str, str | None] = dict.fromkeys(("SLURM", "PARTITION", "BOARD"))
    binary = environment.get("HOST_BINARY", HOST_BINARY)
    return changes | {"NOSLURM": "1", "NXSDKHOST": host, "HOST_BINARY": binary}


def _through_slurm(partition: str | None, board: str | None) -> dict[str, str | None]:
    """Variables of a job of SLURM's, None for those to be removed."""
    if partition is not None:
        _check_partition(partition)
    if board is not None:
        _check_board(board, partition)
    changes: dict[str, str | None] = dict.fromkeys(("NOSLURM", "NXSDKHOST", "HOST_BINARY"))
    return changes | {"SLURM": "1", "PARTITION": partition, "BOARD": board}


def _check_partition(partition: str) -> None:
    usable = {found.name: found.usable_nodes for found in probe.slurm_partitions()}
    if not usable:
        return
    if partition not in usable:
        raise ValueError(f"partition is {partition!r}; sinfo lists {', '.join(usable)}")
    if not usable[partition]:
        raise ValueError(f"partition is {partition!r}, of which no node is up")


def _check_board(board: str, partition: str | None) -> None:
    boards = {found.name: found for found in probe.slurm_boards()}
    if not boards:
        return
    if board not in boards:
        raise ValueError(f"board is {board!r}; sinfo lists {', '.join(boards)}")
    found = boards[board]
    if not found.usable:
        raise ValueError(f"board is {board!r}, which is not up")
    if partition is not None and partition not in found.partitions:
        raise ValueError(
            f"board is {board!r} and partition is {partition!r}; the board belongs to "
            f"{', '.join(found.partitions)}"
        )
