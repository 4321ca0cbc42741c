"""What is here: for `loihi-sleep doctor`."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

from loihi_sleep import __version__
from loihi_sleep.hardware import loihi

PACKAGES = ("lava-nc", "lava-dl", "torch", "torchvision", "numpy", "numba", "scikit-learn", "h5py")


def lines() -> list[str]:
    """Lines of text that say what is here and what is missing."""
    found = loihi.probe()
    chip = f"no: {found.missing}" if found.missing else "yes: fixed; not tested on a chip"
    report = [
        f"loihi-sleep   {__version__}",
        f"python        {platform.python_version()} on {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores",
    ]
    report += [f"{name:<13} {_version_of(name)}" for name in PACKAGES]
    report += [
        "engine lava      yes: Lava's CPU simulator, float and fixed",
        "engine compiled  yes: in this process, float and fixed",
        f"engine loihi2    {chip}",
    ]
    report += [
        f"  partition {p.name}: {p.usable_nodes} of {p.nodes} nodes up" for p in found.partitions
    ]
    if found.host:
        report.append(f"  board at {found.host} (NXSDKHOST)")
    return report


def _version_of(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"
