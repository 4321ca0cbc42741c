"""Compiled code on disk must be that of the sources as they are.

numba looks at the file of a function when it asks whether its cached code is fresh, but not at the
files of the functions that it calls: after one kernel has changed, another that calls it would go
on with the old one.
"""

import hashlib
from contextlib import suppress
from pathlib import Path

_STAMP = "kernels.sha256"


def discard_stale_code(folder: Path, *called: Path) -> None:
    """Remove numba's cache of a folder of kernels if any source has changed since it was made.

    Parameters
    ----------
    folder : Path
        Folder of the kernels.
    called : Path
        Other folders, or files, whose kernels they call.
    """
    digest = hashlib.sha256()
    sources = {
        path
        for place in (folder, *called)
        for path in ((place,) if place.is_file() else place.glob("*.py"))
    }
    for source in sorted(sources):
        digest.update(source.read_bytes())
    cache = folder / "__pycache__"
    stamp = cache / _STAMP
    # Where the folder cannot be written numba keeps its cache elsewhere, and an installed package
    # does not change.
    with suppress(OSError):
        if stamp.exists() and stamp.read_text() == digest.hexdigest():
            return
        cache.mkdir(exist_ok=True)
        for code in [*cache.glob("*.nbi"), *cache.glob("*.nbc")]:
            code.unlink(missing_ok=True)
        stamp.write_text(digest.hexdigest())
