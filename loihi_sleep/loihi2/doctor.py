"""What is here: for `loihi-sleep doctor`."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

from loihi_sleep import __version__
from loihi_sleep.loihi2 import probe
from loihi_sleep.loihi2.adapters import ADAPTER_MODULE
from loihi_sleep.loihi2.board import VARIABLES

PACKAGES = ("lava-nc", "lava-dl", "torch", "torchvision", "numpy", "numba", "scikit-learn", "h5py")


def lines() -> list[str]:
    """Lines of text that say what is here and what is missing."""
    report = [
        f"loihi-sleep   {__version__}",
        f"python        {platform.python_version()} on {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores",
    ]
    report += [f"{name:<13} {_version_of(name)}" for name in PACKAGES]
    report += [
        "engine lava      yes: Lava's CPU simulator, float and fixed",
        "engine compiled  yes: in this process, float and fixed",
    ]
    return report + _loihi2(probe.probe())


def _loihi2(found: probe.Availability) -> list[str]:
    """Say what of a Loihi 2 is here."""
    extension = f"lacks {', '.join(found.absent)}" if found.absent else "whole"
    adapters = "not found" if ADAPTER_MODULE in found.absent else "found"
    report = [
        f"engine loihi2    {f'no: {found.missing}' if found.missing else 'yes: fixed'}",
        f"  extension (lava-loihi): {extension}",
        f"  spike adapters ({ADAPTER_MODULE}): {adapters}",
    ]
    report += [
        f"  partition {p.name}: {p.usable_nodes} of {p.nodes} nodes up" for p in found.partitions
    ]
    report += [
        f"  board {b.name} ({', '.join(b.partitions)}): {'up' if b.usable else 'not up'}"
        for b in (probe.slurm_boards() if found.partitions else ())
    ]
    if found.host:
        report.append(f"  board at {found.host} (NXSDKHOST)")
    elif not found.partitions:
        report.append("  partitions, boards: none (sinfo is absent or lists none)")
    said = " ".join(f"{name}={os.environ[name]}" for name in VARIABLES if name in os.environ)
    report.append(f"  environment: {said or 'says nothing of a board'}")
    report.append("  not tested on a chip: docs/guide/to-the-chip.md says what was tested instead")
    return report


def _version_of(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"
