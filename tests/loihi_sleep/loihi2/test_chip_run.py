"""`loihi-sleep run --engine loihi2` from a command to a run folder, with stand-ins for the chip."""

import json
import os

import pytest
import small_runs
from typer.testing import CliRunner

from loihi_sleep.cli import app
from loihi_sleep.errors import RunFailed
from loihi_sleep.experiments import runner
from loihi_sleep.run.session import Session

pytestmark = pytest.mark.usefixtures("no_board")
SMALL = small_runs.with_settings(*small_runs.SMALL["digits"])


@pytest.fixture
def chip(extension, sinfo, adapters, simulated_chip, monkeypatch, tmp_path):
    """SLURM has a partition; what would run on its board runs on Lava's simulator."""
    sinfo("case \"$*\" in *Node*) ;; *) echo 'oheogulch* 1 idle'; echo 'kp 1 idle';; esac")

    def run_cfg(reason):
        chosen = simulated_chip(adapters)
        chosen.reason = reason
        return chosen

    monkeypatch.setattr("loihi_sleep.run.select._chip", run_cfg)
    monkeypatch.chdir(tmp_path)


def called(*arguments, code=0):
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == code, result.output + result.stderr
    return result


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_digits_on_the_chip_are_digits_even_after_a_time_limit(chip, monkeypatch, tmp_path):
    called("run", "digits", *SMALL, "--engine", "compiled", "--out", "compiled")
    left = 2
    run_session = Session.run

    def limited(self, steps):
        nonlocal left
        left -= 1
        if left < 0:
            raise RunFailed("the board was taken away")
        run_session(self, steps)

    monkeypatch.setattr(Session, "run", limited)
    chosen = ("--engine", "loihi2", "--partition", "oheogulch")
    stopped = called("run", "digits", *SMALL, *chosen, "--out", "chip", code=1)
    assert "the board was taken away" in stopped.stderr
    assert (os.environ["SLURM"], os.environ["PARTITION"]) == ("1", "oheogulch")
    monkeypatch.setattr(Session, "run", run_session)
    called("resume", "chip", "--partition", "kp")
    assert os.environ["PARTITION"] == "kp"
    deployed, compiled = (
        json.loads((tmp_path / name / "metrics.json").read_text()) for name in ("chip", "compiled")
    )
    assert deployed["metrics"] == compiled["metrics"]
    assert (deployed["engine"], compiled["engine"]) == ("loihi2", "compiled")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--partition", "og"], "partition is 'og'; sinfo lists oheogulch, kp"),
        (["--partition", "kp", "--host", "10.0.0.5"], "host is '10.0.0.5' and partition is 'kp'"),
        (
            ["--partition", "kp", "--engine", "compiled"],
            "--partition, --board and --host are for engine 'loihi2'; engine is 'compiled'",
        ),
        (
            ["--partition", "kp", "--engine", "auto", "--numerics", "float"],
            "this would run on compiled (auto: no Loihi 2, as the chip computes in integers",
        ),
        (["--numerics", "float"], "computes in integers"),
    ],
)
def test_a_place_that_cannot_be_gets_one_line(chip, tmp_path, arguments, said):
    engine = [] if "--engine" in arguments else ["--engine", "loihi2"]
    result = called("run", "digits", *engine, *arguments, code=2)
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "runs").exists()


def test_auto_takes_the_chip_for_a_network_that_can_be_deployed(chip):
    run_cfg_of = {
        name: runner.configure(name, engine="auto", numerics="fixed", settings=settings)[1].engine
        for name, settings in (("digits", []), ("slow-wave", []), ("foraging", ["neuron=lif"]))
    }
    assert run_cfg_of == {"digits": "auto", "slow-wave": "compiled", "foraging": "compiled"}


@pytest.mark.parametrize("experiment", ["slow-wave", "foraging"])
def test_an_experiment_that_cannot_be_deployed_is_refused_by_name(chip, tmp_path, experiment):
    settings = ["--set", "neuron=lif"] if experiment == "foraging" else ["--numerics", "fixed"]
    result = called("run", experiment, "--engine", "loihi2", *settings, code=2)
    assert f"engine 'loihi2' cannot run {experiment}: " in result.stderr
    assert "would run on the host" in result.stderr
    assert not (tmp_path / "runs").exists()


def test_what_has_no_network_in_spikes_stays_on_the_host(chip, tmp_path):
    assert runner.configure("pruning", preset="cifar10", engine="auto")[1].engine == "compiled"
    result = called("run", "pruning", "--preset", "cifar10", "--engine", "loihi2", code=2)
    assert result.stderr == (
        "loihi-sleep: engine 'loihi2' cannot run pruning: days and nights of gradient descent run "
        "on the host, with torch\n"
    )
    assert not (tmp_path / "runs").exists()


def test_src_with_a_control_that_cannot_be_deployed_is_refused(chip, tmp_path):
    settings = ["--set", "arms=[sleep, replay_controls]"]
    result = called("run", "src", "--engine", "loihi2", *settings, code=2)
    assert "replay_controls" in result.stderr
    assert not (tmp_path / "runs").exists()
