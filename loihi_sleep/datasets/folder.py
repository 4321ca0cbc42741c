"""Where data sets lie: a folder that the user names, or one in the user's cache."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from loihi_sleep.errors import BadParameter

VARIABLE = "LOIHI_SLEEP_DATA"


def find_data_folder(named: str | None = None) -> tuple[Path, bool]:
    """Find the folder of data sets.

    Parameters
    ----------
    named : str, optional
        A folder that the user names; else ``LOIHI_SLEEP_DATA``, else the user's cache.

    Returns
    -------
    Path, bool
        The folder, and whether data sets may be downloaded into it: only into the cache.

    Raises
    ------
    BadParameter
        A named folder that is not there; it names ``folder``.
    ValueError
        Likewise of the variable, which is no parameter.
    """
    chosen = named or os.environ.get(VARIABLE)
    if chosen:
        complaint = None
        try:
            folder = Path(chosen).expanduser()
            if not folder.is_dir():
                complaint = f"is {chosen!r}, which is not a folder that exists"
        except (OSError, RuntimeError) as error:  # a name that is too long, ~ of nobody
            complaint = f"is {chosen[:200]!r}: {error}"
        if complaint is not None and named:
            raise BadParameter("folder", complaint)
        if complaint is not None:
            raise ValueError(f"{VARIABLE} {complaint}")
        return folder, False
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "loihi-sleep" / "data", True


def find_files(folder: Path, names: Sequence[str]) -> dict[str, Path]:
    """Find files, each as it is or packed by gzip.

    Returns
    -------
    dict of str to Path
        Of those that are there.
    """
    paths = {}
    for name in names:
        for path in (folder / name, folder / f"{name}.gz"):
            if path.is_file():
                paths[name] = path
                break
    return paths


def download(folder: Path, files: Mapping[str, str], mirrors: Sequence[str]) -> None:
    """Download files with torchvision, each whole and with the right checksum or not at all.

    Parameters
    ----------
    folder : Path
        Where they go; it need not exist.
    files : mapping of str to str
        MD5 checksum of each file by its name.
    mirrors : sequence of str
        Addresses to put before a name, tried in turn.

    Raises
    ------
    ValueError
        A file that no mirror delivers.
    """
    from torchvision.datasets.utils import download_url

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(
            f"{folder} cannot be made for the data set ({error.strerror}); name a folder that "
            f"holds it, as by {VARIABLE}"
        ) from None
    for name, checksum in files.items():
        if (folder / name).is_file():
            continue
        reason = "no mirror is known"
        # Beside its place, so that moving it there is one step; gone if anything breaks.
        with tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as partial:
            for mirror in mirrors:
                try:
                    download_url(f"{mirror}{name}", partial, name, checksum)
                    os.replace(Path(partial) / name, folder / name)
                    break
                except (OSError, RuntimeError) as error:
                    reason = str(error)
            else:
                raise ValueError(
                    f"{folder / name} is not there and cannot be downloaded ({reason}); put it "
                    f"there, or name a folder that holds it, as by {VARIABLE}"
                )
