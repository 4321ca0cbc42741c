"""What the measurements were made on, without naming the machine."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path

from loihi_sleep.hardware.cores import usable_cores

PACKAGES = ("loihi-sleep", "lava-nc", "numpy", "numba")


def describe() -> dict[str, str | int]:
    """CPU, cores and versions."""
    versions = {name: metadata.version(name) for name in PACKAGES}
    return {"cpu": _cpu(), "cores": usable_cores(), "python": platform.python_version(), **versions}


def _cpu() -> str:
    listed = Path("/proc/cpuinfo")
    if listed.exists():
        for line in listed.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
