"""``loihi-sleep resume``."""

from __future__ import annotations

from loihi_sleep.cli import running
from loihi_sleep.cli.arguments import (
    Board,
    ExecutorName,
    Host,
    Json,
    Partition,
    RunPath,
    Scheduler,
    Slurm,
    Track,
    Workers,
    place_on_board,
)
from loihi_sleep.cli.executing import ExecutorOptions
from loihi_sleep.cli.failures import advise_to_resume, open_console
from loihi_sleep.cli.sweep import complete_sweep


def resume(
    path: RunPath,
    partition: Partition = None,
    board: Board = None,
    host: Host = None,
    as_json: Json = False,
    executor: ExecutorName = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    slurm: Slurm = None,
    track: Track = None,
) -> None:
    """Go on with a run, or a sweep, that was interrupted."""
    with open_console(errors_only=as_json) as console:
        place_on_board(partition, board, host)
        options = ExecutorOptions(executor, workers, scheduler, slurm)
        trackers = running.open_trackers(track or ())
        from loihi_sleep.sweeps.plan import SweepFolder, is_sweep

        if is_sweep(path):
            if trackers:
                raise ValueError(f"{path} is a sweep; 'loihi-sleep track' takes its points")
            with advise_to_resume(path):
                complete_sweep(console, SweepFolder(path), as_json, options)
            return
        from loihi_sleep.experiments import runner

        with advise_to_resume(path):
            running.complete(console, *runner.reopen(path), as_json, options)
        running.tell_trackers(console, trackers, path)
