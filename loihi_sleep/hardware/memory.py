"""How much memory a run has taken."""

from __future__ import annotations

import resource
import sys

_KIB, _MIB = 1024, 1024**2


def peak_memory_mib() -> float:
    """Largest resident size so far, MiB: of this process, and of its largest child beside it."""
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else _KIB
    users = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(resource.getrusage(user).ru_maxrss for user in users) * unit / _MIB
