"""Runs side by side: differences by seed, tests, settings, tables and the figure."""

import csv
import io
import json

import numpy as np
import pytest
from made_runs import make_run
from scipy.stats import ttest_rel
from typer.testing import CliRunner

from loihi_sleep.cli import app
from loihi_sleep.comparison.compare import compare, names_of

A = {"accuracy": [0.5, 0.6, 0.8], "alike": [1, 2, 3], "curve": np.eye(3).tolist()}
B = {"accuracy": [0.7, 0.8, 0.9], "alike": [2, 3, 4], "curve": np.ones((3, 3)).tolist()}


@pytest.fixture
def two(tmp_path):
    make_run(tmp_path / "runs/a", A, (0, 1, 2))
    make_run(tmp_path / "runs/b", B, (1, 2, 3), sleep={"steps": 300}, preset="paper")
    return [tmp_path / "runs/a", tmp_path / "runs/b"]


def rows_of(paths, *patterns):
    return {row.name: row for row in compare(paths, patterns).rows}


def test_differences_are_those_of_the_seeds_that_both_have(two):
    row = rows_of(two)["accuracy"]
    _, difference = row.differences
    # Seeds 1 and 2: 0.7 - 0.6 and 0.8 - 0.8.
    assert difference.mean == pytest.approx(0.05)
    assert difference.sd == pytest.approx(0.1 / np.sqrt(2))
    assert difference.pairs == 2
    assert difference.p == pytest.approx(ttest_rel([0.7, 0.8], [0.6, 0.8]).pvalue)
    assert rows_of(two)["alike"].differences[1].p == 1.0
    assert row.effect == pytest.approx(0.05 / (0.1 / np.sqrt(2)))


def test_curves_and_names_that_are_not_asked_for_are_no_rows(two):
    assert set(rows_of(two)) == {"accuracy", "alike"}
    assert set(rows_of(two, "acc*")) == {"accuracy"}


def test_settings_that_differ_are_named_with_their_values(two):
    assert compare(two).settings == {"preset": ("quick", "paper"), "sleep.steps": ("550", "300")}


@pytest.mark.parametrize(("seeds", "pairs"), [((7, 8, 9), 0), ((2, 8, 9), 1)])
def test_without_two_common_seeds_nothing_is_tested(two, tmp_path, seeds, pairs):
    make_run(tmp_path / "c", A, seeds)
    difference = rows_of([two[0], tmp_path / "c"])["accuracy"].differences[1]
    assert (difference.p, difference.sd, difference.pairs) == (None, None, pairs)
    assert difference.mean == pytest.approx(-0.3 if pairs else 0.0)


def test_a_metric_that_a_run_does_not_have_is_left_open(two, tmp_path):
    make_run(tmp_path / "c", {"other": [1, 2]})
    row = rows_of([*two, tmp_path / "c"])["accuracy"]
    assert row.values[2] is None
    assert row.differences[2] is None


def test_names_are_as_short_as_they_differ(tmp_path):
    paths = [tmp_path / "x/run", tmp_path / "y/run"]
    assert names_of(paths) == ("x/run", "y/run")


def invoke(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_the_command_prints_a_table_json_and_csv_and_draws(two, tmp_path):
    result = invoke("compare", *two, "--figure", tmp_path / "figures/both.png")
    assert result.exit_code == 0, result.output
    for said in ("A = a: digits", "B - A", "+0.05 ± 0.071", "sleep.steps", "2 seeds in common"):
        assert said in result.stdout
    assert (tmp_path / "figures/both.png").stat().st_size > 10_000
    record = json.loads(invoke("compare", *two, "--json").stdout)
    assert record["metrics"]["accuracy"]["b"]["difference"]["pairs"] == 2
    assert record["settings"]["sleep.steps"] == {"a": "550", "b": "300"}
    lines = list(csv.DictReader(io.StringIO(invoke("compare", *two, "--csv").stdout)))
    assert [(line["metric"], line["run"]) for line in lines] == [
        ("accuracy", "a"), ("accuracy", "b"), ("alike", "a"), ("alike", "b"),
    ]  # fmt: skip
    assert float(lines[1]["difference"]) == pytest.approx(0.05)


def test_runs_are_the_same_only_where_all_their_seeds_are(two, tmp_path):
    # Of the seeds that both have, 1 and 2; the means that are shown are 2 and 3.
    said = invoke("compare", *two, "--metric", "alike").stdout
    assert "same" not in said
    assert "+0" in said
    again = make_run(tmp_path / "again", A, (0, 1, 2)).path
    assert "same" in invoke("compare", two[0], again).stdout
    one = make_run(tmp_path / "one", {"alike": [3]}, (2,)).path
    said = invoke("compare", two[0], one).stdout
    assert "same" not in said
    assert "differences are those of that seed" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["runs/a"], "RUN is runs/a; name two runs or more"),
        (["runs/a", "runs/a/"], "RUN names a run twice"),
        (["runs/a", "runs"], "runs is no run folder"),
        (["runs/a", "open"], "open is not finished; 'loihi-sleep resume open' goes on"),
        (["runs/a", "runs/b", "--metric", "x*"], "the runs have no metrics like x*"),
        (["runs/a", "runs/b", "--csv", "--json"], "--json and --csv are both there; choose one"),
        (["runs/a", "runs/b", "--figure", "a.pdf"], "--figure is a.pdf; it must be a name that e"),
        (["runs/a", "runs/b", "--figure", ".png"], "--figure is .png; it must be a name that e"),
        (["runs/a", "runs/b", "--figure", "runs/a/config.yaml/x.png"], "which cannot be written ("),
    ],
)
def test_what_cannot_be_compared_is_named(two, tmp_path, monkeypatch, arguments, message):
    make_run(tmp_path / "open", None)
    monkeypatch.chdir(tmp_path)
    result = invoke("compare", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_runs_of_a_folder_are_listed_with_what_they_differ_in(two, tmp_path):
    make_run(tmp_path / "runs/deep/c", None, sleep={"steps": 550, "gated": True})
    result = invoke("list", tmp_path / "runs")
    assert result.exit_code == 0, result.output
    words = result.stdout.split()
    assert words.count("finished") == 2
    assert words.count("interrupted") == 1
    printed = invoke("list", tmp_path / "runs", "--json").stdout
    listed = {run["path"]: run for run in json.loads(printed)}
    assert listed[str(two[1])]["differs_in"] == {"sleep.steps": "300"}
    assert listed[str(tmp_path / "runs/deep/c")]["differs_in"] == {"sleep.gated": "true"}
    assert listed[str(two[0])]["seeds"] == [0, 1, 2]


def test_paths_stay_whole_in_a_narrow_terminal(two, tmp_path, monkeypatch):
    long = "runs/learning_rate=0.0123456789/sleep.steps=550"
    make_run(tmp_path / long, A, sleep={"steps": 55, "gated": True, "share": 0.123456})
    monkeypatch.setenv("COLUMNS", "80")
    assert long.removeprefix("runs/") in invoke("list", tmp_path / "runs").stdout


def test_settings_stay_whole_in_a_narrow_terminal(two, tmp_path, monkeypatch):
    make_run(tmp_path / "runs/c", A, sleep={"steps": 55, "gated": True, "share": 0.123456})
    for columns in ("80", "200"):
        monkeypatch.setenv("COLUMNS", columns)
        lines = invoke("list", tmp_path / "runs").stdout.splitlines()
        (line,) = (line for line in lines if "sleep.steps=55" in line)
        assert "sleep.gated=true sleep.share=0.123456" in line
        assert ("finished" in line) == (columns == "200")
        assert max(map(len, lines)) <= int(columns)


def test_a_folder_that_is_none_or_holds_no_runs(tmp_path):
    assert invoke("list", tmp_path / "nowhere").exit_code == 2
    assert "holds no runs" in invoke("list", tmp_path).stdout
    assert "--json is for the runs of a folder" in invoke("list", "--json").stderr
