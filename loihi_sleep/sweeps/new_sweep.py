"""A new sweep, which leaves nothing behind where it fails before anything of it is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loihi_sleep.experiments.new_run import is_anything_done
from loihi_sleep.results.new_folder import removing_unused
from loihi_sleep.results.run_folder import RunFolder
from loihi_sleep.sweeps.plan import POINTS, SweepFolder, SweepPlan, UnknownMetric


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
        Removed as :func:`loihi_sleep.experiments.new_run.new_run` removes that of a run; also where
        the plan names a metric that no point has, which only the first point shows: it cannot be
        gone on with.

    Raises
    ------
    ValueError
        The folder exists or cannot be made.
    """
    can_go_on = True
    with removing_unused(out, lambda: can_go_on and _is_any_point_begun(out)):
        folder = SweepFolder.create(out, plan)
        try:
            yield folder
        except UnknownMetric:
            can_go_on = False
            raise


def _is_any_point_begun(sweep: Path) -> bool:
    return any(is_anything_done(RunFolder(point)) for point in (sweep / POINTS).glob("*"))
