"""Runs the peers, each row in a process of the Python that they are installed for."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.workload import ConvolutionalNetwork, Network, Row, SigmaDeltaNetwork

TIMEOUT_S = 900.0
SCRIPTS = Path(__file__).resolve().parents[2]
# Set for Lava's processes; peers choose their threads themselves.
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
NO_EPOCHS = "no learning epochs: a peer updates its synapses in every step, as in plastic-t1"
NO_CONVOLUTIONS = "the programs of the peers build dense layers only"
NO_CHANGES = "none of these programs has sigma-delta neurons"
FORWARD_ONLY = "the programs of the peers build feed-forward networks of one kind of neuron"


@dataclass(frozen=True)
class Peer:
    """A simulator, in one way of running it.

    Parameters
    ----------
    name : str
        For the table.
    module : str
        Program in this folder.
    mode : str
        What the program is told.
    """

    name: str
    module: str
    mode: str = "fastest"


PEERS = (
    Peer("Brian2 Cython", "brian2", "cython"),
    Peer("Brian2 C++", "brian2", "cpp"),
    Peer("BindsNET", "bindsnet"),
    Peer("Norse", "norse"),
    Peer("SpikingJelly", "spikingjelly"),
    Peer("NEST", "nest"),
    Peer("ANNarchy", "annarchy"),
)


def measure(peer: Peer, row: Row, python: Path, repeats: int) -> dict[str, Any]:
    """Time a row; ``missing`` says why there is no time."""
    if row.t_epoch > 1:
        return {"missing": NO_EPOCHS}
    if isinstance(row.network, ConvolutionalNetwork):
        return {"missing": NO_CONVOLUTIONS}
    if isinstance(row.network, SigmaDeltaNetwork):
        return {"missing": NO_CHANGES}
    if type(row.network) is not Network:
        return {"missing": FORWARD_ONLY}
    command = [str(python), "-m", f"benchmarks.peers.{peer.module}"]
    command += ["--row", row.name, "--mode", peer.mode, "--repeats", str(repeats)]
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            name: value for name, value in os.environ.items() if name not in THREAD_VARIABLES
        }
        # ANNarchy looks for its Python as an activated environment has it.
        path = os.pathsep.join([str(python.parent), environment.get("PATH", "")])
        environment |= {"PATH": path, "VIRTUAL_ENV": str(python.parent.parent)}
        environment |= {"PYTHONPATH": str(SCRIPTS), "TORCHINDUCTOR_CACHE_DIR": folder}
        try:
            # Away from the working directory, in which a module may have a peer's name.
            ran = subprocess.run(
                command,
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return {"missing": f"took more than {TIMEOUT_S:g} s"}
    if ran.returncode != 0:
        return {"missing": _reason(ran.stderr)}
    found = json.loads(ran.stdout.strip().splitlines()[-1])
    return {**found, "us_repeats": found["us"], "us": statistics.median(found["us"])}


def _reason(stderr: str) -> str:
    last = (stderr.strip().splitlines() or ["failed without a message"])[-1]
    if last.startswith("ModuleNotFoundError: No module named"):
        return f"not installed for --peers-python: {last.split('named', 1)[1].strip()}"
    if last.startswith("NotImplementedError: "):
        return last.split(": ", 1)[1]
    return f"failed: {last}"
