"""What the measurements were made on, without naming the machine."""

from __future__ import annotations

import platform
from importlib import metadata

from loihi_sleep.host import processor_name, usable_cores

PACKAGES = ("loihi-sleep", "lava-nc", "numpy", "numba")


def describe() -> dict[str, str | int]:
    """CPU, cores and versions."""
    versions = {name: metadata.version(name) for name in PACKAGES}
    return {
        "cpu": processor_name(),
        "cores": usable_cores(),
        "python": platform.python_version(),
        **versions,
    }
