"""``loihi-sleep resume``."""

from __future__ import annotations

from loihi_sleep.cli import running
from loihi_sleep.cli.arguments import Board, Host, Json, Partition, RunPath, place_on_board
from loihi_sleep.cli.failures import advise_to_resume, open_console


def resume(
    path: RunPath,
    partition: Partition = None,
    board: Board = None,
    host: Host = None,
    as_json: Json = False,
) -> None:
    """Go on with a run that was interrupted."""
    with open_console(errors_only=as_json) as console:
        place_on_board(partition, board, host)
        from loihi_sleep.experiments import runner

        with advise_to_resume(path):
            running.complete(console, *runner.reopen(path), as_json)
