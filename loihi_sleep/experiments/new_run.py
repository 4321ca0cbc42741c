"""A new run, which leaves nothing behind where it fails before anything of it is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loihi_sleep.configuration import ExperimentConfig
from loihi_sleep.errors import CheckpointRefused
from loihi_sleep.experiments import runner
from loihi_sleep.experiments.so_far import is_anything_unfinished
from loihi_sleep.experiments.study import CASE_PREFIX
from loihi_sleep.results.new_folder import removing_unused
from loihi_sleep.results.run_folder import RunFolder


@contextmanager
def new_run(config: ExperimentConfig, out: Path) -> Iterator[RunFolder]:
    """Make the folder of a new run, and remove it where the run ends with nothing done.

    Parameters
    ----------
    config : ExperimentConfig
    out : Path
        The folder, which must not exist.

    Yields
    ------
    RunFolder
        On an exception, an interruption among them, it is removed unless there is something to
        resume or to read in it. So are the folders above it that were made for it.

    Raises
    ------
    ValueError
        The folder exists or cannot be made.
    """
    with removing_unused(out, lambda: is_anything_done(RunFolder(out))):
        yield runner.begin(config, out)


def is_anything_done(folder: RunFolder) -> bool:
    """Tell whether a run has left anything that was computed.

    Parameters
    ----------
    folder : RunFolder

    Returns
    -------
    bool
        Also True for a checkpoint that cannot be read: a person must see it.
    """
    if folder.metrics_path.exists() or is_anything_unfinished(folder.path):
        return True
    try:
        return any(name.startswith(CASE_PREFIX) for name in folder.checkpoint.names())
    except CheckpointRefused:
        return True
