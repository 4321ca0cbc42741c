"""Sweeps: all points are run, what was cut is gone on with, the best is tested once."""

import csv
import importlib.util
import json
import re

import numpy as np
import pytest
from interrupting import Interrupting
from typer.testing import CliRunner

from loihi_sleep import cli
from loihi_sleep.configuration import ExperimentConfig
from loihi_sleep.experiments import registry
from loihi_sleep.experiments.study import Condition, Study
from loihi_sleep.progress import Silent
from loihi_sleep.results.report import Report
from loihi_sleep.run.executors.threads import Threads
from loihi_sleep.sweeps.plan import SweepFolder
from loihi_sleep.sweeps.points import Point
from loihi_sleep.sweeps.run_sweep import run_sweep
from loihi_sleep.sweeps.space import Dimension
from loihi_sleep.sweeps.summary import levels


class BowlConfig(ExperimentConfig):
    experiment: str = "bowl"
    x: float = 0.0
    n: int = 1
    name: str = "a"
    parts: tuple[float, ...] = (3.0, 4.0)


computed = []


def compute(case):
    case.advance(1)
    config = case.config
    if config.x > 90:
        raise ValueError(f"x is {config.x}; it must be below 90")
    computed.append((case.condition, config.x, config.n, case.seed))
    value = -((config.x - 2) ** 2) - config.n + 0.1 * case.seed
    return {"value": np.array(value), "parts": np.array(sum(config.parts))}


def study(config, condition):
    def measure(results):
        names = ("value", "parts")
        return {f"{condition}_{name}": results.summary(condition, name, "one") for name in names}

    return Study(config, [Condition(condition, compute)], measure)


BOWL = registry.Experiment(
    config=BowlConfig,
    presets={"quick": {"seeds": (0, 1)}},
    study=lambda config: study(config, "test"),
    report=lambda run: Report("bowl", "", [("test_value", "value")], []),
    network=lambda config: None,
    validation=lambda config: study(config, "validation"),
)


@pytest.fixture(autouse=True)
def bowl(monkeypatch, tmp_path, request):
    monkeypatch.setattr(registry.EXPERIMENTS, "_registered", {"bowl": BOWL})
    monkeypatch.chdir(tmp_path)
    computed.clear()
    if "draws" not in request.node.name:  # it takes a second
        monkeypatch.setattr(
            "loihi_sleep.sweeps.run_sweep.draw_sweep", lambda found, path: path.write_text("")
        )


def sweep(*arguments):
    result = CliRunner().invoke(cli.app, ["sweep", "bowl", "--json", *arguments])
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


GRID = ["--set", "x=0,1,2,3", "--set", "n=1,5", "--out", "grid"]


def test_a_grid_runs_all_points_draws_them_and_tests_the_best_once(tmp_path):
    record = sweep(*GRID, "--seeds", "3")
    assert record["best"]["values"] == {"x": 2, "n": 1}
    assert (record["best"]["point"], record["metric"]) == (4, "validation_value")
    assert record["best"]["mean"] == pytest.approx(-0.9)
    assert [name for name, *_ in computed].count("validation") == 8 * 3
    assert [c for c in computed if c[0] == "test"] == [("test", 2.0, 1, seed) for seed in range(3)]
    assert record["test"]["test_value"]["values"] == pytest.approx([-1, -0.9, -0.8])
    lines = list(csv.DictReader((tmp_path / "grid/table.csv").open()))
    assert [(line["x"], line["n"]) for line in lines[:3]] == [("0", "1"), ("0", "5"), ("1", "1")]
    assert (tmp_path / "grid/effects.png").stat().st_size > 10_000
    assert (tmp_path / "grid/points/0004/report.html").exists()
    assert not (tmp_path / "grid/points/0005/metrics.json").exists()


def test_the_main_effect_is_a_mean_over_all_others():
    record = sweep(*GRID)
    by_value = {level["value"]: level for level in record["effects"]["n"]}
    # (x - 2)**2 is 4, 1, 0 and 1, the mean of seeds 0 and 1 adds 0.05.
    assert by_value["1"]["mean"] == pytest.approx(-2.45)
    assert by_value["5"]["mean"] == pytest.approx(-6.45)
    assert by_value["5"]["sd"] == pytest.approx(0.1 / np.sqrt(2))
    assert by_value["5"]["points"] == 4


@pytest.mark.parametrize("kind", ["grid", "trials"])
def test_a_sweep_that_was_cut_ends_as_one_that_was_not(kind, tmp_path):
    arguments = ["--set", "x=lin:0:4", "--trials", "11"] if kind == "trials" else GRID[:4]
    sweep(*arguments, "--out", "whole")
    plan = SweepFolder(tmp_path / "whole").plan()
    cut = SweepFolder.create(tmp_path / "cut", plan)
    with pytest.raises(KeyboardInterrupt):
        run_sweep(cut, Interrupting(3700))
    computed.clear()
    result = CliRunner().invoke(cli.app, ["resume", "cut"])
    assert result.exit_code == 0, result.stderr
    assert "the best, point" in result.stdout
    # What was done before is not done again.
    assert [name for name, *_ in computed].count("validation") <= 2 * (len_of(cut) - 3)
    for name in ("table.csv", "summary.json"):
        assert (tmp_path / "cut" / name).read_text() == (tmp_path / "whole" / name).read_text()


def len_of(folder):
    return len(list((folder.path / "points").iterdir()))


def test_trials_come_closer_to_the_best():
    record = sweep("--set", "x=lin:-10:10", "--set", "n=1,5", "--trials", "14", "--no-test")
    assert record["points"] == 14
    assert record["best"]["mean"] > -4
    assert [level["points"] for level in record["effects"]["x"]] == [4, 4, 3, 3]


def test_a_small_metric_may_be_the_better_one_and_nothing_be_tested():
    arguments = ["--set", "x=0,1", "--minimize", "--metric", "test_value", "--no-test"]
    record = sweep(*arguments)
    assert (record["metric"], record["best"]["values"], record["test"]) == (
        "test_value", {"x": 0}, None,
    )  # fmt: skip


def test_a_point_that_fails_is_told_and_the_others_go_on():
    record = sweep("--set", "x=1,99")
    assert record["failed"] == {"1": "x is 99.0; it must be below 90"}
    assert record["best"]["point"] == 0


def test_ratios_and_values_in_lists_are_swept(tmp_path):
    quantities = [
        "--set",
        "x/n=1,2",
        "--set",
        "n=1,2",
        "--set",
        "parts[1]=5,6",
        "--set",
        "parts[0]=1",
    ]
    record = sweep(*quantities, "--out", "ratios")
    # The best x is 2; of two points that have it the one with the smaller n.
    assert record["best"]["values"] == {"x/n": 2, "n": 1, "parts[1]": 5, "parts[0]": 1}
    assert list(record["effects"]) == ["x/n", "n", "parts[1]", "parts[0]"]
    config = SweepFolder(tmp_path / "ratios").plan().configure({"x/n": 2, "n": 3, "parts[1]": 6})[1]
    assert (config.x, config.n, config.parts) == (6.0, 3, (3.0, 6.0))
    lines = list(csv.DictReader((tmp_path / "ratios/table.csv").open()))
    assert {line["validation_parts"] for line in lines} == {"6.0", "7.0"}


def test_finalists_are_measured_again_on_other_seeds(tmp_path):
    arguments = ["--finalists", "2", "--final-seeds", "7,8"]
    record = sweep(*GRID[:2], *arguments, "--out", "finals", "--no-test")
    assert [one["point"] for one in record["finalists"]] == [2, 1]
    assert record["best"]["mean"] == pytest.approx(-1 + 0.75)
    assert [seed for _, x, _, seed in computed if x == 2] == [0, 1, 7, 8]
    assert [seed for _, x, _, seed in computed if x == 0] == [0, 1]
    text = CliRunner().invoke(cli.app, ["resume", "finals"]).stdout
    assert "the best, again, with the seeds [7, 8]:" in text


def test_a_sweep_that_was_cut_among_its_finalists_measures_what_is_left(tmp_path):
    sweep(*GRID[:2], "--finalists", "2", "--final-seeds", "7,8", "--out", "whole")
    cut = SweepFolder.create(tmp_path / "cut", SweepFolder(tmp_path / "whole").plan())
    with pytest.raises(KeyboardInterrupt):
        run_sweep(cut, Interrupting(5500))
    computed.clear()
    assert CliRunner().invoke(cli.app, ["resume", "cut"]).exit_code == 0
    assert {x for name, x, *_ in computed if name == "validation"} <= {1.0}
    for name in ("table.csv", "summary.json"):
        assert (tmp_path / "cut" / name).read_text() == (tmp_path / "whole" / name).read_text()


@pytest.mark.parametrize("trials", [[], pytest.param(["--trials", "6"], marks=pytest.mark.slow)])
def test_points_that_miss_what_is_required_come_last(trials):
    record = sweep(*GRID[:2], "--set", "parts[0]=1,9", "--require", "validation_parts>10", *trials)
    assert record["best"]["values"]["parts[0]"] == 9


class Elsewhere(Threads):
    """Runs cases here, but several points at once, as on a cluster."""

    elsewhere = True
    workers = 6


def test_points_run_side_by_side_where_there_are_workers_for_them(tmp_path, monkeypatch):
    sweep(*GRID)
    other = SweepFolder.create(tmp_path / "other", SweepFolder(tmp_path / "grid").plan())
    run_sweep(other, Silent(), Elsewhere(6))
    assert other.table_path.read_text() == (tmp_path / "grid/table.csv").read_text()


def test_a_sweep_in_use_is_refused(tmp_path):
    sweep(*GRID)
    with SweepFolder(tmp_path / "grid").in_use():
        result = CliRunner().invoke(cli.app, ["resume", "grid"])
    assert result.exit_code == 2
    assert "grid is in use: another process" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "x=1"], "--set names no setting with several values"),
        (["--set", "y=1,2"], "y is not a setting; there are"),
        (["--set", "n=1,x"], "n is 'x'; input should be a valid integer"),
        (["--set", "x=lin:0:1"], "--set 'x=lin:0:1' is a range; a grid needs values"),
        (["--set", "x=1,2", "--trials", "-1"], "--trials is -1; it must be an integer from 0"),
        (["--set", "x=1,2", "--metric", "y"], "--metric is 'y'; it must be one of test_value"),
        (["--set", "x=98,99"], "all 2 points failed; the first: x is 98.0; it must be below 90"),
        (["--set", "x=1,2", "--out", "."], "--out is ., which exists; name a new folder"),
        (["--set", "x/y=1,2"], "y is not a setting"),
        (["--set", "x//n=1,2"], "'x//n' is not a setting, a value in a list (a[0]), or a ratio"),
        (["--set", "parts[2]=1,2"], "parts[2] is no value in a list: parts is [3.0, 4.0]"),
        (["--set", "x/name=1,2"], "name is a; a ratio or a product needs a number"),
        (["--set", "x/n=a,b"], "x/n is a; a ratio or a product needs a number"),
        (["--set", "n*x=1,2"], "n*x says nothing of n, as x is 0"),
        (["--set", "x=1,2", "--finalists", "2"], "--finalists needs --final-seeds"),
        (
            ["--set", "x=1,2", "--finalists", "2", "--final-seeds", "1-3"],
            "--final-seeds names 1, with which all points are run",
        ),
        (["--set", "x=1,2", "--require", "y"], "--require is 'y'; write metric<0.5"),
        (["--set", "x=1,2", "--require", "y<1"], "--require names 'y'; it must be one of"),
        (["--set", "x=1,2", "--require", ""], "--require is ''; write metric<0.5"),
        (["--set", "x=1,2", "--metric", ""], "--metric is ''; string should have at least 1"),
        (["--set", "x=1,2", "--sampler-seed", "3"], "--sampler-seed is of what --trials draws"),
        (["--set", "x=1,2", "--sampler-seed", "-1"], "--sampler-seed is -1; it must be an integer"),
        (["--set", "x=1,2", "--final-seeds", "7-9"], "--final-seeds are for --finalists"),
        (
            ["--set", "x=1,2", "--finalists", "1", "--final-seeds", "9-7"],
            "--final-seeds is '9-7'; 9-7 goes down, write 7-9",
        ),
        (["--set", "x=1,2", *["--require", "y<1"] * 101], "tuple should have at most 100 items"),
    ],
)
def test_what_cannot_be_swept_is_named(arguments, message):
    result = CliRunner().invoke(cli.app, ["sweep", "bowl", *arguments])
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("out", [[], ["--out", "of/mine"]])
@pytest.mark.parametrize(
    ("missing", "arguments"),
    [
        ("optuna", ["--set", "x=log:1:4", "--trials", "3"]),
        ("distributed", [*GRID[:2], "--executor", "dask"]),
    ],
)
def test_a_sweep_for_which_a_library_is_missing_leaves_nothing(
    missing, arguments, out, tmp_path, monkeypatch
):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == missing else find_spec(name)
    )
    result = CliRunner().invoke(cli.app, ["sweep", "bowl", *arguments, *out])
    assert result.exit_code == 2
    assert re.fullmatch(
        f".* needs? {missing}, which is not installed: pip install .*\n", result.stderr
    )
    assert not [*tmp_path.iterdir()]


def test_a_sweep_of_which_all_points_fail_leaves_nothing(tmp_path):
    arguments = ["--set", "x=98,99", "--out", "of/mine"]
    assert CliRunner().invoke(cli.app, ["sweep", "bowl", *arguments]).exit_code == 2
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("option", [["--metric", "y"], ["--require", "y<1"]])
def test_a_sweep_that_no_point_can_be_measured_for_leaves_nothing(option, tmp_path):
    arguments = ["--set", "x=1,2", "--out", "sweep", *option]
    assert CliRunner().invoke(cli.app, ["sweep", "bowl", *arguments]).exit_code == 2
    assert computed
    assert not [*tmp_path.iterdir()]


def test_what_a_sweep_has_computed_before_it_fails_is_kept(tmp_path, monkeypatch):
    def fail(found, path):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("loihi_sleep.sweeps.run_sweep.draw_sweep", fail)
    arguments = ["--set", "x=1,2", "--out", "of mine"]
    assert CliRunner().invoke(cli.app, ["sweep", "bowl", *arguments]).exit_code == 1
    assert (tmp_path / "of mine" / "points" / "0000" / "checkpoint.h5").exists()


@pytest.mark.parametrize("option", [["--metric", "y"], ["--require", "y<1"]])
def test_an_unknown_metric_is_noticed_after_the_first_seed_of_the_first_point(option):
    result = CliRunner().invoke(cli.app, ["sweep", "bowl", *GRID, "--seeds", "5", *option])
    assert "it must be one of" in result.stderr
    assert [(x, n, seed) for _, x, n, seed in computed] == [(0.0, 1, 0)]


def test_an_experiment_without_validation_samples_needs_a_metric():
    result = CliRunner().invoke(cli.app, ["sweep", "foraging", "--set", "sleep.reward=0.1,0.2"])
    assert "foraging has no validation samples: name a metric of its runs" in result.stderr
    assert "choose by t1_sleep or t2_sleep with other seeds" in result.stderr


def test_a_dry_run_lists_the_points(tmp_path):
    result = CliRunner().invoke(cli.app, ["sweep", "bowl", *GRID[:4], "--dry-run"])
    assert result.stdout.startswith("8 points\n  x=0 n=1\n")
    assert not list(tmp_path.iterdir())


def test_values_that_are_no_numbers_have_their_places():
    points = [Point(i, {"name": "ab"[i % 2]}, (float(i), i + 1.0)) for i in range(4)]
    found = levels(Dimension(name="name", values=("a", "b")), points)
    assert [(level.label, level.place, level.mean) for level in found] == [
        ("a", 0.0, 1.5), ("b", 1.0, 2.5),
    ]  # fmt: skip
