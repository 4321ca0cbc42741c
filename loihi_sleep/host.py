"""Cores, processor and free memory of the computer that runs this, and the memory of a run."""

from __future__ import annotations

import os
import platform
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_CPU_INFO = Path("/proc/cpuinfo")
_MEMORY_INFO = Path("/proc/meminfo")
_GROUPS, _GROUPS_ROOT = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")
_PAGES = Path("/proc/self/statm")
# Files of a control group, of the second and of the first version: the most memory that it may
# take, what it takes, and the names of what it would give back, in memory.stat.
_LIMITS = ("memory.max", "memory.current", ("inactive_file", "active_file"))
_LIMITS_1 = (
    "memory.limit_in_bytes",
    "memory.usage_in_bytes",
    ("total_inactive_file", "total_active_file"),
)
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


def free_memory() -> int | None:
    """Bytes of memory that this process could still take; None where the system does not tell.

    The least of what the computer has free, what control groups (Linux: containers, SLURM) still
    allow, and the process's own limit (``ulimit -v``).
    """
    return min(_free(), default=None)


def _free() -> Iterator[int]:
    if sys.platform == "darwin":
        yield from _free_pages()
    elif _MEMORY_INFO.exists():
        found = re.search(r"^MemAvailable: *(\d+) kB", _MEMORY_INFO.read_text(), re.MULTILINE)
        if found:
            yield int(found[1]) * _KIB
    yield from _free_of_groups()
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and _PAGES.exists():
        yield max(0, limit - int(_PAGES.read_text().split()[0]) * resource.getpagesize())


def _free_pages() -> Iterator[int]:
    """Bytes that macOS has free, or would take from what it keeps for later."""
    try:
        ran = subprocess.run(["vm_stat"], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return
    size = re.search(r"page size of (\d+) bytes", ran.stdout)
    pages = re.findall(r"^Pages (?:free|inactive|speculative): *(\d+)", ran.stdout, re.MULTILINE)
    if size and pages:
        yield int(size[1]) * sum(int(number) for number in pages)


def _free_of_groups() -> Iterator[int]:
    """Bytes that the control groups of this process, and those above them, still allow."""
    if not _GROUPS.exists():
        return
    for line in _GROUPS.read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        root, names = (
            (_GROUPS_ROOT / "memory", _LIMITS_1) if controllers else (_GROUPS_ROOT, _LIMITS)
        )
        # A container may see its own group as the root, under the path that it has outside.
        group = root / path.lstrip("/")
        for folder in (group, *group.parents):
            yield from _free_of_group(folder, *names)
            if folder == root:
                break


def _free_of_group(
    folder: Path, limit_name: str, used_name: str, given_back: tuple[str, ...]
) -> Iterator[int]:
    try:
        limit = int((folder / limit_name).read_text())
        used = int((folder / used_name).read_text())
        statistics = (folder / "memory.stat").read_text().splitlines()
    except (OSError, ValueError):
        # No such group here, or "max": no limit.
        return
    kept = dict(line.split() for line in statistics if line.strip())
    yield max(0, limit - used + sum(int(kept.get(name, 0)) for name in given_back))
