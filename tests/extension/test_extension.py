"""A package of somebody else's brings its own things, and no file of ours knows of it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent / "package"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """Run Python where the package is installed; returns what was printed."""
    source, target = (tmp_path_factory.mktemp(name) for name in ("source", "target"))
    shutil.copytree(PACKAGE, source / "package", ignore=shutil.ignore_patterns("__pycache__"))
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    subprocess.run(
        [sys.executable, *install, "--target", str(target), str(source / "package")],
        check=True,
        capture_output=True,
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(target), str(ROOT)])}

    def run(*arguments, code=0):
        result = subprocess.run(
            [sys.executable, "-W", "ignore", *arguments],
            cwd=tmp_path_factory.mktemp("work"),
            env=environment,
            capture_output=True,
            text=True,
            timeout=110,
        )
        assert result.returncode == code, result.stdout + result.stderr
        return result.stdout

    return run


@pytest.mark.parametrize(
    ("page", "file"),
    [
        ("rule", "rule"),
        ("drive", "drive"),
        ("data-set", "stripes"),
        ("experiment", "experiment"),
        ("process", "adapting_lif/process"),
        ("process", "adapting_lif/models"),
        ("process", "adapting_lif_node"),
        ("form-of-sleep", "form"),
        ("network", "network"),
    ],
)
def test_the_pages_show_the_files(page, file):
    shown = (ROOT / "docs" / "how-to" / f"{page}.md").read_text()
    assert f"```python\n{(PACKAGE / 'dozing' / f'{file}.py').read_text()}```" in shown


def test_its_things_are_listed(python):
    listed = python("-m", "loihi_sleep", "list")
    for name in ("burst-night", "stripes", "reversed_hebb", "bursts", "halves"):
        assert f"  {name}" in listed


def test_its_rule_is_known_by_name(python):
    program = """
import loihi_sleep as ls
theirs, ours = ls.rules.by_name("reversed_hebb", 1, 3), ls.rules.sleep_hebb(3, 1)
print(theirs.dw("fixed") == ours.dw("fixed"))
network = ls.networks.layered([4, 2], [[[20] * 4] * 2], "reversed_hebb")
print(ls.put_to_sleep(network, ls.Night(20, ls.Poisson(0.5), 0))[0].shape)
"""
    assert python("-c", program) == "True\n(2, 4)\n"


def test_its_drive_drives_a_night_on_each_engine(python):
    program = """
import numpy as np
import loihi_sleep as ls
from loihi_sleep.sleep import DRIVES

if __name__ == "__main__":
    network = ls.networks.layered([6, 3], [np.full((3, 6), 100)], vth=254)
    night = ls.Night(steps=40, drive=DRIVES["bursts"](period=4, share=0.8), seed=1)
    nights = [
        ls.run_night(network, night, ls.select(engine), raster_steps=40)
        for engine in ("compiled", "lava")
    ]
    raster = night.drive.raster(6, 40, night.drive_seed)
    print((nights[0].rasters[0] == raster).all(), nights[0].spikes[0].sum() > 0)
    print((nights[0].weights[0] == nights[1].weights[0]).all())
"""
    path = Path(python("-c", "import tempfile; print(tempfile.mkdtemp())").strip()) / "night.py"
    path.write_text(program)
    assert python(str(path)) == "True True\nTrue\n"


@pytest.mark.parametrize("experiment", ["src", "pruning"])
def test_its_data_set_is_learned_by_our_experiments(python, experiment):
    settings = {
        "src": ["arms=[sequential,sleep]", "hidden=[20,20]", "wake.epochs=1", "sleep.steps=20"],
        "pruning": ["wake.epochs=1", "night.steps=20", "spiking.kept=[]", "cycles=[1,2]",
                    "learners.names=[]"],
    }[experiment]  # fmt: skip
    chosen = [part for setting in settings for part in ("--set", setting)]
    printed = python(
        *("-m", "loihi_sleep", "run", experiment, "--seeds", "1"),
        *("--set", "data.name=stripes", "--out", "run", *chosen),
    )
    assert "run/report.html" in printed


def test_its_experiment_is_run_checked_and_counted(python):
    printed = python("-m", "loihi_sleep", "run", "burst-night", "--out", "run")
    assert "change of weight in a night" in printed
    assert "run/report.html" in printed
    assert "1 cores" in python("-m", "loihi_sleep", "check", "burst-night")
    counted = python("-m", "loihi_sleep", "cost", "burst-night")
    assert "a night, mean of 2" in counted


def test_its_network_sleeps_on_each_engine(python):
    program = """
import loihi_sleep as ls
from dozing.network import Competition

if __name__ == "__main__":
    night = ls.Night(steps=50, drive=ls.Poisson(rates=0.3), seed=1)
    network = Competition([[90, 60, 90], [60, 90, 60]])
    nights = [ls.run_night(network, night, ls.select(engine)) for engine in ("compiled", "lava")]
    print(nights[0].spikes[0].min() > 0, (nights[0].weights[0] != network.weights).any())
    print((nights[0].weights[0] == nights[1].weights[0]).all())
"""
    path = Path(python("-c", "import tempfile; print(tempfile.mkdtemp())").strip()) / "night.py"
    path.write_text(program)
    assert python(str(path)) == "True True\nTrue\n"


def test_its_form_of_sleep_runs_in_src(python):
    settings = [
        "data.name=digits", "hidden=[12, 10]", "data.task_images=48", "arms=[sequential, sleep]",
        "wake.epochs=1", "sleep={form: halves, steps: 20}", "rehearsal.sleep={form: halves}",
    ]  # fmt: skip
    chosen = [part for setting in settings for part in ("--set", setting)]
    python("-m", "loihi_sleep", "run", "src", "--out", "run", *chosen)
    refused = python(
        "-m", "loihi_sleep", "run", "src", "--set", "sleep={form: nap}", "--out", "run", code=2
    )
    assert refused == ""


PROGRAM = """
import numpy as np
from lava.magma.core.run_conditions import RunSteps
from lava.proc.dense.process import Dense

import loihi_sleep as ls
from dozing.adapting_lif.process import AdaptingLIF


def wired():
    drive = ls.SpikeDrive(shape=(20,), rates=0.3, seed=5)
    weights = np.random.default_rng(0).integers(-4, 20, (8, 20))
    synapses, neurons = Dense(weights=weights), AdaptingLIF(shape=(8,), vth=90, fatigue=40)
    probe = ls.SpikeProbe(shape=(8,), raster_steps=80)
    drive.s_out.connect(synapses.s_in)
    synapses.a_out.connect(neurons.a_in)
    neurons.s_out.connect(probe.s_in)
    return neurons, probe


def run(engine):
    neurons, probe = wired()
    with ls.Session(neurons, ls.select(engine, "fixed")) as session:
        session.run(80)
        seen = [session.get(var) for var in (neurons.v, neurons.tired, probe.raster, probe.count)]
        if engine == "compiled":
            print(type(neurons.runtime).__name__)
        return seen


if __name__ == "__main__":
    compiled, lava = run("compiled"), run("lava")
    print(all((one == other).all() for one, other in zip(compiled, lava)), compiled[3].sum() > 50)
    neurons, _ = wired()
    print([part.neurons for part in ls.check(neurons).parts if part.kind == "AdaptingLIF"])
    ls.attach(neurons, numerics="fixed")
    counter = ls.count(neurons)
    neurons.run(condition=RunSteps(10))
    neurons.stop()
    print(counter.activity().of(neurons.name).neurons)
"""


def test_its_process_runs_on_the_engine_as_on_lava_and_is_checked_and_counted(python, tmp_path):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    assert python(str(path)).splitlines() == ["CompiledRuntime", "True True", "[8]", "8"]
