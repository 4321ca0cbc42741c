"""What `import loihi_sleep` offers: a change of this list is a change for users."""

import ast
import subprocess
import sys
from pathlib import Path

import loihi_sleep as ls

PUBLIC = [
    "Activity",
    "BadParameter",
    "ChipSleep",
    "Cost",
    "CurrentDrive",
    "DataSet",
    "Deployment",
    "Drive",
    "EngineUnavailable",
    "ExtensionFailed",
    "Fit",
    "FollowingMemory",
    "Gaussian",
    "ImageDrive",
    "Memory",
    "Night",
    "NightRecord",
    "NotEnoughMemory",
    "Patterns",
    "PhaseGate",
    "Poisson",
    "Raster",
    "ReleasedSleep",
    "ReplayConfig",
    "Run",
    "RunFailed",
    "Samples",
    "Session",
    "Sleep",
    "Sleeper",
    "SlowWave",
    "SpikeDrive",
    "SpikeProbe",
    "SpikingModule",
    "Stream",
    "UnsupportedGraph",
    "attach",
    "check",
    "classify_in_spikes",
    "count",
    "counting",
    "datasets",
    "deploy",
    "engine",
    "estimate",
    "extend_lava",
    "follow",
    "linear_inputs",
    "linear_outputs",
    "load_stream",
    "networks",
    "open_run",
    "place",
    "put_to_sleep",
    "read_net",
    "read_nir",
    "report",
    "rules",
    "run_many",
    "run_night",
    "select",
    "sleeping_layers",
    "write_net",
    "write_nir",
]


def test_the_names_are_those_that_users_know():
    assert sorted(ls.__all__) == sorted(PUBLIC)
    assert set(PUBLIC) <= set(dir(ls))


def test_each_name_is_there_and_has_a_docstring():
    for name in ls.__all__:
        assert getattr(ls, name).__doc__, name


def test_type_checkers_see_the_same_names():
    tree = ast.parse(Path(ls.__file__).read_text())
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {
        alias.name: node.module.removeprefix("loihi_sleep").removeprefix(".") or None
        for node in block.body
        for alias in node.names
    }
    assert seen == ls._HOME


def test_importing_it_imports_nothing_heavy():
    code = "import sys, loihi_sleep; print({'lava', 'torch', 'numpy', 'numba'} & set(sys.modules))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert printed.stdout == "set()\n"
