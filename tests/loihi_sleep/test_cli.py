"""The command line from outside: what a person types, and what they get."""

import json
import os
import signal
import subprocess
import sys
import time

import h5py
import pytest
from drawn_once import drawn_once
from small_runs import SMALL, with_settings
from typer.testing import CliRunner

from loihi_sleep import exchange, networks
from loihi_sleep.cli import app
from loihi_sleep.experiments import runner

FAST = with_settings(*SMALL["digits"])


def loihi_sleep(*arguments, folder, **options):
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "loihi_sleep", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        **options,
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["digits"], 0, "on the chip: 410 neurons, 54800 synapses"),
        (["digits"], 0, "last word\ncan be deployed\n"),
        (["src"], 0, "on the chip: 2410 neurons, 2392800 synapses"),
        (["src"], 0, "cannot be deployed: arms names replay_controls"),
        (["foraging", "--set", "neuron=lif"], 0, "homeostasis and normalization are worked out"),
        (["foraging"], 0, "nothing of it would run on the chip"),
        (["slow-wave", "--numerics", "fixed"], 0, "carries from tags to weights"),
        (["slow-wave", "--numerics", "fixed"], 0, "cannot be deployed: "),
        (["slow-wave", "--set", "form=chip"], 0, "on the host: 0 neurons, 0 synapses"),
        (["pruning"], 0, "on the chip: 210 neurons, 3568 synapses"),
        (["pruning"], 0, "on the host: 0 neurons, 0 synapses"),
        (["pruning"], 0, "cannot be deployed: days and nights of gradient descent run on the"),
        (["digits", "--numerics", "float"], 1, "dv holds 0.0100098; decay of the potential"),
        (["digits", "--target", "loihi1"], 0, "within all known limits of Loihi 1"),
    ],
)
def test_what_of_an_experiment_a_chip_could_hold(arguments, code, said):
    result = CliRunner().invoke(app, ["check", *arguments])
    assert result.exit_code == code
    assert said in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "sleepwalk"], "experiment is 'sleepwalk'; it must be one of digits"),
        (["run", "digits", "--preset", "huge"], "preset is 'huge'; it must be one of quick, paper"),
        (["run", "digits", "--data-dir", "mnist"], "--data-dir is mnist; digits reads no data set"),
        (["run", "src", "--data-dir", "mnist"], "--data-dir is mnist, which is not a folder that"),
        (["cost", "digits", "--data-dir", "mnist"], "--data-dir is mnist; digits reads no data"),
        (["run", "digits", "--engine", "gpu"], "engine is 'gpu'; it must be one of lava, compiled"),
        (["run", "digits", "--engine", "loihi2"], "engine 'loihi2' is not available: Intel's"),
        (["run", "digits", "--numerics", "half"], "numerics is 'half'; it must be one of float"),
        (["run", "digits", "--seeds", "0"], "--seeds is 0; it must be an integer from 1"),
        (["run", "digits", "--set", "seeds=[-1]"], "seeds.0 is -1; input should be greater"),
        (["run", "digits", "--set", "sleep.dream=1"], "sleep.dream is not a setting; there are"),
        (["run", "digits", "--set", "sleep.max_rate=2"], "sleep.max_rate is 2; input should be"),
        (["run", "digits", "--set", "engine=loihi2"], "engine 'loihi2' is not available"),
        (["run", "digits", "--out", "occupied"], "--out is occupied, which exists"),
        (["run", "digits", "--out", "occupied/file/run"], "which cannot be made"),
        (["report", "nowhere"], "nowhere is no run folder"),
        (["cost", "pruning"], "experiment is 'pruning'; its cost is known for digits, src, foragi"),
        (["check", "sleepwalk"], "'sleepwalk' is neither a file or run folder that exists nor one"),
        (["check", "nope.net"], "nope.net does not exist"),
        (["check", "nowhere/run"], "nowhere/run does not exist"),
        (["run", "digits", "--seeds", "9" * 20], "--seeds is 99999999999999999999; it must be an"),
        (["run", "digits", "--out", "a" * 300], "which cannot be made (File name too long)"),
        (["report", "a\udcffb"], "'a\\udcffb' holds a character that cannot be printed"),
        (["check", "x" * 2000], "is too long, at most 1,000 characters are read"),
        (["run", "digits", "--set", "preset=paper"], "--set 'preset=paper': preset is no setting"),
        (["check", "pruning", "--preset", "cifar10"], "channels is [8, 16, 16, 32]; convolutions"),
        (["check", "digits", "--target", "loihi3"], "target is 'loihi3'; it must be one of loihi2"),
        (["check", "occupied"], "occupied is no run folder"),
        (["check", "occupied", "--numerics", "float"], "--numerics is float; occupied says all"),
        (["check", "occupied", "--preset", "quick"], "--preset is quick; occupied says all"),
        (["run", "digits", "--preset", ""], "preset is ''; it must be one of quick, paper"),
        (
            ["run", "digits", "--seeds", "2", "--set", "seeds=[1]"],
            "and --seeds are both there",
        ),
        (["run", "digits", "--engine", "lava", "--set", "engine=auto"], "--engine are both there"),
        (["settings", "digits", "--json", "--markdown"], "--json and --markdown are both there"),
        (["settings", "--preset", ""], "--preset and --set are of one experiment: name it"),
        (["resume", "occupied"], "occupied is no run folder"),
        (["check", "occupied/file"], "occupied/file is no network; it must be an experiment, a"),
        (["run"], "missing argument 'EXPERIMENT'; see 'loihi-sleep run --help'\n"),
        (["run", "digits", "--nope"], "no such option: --nope; see 'loihi-sleep run --help'\n"),
        (["check", "digits", "--dt", "x"], "invalid value for '--dt': "),
        (["run", "digits", "--seeds", "x"], "--seeds is 'x'; it must be how many (5: the se"),
        (["run", "digits", "more"], "unexpected extra argument(s) (more); see 'loihi-sleep run"),
        (["check", "digits", "--dt"], "option '--dt' requires an argument; see 'loihi-sleep"),
        (["sleepwalk"], "no such command 'sleepwalk'; see 'loihi-sleep --help'\n"),
        (["--nope"], "no such option: --nope; see 'loihi-sleep --help'\n"),
    ],
)
def test_bad_input_gets_one_line_and_leaves_nothing(tmp_path, monkeypatch, arguments, message):
    (tmp_path / "occupied").mkdir()
    (tmp_path / "occupied" / "file").touch()
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "occupied"]


def test_a_run_that_cannot_be_written_to_is_checked(tmp_path, monkeypatch):
    _, config = runner.configure("digits")
    runner.begin(config, tmp_path / "run")
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    assert CliRunner().invoke(app, ["check", str(tmp_path / "run")]).exit_code == 0
    result = CliRunner().invoke(app, ["resume", str(tmp_path / "run")])
    assert result.exit_code == 2
    assert "cannot be written to" in result.stderr


def test_without_arguments_there_is_help():
    assert "Usage: " in CliRunner().invoke(app, []).output
    assert "RUN" in CliRunner().invoke(app, ["resume", "--help"]).output


def test_an_error_from_outside_is_one_line_too(tmp_path):
    result = loihi_sleep("run", "sleepwalk", folder=tmp_path)
    assert result.returncode == 2
    assert result.stderr.startswith("loihi-sleep: experiment is 'sleepwalk'; it must be one of")
    assert result.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.geteuid() == 0, reason="root can write anywhere")
def test_a_folder_that_cannot_be_written(tmp_path):
    tmp_path.chmod(0o500)
    result = loihi_sleep("run", "digits", "--out", str(tmp_path / "run"), folder=tmp_path)
    assert result.returncode == 2
    assert "which cannot be made (Permission denied)" in result.stderr


def test_doctor_says_what_is_here():
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 0
    for word in (
        "python        3.10",
        "lava-nc       0.10.0",
        "engine lava      yes",
        "no: Intel's",
    ):
        assert word in result.stdout
    assert CliRunner().invoke(app, ["--version"]).stdout.strip() == "0.1.0"


@pytest.fixture(scope="module")
def finished_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    with drawn_once(), pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        result = CliRunner().invoke(app, ["run", "digits", *FAST, "--out", "one"])
    assert result.exit_code == 0, result.stderr
    return folder / "one", result.stdout


def metrics_of(path):
    return json.loads((path / "metrics.json").read_text())


def test_a_broken_file_of_another_tool_is_refused(tmp_path):
    (tmp_path / "broken.net").touch()
    result = CliRunner().invoke(app, ["check", str(tmp_path / "broken.net")])
    assert result.exit_code == 2
    assert "broken.net cannot be read as a .net file of lava-dl" in result.output


def test_files_of_other_tools_are_checked(tmp_path):
    layer = networks.cuba_layer(weights=[[64, -32, 2]], vth=80, du=0.5, dv=0.25)
    network = networks.CubaNetwork((layer,))
    exchange.write_net(tmp_path / "small.net", network)
    exchange.write_nir(tmp_path / "small.nir", network, dt=1e-3)
    for name in ("small.net", "small.nir"):
        result = CliRunner().invoke(app, ["check", str(tmp_path / name)])
        assert result.exit_code == 0, result.output
        assert "(Dense): 3 synapses" in result.output
        assert "(LIF): 1 neurons" in result.output
        assert result.output.endswith("can be deployed\n")


def test_a_nir_file_is_checked_with_a_time_step(tmp_path):
    path = tmp_path / "theirs.nir"
    layer = networks.cuba_layer(weights=[[64, -32, 2]], vth=80, dv=0.25)
    exchange.write_nir(path, networks.CubaNetwork((layer,)), dt=1e-3)
    with h5py.File(path, "a") as file:
        del file["node/metadata"]
    result = CliRunner().invoke(app, ["check", str(path)])
    assert result.exit_code == 2
    assert "does not hold dt, the length of a time step" in result.output
    result = CliRunner().invoke(app, ["check", str(path), "--dt", "5e-4"])
    assert result.exit_code == 0, result.output
    assert "(LIF): 1 neurons" in result.output
    result = CliRunner().invoke(app, ["check", "digits", "--dt", "5e-4"])
    assert result.exit_code == 2
    assert "--dt is 0.0005; only a .nir file needs a time step" in result.output


def test_input_neurons_of_a_file_count(tmp_path):
    neurons = networks.InputNeurons((3,), vth=80, du=1, dv=0, weight=64, bias=0)
    layer = networks.cuba_layer(weights=[[64, -32, 2]], vth=80, du=0.5, dv=0.25)
    exchange.write_net(tmp_path / "a.net", networks.CubaNetwork((layer,), neurons))
    result = CliRunner().invoke(app, ["check", str(tmp_path / "a.net")])
    assert result.exit_code == 0, result.output
    assert "(LIF): 3 neurons" in result.output


@pytest.mark.parametrize("of_it", [".", "checkpoint.h5"])
def test_the_network_of_a_run_is_checked_as_it_was_configured(finished_run, of_it):
    path, _ = finished_run
    result = CliRunner().invoke(app, ["check", str(path / of_it)])
    assert result.exit_code == 0
    assert "(LIF): 10 neurons" in result.output
    assert "within all known limits of Loihi 2" in result.output


def test_a_run_leaves_its_folder_and_a_table(finished_run):
    path, output = finished_run
    assert "accuracy_sleep_spiking" in output
    assert {entry.name for entry in path.iterdir()} == {
        "config.yaml",
        "metrics.json",
        "checkpoint.h5",
        "figures",
        "report.html",
        "log.jsonl",
    }
    assert len(list((path / "figures").glob("*.png"))) == 6
    record = metrics_of(path)
    assert (record["experiment"], record["engine"]) == ("digits", "compiled")
    for name in (
        "accuracy_sequential",
        "accuracy_sleep",
        "accuracy_sleep_spiking",
        "accuracy_joint",
        "backward_transfer_sleep",
        "backward_transfer_sequential",
    ):
        metric = record["metrics"][name]
        assert metric["unit"] == "fraction"
        assert metric["mean"] == metric["values"][0]


def test_report_draws_it_anew(finished_run, monkeypatch):
    path, _ = finished_run
    (path / "report.html").unlink()
    monkeypatch.chdir(path.parent)
    with drawn_once():
        assert CliRunner().invoke(app, ["report", "one"]).exit_code == 0
    assert (path / "report.html").exists()


def test_the_same_seed_gives_the_same_numbers(finished_run, monkeypatch):
    # In this process, which has drawn other numbers before.
    path, _ = finished_run
    monkeypatch.chdir(path.parent)
    result = CliRunner().invoke(app, ["run", "digits", *FAST, "--no-report", "--out", "two"])
    assert result.exit_code == 0, result.stderr
    assert result.stdout.endswith(" s\ntwo/metrics.json\n")
    assert not (path.parent / "two" / "report.html").exists()
    again, record = metrics_of(path.parent / "two"), metrics_of(path)
    assert again["metrics"] == record["metrics"]
    assert again["config_hash"] == record["config_hash"]


@pytest.mark.slow
def test_a_run_that_is_interrupted_resumes_with_the_same_metrics(tmp_path, finished_run):
    command = [sys.executable, "-W", "ignore", "-m", "loihi_sleep", "run", "digits", *FAST]
    process = subprocess.Popen(
        [*command, "--out", "cut"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not (tmp_path / "cut" / "checkpoint.h5").exists():
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted; 'loihi-sleep resume cut' goes on" in errors
    assert not (tmp_path / "cut" / "metrics.json").exists()

    assert loihi_sleep("resume", "cut", folder=tmp_path).returncode == 0
    assert metrics_of(tmp_path / "cut")["metrics"] == metrics_of(finished_run[0])["metrics"]
