"""``loihi-sleep report``."""

from __future__ import annotations

from loihi_sleep.cli.arguments import RunPath
from loihi_sleep.cli.failures import open_console
from loihi_sleep.cli.running import print_result


def report(path: RunPath) -> None:
    """Draw the figures and report.html of a finished run anew."""
    with open_console() as console:
        from loihi_sleep.experiments import runner

        record, made = runner.rebuild_report(path)
        print_result(console, path, record, made)
