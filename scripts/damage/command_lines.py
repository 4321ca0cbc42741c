"""Command lines that ask for what is not there or makes no sense; none may begin a run."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from damage.bad_values import bad_values, leaves
from damage.case import PATIENCE_S, Case, Verdict
from damage.configurations import trees
from loihi_sleep import cli
from loihi_sleep.cli import running, sweep
from loihi_sleep.cli.arguments import LONGEST_SETTING
from loihi_sleep.experiments import cost
from loihi_sleep.files import plain_yaml

LONGEST_ANSWER = 4000
_NAMES = (
    "",
    "nope",
    "Digits",
    "digits ",
    "x" * 300,
    "x" * 5000,
    "a\0b",
    "a\udcffb",
    "-",
    "..",
    "🙂",
)
_NUMBERS = ("", "0", "-1", "1001", "99999999999999999999", "9" * 900, "9" * 5000, "1.5", "nan", "x",
            "True", "1e3", "0x10", "\udcff")  # fmt: skip
_PATHS = ("nowhere", "occupied/file", "x" * 300, "x" * 5000, "/proc/1/root/x", "a\0b", "a\udcff",
          "deep/" * 200, "occupied/file/below")  # fmt: skip
_SETTINGS = (
    "", "=", "=3", "seeds", "seeds=", "seeds=!!timestamp x", "seeds=!!bool x", "seeds=!!binary x",
    "seeds=!!python/object/apply:os.system ['true']", "seeds=" + "[" * 3000,
    "seeds=" + "[" * 3000 + "]" * 3000, "seeds={", "seeds=[*a]", "seeds=&a [1]", "seeds=[1,1]",
    "seeds=[9223372036854775808]", "seeds=[-1]", "seeds=" + "9" * 6000, "seeds=2026-01-01",
    "seeds=[true]", "seeds=[0.0]", "a" * 300 + "=1", ".".join("a" * 100) + "=1", "sleep=3",
    "sleep..steps=3", ".=3", "..=", "preset=paper", "experiment=src", "preset.x=1", "engine=loihi2",
    "engine=gpu", "numerics=half", "data=3", "data.folder=/nope", "sleep={1: 2}", "sleep={[1]: 2}",
    "sleep={steps: 1, steps: 2}", "{}={}", "seeds=\ud800", "seeds=\0", "se\x1beds=3", "seeds=a b",
    "? a=3", "seeds=[" + "0," * 4000 + "]", "seeds=[0]\nengine=x", "sleep.headroom=.inf",
)  # fmt: skip


class _BegunRun(BaseException):
    """A run was about to begin."""


def cases(folder: Path, count: int, seed: int) -> Iterator[Case]:
    """Yield command lines, each tried in a folder in which nothing may be left."""
    random = np.random.default_rng(seed)
    fixed = list(_fixed_lines())
    settings = list(_wrong_settings())
    for number in range(count):
        arguments = (
            fixed[random.integers(len(fixed))]
            if number % 2
            else ["run", *settings[random.integers(len(settings))]]
        )
        place = folder / str(number)
        name = " ".join(repr(argument)[1:60] for argument in arguments)
        yield Case(name, functools.partial(_attempt, arguments, place))


def _fixed_lines() -> Iterator[list[str]]:
    """Every command and option with every wrong value of its kind."""
    for name in _NAMES:
        for command in ("run", "check", "cost", "report", "resume", "sweep"):
            yield [command, name]
        yield ["settings", name or "x"]
        yield ["run", "digits", "--executor", name or "x"]
        yield ["run", "digits", "--track", name]
        yield ["compare", name, "occupied"]
        yield ["track", name, "--to", "tensorboard"]
        yield [name]
        for option in ("--preset", "--engine", "--numerics", "--target"):
            yield ["check" if option == "--target" else "run", "digits", option, name]
        for option in ("--partition", "--board", "--host"):
            yield ["run", "digits", "--engine", "compiled", option, name or "x"]
        yield ["run", "digits", f"--{name or '-'}"]
    for number in _NUMBERS:
        yield ["run", "digits", "--seeds", number]
        yield ["run", "digits", f"--seeds={number}"]
        yield ["run", "digits", "--seeds", f"{number},{number}"]
        yield ["run", "digits", "--seeds", f"3-{number}" if number != "1001" else "3-9999"]
        yield ["run", "digits", "--workers", number if number != "1001" else "1025"]
        yield ["sweep", "digits", "--set", f"sleep.steps=lin:{number}:5:3"]
        yield ["sweep", "digits", "--set", f"sleep.leak=log:0.1:0.5:{number}a"]
        yield ["sweep", "digits", "--set", "sleep.steps=1,2", "--trials", f"{number}x"]
    for path in _PATHS:
        for command in ("report", "resume", "list"):
            yield [command, path]
        yield ["run", "--config", path]
        yield ["run", "digits", "--executor", "slurm", "--slurm", path]
        yield ["check", f"{path}.net"]
        for experiment in ("digits", "src", "foraging", "slow-wave", "pruning"):
            yield ["run", experiment, "--data-dir", path]
        yield ["cost", "src", "--data-dir", path]
    for out in ("occupied", "occupied/file", "occupied/file/below", "x" * 300, "a\0b", "a\udcff",
                "x" * 5000, "/proc/nothing/run", "/dev/null/run"):  # fmt: skip
        yield ["run", "digits", "--out", out]
        yield ["demo", "--no-show", "--out", out]
    for setting in _SETTINGS:
        yield ["run", "digits", "--set", setting]
        yield ["check", "digits", f"--set={setting}"]
        yield ["sweep", "digits", "--set", setting]
        yield ["cost", "digits", "--set", setting]
    for line in ("run", "check", "resume", "report", "cost", "frobnicate", "run digits src",
                 "run digits --seeds", "run digits --set", "doctor all", "cost pruning",
                 "check occupied", "check occupied/file", "report occupied", "resume occupied",
                 "run slow-wave --set data.folder=/nope", "run pruning --set data.folder=/nope",
                 "run slow-wave --data-dir occupied", "run pruning --data-dir occupied",
                 "run foraging --set world.particles=100000", "--seeds 3",
                 "run --set a=1", "compare", "compare occupied", "list nowhere", "sweep digits",
                 "sweep foraging --set sleep.reward=1,2", "sweep digits --set sleep.steps=1,2,2",
                 "settings nope", "track occupied", "run digits --scheduler x --workers 2",
                 "run digits --slurm x", "run digits --config occupied"):  # fmt: skip
        yield line.split()


def _wrong_settings() -> Iterator[list[str]]:
    """Every setting of every experiment with every wrong value of its kind."""
    for name, tree in trees():
        experiment, preset = name.split()
        for path, value in leaves(tree):
            if path[:2] == ("learners", "sleep") and tree["channels"]:
                continue  # convolutions do not sleep, and how many layers sleep is not asked
            for bad in bad_values(path, value):
                text = plain_yaml.write({"v": bad}).removeprefix("v:").strip()
                if len(text) < LONGEST_SETTING:
                    setting = f"{'.'.join(path)}={text}"
                    yield [experiment, "--preset", preset, "--set", setting]


def _attempt(arguments: list[str], place: Path) -> Verdict:
    (place / "occupied").mkdir(parents=True)
    (place / "occupied" / "file").touch()
    before = os.getcwd()
    os.chdir(place)
    began = time.monotonic()
    try:
        code, answer = _answer(arguments)
    except _BegunRun:
        return Verdict("believed", " ".join(arguments)[:500])
    except Exception:
        return Verdict("traceback", traceback.format_exc()[-3000:])
    finally:
        os.chdir(before)
    left = sorted(str(path.relative_to(place)) for path in place.rglob("*"))
    if left != ["occupied", "occupied/file"]:
        return Verdict("believed", f"left behind: {left}")
    if time.monotonic() - began > PATIENCE_S:
        return Verdict("slow", f"{time.monotonic() - began:.0f} s")
    if code not in (1, 2) or not 0 < len(answer) < LONGEST_ANSWER or "Traceback" in answer:
        return Verdict("traceback", f"exit code {code}: {answer[-2000:]}")
    return Verdict("refused", answer)


def _answer(arguments: list[str]) -> tuple[Any, str]:
    """Run a command line in this process, up to where a run would begin."""

    def begin(*_: Any, **__: Any) -> None:
        raise _BegunRun

    errors = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace")
    output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with (
        mock.patch.object(running, "complete", begin),
        mock.patch.object(sweep, "complete_sweep", begin),
        mock.patch.object(cost, "TemporaryDirectory", begin),
        contextlib.redirect_stderr(errors),
        contextlib.redirect_stdout(output),
    ):
        try:
            cli.app(arguments, prog_name="loihi-sleep")
            code: Any = 0
        except SystemExit as ended:
            code = ended.code
    for stream in (errors, output):
        stream.flush()
    # Without arguments, commands answer on the standard output.
    answer = errors.buffer.getvalue() or output.buffer.getvalue()  # type: ignore[attr-defined]
    return code, answer.decode()
