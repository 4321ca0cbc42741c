"""The whole page of a report: each figure for a wide screen and for a phone."""

import re

import pytest
import small_runs

from loihi_sleep.experiments import registry, runner
from loihi_sleep.progress import Silent

# Drawn in another way than by `drawing`: it has its file alone.
FILE_ALONE = {"agent"}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["digits", "foraging", "slow-wave", "pruning"])
def test_each_figure_is_on_the_page_in_both_widths(name, tmp_path):
    _, config = runner.configure(name, settings=small_runs.SMALL[name])
    folder = runner.begin(config, tmp_path / "run")
    _, report = runner.complete(registry.by_name(name), config, folder, Silent())
    drawn = [figure for figure in report.figures if figure.path.stem not in FILE_ALONE]
    assert len(drawn) > 3
    assert all(figure.svg for figure in drawn)
    # Tables of pictures are not drawn narrow.
    assert sum(bool(figure.narrow) for figure in drawn) > len(drawn) / 2
    page = (tmp_path / "run" / "report.html").read_text()
    assert len(re.findall("<figure", page)) >= len(drawn)
