"""Runs in a folder: finished, running, interrupted, damaged."""

import pytest
from made_runs import make_run

from loihi_sleep.results import origin
from loihi_sleep.results.run_folder import RunFolder
from loihi_sleep.results.runs import find_runs, open_run


@pytest.fixture
def place(tmp_path):
    for name in ("finished", "deeper/interrupted", "damaged"):
        folder = make_run(tmp_path / name, {"a": [0, 1]} if name == "finished" else None)
        if name == "damaged":
            folder.metrics_path.write_text("{")
    (tmp_path / "else").mkdir()
    return tmp_path


def test_runs_are_found_with_their_state(place):
    found = {run.path.name: run for run in find_runs(place)}
    assert {name: run.state for name, run in found.items()} == {
        "finished": "finished",
        "interrupted": "interrupted",
        "damaged": "damaged",
    }
    assert found["finished"].record["seeds"] == [0, 1]
    assert "is not valid JSON" in found["damaged"].complaint
    assert find_runs(place / "finished")[0].path == place / "finished"
    assert find_runs(place / "nowhere") == []


def test_a_run_that_a_process_works_on_is_running(place):
    with RunFolder.open(place / "finished").in_use():
        assert open_run(place / "finished").state == "running"
    assert open_run(place / "finished").state == "finished"


def test_what_is_no_run_is_refused(place):
    with pytest.raises(ValueError, match="else is no run folder: it holds no config.yaml"):
        open_run(place / "else")


def test_runs_in_a_folder_that_is_none_are_pointed_to(place):
    for read in (open_run, RunFolder.open):
        with pytest.raises(ValueError, match="is no run folder: .*; 'loihi-sleep list .*' names"):
            read(place)


def test_events_of_a_damaged_log_are_those_that_can_be_read(place):
    folder = RunFolder.open(place / "finished")
    folder.log("started", date="then")
    with (folder.path / "log.jsonl").open("ab") as log:
        log.write(b'{"event": "started"\n[[1]]\n\xff\n')
    assert [event["date"] for event in folder.events("started")] == ["then"]


def test_the_commit_is_that_of_this_code_alone(monkeypatch):
    origin.commit_of_code.cache_clear()
    asked = []

    def git(folder, *arguments):
        asked.append(arguments[0])

    monkeypatch.setattr(origin, "_git", git)
    assert origin.commit_of_code() == ""
    assert asked == ["ls-files"]
    origin.commit_of_code.cache_clear()
