"""A run folder is used by one process, holds regular files, and is whole or not there."""

import errno
import os
import subprocess
import sys

import pytest

from loihi_sleep.errors import RunFailed, RunFolderInUse
from loihi_sleep.files import locks
from loihi_sleep.results import run_folder
from loihi_sleep.results.run_folder import RunFolder

USE = """
import sys, time
from pathlib import Path
from loihi_sleep.results.run_folder import RunFolder
with RunFolder(Path(sys.argv[1])).in_use():
    print("in use", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path):
    return RunFolder.create(tmp_path / "run", {"experiment": "digits"})


def test_a_second_process_is_refused_until_the_first_is_killed(folder):
    first = subprocess.Popen(
        [sys.executable, "-c", USE, str(folder.path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert first.stdout.readline() == "in use\n"
        with pytest.raises(RunFolderInUse, match="run is in use: another process runs what is in"):
            with folder.in_use():
                raise AssertionError
    finally:
        first.kill()
        first.communicate()
    with folder.in_use():
        pass


def test_where_there_are_no_locks_a_warning_says_so(folder, monkeypatch):
    def flock(descriptor, operation):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(locks.fcntl, "flock", flock)
    with pytest.warns(UserWarning, match="run cannot be locked .No locks available.; let no seco"):
        with folder.in_use():
            folder.checkpoint.write("tasks", {})
    assert folder.checkpoint.has("tasks")


def test_what_killed_writes_left_is_removed(folder):
    for name in (".checkpoint.h5.partial", ".metrics.json.0a1b.partial"):
        (folder.path / name).write_text("half")
    with folder.in_use():
        assert {path.name for path in folder.path.iterdir()} == {"config.yaml", "log.jsonl"}


@pytest.mark.parametrize("name", ["log.jsonl", "config.yaml"])
def test_a_named_pipe_is_not_waited_for(folder, name):
    (folder.path / name).unlink()
    os.mkfifo(folder.path / name)
    with pytest.raises(
        ValueError, match=rf"{name} is a named pipe; it must be a regular file|no run folder"
    ):
        with RunFolder.open(folder.path).in_use():
            raise AssertionError
    if name == "config.yaml":
        with pytest.raises(ValueError, match="config.yaml is a named pipe"):
            folder.config()


def test_a_large_configuration_is_not_read(folder):
    folder.config_path.write_text("a: 1\n" * 300_000)
    with pytest.raises(ValueError, match="config.yaml holds more than 1,048,576 bytes"):
        folder.config()


def test_a_configuration_that_is_no_text_is_refused(folder):
    folder.config_path.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="config.yaml cannot be read: 'utf-8' codec"):
        folder.config()


def test_a_folder_that_cannot_be_filled_is_not_left(tmp_path, monkeypatch):
    def full(path, text):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(run_folder, "write_text", full)
    with pytest.raises(
        ValueError, match="--out is .*run, which cannot be written to .No space left"
    ):
        RunFolder.create(tmp_path / "run", {})
    assert not list(tmp_path.iterdir())


def test_what_the_system_refuses_to_write_is_one_line(folder):
    with pytest.raises(RunFailed, match="run: No space left on device; when that is mended, 'loih"):
        with folder.in_use():
            raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(RunFailed, match="figure.png: Permission denied; when that is mended"):
        with folder.in_use():
            raise PermissionError(errno.EACCES, "Permission denied", "figure.png")
