"""Options of `run`: which seeds, which configuration, and what is only said."""

import json

import pytest
import yaml
from small_runs import SMALL
from typer.testing import CliRunner

from loihi_sleep import cli
from loihi_sleep.cli import running
from loihi_sleep.cli.arguments import parse_seeds
from loihi_sleep.experiments import runner
from loihi_sleep.results.report import Report


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("3", [0, 1, 2]),
        ("7,", [7]),
        ("4-4", [4]),
        ("0,5,10-12", [0, 5, 10, 11, 12]),
        ("9223372036854775807,1", [2**63 - 1, 1]),
    ],
)
def test_seeds_are_how_many_or_which(text, seeds):
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0", "--seeds is 0; it must be an integer from 1"),
        ("-1", "--seeds is -1; it must be an integer from 1"),
        ("x", "--seeds is 'x'; it must be how many"),
        ("1,,2", "--seeds is '1,,2'; it must be how many"),
        ("", "--seeds is ''; it must be how many"),
        ("5-2", "--seeds is '5-2'; 5-2 goes down, write 2-5"),
        ("1,0-3", "--seeds is '1,0-3'; 1 is there twice"),
        ("0-99999999999999", "--seeds is '0-99999999999999'; there must be at most 1,000"),
    ],
)
def test_other_seeds_are_refused(text, message):
    with pytest.raises(ValueError, match=message):
        parse_seeds(text)


@pytest.fixture
def configured(monkeypatch, tmp_path):
    """Make a function that runs a command and returns its exit, and the configuration it made."""
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments):
        made = []
        monkeypatch.setattr(
            running, "complete", lambda console, experiment, config, *rest: made.append(config)
        )
        result = CliRunner().invoke(
            cli.app, [*arguments, "--out", f"run{len(list(tmp_path.iterdir()))}"]
        )
        return result, made[0] if made else None

    return invoke


def test_the_configuration_of_a_run_runs_again(configured, tmp_path):
    _, first = configured("run", "digits", "--seeds", "2,7", "--set", "sleep.steps=20")
    result, again = configured("run", "--config", str(tmp_path / "run0"))
    assert result.exit_code == 0, result.stderr
    assert again == first
    assert again.seeds == (2, 7)
    path = str(tmp_path / "run0" / "config.yaml")
    _, other = configured(
        "run", "digits", "--config", path, "--seeds", "1", "--set", "sleep.steps=30", "--engine",
        "lava",
    )  # fmt: skip
    assert (other.seeds, other.sleep.steps, other.engine) == ((0,), 30, "lava")
    assert other.hidden == first.hidden


def test_a_configuration_may_say_a_part_only(configured, tmp_path):
    (tmp_path / "mine.yaml").write_text("experiment: foraging\nneuron: lif\n")
    _, config = configured("run", "--config", "mine.yaml", "--preset", "paper")
    assert (config.numerics, config.seeds, config.phases.task) == ("fixed", tuple(range(10)), 60000)


@pytest.mark.parametrize(
    ("content", "arguments", "message"),
    [
        (
            "experiment: src",
            ["digits"],
            "--config is mine.yaml, which is for 'src', and EXPERIMENT",
        ),
        ("neuron: lif", [], "--config is mine.yaml, which names no experiment"),
        ("[1, 2]", [], "mine.yaml is not a run's configuration"),
        ("{", [], "mine.yaml cannot be read: it is not valid YAML"),
        ("experiment: digits\nsleep: {dreams: 1}", [], "sleep.dreams is not a setting; there are"),
        ("experiment: digits\npreset: huge", [], "preset is 'huge'; it must be one of quick"),
        (None, [], "mine.yaml cannot be read: "),
    ],
)
def test_a_wrong_configuration_is_named(configured, tmp_path, content, arguments, message):
    if content is not None:
        (tmp_path / "mine.yaml").write_text(content)
    result, _ = configured("run", *arguments, "--config", "mine.yaml")
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_dry_run_says_the_cases_and_leaves_nothing(configured, tmp_path):
    result, made = configured("run", "digits", "--seeds", "0,2-4", "--dry-run")
    assert (result.exit_code, made) == (0, None)
    assert "16 cases on compiled" in result.stdout
    assert "sleep_spiking: seeds 0,2-4\n" in result.stdout
    assert "no run of the kind is here" in result.stdout
    assert not list(tmp_path.iterdir())


def test_json_is_all_that_is_printed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(runner, "_report", lambda experiment, run: Report("", "", [], []))
    settings = [f"--set={setting}" for setting in SMALL["digits"]]
    run = ["run", "digits", *settings, "--json"]
    result = CliRunner().invoke(cli.app, [*run, "--out", "runs/one"])
    assert result.exit_code == 0, result.stderr
    record = json.loads(result.stdout)
    assert record["folder"] == "runs/one"
    on_disk = runner.read_metrics(tmp_path / "runs/one/metrics.json")
    assert record["metrics"] == on_disk["metrics"]
    for name in ("began", "date", "commit", "versions", "host", "command"):
        assert record[name] == on_disk[name]
    assert record["began"] <= record["date"]
    assert "lava-nc 0.10.0" in record["versions"]
    # The next run of the kind takes as long.
    result = CliRunner().invoke(cli.app, [*run, "--dry-run", "--seeds", "3"])
    forecast = json.loads(result.stdout)
    assert forecast["seconds"] == pytest.approx(3 * record["wall_s"], abs=0.2)
    assert (forecast["memory_mib"], forecast["same_settings"]) == (record["peak_memory_mib"], True)
    assert len(forecast["cases"]) == 12
    config = yaml.safe_load((tmp_path / "runs/one/config.yaml").read_text())
    assert config["seeds"] == [0]


def test_defaults_of_settings_are_values_for_programs():
    result = CliRunner().invoke(cli.app, ["settings", "digits", "--json"])
    defaults = {one["name"]: one["default"] for one in json.loads(result.stdout)}
    assert defaults["seeds"] == [0]
    assert defaults["engine"] == "auto"
    assert defaults["wake.init_range"] is None
