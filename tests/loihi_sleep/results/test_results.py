import json

import numpy as np
import pytest

from loihi_sleep.files.atomic import replacing, write_text
from loihi_sleep.results.checkpoint import Checkpoint
from loihi_sleep.results.metrics import (
    backward_transfer,
    chance_of_least,
    forgetting,
    paired_test,
    read_metrics,
    summarize,
    write_metrics,
)
from loihi_sleep.results.report import Figure, Report, write_report
from loihi_sleep.results.run_folder import RunFolder

RECORD = {
    "experiment": "digits",
    "preset": "quick",
    "engine": "lava",
    "engine_reason": "asked for",
    "numerics": "fixed",
    "seeds": [0, 1],
    "config_hash": "0" * 16,
    "version": "0",
    "wall_s": 3.2,
    "peak_memory_mib": 100,
    "metrics": {
        "accuracy": summarize([0.5, 0.7], "fraction"),
        "by_cycles": {"5": summarize([0.5, 0.7], "fraction")},
    },
}


def test_a_broken_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "metrics.json"
    write_text(path, "old")
    with pytest.raises(RuntimeError), replacing(path) as partial:
        partial.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_checkpoint_returns_what_it_was_given(tmp_path):
    checkpoint = Checkpoint(tmp_path / "checkpoint.h5")
    assert not checkpoint.has("seed_0/night_0")
    arrays = {"weights": np.arange(5000).reshape(50, 100), "raster": np.array([[True, False]])}
    checkpoint.write("seed_0/night_0", arrays)
    checkpoint.write("seed_0/night_1", {"weights": np.zeros(3)})
    again = Checkpoint(tmp_path / "checkpoint.h5")
    assert again.has("seed_0/night_0")
    assert not again.has("seed_1/night_0")
    for name, values in again.read("seed_0/night_0").items():
        assert values.dtype == arrays[name].dtype
        assert (values == arrays[name]).all()


def test_mean_and_sample_deviation_over_seeds():
    summary = summarize([0.61, 0.63, 0.60], "fraction")
    assert summary["mean"] == pytest.approx(0.613333)
    assert summary["sd"] == pytest.approx(0.015275)
    assert summarize([0.5], "fraction")["sd"] == 0
    assert summarize([[[1, 2]], [[3, 4]]], "x")["mean"] == [[2, 3]]


def test_backward_transfer_by_hand():
    # Learned at 1.0 and 0.8, left at 0.4 and 0.5: (-0.6 - 0.3) / 2.
    accuracy = np.array([[1.0, 0.6, 0.4], [0.0, 0.8, 0.5], [0.0, 0.0, 0.9]])
    assert backward_transfer(accuracy) == pytest.approx(-0.45)
    assert backward_transfer(np.array([[0.7]])) == 0


def test_metrics_file(tmp_path):
    path = tmp_path / "metrics.json"
    with pytest.raises(ValueError, match="holds no finished run"):
        read_metrics(path)
    path.write_text("{")
    with pytest.raises(ValueError, match="is not valid JSON"):
        read_metrics(path)
    write_metrics(path, RECORD)
    read = read_metrics(path)
    assert read.pop("digest")
    assert read == RECORD


def changed(*path, **new):
    """The record with something below a path changed, as a version without digests wrote it."""
    record = json.loads(json.dumps(RECORD))
    place = record
    for name in path:
        place = place[name]
    place.update(new)
    return record


ACCURACY = ("metrics", "accuracy")


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ([], "is not a run's metrics"),
        (changed(metrics=[]), "is not a run's metrics"),
        (changed(wall_s="fast"), "damaged: wall_s: input should be a valid number"),
        (changed(seeds=[True]), "damaged: seeds.0: input should be a valid integer"),
        (changed(engine=None), "damaged: engine: input should be a valid string"),
        (changed("metrics", accuracy=3), "damaged: metrics.accuracy is no metric"),
        (changed(*ACCURACY, values=["0.5", "0.7"]), "accuracy: values must be finite numbers, of"),
        (
            changed(*ACCURACY, values=[[0.5], 0.7]),
            "accuracy: values must be finite numbers",
        ),
        (changed(*ACCURACY, values=[]), "accuracy has no values"),
        (changed(*ACCURACY, mean=0.7), "accuracy: mean is not that of the values"),
        (changed(*ACCURACY, sd=0), "accuracy: sd is not that of the values"),
        (changed(*ACCURACY, mean=[0.6]), r"accuracy: mean has shape \(1,\), and values \(2,\)"),
        (changed(*ACCURACY, unit=3), "accuracy has no unit"),
        (changed("metrics", "by_cycles", **{"5": {"values": [1]}}), "by_cycles.5 has no unit"),
        (changed(digest="0" * 32), "damaged: its digest is that of other contents"),
        (changed(wall_s=float("nan")), "is not valid JSON: NaN is no number"),
    ],
)
def test_damaged_metrics_are_named(tmp_path, record, message):
    (tmp_path / "metrics.json").write_text(json.dumps(record))
    with pytest.raises(ValueError, match=message):
        read_metrics(tmp_path / "metrics.json")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[" * 100_000, "nests too deeply"),
        (b'{"metrics": {"a": \xff}}', "is not text in UTF-8"),
        (b'{"metrics": ' + b"9" * 5000 + b"}", "is not valid JSON: "),
    ],
    ids=["nested", "bytes", "digits"],
)
def test_what_is_no_record_is_refused(tmp_path, content, message):
    (tmp_path / "metrics.json").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_metrics(tmp_path / "metrics.json")


def test_a_changed_digit_is_noticed(tmp_path):
    path = tmp_path / "metrics.json"
    write_metrics(path, RECORD)
    path.write_text(path.read_text().replace('"wall_s": 3.2', '"wall_s": 3.3'))
    with pytest.raises(ValueError, match="its digest is that of other contents"):
        read_metrics(path)


def test_a_metric_that_the_report_shows_and_the_file_lacks(tmp_path):
    write_metrics(tmp_path / "metrics.json", RECORD)
    metrics = read_metrics(tmp_path / "metrics.json")["metrics"]
    with pytest.raises(ValueError, match=r"metrics.json has no metric 'speed', which the report"):
        metrics["speed"]
    with pytest.raises(ValueError, match="has no metric '7'"):
        metrics["by_cycles"]["7"]


def test_a_file_in_the_place_of_the_figures(tmp_path):
    folder = RunFolder.create(tmp_path / "run", {"experiment": "digits"})
    folder.figures_path.touch()
    with pytest.raises(ValueError, match="figures is no folder; remove it"):
        folder.figure("forgetting")


def test_run_folder(tmp_path):
    folder = RunFolder.create(tmp_path / "deep" / "run", {"experiment": "digits", "seeds": [0]})
    folder.log("night", seed=0)
    again = RunFolder.open(tmp_path / "deep" / "run")
    assert again.config() == {"experiment": "digits", "seeds": [0]}
    events = [json.loads(line) for line in (again.path / "log.jsonl").read_text().splitlines()]
    assert [event["event"] for event in events] == ["created", "night"]
    with pytest.raises(ValueError, match="--out is .*, which exists"):
        RunFolder.create(tmp_path / "deep" / "run", {})
    with pytest.raises(ValueError, match="is no run folder"):
        RunFolder.open(tmp_path)
    again.config_path.write_text("!!python/object/apply:os.system ['false']")
    with pytest.raises(ValueError, match="cannot be read"):
        again.config()


def test_the_report_holds_all_it_shows_and_escapes_text(tmp_path):
    picture = tmp_path / "figure.png"
    picture.write_bytes(b"\x89PNG")
    report = Report("<b>", "lead", [("accuracy", "what")], [Figure(picture, "a < b")])
    record = {
        "experiment": "digits",
        "preset": "quick",
        "engine": "lava",
        "numerics": "fixed",
        "seeds": [0, 1],
        "wall_s": 3.2,
        "version": "0",
        "config_hash": "0" * 16,
        "metrics": {"accuracy": summarize([0.5, 0.7], "fraction")},
    }
    write_report(tmp_path / "report.html", report, record, "steps: 3")
    html = (tmp_path / "report.html").read_text()
    assert "0.600 ± 0.141" in html
    assert "data:image/png;base64,iVBORw" in html
    assert "a &lt; b" in html
    assert "<h1>&lt;b&gt;</h1>" in html
    assert "://" not in html


def test_a_report_folds_long_tables_and_says_where_it_came_from(tmp_path):
    names = [f"metric {number}" for number in range(15)]
    metrics = {name: summarize([0.5], "fraction") for name in names}
    origin = {"date": "then", "began": "before", "sessions": 2, "commit": "abc", "command": "a < b"}
    record = {**RECORD, "metrics": metrics, **origin}
    report = Report("title", "lead", [(name, "what") for name in names], [])
    write_report(tmp_path / "report.html", report, record, "steps: 3")
    html = (tmp_path / "report.html").read_text()
    assert "<summary>3 more</summary>" in html
    assert html.index("metric 11") < html.index("3 more") < html.index("metric 12")
    assert "then, begun before, in 2 sessions" in html
    assert "a &lt; b" in html
    assert "prefers-color-scheme: dark" in html
    assert 'href="metrics.json"' in html


def test_forgetting_is_from_the_best_so_far():
    # Task 0: best 0.9 (after task 0) .. 0.2; task 1: 0.8 .. 0.9, which is no forgetting.
    accuracy = np.array([[0.9, 0.5, 0.2], [0.0, 0.8, 0.9], [0.0, 0.0, 0.7]])
    assert forgetting(accuracy) == pytest.approx((0.7 - 0.1) / 2)
    assert forgetting(np.array([[0.5]])) == 0


@pytest.mark.parametrize(
    ("differences", "alternative", "p"),
    [
        # t = 1 / (1 / sqrt(3)) with two degrees of freedom.
        ([0.0, 1.0, 2.0], "two-sided", 0.2254),
        ([0.0, 1.0, 2.0], "greater", 0.1127),
        ([0.3, 0.3], "two-sided", 0.0),
        ([0.0, 0.0], "greater", 1.0),
    ],
)
def test_a_paired_test(differences, alternative, p):
    assert paired_test(differences, alternative) == pytest.approx(p, abs=1e-4)


def test_the_best_choice_is_as_sure_as_the_seeds_agree_on_it():
    # Two seeds drawn anew: both the first in a quarter of draws, both the second in another; one of
    # each leaves the choices equal, and the first has it.
    assert chance_of_least([[0, 1], [0.5, 0.5]], seed=0) == pytest.approx([0.75, 0.25], abs=0.03)
    assert chance_of_least([[0.3, 0.4], [0.2, 0.3]], seed=0).tolist() == [0, 1]
