"""What scripts/bootstrap does where there is no network; with one, scripts/test itself runs it."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OFFLINE = {"PIP_NO_INDEX": "1", "UV_OFFLINE": "1"}


@pytest.fixture
def checkout(tmp_path):
    """Copy all that bootstrap reads."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts/bootstrap", tmp_path / "scripts/bootstrap")
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path.resolve()


def start(checkout):
    # The uv with which this environment was made, as installing another takes long to fail.
    folders = [Path(sys.executable).parent, ROOT / ".uv/venv/bin", ROOT / ".uv/packages/bin"]
    return subprocess.Popen(
        [checkout / "scripts/bootstrap"],
        env={
            **os.environ,
            **OFFLINE,
            "UV_CACHE_DIR": str(checkout / "cache"),
            "PATH": os.pathsep.join([*map(str, folders), os.environ["PATH"]]),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def bootstrap(checkout):
    process = start(checkout)
    output, errors = process.communicate(timeout=100)
    assert output == ""
    assert not os.path.lexists(checkout / ".bootstrap.lock")
    return process.returncode, errors


def make_environment(checkout, stamp):
    """Make what bootstrap leaves; it was made from what `stamp` says."""
    (checkout / ".venv/bin").mkdir(parents=True)
    (checkout / ".venv/bin/python").symlink_to(sys.executable)
    (checkout / ".venv/pyvenv.cfg").touch()
    (checkout / ".venv/.bootstrap-stamp").write_text(stamp)


def stamp_of(checkout):
    files = ("pyproject.toml", "constraints.txt", "scripts/bootstrap")
    return "".join([f"{checkout}\n", *((checkout / name).read_text() for name in files)])


def lock(checkout, process):
    (checkout / ".bootstrap.lock").symlink_to(f"{platform.node()}:{process}")


def test_what_is_ready_is_left_alone(checkout):
    make_environment(checkout, stamp_of(checkout))
    assert bootstrap(checkout) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize("changed", ["pyproject.toml", "constraints.txt"])
def test_an_environment_of_another_place_is_replaced_and_one_of_other_packages_completed(
    checkout, changed
):
    elsewhere = changed == "constraints.txt"
    make_environment(checkout, "/elsewhere\n" if elsewhere else stamp_of(checkout))
    with (checkout / changed).open("a") as file:
        file.write("\n# changed\n")
    code, errors = bootstrap(checkout)
    assert code == 1
    assert ("replacing .venv: it is not complete, of another place" in errors) == elsewhere
    assert "could not install; where the package index cannot be reached" in errors
    # What there is, is of this place and can be completed.
    assert (checkout / ".venv/.bootstrap-stamp").read_text() == f"{checkout}\n"
    assert not (checkout / ".venv.old").exists()


def test_what_is_no_environment_is_not_touched(checkout):
    (checkout / ".venv").mkdir()
    (checkout / ".venv/thesis.tex").write_text("the only copy")
    # A bootstrap that was killed left its lock.
    ended = subprocess.Popen(["true"])
    ended.wait()
    lock(checkout, ended.pid)
    code, errors = bootstrap(checkout)
    assert code == 1
    assert f"{checkout}/.venv is not a Python environment: move it away" in errors
    assert [path.name for path in (checkout / ".venv").iterdir()] == ["thesis.tex"]


def test_a_second_one_waits_for_the_first(checkout):
    lock(checkout, os.getpid())
    second = start(checkout)
    assert "waiting for another bootstrap" in second.stderr.readline()
    make_environment(checkout, stamp_of(checkout))
    (checkout / ".bootstrap.lock").unlink()
    assert second.wait(timeout=60) == 0
    assert second.stderr.read() == ""
    second.stdout.close()
    second.stderr.close()
