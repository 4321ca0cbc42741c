"""What `resume` goes on with, what it leaves alone, and what it refuses."""

import shutil
from dataclasses import replace
from pathlib import Path

import h5py
import pytest
import yaml
from interrupting import Interrupting
from small_runs import SMALL

from loihi_sleep.errors import CheckpointRefused
from loihi_sleep.experiments import recorded, runner
from loihi_sleep.progress import Silent
from loihi_sleep.results.report import Report


def drawn(run):
    """Report with a figure that takes no time to draw."""
    run.folder.figure("nights").write_text(run.record["config_hash"])
    return Report("digits", "", [], [])


def begun(out, *settings):
    experiment, config = runner.configure("digits", settings=[*SMALL["digits"], *settings])
    return replace(experiment, report=drawn), config, runner.begin(config, out)


def resume(path, progress=None):
    experiment, config, folder = runner.reopen(path)
    return runner.complete(replace(experiment, report=drawn), config, folder, progress or Silent())


def state_of(folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def edit(path, **changes):
    config = yaml.safe_load((path / "config.yaml").read_text())
    for name, value in changes.items():
        outer, _, inner = name.partition("__")
        if inner:
            config[outer][inner] = value
        else:
            config[outer] = value
    (path / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Make a finished run and one that was interrupted before its last case."""
    place = tmp_path_factory.mktemp("runs")
    runner.complete(*begun(place / "finished"), Silent())
    with pytest.raises(KeyboardInterrupt):
        # Three conditions of 100 units are done, the last one is not.
        runner.complete(*begun(place / "half_finished"), Interrupting(310))
    return place


@pytest.fixture
def finished(runs, tmp_path):
    return Path(shutil.copytree(runs / "finished", tmp_path / "run"))


@pytest.fixture
def half_finished(runs, tmp_path):
    return Path(shutil.copytree(runs / "half_finished", tmp_path / "run"))


def test_resuming_a_finished_run_changes_nothing(finished):
    before = state_of(finished)
    assert len(before) == 6
    record, report = resume(finished)
    assert state_of(finished) == before
    assert report.title == "digits"
    assert record == runner.read_metrics(finished / "metrics.json")


def test_a_run_that_only_lacks_its_report_gets_it(finished):
    metrics = (finished / "metrics.json").read_bytes()
    (finished / "report.html").unlink()
    resume(finished)
    assert (finished / "report.html").exists()
    assert (finished / "metrics.json").read_bytes() == metrics


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sleep__steps": 5}, "group seed_0/joint was made with sleep.steps=20, and sleep.steps"),
        ({"numerics": "float"}, 'was made with numerics="fixed", and numerics is now "float"; set'),
        ({"engine": "lava"}, 'was made with engine="compiled", and engine is now "lava"'),
        ({"preset": "paper"}, 'was made with preset="quick", and preset is now "paper"'),
    ],
)
def test_nights_of_other_settings_are_not_gone_on_with(half_finished, changes, message):
    edit(half_finished, **changes)
    before = (half_finished / "checkpoint.h5").read_bytes()
    with pytest.raises(CheckpointRefused, match=message):
        resume(half_finished)
    assert (half_finished / "checkpoint.h5").read_bytes() == before


def test_a_finished_run_is_not_relabeled(finished):
    edit(finished, sleep__steps=3000)
    before = state_of(finished)
    message = "was made with sleep.steps=20, and sleep.steps is now 3000; set it back in config"
    for reuse in (lambda: resume(finished), lambda: runner.rebuild_report(finished)):
        with pytest.raises(CheckpointRefused, match=message):
            reuse()
    assert state_of(finished) == before


def test_seeds_can_be_added(finished):
    first = runner.read_metrics(finished / "metrics.json")
    edit(finished, seeds=[0, 1])
    record, _ = resume(finished)
    assert record["seeds"] == [0, 1]
    for name, metric in record["metrics"].items():
        assert metric["values"][0] == first["metrics"][name]["values"][0], name
        assert len(metric["values"]) == 2
    assert record["config_hash"] in (finished / "report.html").read_text()


def test_a_damaged_group_is_found_before_anything_is_computed(half_finished):
    with h5py.File(half_finished / "checkpoint.h5", "r+") as file:
        file["seed_0/sleep/weights_0"][0, 0] += 2

    class Refusing(Silent):
        def start(self, total):
            raise AssertionError

    with pytest.raises(CheckpointRefused, match="group seed_0/sleep is damaged"):
        resume(half_finished, Refusing())


def test_the_time_of_all_sessions_is_told(half_finished):
    _, config, folder = runner.reopen(half_finished)
    folder.checkpoint.settings = recorded.settings_of_groups(config, "compiled")
    folder.checkpoint._seconds_before = 5000.0
    folder.checkpoint.write("seed_0/sleep", folder.checkpoint.read("seed_0/sleep"))
    assert 5000 < resume(half_finished)[0]["wall_s"] < 5500
