"""Each of Loihi's integers has one source; other files import it."""

import ast
import functools
from pathlib import Path

from loihi_sleep.numerics import limits
from loihi_sleep.processes.kernels import integers

ROOT = Path(__file__).parents[3]
SOURCES = {"loihi_sleep/numerics/limits.py", "processes/kernels/integers.py"}
LOIHIS = {
    *(integers.UNITY, integers.STATE_MAX, integers.STATE_MAX + 1, integers.TRACE_MAX),
    *(integers.WEIGHT_MIN, integers.WEIGHT_MAX, integers.MIXED_WEIGHT_MAX),
    *(limits.DECAY_MAX, limits.VTH_MAX, limits.VTH_MAX + 1, limits.BIAS_MAX),
    limits.DELAY_MAX,
}
# Rooms in which Loihi is far away: there such numbers are of pixels, neurons and characters.
ELSEWHERE = ("cli", "configuration.py", "datasets", "experiments", "files", "results", "worlds")
# The same numbers where they mean something else.
OTHERS = {
    "loihi_sleep/consolidation/chip.py": "pixels of a window",
    "loihi_sleep/consolidation/released.py": "pixels of a window",
    "loihi_sleep/engine/counting.py": "bits of a byte",
    "loihi_sleep/engine/domains.py": "bits of an integer of this computer",
    "loihi_sleep/engine/nodes/conv/step.py": "a clamp of Lava's model, which differs for -2**23",
    "loihi_sleep/networks/convolutional.py": "an integer of this computer, of 8 bits",
    "loihi_sleep/engine/kernels/numerics.py": "bits of a graded spike, and of a random number",
    "processes/kernels/residual_hebb.py": "weights and tags of equal width",
}


def number(node):
    """The number that a literal, a sign before one, or a power of two of literals stands for."""
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = number(node.operand)
        return None if value is None else -value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow | ast.LShift):
        base, exponent = number(node.left), number(node.right)
        if (base, isinstance(node.op, ast.Pow)) in ((2, True), (1, False)):
            return 2 ** min(exponent or 0, 64)
    return None


@functools.cache
def literals():
    """Where such numbers are written: names of files, and places with the numbers."""
    found = []
    for package in ("loihi_sleep", "processes"):
        for path in sorted((ROOT / package).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            room = name.split("/")[1]
            if name not in SOURCES and room not in ("processes", *ELSEWHERE):
                for node in ast.walk(ast.parse(path.read_text())):
                    if number(node) in LOIHIS:
                        found.append((name, f"{name}:{node.lineno}: {ast.unparse(node)}"))
    return found


def test_no_file_writes_a_limit_of_loihi_down_again():
    assert [text for name, text in literals() if name not in OTHERS] == []


def test_no_exception_is_out_of_date():
    assert {name for name, _ in literals()} >= set(OTHERS)
