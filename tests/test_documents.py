"""What the documents show is what the code does: programs, commands, links."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from made_images import write_subset
from net_files import write_by_hand
from typer.main import get_command
from typer.testing import CliRunner

from loihi_sleep import exchange
from loihi_sleep.cli import app
from loihi_sleep.engine.nodes import NODES
from loihi_sleep.errors import EngineUnavailable
from loihi_sleep.experiments import runner

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
EXAMPLES = ROOT / "scripts" / "examples"
# What a program prints is shown behind it.
PRINTED = re.compile(r"```python\n[^`]*```\n\n```text\n(.*?)```", re.DOTALL)
PROGRAM = re.compile(r"```python\n(.*?)```", re.DOTALL)
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(
    r"(?:\$ )?(?:[A-Z_]+=\S+ |taskset -c 0 )*"
    r"((?:\.venv/bin/)?(?:python|loihi-sleep)|scripts/\w+(?:/\w+)*(?:\.py)?)( .*)?$"
)
PLACES = {"DIR", "FOLDER", "my/photographs"}


def commands_of(page):
    """Command lines of a page, without comments, prompts and what may be left out."""
    for language, block in BLOCK.findall(page.read_text()):
        for line in block.replace("\\\n", " ").splitlines() if not language else ():
            found = COMMAND.match(line.strip())
            if found:
                arguments = re.sub(r"\s#.*|\[--[^]]*\]", "", found[2] or "")
                yield [found[1].removeprefix(".venv/bin/"), *shlex.split(arguments)]


ALL_COMMANDS = {" ".join(words): words for page in PAGES for words in commands_of(page)}
OURS = {text: words for text, words in ALL_COMMANDS.items() if words[0] == "loihi-sleep"}
SCRIPTS = sorted(
    {
        word
        for words in ALL_COMMANDS.values()
        for word in words[:2]
        if word.startswith("scripts/") and word not in ("scripts/demo", "scripts/test")
    }
)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A folder with the files which the documents name."""
    folder = tmp_path_factory.mktemp("files")
    rng = np.random.default_rng(0)
    layers = [{"weight": 2 * rng.integers(-20, 40, shape)} for shape in ((20, 784), (10, 20))]
    write_by_hand(folder / "trained.net", layers)
    block = {"type": np.array([b"input"], dtype="S10"), "shape": np.array([784])}
    block |= {"weight": np.array([[7.0]]), "bias": np.array([[3.0]])}
    write_by_hand(folder / "with_input_block.net", [block, *layers])
    network = exchange.read_net(folder / "trained.net")
    exchange.write_nir(folder / "theirs.nir", network, dt=1e-3)
    for place in PLACES:
        (folder / place).mkdir(parents=True)
    page = (ROOT / "docs" / "how-to" / "many-runs.md").read_text()
    slurm = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)[1]
    (folder / "slurm.yaml").write_text(slurm)
    (folder / "runs/src").mkdir(parents=True)
    (folder / "runs/src/config.yaml").write_text("experiment: src\n")
    return folder


@pytest.fixture
def with_files(files, tmp_path, monkeypatch):
    """Go to a folder that holds the files which the documents name."""
    shutil.copytree(files, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if PROGRAM.search(page.read_text())], ids=lambda page: page.stem
)
def test_programs_run_from_top_to_bottom(page, with_files, monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "extension" / "package"))
    # What a page registers is of no concern to others.
    monkeypatch.setattr(NODES, "_registered", dict(NODES._registered))
    program = "\n".join(PROGRAM.findall(page.read_text()))
    if page.stem == "to-the-chip":  # where there is no chip, it says so
        with pytest.raises(EngineUnavailable):
            exec(compile(program, f"<{page.name}>", "exec"), {})
    else:
        exec(compile(program, f"<{page.name}>", "exec"), {})
    said = without_numbers(capsys.readouterr().out)
    for block in PRINTED.findall(page.read_text()):
        for line in block.splitlines():
            assert without_numbers(line) in said


def without_numbers(text):
    """Numbers may differ: between processors, and from run to run where they are times."""
    return re.sub(r"-?\d+(\.\d+)?", "N", text)


def test_what_the_first_program_of_the_exchange_page_writes(with_files):
    exec(PROGRAM.search((ROOT / "docs" / "reference" / "exchange.md").read_text())[1], {})
    trained, slept = exchange.read_net("trained.net"), exchange.read_net("slept.net")
    assert (trained.weights[0] != slept.weights[0]).any()
    assert (exchange.read_nir("slept.nir").weights[1] == slept.weights[1]).all()


@pytest.mark.parametrize("words", OURS.values(), ids=OURS)
def test_commands_are_understood(words, with_files, monkeypatch):
    """Each is parsed; those that run an experiment are also configured."""
    name, *arguments = words[1:]
    if name not in ("run", "demo"):
        get_command(app).commands[name].make_context(name, arguments)
        return
    configured = []

    def configure(console, folder, as_json=False, executor=None, track=(), reports=True, **choices):
        configured.append(runner.configure(**choices))

    for module in ("run", "demo"):
        monkeypatch.setattr(f"loihi_sleep.cli.{module}.execute", configure)
    monkeypatch.setattr(
        "loihi_sleep.cli.run.print_forecast",
        lambda console, out, as_json, **choices: configure(console, out, **choices),
    )
    result = CliRunner().invoke(app, words[1:])
    if "loihi2" in words:
        assert "engine 'loihi2' is not available" in result.stderr
    else:
        assert result.exit_code == 0, result.stderr
        assert len(configured) == 1


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_are_there_and_executable_or_run_by_python(script):
    path = ROOT / script
    assert path.is_file()
    if any(words[0] == script for words in ALL_COMMANDS.values()):
        assert os.access(path, os.X_OK)
        assert path.read_bytes().startswith(b"#!")


def run_script(name, *arguments):
    path = EXAMPLES / name
    command = [sys.executable, "-W", "ignore", str(path), *arguments]
    result = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert result.returncode == 0, result.stderr
    return path.read_text(), result.stdout


def test_the_first_script_of_the_readme_runs():
    script, output = run_script("sleep_your_network.py")
    assert PROGRAM.search((ROOT / "README.md").read_text())[1] == script
    numbers = [float(number) for number in re.findall(r"-?\d+\.?\d*", output)]
    assert len(numbers) == 64
    # What was replayed often was potentiated, what was silent was depressed.
    assert sum(numbers[-20:]) > sum(numbers[:20])


@pytest.mark.slow
def test_the_script_for_a_torch_model_is_short_and_shows_what_sleep_does():
    script, output = run_script("sleep_torch_model.py")
    assert len(script.splitlines()) < 30
    before, after = (int(n) for n in re.findall(r"(\d+)%", output.splitlines()[-1]))
    assert before < 25
    assert after > 60


@pytest.mark.slow
def test_the_script_for_a_frozen_backbone_runs(tmp_path):
    chosen = ["--images", "16", "--hidden", "20", "--epochs", "1", "--bias", "--prototypes", "1"]
    _, output = run_script("sleep_cifar_head.py", str(write_subset(tmp_path)), *chosen)
    features, *accuracies = output.splitlines()
    assert features.endswith("1024 features")
    assert [line.split(" of the ")[1] for line in accuracies] == ["test images"] * 4
    assert accuracies[-1].startswith("one hidden layer, prototypes")


def test_links_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_experiment_is_in_the_readme():
    from loihi_sleep.experiments.registry import EXPERIMENTS

    readme = (ROOT / "README.md").read_text()
    assert all(f"`{name}`" in readme for name in EXPERIMENTS.names())
