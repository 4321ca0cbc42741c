"""What the measurements were made on, without naming the machine."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path

PACKAGES = ("loihi-sleep", "lava-nc", "numpy", "numba")


def describe() -> dict[str, str | int]:
    """CPU, cores and versions."""
    versions = {name: metadata.version(name) for name in PACKAGES}
    return {"cpu": _cpu(), "cores": cores(), "python": platform.python_version(), **versions}


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _cpu() -> str:
    listed = Path("/proc/cpuinfo")
    if listed.exists():
        for line in listed.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
