"""The rooms of the code: arrows run down and never in a circle, and imports are light."""

import ast
import functools
import subprocess
import sys
import time
from pathlib import Path

import networkx
import pytest

ROOT = Path(__file__).parents[2]
PACKAGE, PROCESSES = ROOT / "loihi_sleep", ROOT / "processes"
PROCESS_FOLDERS = sorted(path.parent for path in PROCESSES.glob("*/process.py"))
# From the ground up. A room imports from lower floors, not from its neighbors on the same one.
FLOORS = (
    ("processes",),
    ("errors", "seeds", "host", "html_table", "progress", "numerics"),
    ("complaints",),
    ("files", "registry", "settings"),
    ("rules",),
    ("configuration", "graphs"),
    ("fit", "worlds", "progress_bar"),
    ("cost", "results"),
    ("engine", "comparison", "tracking"),
    ("loihi2",),
    ("run", "datasets"),
    ("networks", "training"),
    ("sleep", "exchange", "hippocampus"),
    ("consolidation",),
    ("pruning",),
    ("experiments",),
    ("sweeps",),
    ("cli",),
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}


def module_of(path):
    """Name of a module of ours; `loihi_sleep/processes` is a link to `processes`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    parts = parts if parts[0] == "loihi_sleep" else ("loihi_sleep", *parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def files():
    yield from (path for path in PACKAGE.rglob("*.py") if PACKAGE / "processes" not in path.parents)
    yield from PROCESSES.rglob("*.py")


MODULES = {module_of(path): path for path in files()}


def imports_of(module):
    """Modules of ours that a module imports, wherever in it, and for types too."""
    for node in ast.walk(ast.parse(MODULES[module].read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in MODULES else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@functools.cache
def arrows():
    """Pairs of modules of which the first imports the second."""
    return {
        (module, name)
        for module in MODULES
        for name in imports_of(module)
        if name in MODULES and name != module
    }


def room_of(module):
    return module.split(".")[1] if "." in module else None


@pytest.mark.parametrize("folder", PROCESS_FOLDERS, ids=lambda path: path.name)
def test_a_process_folder_holds_nothing_else(folder):
    # Lava's compiler executes every file beside a Process.
    names = {path.name for path in folder.iterdir() if path.name != "__pycache__"}
    assert names == {"process.py", "models.py", "__init__.py"}


def test_each_room_has_a_floor():
    rooms = {room_of(module) for module in MODULES} - {None, "__main__"}
    assert rooms == set(FLOOR_OF)


def test_arrows_run_down():
    rooms = {(module, name): (room_of(module), room_of(name)) for module, name in arrows()}
    upward = [
        f"{module} imports {name}"
        for (module, name), (room, other) in rooms.items()
        if room != other and None not in (room, other) and room != "__main__"
        if FLOOR_OF[other] >= FLOOR_OF[room]
    ]
    assert upward == []


def test_no_files_import_each_other_in_a_circle():
    components = networkx.strongly_connected_components(networkx.DiGraph(arrows()))
    assert [sorted(component) for component in components if len(component) > 1] == []


def test_experiments_do_not_import_each_other():
    folders = {path.parent.name for path in PACKAGE.glob("experiments/*/__init__.py")}
    places = [(module.split(".")[2:3], name.split(".")[1:3]) for module, name in arrows()]
    for (own,), (room, *rest) in ((a, b) for a, b in places if a and b):
        if own in folders and room == "experiments" and rest:
            assert rest[0] == own or rest[0] not in folders, f"{own} imports {rest[0]}"


@pytest.mark.parametrize(
    "arguments", [["-c", "import loihi_sleep"], ["-m", "loihi_sleep", "--help"]]
)
def test_import_and_help_answer_in_under_a_second(arguments):
    def measure():
        began = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
        return time.perf_counter() - began

    # The best of three: other work on the machine must not fail this.
    assert min(measure() for _ in range(3)) < 1.0
