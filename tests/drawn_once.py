"""Reports whose figures are drawn quickly, into their files alone.

A page has each of them twice more, and half of the time goes to where axes lie.
"""

from contextlib import contextmanager

import pytest

from loihi_sleep.experiments.finished_run import FinishedRun
from loihi_sleep.results import figures
from loihi_sleep.results.report import Figure


@contextmanager
def drawn_once():
    """Draw each figure of a report once, coarsely; `experiments/test_pages.py` has whole pages."""

    def draw(run, name, caption, function, *arguments, **named):
        return Figure(function(run.folder.figure(name), *arguments, **named), caption)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FinishedRun, "draw", draw)
        patch.setattr(figures, "_LAYOUT", None)
        patch.setattr(figures, "_DPI", 50)
        yield
