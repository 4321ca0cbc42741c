"""The wheel, beside a user's own folder called `processes`; the source distribution."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
BUILD = "import setuptools.build_meta as build; print(build.build_wheel('dist'))"
USE = (
    "import processes, loihi_sleep as ls; print(processes.OWN, ls.Sleep.__module__); "
    "ls.Sleep(shape=(2,), rates=0.5, wake_steps=0, sleep_steps=1, seed=0); print(ls.__file__)"
)

# What is named has no module.
WITHOUT = """
import sys
sys.modules.update(dict.fromkeys(sys.argv[1:]))
import lava.lib.dl.netx, lava.lib.dl.slayer
from loihi_sleep.cli import app
app(["check", "pruning"])
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Folder that holds what a wheel made of the repository installs."""
    source, target = (tmp_path_factory.mktemp(name) for name in ("source", "target"))
    ignored = shutil.ignore_patterns("__pycache__")
    for folder in ("loihi_sleep", "processes"):
        shutil.copytree(ROOT / folder, source / folder, symlinks=True, ignore=ignored)
    for file in ("pyproject.toml", "LICENSE", "README.md"):
        shutil.copy(ROOT / file, source)
    (source / "dist").mkdir()
    built = subprocess.run(
        [sys.executable, "-c", BUILD], cwd=source, capture_output=True, text=True, check=True
    )
    with zipfile.ZipFile(source / "dist" / built.stdout.splitlines()[-1]) as wheel:
        wheel.extractall(target)
    return target


def test_it_installs_one_package_with_all_its_files(installed):
    assert {path.name for path in installed.iterdir() if path.suffix != ".dist-info"} == {
        "loihi_sleep"
    }
    files = {path.relative_to(ROOT / "processes") for path in (ROOT / "processes").rglob("*.py")}
    packed = installed / "loihi_sleep" / "processes"
    assert {path.relative_to(packed) for path in packed.rglob("*.py")} == files
    templates = {path.name for path in (ROOT / "loihi_sleep").rglob("*.jinja")}
    assert {path.name for path in installed.rglob("*.jinja")} == templates


def test_it_works_beside_a_folder_of_the_name_processes(installed, tmp_path):
    own = tmp_path / "processes"
    own.mkdir()
    (own / "__init__.py").write_text("OWN = 'mine'\n")
    # Its kernels have been compiled nowhere yet, and need not be to be imported.
    environment = {**os.environ, "PYTHONPATH": str(installed), "NUMBA_DISABLE_JIT": "1"}
    used = subprocess.run(
        [sys.executable, "-c", USE], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    first, where = used.stdout.splitlines()
    assert first == "mine loihi_sleep.processes.sleep.process"
    assert Path(where).is_relative_to(installed)


def asked_for(name):
    """Names of the distributions that one asks for without extras, and those in turn."""
    found, left = {}, [(name, frozenset())]
    while left:
        one, its_extras = left.pop()
        one = canonicalize_name(one)
        if one in found and its_extras <= found[one]:
            continue
        found[one] = found.get(one, frozenset()) | its_extras
        try:
            lines = metadata.requires(one) or []
        except metadata.PackageNotFoundError:
            continue  # for another machine
        for line in lines:
            needed = Requirement(line)
            environments = [{"extra": extra} for extra in ("", *its_extras)]
            if needed.marker is None or any(needed.marker.evaluate(e) for e in environments):
                left.append((needed.name, frozenset(needed.extras)))
    return set(found)


def test_it_asks_for_all_that_it_imports(monkeypatch):
    """Without what only the development of this package brings, as where a wheel is installed."""
    # Once it is imported, setuptools has copies of other packages on the path.
    monkeypatch.setattr(sys, "path", [path for path in sys.path if "_vendor" not in path])
    there = asked_for("loihi-sleep")
    missing = [
        name
        for name, owners in metadata.packages_distributions().items()
        if there.isdisjoint(map(canonicalize_name, owners))
    ]
    assert "mypy" in missing
    used = subprocess.run(
        [sys.executable, "-c", WITHOUT, *missing], cwd=ROOT, capture_output=True, text=True
    )
    assert used.returncode == 0, used.stderr
    assert "within all known limits of Loihi 2" in used.stdout


@pytest.mark.slow
def test_the_source_distribution_holds_what_the_repository_does(tmp_path):
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True
    )
    if listed.returncode:
        pytest.skip("this is no repository of git's")
    files = {name.decode() for name in listed.stdout.split(b"\0") if name}
    for name in files:
        copy = tmp_path / "source" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copy, follow_symlinks=False)
    build = "import setuptools.build_meta as build; build.build_sdist('dist')"
    source = tmp_path / "source"
    subprocess.run([sys.executable, "-c", build], cwd=source, capture_output=True, check=True)
    (path,) = (source / "dist").iterdir()
    with tarfile.open(path) as distribution:
        packed = {name.partition("/")[2] for name in distribution.getnames()}
    # Git's own files; the link to processes/ is a folder there.
    left_out = {name for name in files - packed if not Path(name).name.startswith(".git")}
    assert left_out == set()
