"""Damaged entries of the cache of learning rules.

The rule is compiled once. Most cases stand in for compiling it again, as it is known what that
gives, and look at the bytes that would be loaded; some are tried to the end, each in a new process.
"""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from damage.byte_changes import damaged_copies
from damage.case import Case, Verdict, judge
from loihi_sleep.engine.rules import cache as rule_cache
from loihi_sleep.engine.rules import compile as rule_functions
from loihi_sleep.engine.rules.cache import MachineCode

LEARNED = 30
MARKER = "marker"
# A whole process, with compiling: one case in so many.
TO_THE_END = 12


class Planted:
    """A pickle that creates a folder where it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (self.path,)


def learned_weight() -> float:
    """Weight of a synapse after five spikes, by a rule that adds 6 at each."""
    from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
    from lava.magma.core.run_conditions import RunSteps
    from lava.proc.dense.process import LearningDense
    from lava.proc.io.source import RingBuffer

    from loihi_sleep import engine

    rule = Loihi2FLearningRule(dw="3*2^1*x0", x1_impulse=1, x1_tau=1, rng_seed=0)
    synapse = LearningDense(weights=np.zeros((1, 1)), learning_rule=rule)
    RingBuffer(data=np.ones((1, 5), int)).s_out.connect(synapse.s_in)
    engine.attach(synapse, "fixed")
    synapse.run(condition=RunSteps(5))
    weight = float(synapse.weights.get()[0, 0])
    synapse.stop()
    return weight


def cases(folder: Path, count: int, seed: int) -> Iterator[Case]:
    """Damage an entry, its folder, or what lies beside it."""
    folder.chmod(0o755)  # else nobody could reach what lies in it, and all would be allowed
    os.environ["LOIHI_SLEEP_CACHE"] = str(folder / "whole")
    if learned_weight() != LEARNED:
        raise AssertionError("the undamaged rule learns something else")
    (whole,) = (folder / "whole" / "rules").iterdir()
    damages = _damages(whole.name, whole.read_bytes(), count, seed)
    for number, (name, damage) in enumerate(damages):
        cache = folder / str(number)
        path = cache / "rules" / whole.name
        path.parent.mkdir(parents=True)
        path.write_bytes(whole.read_bytes())
        path.chmod(0o600)
        damage(path)
        try_it = _in_a_new_process if number % TO_THE_END == 0 else _in_this_process
        yield Case(name, partial(try_it, cache, whole))
        shutil.rmtree(cache)


def _damages(
    name: str, content: bytes, count: int, seed: int
) -> Iterator[tuple[str, Callable[[Path], object]]]:
    special = list(_special_damages(name, content))
    random = np.random.default_rng(seed)
    for number in range(count):
        if number % 2:
            yield special[number // 2 % len(special)]
        elif number % 4:
            # Most of an entry is code: damage its first bytes as often as the rest.
            span = int(random.integers(66, 300))
            ((what, head),) = damaged_copies(content[:span], 1, seed + number)
            new = head + content[span:]
            yield f"head: {what}", lambda path, new=new: path.write_bytes(new)
        else:
            ((what, new),) = damaged_copies(content, 1, seed + number)
            yield what, lambda path, new=new: path.write_bytes(new)


def _special_damages(name: str, content: bytes) -> Iterator[tuple[str, Callable[[Path], object]]]:
    digest, _, rest = content.partition(b"\n")
    head, _, code = rest.partition(b"\n")

    def written(new: bytes) -> Callable[[Path], object]:
        return lambda path: path.write_bytes(new)

    def planted_beside(pattern: str, *, python: bool) -> Callable[[Path], object]:
        def plant(path: Path) -> None:
            place = path.parent / pattern.format(name=name)
            place.parent.mkdir(exist_ok=True)
            marker = path.parent / MARKER
            text = f"import os\nos.mkdir({str(marker)!r})\n".encode()
            place.write_bytes(text if python else pickle.dumps(Planted(marker)))

        return plant

    yield "empty", written(b"")
    yield "digest alone", written(digest + b"\n")
    yield "digest of nothing", written(b"\n" + rest)
    for changed in (b"[]", b"{}", b"null", b"[" * 5000, b'["a", "b", -1]', head + b" "):
        yield f"head {changed[:20]!r}", written(digest + b"\n" + changed + b"\n" + code)
    yield "code twice", written(content + code)
    yield "two lines changed places", written(head + b"\n" + digest + b"\n" + code)
    yield "text for code", written(digest + b"\n" + head + b"\n" + json.dumps("x" * 500).encode())
    yield (
        "of another text",
        lambda path: rule_cache.write(
            path, b"another text", MachineCode("library", "function", b"object", b"bitcode")
        ),
    )
    yield "pickle", planted_beside("{name}", python=False)
    yield "Python", planted_beside("{name}", python=True)
    yield "Python beside", planted_beside("{name}.py", python=True)
    for end in ("nbi", "1.nbc"):
        pattern = "__pycache__/{name}.rule-10.py310." + end
        yield f"numba's {end} beside", planted_beside(pattern, python=False)
    yield "no file", lambda path: path.unlink()
    yield "folder", lambda path: (path.unlink(), path.mkdir())
    yield "fifo", lambda path: (path.unlink(), os.mkfifo(path))
    yield "link in a circle", lambda path: (path.unlink(), path.symlink_to(path))
    yield "link to a device", lambda path: (path.unlink(), path.symlink_to("/dev/zero"))
    yield "sparse, 1 TiB", lambda path: os.truncate(path, 1 << 40)
    for mode in (0o000, 0o400, 0o606, 0o660, 0o777):
        yield f"mode {mode:o}", lambda path, mode=mode: path.chmod(mode)
    for mode in (0o777, 0o775, 0o1777):
        yield f"folder of mode {mode:o}", lambda path, mode=mode: path.parent.chmod(mode)
        yield (
            f"folder above of mode {mode:o}",
            lambda path, mode=mode: path.parent.parent.chmod(mode),
        )
    yield "folder is a file", lambda path: (shutil.rmtree(path.parent), path.parent.touch())


def _in_this_process(cache: Path, whole: Path) -> Verdict:
    """Load the entry, and note what would be loaded or compiled."""
    original = rule_functions.compile_text, rule_functions.load, rule_functions.compiled
    known = original[2]
    loaded: list[MachineCode] = []

    def compile_text(name: str, text: str) -> tuple[object, MachineCode]:
        return known(text), _code_of(whole)

    def load(code: MachineCode) -> object:
        loaded.append(code)
        return original[1](code)

    os.environ["LOIHI_SLEEP_CACHE"] = str(cache)
    rule_functions.compile_text, rule_functions.load = compile_text, load
    rule_functions.compiled = known.__wrapped__
    try:
        return judge(
            learned_weight,
            lambda weight: (
                weight == LEARNED
                and all(code == _code_of(whole) for code in loaded)
                and not any(cache.rglob(MARKER))
            ),
        )
    finally:
        rule_functions.compile_text, rule_functions.load, rule_functions.compiled = original


def _code_of(whole: Path) -> MachineCode:
    library, function, size = json.loads(whole.read_bytes().split(b"\n", 2)[1])
    code = whole.read_bytes().split(b"\n", 2)[2]
    return MachineCode(library, function, code[:size], code[size:])


def _in_a_new_process(cache: Path, whole: Path) -> Verdict:
    """Load the entry, or compile the rule, and learn."""

    def learn() -> float:
        script = (
            "from damage.rule_cache import learned_weight\n"
            "try:\n    print(learned_weight())\n"
            "except ValueError as error:\n    print(f'ValueError: {error}')"
        )
        done = subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "LOIHI_SLEEP_CACHE": str(cache)},
            capture_output=True,
            text=True,
        )
        answer = done.stdout.strip()
        if done.returncode:
            raise RuntimeError(done.stderr)
        if answer.startswith("ValueError: "):
            raise ValueError(answer)
        return float(answer)

    return judge(learn, lambda weight: weight == LEARNED and not any(cache.rglob(MARKER)))
