"""Makes the stand-ins of this folder importable, and a board that is not here available."""

import functools
import stat
import sys
from pathlib import Path

import engines
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stand_in_adapters import process as stand_ins

from loihi_sleep.engine.attach import compile_network
from loihi_sleep.graphs.model_choice import SimulatorRunConfig
from loihi_sleep.loihi2 import Adapters, deploy, probe
from loihi_sleep.loihi2.board import VARIABLES
from loihi_sleep.run.select import CompiledRunConfig, select


@pytest.fixture
def no_board(monkeypatch, tmp_path):
    """Keep what is said of boards within a test; there is no SLURM."""
    for name in VARIABLES:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


@pytest.fixture
def sinfo(tmp_path, no_board):
    """Put a program `sinfo` on the PATH: a shell script."""

    def write(script):
        program = tmp_path / "bin" / "sinfo"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)

    return write


@pytest.fixture
def adapters():
    """Stand-ins for the adapters of Intel's extension, which pass spikes on at once."""
    return Adapters(stand_ins.PyToNxAdapter, stand_ins.NxToPyAdapter)


@pytest.fixture
def late_adapters():
    """Stand-ins that pass spikes on a step later."""
    return Adapters(stand_ins.LatePyToNxAdapter, stand_ins.LateNxToPyAdapter)


class _ModelsAsChip(CompiledRunConfig):
    """Prepares a network as for a chip, then runs Lava's models of it in this process."""

    engine = "loihi2"

    def compile_network(self, process):
        self.prepare(process)
        return compile_network(process, self.choosing_models, "all")


@pytest.fixture
def simulated_chip():
    """Run as on the chip, but by Lava's models, behind stand-ins for the adapters.

    They run in this process, or on Lava's simulator where that is asked for or with ``--lava``.
    """
    select("compiled")  # from now on Lava calls `prepare`

    def run_cfg(adapters, on_lava=engines.chosen == "lava"):
        chosen = SimulatorRunConfig("fixed") if on_lava else _ModelsAsChip("fixed")
        chosen.engine = "loihi2"
        chosen.prepare = functools.partial(deploy, adapters=adapters)
        return chosen

    return run_cfg


@pytest.fixture
def extension(monkeypatch, no_board):
    """Let the probe find Intel's extension."""
    monkeypatch.setattr(probe, "_importable", lambda name: True)
