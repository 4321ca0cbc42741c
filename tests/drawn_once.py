"""Reports whose figures are drawn into their files alone: a page has each of them twice more."""

from contextlib import contextmanager

import pytest

from loihi_sleep.experiments.finished_run import FinishedRun
from loihi_sleep.results.report import Figure


@contextmanager
def drawn_once():
    """Draw each figure of reports once; `experiments/test_pages.py` has whole pages."""

    def draw(run, name, caption, function, *arguments, **named):
        return Figure(function(run.folder.figure(name), *arguments, **named), caption)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FinishedRun, "draw", draw)
        yield
