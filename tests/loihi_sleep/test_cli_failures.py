"""What a command says and leaves where the machine, or a person, ends it."""

import errno
import os
import shlex
import signal
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from loihi_sleep import cli
from loihi_sleep.cli import running
from loihi_sleep.complaints import command
from loihi_sleep.errors import RunFailed
from loihi_sleep.experiments import cost

RUN = ["run", "digits", "--out", "deep/run"]


@pytest.fixture
def run_that(monkeypatch, tmp_path):
    """Make a function that runs a command whose run does what it is given."""
    monkeypatch.chdir(tmp_path)
    # It is ignored where the tests run under nohup, and would stay so.
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)

    def invoke(action, arguments=RUN):
        def complete(console, experiment, config, folder, *more):
            action(folder)

        monkeypatch.setattr(running, "complete", complete)
        return CliRunner().invoke(cli.app, arguments)

    yield invoke
    signal.signal(signal.SIGHUP, before)


def raising(error):
    def action(folder):
        raise error

    return action


def sending(number):
    def action(folder):
        os.kill(os.getpid(), number)
        signal.pause()

    return action


def computing(action):
    def computed(folder):
        folder.checkpoint.write("seed_0/night_0", {"weights": np.zeros(3)})
        action(folder)

    return computed


@pytest.mark.parametrize(
    ("action", "code", "said"),
    [
        (raising(ValueError("data.folder is no folder")), 2, "data.folder is no folder"),
        (raising(RunFailed("a ProcessModel failed")), 1, "a ProcessModel failed"),
        (raising(OSError(errno.ENOSPC, "No space left on device", "runs/x")), 1,
         "runs/x: No space left on device"),
        (raising(OSError("cannot write\ndata")), 1, "cannot write data"),
        (raising(PermissionError(errno.EACCES, "Permission denied", "a", None, "b")), 1,
         "a and b: Permission denied"),
        (raising(MemoryError("unable to allocate 3 TiB")), 1,
         "there is not enough memory: unable to allocate 3 TiB"),
        (raising(MemoryError()), 1, "there is not enough memory"),
        (raising(KeyboardInterrupt()), 130, "interrupted; nothing was done yet"),
        (sending(signal.SIGINT), 130, "interrupted; nothing was done yet"),
        (sending(signal.SIGTERM), 130, "interrupted; nothing was done yet"),
        (sending(signal.SIGHUP), 129, "interrupted; nothing was done yet"),
    ],
)  # fmt: skip
def test_a_run_of_which_nothing_was_done_says_why_and_leaves_nothing(
    run_that, tmp_path, action, code, said
):
    result = run_that(action)
    assert result.exit_code == code
    assert result.stderr == f"loihi-sleep: {said}\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", ["runs/a", "ü p/a b", "it's"])
def test_a_command_in_a_message_can_be_given_to_a_shell(path):
    quoted = command("resume", Path(path))
    assert quoted[0] == quoted[-1]
    assert shlex.split(quoted[1:-1]) == ["loihi-sleep", "resume", path]


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGHUP, 129)]
)
def test_a_run_of_which_something_was_done_can_be_resumed(run_that, tmp_path, number, code):
    result = run_that(computing(sending(number)))
    assert result.exit_code == code
    assert result.stderr == (
        "loihi-sleep: interrupted; 'loihi-sleep resume deep/run' goes on from what is done\n"
    )
    assert (tmp_path / "deep/run/checkpoint.h5").exists()
    again = run_that(sending(number), ["resume", "deep/run"])
    assert (again.exit_code, again.stderr) == (code, result.stderr)


def test_what_was_there_before_stays(run_that, tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/other").touch()
    run_that(raising(ValueError("no")))
    assert [path.name for path in tmp_path.rglob("*")] == ["deep", "other"]


def test_a_mistake_in_the_program_keeps_its_traceback(run_that, tmp_path):
    result = run_that(raising(KeyError("weights")))
    assert isinstance(result.exception, KeyError)
    assert result.stderr == ""
    assert not list(tmp_path.iterdir())


def test_signals_are_as_before_when_the_command_is_over(run_that):
    handlers = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGHUP)
    run_that(sending(signal.SIGHUP))
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGHUP)) == handlers


def test_nohup_is_respected(run_that):
    def hang_up(folder):
        os.kill(os.getpid(), signal.SIGHUP)
        raise ValueError("still here")

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert "still here" in run_that(hang_up).stderr
    finally:
        signal.signal(signal.SIGHUP, before)


def test_an_interrupted_cost_speaks_of_no_run(monkeypatch):
    monkeypatch.setattr(cost, "cost_of", lambda *_, **__: os.kill(os.getpid(), signal.SIGTERM))
    result = CliRunner().invoke(cli.app, ["cost", "digits"])
    assert (result.exit_code, result.stderr) == (130, "loihi-sleep: interrupted\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "src"], "train-images-idx3-ubyte is not there, nor train-images-idx3-ubyte.gz"),
        (["run", "pruning", "--preset", "cifar10"], "holds neither cifar10-subset.npz nor a whole"),
        (["run", "slow-wave", "--set", "data.images=empty"], "there is no PNG or JPEG file in it"),
        (
            ["run", "slow-wave", "--set", "data.images=nope"],
            "it must be bundled, cifar, or a folder",
        ),
    ],
)
def test_data_that_are_not_there_leave_no_run(monkeypatch, tmp_path, arguments, said):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOIHI_SLEEP_DATA", str(tmp_path / "empty"))
    result = CliRunner().invoke(cli.app, arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert [path.name for path in tmp_path.rglob("*")] == ["empty"]
