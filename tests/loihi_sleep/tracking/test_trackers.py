"""Trackers hear of settings, metrics and figures of finished runs."""

import numpy as np
import pytest
from made_runs import make_run
from PIL import Image
from typer.testing import CliRunner

from loihi_sleep import cli
from loihi_sleep.errors import EngineUnavailable
from loihi_sleep.tracking import required
from loihi_sleep.tracking.tracked_run import read_run
from loihi_sleep.tracking.trackers import TRACKERS, open_tracker, track


@pytest.fixture
def run(tmp_path):
    metrics = {"accuracy": [0.5, 0.7], "curve": [[1, 2, 3], [3, 2, 1]]}
    metrics["matrix"] = np.ones((2, 3, 4))
    folder = make_run(tmp_path / "one", metrics, hidden=[2, 3])
    with Image.new("RGB", (20, 10), "red") as image:
        image.save(folder.figure("nights"))
    return folder.path


def test_what_a_tracker_is_told(run):
    told = read_run(run)
    assert (told.name, told.experiment) == ("one", "digits")
    assert told.settings["sleep.steps"] == 550
    assert told.settings["hidden"] == [2, 3]
    assert told.facts["engine"] == "compiled"
    assert told.numbers == {"accuracy": (0.6, pytest.approx(0.141421))}
    assert told.curves == {"curve": [2, 2, 2], "matrix": [1, 1, 1]}
    assert [path.name for path in told.figures] == ["nights.png"]
    assert [path.name for path in told.files] == ["config.yaml", "metrics.json"]


class Listing:
    def __init__(self, place):
        self.place = place

    def log(self, run):
        return f"{self.place}: {run.name}"


def test_the_command_tells_trackers_those_of_other_packages_too(run, monkeypatch):
    monkeypatch.setattr(TRACKERS, "_registered", {"list": Listing})
    result = CliRunner().invoke(cli.app, ["track", str(run), "--to", "list=here"])
    assert (result.exit_code, result.stdout) == (0, "here: one\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["track", "one", "--to", "wandb"], "tracker is 'wandb'; it must be one of tensorboard, m"),
        (["run", "digits", "--track", "wandb"], "tracker is 'wandb'; it must be one of tensorboar"),
        (["track", "two", "--to", "list"], "two is not finished"),
        (["track", "three", "--to", "list"], "three is no run folder"),
    ],
)
def test_what_cannot_be_told_is_named(run, arguments, message, monkeypatch):
    make_run(run.parent / "two", None)
    monkeypatch.chdir(run.parent)
    monkeypatch.setattr(TRACKERS, "_registered", {"list": Listing})
    result = CliRunner().invoke(cli.app, arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert sorted(path.name for path in run.parent.iterdir()) == ["one", "two"]


@pytest.mark.parametrize("name", ["tensorboard", "mlflow"])
def test_a_library_that_is_missing_is_named(name, monkeypatch):
    monkeypatch.setattr(required.importlib.util, "find_spec", lambda module: None)
    with pytest.raises(EngineUnavailable, match=rf"not installed: pip .*loihi-sleep\[{name}\]"):
        open_tracker(name)


def test_tensorboard_shows_numbers_curves_settings_and_figures(run, tmp_path):
    pytest.importorskip("tensorboard", reason="tensorboard is not installed: its extra")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    tracker = open_tracker(f"tensorboard={tmp_path / 'board'}")
    for _ in range(2):  # the second replaces the first
        assert track(run, tracker) == f"tensorboard --logdir {tmp_path / 'board'}"
    events = EventAccumulator(str(tmp_path / "board" / "one")).Reload()
    tags = events.Tags()
    assert [event.value for event in events.Scalars("curve/curve")] == [2, 2, 2]
    assert events.Scalars("mean/accuracy")[-1].value == pytest.approx(0.6)
    assert tags["images"] == ["figure/nights"]
    assert any("hparams" in name for name in events.summary_metadata)


@pytest.mark.slow
def test_mlflow_shows_numbers_curves_settings_and_files(run, tmp_path):
    pytest.importorskip("mlflow", reason="mlflow is not installed: its extra")
    from mlflow import MlflowClient

    said = track(run, open_tracker(f"mlflow={tmp_path / 'flow'}"))
    address = f"sqlite:///{tmp_path / 'flow' / 'mlflow.db'}"
    assert said == f"mlflow ui --backend-store-uri {address}"
    client = MlflowClient(tracking_uri=address)
    (found,) = client.search_runs([client.get_experiment_by_name("digits").experiment_id])
    assert found.info.run_name == "one"
    assert found.data.params["sleep.steps"] == "550"
    assert found.data.metrics["accuracy"] == 0.6
    assert [m.value for m in client.get_metric_history(found.info.run_id, "curve/curve")] == [2] * 3
    names = {entry.path for entry in client.list_artifacts(found.info.run_id)}
    assert names == {"config.yaml", "metrics.json", "figures"}
