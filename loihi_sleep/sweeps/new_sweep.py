"""A new sweep, which leaves nothing behind where it fails before anything of it is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loihi_sleep.experiments.new_run import is_anything_done
from loihi_sleep.results.new_folder import removing_unused
from loihi_sleep.results.run_folder import RunFolder
from loihi_sleep.sweeps.plan import POINTS, SweepFolder, SweepPlan


@contextmanager
def new_sweep(plan: SweepPlan, out: Path) -> Iterator[SweepFolder]:
    """Make the folder of a new sweep, and remove it where the sweep ends with nothing done.

    Parameters
    ----------
    plan : SweepPlan
    out : Path
        The folder, which must not exist.

    Yields
    ------
    SweepFolder
        Removed as :func:`loihi_sleep.experiments.new_run.new_run` removes that of a run.

    Raises
    ------
    ValueError
        The folder exists or cannot be made.
    """
    with removing_unused(out, lambda: _is_any_point_begun(out)):
        yield SweepFolder.create(out, plan)


def _is_any_point_begun(sweep: Path) -> bool:
    return any(is_anything_done(RunFolder(point)) for point in (sweep / POINTS).glob("*"))
