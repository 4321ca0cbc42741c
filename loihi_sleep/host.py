"""Cores and processor of the computer that runs this, and the memory that a run takes."""

from __future__ import annotations

import os
import platform
import resource
import sys
from pathlib import Path

_CPU_INFO = Path("/proc/cpuinfo")
_KIB, _MIB = 1024, 1024**2


def usable_cores() -> int:
    """Cores that this process may use; all of the machine's where the system does not tell."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor_name() -> str:
    """Name of the processor, as the system gives it; the last bits of a training depend on it."""
    if _CPU_INFO.exists():
        for line in _CPU_INFO.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def peak_memory_mib() -> float:
    """Largest resident size so far, MiB: of this process, and of its largest child beside it."""
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else _KIB
    users = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(resource.getrusage(user).ru_maxrss for user in users) * unit / _MIB
