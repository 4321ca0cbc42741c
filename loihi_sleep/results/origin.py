"""Where a run came from: when, on which host, by which command, commit and versions."""

from __future__ import annotations

import functools
import platform
import shlex
import subprocess
import sys
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, metadata, version
from pathlib import Path

# Packages whose version may change a number.
_PACKAGES = ("lava-nc", "lava-dl", "numpy", "scipy", "torch", "numba", "scikit-learn", "h5py")
_LONGEST = 10_000
_GIT_S = 5.0


def now() -> str:
    """Return date and time as ISO 8601 has them, in UTC, to the second."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def host_name() -> str:
    """Name of this computer on its network, and its system."""
    return f"{platform.node() or 'unknown'}, {platform.system()} {platform.machine()}"


def command_line() -> str:
    """Return the command that runs this process, as a shell reads it."""
    program, *arguments = sys.argv or ["python"]
    if Path(program).name in ("loihi-sleep", "__main__.py"):
        program = "loihi-sleep"
    return shlex.join([program, *arguments])[:_LONGEST]


@functools.cache
def package_versions() -> str:
    """Name Python and the packages whose version may change a number, with their versions."""
    found = [f"Python {platform.python_version()}"]
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


@functools.cache
def commit_of_code() -> str:
    """Return the commit of the repository that this code lies in, as 40 hexadecimal digits.

    Returns
    -------
    str
        With ``+changes`` behind it where files of the repository differ from it; empty where the
        code was installed, or git is not there.
    """
    package = Path(__file__).resolve().parents[1]
    # A repository of a user's, in which this code is only installed, does not know its files.
    if _git(package, "ls-files", "--error-unmatch", "__init__.py") is None:
        return ""
    commit = _git(package, "rev-parse", "HEAD")
    if not commit:
        return ""
    changed = _git(package, "status", "--porcelain", "--untracked-files=no")
    return f"{commit}+changes" if changed else commit


def address_of_commit(commit: str) -> str:
    """Return where a commit can be looked at; empty where the package names no repository.

    Parameters
    ----------
    commit : str
        From :func:`commit_of_code`.
    """
    digits = commit.partition("+")[0]
    try:
        named = metadata("loihi-sleep").get_all("Project-URL") or []
    except PackageNotFoundError:
        return ""
    addresses = {
        name.strip().lower(): address.strip()
        for name, _, address in (entry.partition(",") for entry in named)
    }
    address = next((addresses[n] for n in ("repository", "source") if n in addresses), "")
    return f"{address.rstrip('/')}/commit/{digits}" if address and digits else ""


def _git(folder: Path, *arguments: str) -> str | None:
    """Ask git; None where it cannot tell."""
    try:
        answer = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=_GIT_S
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None


def code_version() -> str:
    """Return version and, where it is known, commit of this code."""
    from loihi_sleep import __version__

    return " ".join(part for part in (__version__, commit_of_code()) if part)
