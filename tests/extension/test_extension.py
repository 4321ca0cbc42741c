"""A package of somebody else's brings its own things, and no file of ours knows of it."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from small_runs import with_settings

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

    def run(*arguments):
        result = subprocess.run(
            [sys.executable, "-W", "ignore", *arguments],
            cwd=tmp_path_factory.mktemp("work"),
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert result.returncode == 0, result.stdout + result.stderr
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


COMMANDS = """
import json, sys
from typer.testing import CliRunner
from loihi_sleep.cli import app

if __name__ == "__main__":
    results = [CliRunner().invoke(app, arguments) for arguments in json.loads(sys.argv[1])]
    print(json.dumps([[result.exit_code, result.stdout, result.stderr] for result in results]))
"""


def run_commands(python, folder, commands, program=""):
    """Run commands of the command line in one process, after a program.

    Returns what the program printed, line by line, and exit code, output and errors of each
    command.
    """
    path = folder / "program.py"
    path.write_text(program + COMMANDS)
    *printed, results = python(str(path), json.dumps(commands)).splitlines()
    return printed, json.loads(results)


STRIPES = ["--no-report", *with_settings("data.name=stripes", "seeds=[0]", "wake.epochs=1")]


NIGHTS = """
import numpy as np
import loihi_sleep as ls
from dozing.network import Competition
from loihi_sleep.sleep import DRIVES

ENGINES = "compiled", "lava"

if __name__ == "__main__":
    theirs, ours = ls.rules.by_name("reversed_hebb", 1, 3), ls.rules.sleep_hebb(3, 1)
    print(theirs.dw("fixed") == ours.dw("fixed"))
    network = ls.networks.layered([4, 2], [[[20] * 4] * 2], "reversed_hebb")
    print(ls.put_to_sleep(network, ls.Night(20, ls.Poisson(0.5), 0))[0].shape)

    network = ls.networks.layered([6, 3], [np.full((3, 6), 100)], vth=254)
    night = ls.Night(steps=40, drive=DRIVES["bursts"](period=4, share=0.8), seed=1)
    nights = [ls.run_night(network, night, ls.select(e), raster_steps=40) for e in ENGINES]
    raster = night.drive.raster(6, 40, night.drive_seed)
    print((nights[0].rasters[0] == raster).all(), nights[0].spikes[0].sum() > 0)
    print((nights[0].weights[0] == nights[1].weights[0]).all())

    night = ls.Night(steps=50, drive=ls.Poisson(rates=0.3), seed=1)
    network = Competition([[90, 60, 90], [60, 90, 60]])
    nights = [ls.run_night(network, night, ls.select(engine)) for engine in ENGINES]
    print(nights[0].spikes[0].min() > 0, (nights[0].weights[0] != network.weights).any())
    print((nights[0].weights[0] == nights[1].weights[0]).all())
"""


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


@pytest.fixture(scope="module")
def ran(python, tmp_path_factory):
    """What both programs print, and exit code, output and errors of commands.

    All in one process, which imports torch and Lava once.
    """
    commands = {
        "list": ["list"],
        "run": ["run", "burst-night", "--out", "run"],
        "check": ["check", "burst-night"],
        "cost": ["cost", "burst-night"],
        "src": [
            *("run", "src", "--out", "src", *STRIPES),
            *with_settings(
                "arms=[sequential,sleep]", "hidden=[20,20]", "sleep={form: halves, steps: 20}",
                "rehearsal.sleep={form: halves}",
            ),
        ],
        "refused": ["run", "src", "--out", "refused", *with_settings("sleep={form: nap}")],
    }  # fmt: skip
    folder = tmp_path_factory.mktemp("programs")
    printed, results = run_commands(python, folder, [*commands.values()], NIGHTS + PROGRAM)
    return printed, dict(zip(commands, results, strict=True))


@pytest.fixture
def printed(ran):
    return ran[0]


@pytest.fixture
def answers(ran):
    return ran[1]


def test_its_experiment_is_listed_run_checked_and_counted(answers):
    commands = ("list", "run", "check", "cost")
    assert [answers[name][0] for name in commands] == [0] * 4
    listed, ran, checked, counted = (answers[name][1] for name in commands)
    for name in ("burst-night", "stripes", "reversed_hebb", "bursts", "halves"):
        assert f"  {name}" in listed
    assert "change of weight in a night" in ran
    assert "run/report.html" in ran
    assert "1 cores" in checked
    assert "a night, mean of 2" in counted


def test_its_data_set_and_form_of_sleep_are_used_by_our_experiments(answers):
    code, output, errors = answers["src"]
    assert code == 0, errors
    assert "src/metrics.json" in output
    code, output, errors = answers["refused"]
    assert (code, output) == (2, "")
    assert "halves" in errors


@pytest.mark.slow
def test_its_data_set_is_pruned_for(python, tmp_path):
    settings = ("night.steps=20", "spiking.kept=[]", "cycles=[1,2]", "learners.names=[]")
    command = ["run", "pruning", "--out", "run", *STRIPES, *with_settings(*settings)]
    _, ((code, output, errors),) = run_commands(python, tmp_path, [command])
    assert code == 0, errors
    assert "run/metrics.json" in output


def test_its_rule_drive_and_network_are_those_of_nights_on_each_engine(printed):
    assert printed[:6] == [
        *("True", "(2, 4)"),  # the rule
        *("True True", "True"),  # the drive
        *("True True", "True"),  # the network
    ]


def test_its_process_runs_on_the_engine_as_on_lava_and_is_checked_and_counted(printed):
    assert printed[6:] == ["CompiledRuntime", "True True", "[8]", "8"]


@pytest.mark.slow
def test_the_programs_of_the_page_run_as_they_stand(tmp_path):
    """Typed in, beside the package and with nothing of it installed."""
    page = (ROOT / "docs" / "how-to" / "process.md").read_text()
    programs = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    in_python, compiled = (one for one in programs if "ls.attach(" in one)
    (tmp_path / "program.py").write_text(in_python + compiled)
    shutil.copytree(PACKAGE / "dozing", tmp_path / "dozing")
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "program.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    first, *_, last = result.stdout.splitlines()
    assert first.startswith("compiled: 4 of 5 Processes")
    assert last == "compiled: 5 of 5 Processes"
