"""Runs what is in scripts/ with the Python of the tests."""

import os
import subprocess
import sys
from pathlib import Path

SCRIPTS = Path(__file__).parents[1] / "scripts"


def run(*arguments):
    """Run Python where the packages of scripts/ can be imported; returns the finished process."""
    paths = [str(SCRIPTS.parent), str(SCRIPTS)]
    return subprocess.run(
        [sys.executable, "-W", "ignore", *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        timeout=100,
    )
