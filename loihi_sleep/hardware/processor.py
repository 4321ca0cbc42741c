"""Which processor computes: numbers of a training depend on it in their last bits."""

from __future__ import annotations

import platform
from pathlib import Path

_LISTED = Path("/proc/cpuinfo")


def processor_name() -> str:
    """Name of the processor, as the system gives it."""
    if _LISTED.exists():
        for line in _LISTED.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
