"""Large networks: seconds and memory to the first step, and how a step's time grows with events.

Each network is measured in a process of its own, as the most memory that a process has taken does
not go down again. Neurons spike by themselves, by biases that differ from neuron to neuron.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from lava.magma.core.run_conditions import RunSteps
from lava.proc.dense.process import LearningDense
from lava.proc.lif.process import LIF
from lava.proc.sparse.process import LearningSparse, Sparse
from scipy.sparse import csr_matrix

from benchmarks import networks, workload
from loihi_sleep import engine

# Potentials are compared with SCALE times the threshold and do not decay: a neuron with the bias b
# spikes about once in SCALE * THRESHOLD / b steps.
THRESHOLD, SCALE = 10_000, 64
# Rounds of the put-off work of plastic synapses, then what is timed.
WARM_UP, STEPS, TURNS = 100, 100, 3
# Large arrays go back to the system when they are let go of, so that what a process has is in use.
_ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": str(2**20), "MALLOC_TRIM_THRESHOLD_": str(2**20)}
_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass(frozen=True)
class Case:
    """A network that is measured.

    Parameters
    ----------
    kind : str
        One of :data:`KINDS`.
    neurons, fan_out : int
        Neurons, and synapses of each.
    rate : float
        Share of the neurons that spike in a step.
    """

    kind: str
    neurons: int
    fan_out: int
    rate: float

    @property
    def synapses(self) -> int:
        return self.neurons * self.fan_out

    @property
    def name(self) -> str:
        return f"{self.kind} {self.neurons:,} x {self.fan_out:,} at {self.rate:.1%}"


CASES = (
    Case("LearningDense", 2_048, 2_048, 0.01),
    Case("LearningDense", 4_096, 4_096, 0.01),
    Case("LearningDense", 4_096, 4_096, 0.04),
    Case("Sparse", 50_000, 100, 0.01),
    Case("Sparse", 100_000, 100, 0.01),
    Case("Sparse", 100_000, 100, 0.04),
    Case("LearningSparse", 50_000, 100, 0.01),
    Case("LearningSparse", 100_000, 100, 0.01),
    Case("LearningSparse", 100_000, 100, 0.04),
    Case("LearningSparse", 50_000, 200, 0.01),
)


def _dense(case: Case) -> LearningDense:
    rng = np.random.default_rng(workload.SEED)
    weights = 2 * rng.integers(-25, 26, (case.neurons, case.fan_out), dtype=np.int32)
    return LearningDense(weights=weights, learning_rule=networks.pair_stdp(t_epoch=1))


def _matrix(case: Case) -> csr_matrix:
    """Draw synapses, as many for each neuron: in row i one in each of as many stretches."""
    rng = np.random.default_rng(workload.SEED)
    size, many = case.neurons, case.fan_out
    stretch = size // many
    columns = rng.integers(0, stretch, (size, many), dtype=np.int32)
    columns += np.arange(many, dtype=np.int32) * np.int32(stretch)
    weights = 2 * rng.integers(1, 26, size * many, dtype=np.int32)
    weights *= rng.choice(np.array([-1, 1], dtype=np.int32), weights.size)
    first = np.arange(0, size * many + 1, many, dtype=np.int32)
    return csr_matrix((weights, columns.ravel(), first), shape=(size, size))


def _sparse(case: Case) -> Sparse:
    return Sparse(weights=_matrix(case))


def _learning_sparse(case: Case) -> LearningSparse:
    # Without tags that are sparse as well Lava makes matrices of zeros for all pairs of neurons.
    shape = case.neurons, case.neurons
    return LearningSparse(
        weights=_matrix(case),
        tag_1=csr_matrix(shape, dtype=np.int32),
        tag_2=csr_matrix(shape, dtype=np.int32),
        learning_rule=networks.pair_stdp(t_epoch=1),
    )


KINDS: dict[str, Callable[[Case], Any]] = {
    "LearningDense": _dense,
    "Sparse": _sparse,
    "LearningSparse": _learning_sparse,
}


def build(case: Case) -> tuple[LIF, Any]:
    """Build neurons whose synapses lead back to them."""
    rng = np.random.default_rng(workload.SEED + 1)
    mean = round(case.rate * THRESHOLD * SCALE)
    neurons = LIF(
        shape=(case.neurons,),
        vth=THRESHOLD,
        du=4095,
        dv=0,
        bias_mant=rng.integers(mean // 2, 3 * mean // 2, case.neurons, endpoint=True),
        v=rng.integers(0, THRESHOLD * SCALE, case.neurons),
    )
    synapses = KINDS[case.kind](case)
    neurons.s_out.connect(synapses.s_in)
    synapses.a_out.connect(neurons.a_in)
    if hasattr(synapses, "s_in_bap"):
        neurons.s_out.connect(synapses.s_in_bap)
    return neurons, synapses


def peak_bytes() -> int:
    """Most memory that this process has taken since :func:`forget_peak` (Linux)."""
    for line in _STATUS.read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"{_STATUS} does not say VmHWM")


def forget_peak() -> int:
    """Let the most memory be what is taken now; return that."""
    _CLEAR.write_text("5")
    return peak_bytes()


def measure(case: Case) -> dict[str, Any]:
    """Build and run the network in this process."""
    # What is imported and compiled once is not the network's.
    small = Case(case.kind, 64, min(64, case.fan_out), 0.1)
    neurons, _ = build(small)
    engine.attach(neurons)
    _run(neurons, 1)
    neurons.stop()

    began, before = time.perf_counter(), forget_peak()
    neurons, synapses = build(case)
    built_s, built = time.perf_counter() - began, forget_peak()
    began = time.perf_counter()
    engine.attach(neurons)
    attach_s = time.perf_counter() - began
    began = time.perf_counter()
    _run(neurons, 1)
    first_step_s = time.perf_counter() - began
    most, after = peak_bytes(), forget_peak()

    _run(neurons, WARM_UP - 1)
    seconds = min(_run(neurons, STEPS) for _ in range(TURNS))
    running = peak_bytes()
    counter = engine.count(neurons)
    _run(neurons, STEPS)
    counted = counter.activity()
    neurons.stop()
    found = counted.of(synapses.name)
    return asdict(case) | {
        "synapses": case.synapses,
        "process_s": built_s,
        "attach_s": attach_s,
        "first_step_s": first_step_s,
        "process_bytes": built - before,
        "engine_peak_bytes": most - built,
        "engine_bytes": after - built,
        "running_bytes": running - built,
        "us": 1e6 * seconds / STEPS,
        "spikes": counted.of(neurons.name).spikes / counted.steps,
        "operations": found.operations / counted.steps,
        "updates": (found.updates or 0) / counted.steps,
    }


def _run(neurons: LIF, steps: int) -> float:
    began = time.perf_counter()
    neurons.run(condition=RunSteps(num_steps=steps))
    return time.perf_counter() - began


def measure_apart(case: Case) -> dict[str, Any]:
    """Measure in another process; ``skipped`` says why there is nothing."""
    if not (_STATUS.exists() and os.access(_CLEAR, os.W_OK)):
        return asdict(case) | {"skipped": f"memory is measured by {_STATUS} and {_CLEAR} (Linux)"}
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "benchmarks.large", json.dumps(asdict(case))],
        env=os.environ | _ALLOCATOR,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode != 0:
        lines = ran.stderr.strip().splitlines() or [f"ended with {ran.returncode}"]
        return asdict(case) | {"skipped": lines[-1]}
    found: dict[str, Any] = json.loads(ran.stdout.strip().splitlines()[-1])
    return found


# Of the table: names and widths.
_COLUMNS = {
    "network": 42,
    "synapses": 11,
    "Process s": 9,
    "attach s": 8,
    "1st step s": 10,
    "Lava B": 6,
    "most B": 6,
    "kept B": 6,
    "us a step": 9,
    "events": 9,
    "ns an event": 11,
}
HEAD = (
    "Bytes are those of a synapse: what Lava's Processes take, what the engine takes beside them "
    "at most while the network is built, and what it keeps. Events: synapses that a step reads, "
    "and those that its learning rule visits."
)


def head_lines() -> list[str]:
    """Say what the columns are, and name them."""
    return [HEAD, _line(list(_COLUMNS))]


def lines_of(found: dict[str, Any], smaller: dict[str, Any] | None) -> list[str]:
    """Format a row, and what each synapse more than in a smaller one takes."""
    name = Case(**{field.name: found[field.name] for field in fields(Case)}).name
    if "skipped" in found:
        return [f"{_line([name])}  skipped: {found['skipped']}"]
    events = found["operations"] + found["updates"]
    kinds = ("process_bytes", "engine_peak_bytes", "engine_bytes")
    cells = [
        name,
        f"{found['synapses']:,}",
        *(f"{found[part]:.2f}" for part in ("process_s", "attach_s")),
        f"{found['first_step_s']:.4f}",
        *(f"{found[kind] / found['synapses']:.1f}" for kind in kinds),
        f"{found['us']:,.0f}",
        f"{events:,.0f}",
        f"{1e3 * found['us'] / events:.2f}",
    ]
    lines = [_line(cells)]
    if smaller is not None:
        more = found["synapses"] - smaller["synapses"]
        slopes = [f"{(found[kind] - smaller[kind]) / more:.1f}" for kind in kinds]
        lines.append(_line(["    bytes of each synapse more", "", "", "", "", *slopes]))
    return lines


def _line(cells: list[str]) -> str:
    name, *others = cells
    widths = list(_COLUMNS.values())
    return "  ".join(
        [
            name.ljust(widths[0]),
            *(cell.rjust(w) for cell, w in zip(others, widths[1:], strict=False)),
        ]
    )


def smaller_of(found: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Find the row of a network of the same kind and rate with fewer neurons, or synapses of each.

    Of dense ones both are fewer.
    """
    for row in rows:
        alike = all(row[name] == found[name] for name in ("kind", "rate"))
        pairs = [(row[name], found[name]) for name in ("neurons", "fan_out")]
        fewer = all(few <= many for few, many in pairs) and any(few < many for few, many in pairs)
        if alike and fewer and "skipped" not in row:
            return None if "skipped" in found else row
    return None


if __name__ == "__main__":
    print(json.dumps(measure(Case(**json.loads(sys.argv[1])))))
