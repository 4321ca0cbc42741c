"""Networks of which a part, or all, runs by models in Python: beside Lava's simulator, by turns."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from lava.magma.core.run_conditions import RunSteps
from lava.proc.dense.process import Dense
from lava.proc.io.source import RingBuffer
from lava.proc.lif.process import LIF
from lava.proc.sdn.process import Delta, SigmaDelta
from numpy.typing import NDArray

from benchmarks.adaptive.process import Adaptive
from loihi_sleep import engine
from loihi_sleep.run.select import select
from loihi_sleep.run.session import Session

# Steps of a turn, and turns of a repeat. Turns are short, and the fastest counts: what else runs
# on the machine takes more from one process than from Lava's many.
WARM_UP, STEPS, TURNS = 200, 200, 10


@dataclass(frozen=True)
class Row:
    """A network, how it is run, and how many times as fast as Lava's simulator it must be.

    Parameters
    ----------
    name : str
    build : callable
        Returns its Processes, the first one to run it by.
    python : str
        As of :func:`loihi_sleep.engine.attach`.
    bar : float
        0: none was set.
    """

    name: str
    build: Callable[[], list[Any]]
    python: str
    bar: float


def chain(*processes: Any) -> list[Any]:
    """Connect Processes one behind the other."""
    for before, after in itertools.pairwise(processes):
        before.out_ports.members[0].connect(after.in_ports.members[0])
    return list(processes)


def _spikes(size: int, share: float) -> RingBuffer:
    rng = np.random.default_rng(1)
    return RingBuffer(data=(rng.random((size, 128)) < share).astype(int))


def _dense(post: int, pre: int, **arguments: Any) -> Dense:
    rng = np.random.default_rng(post + pre)
    return Dense(weights=2 * rng.integers(-40, 60, (post, pre)), **arguments)


def lif_dense() -> list[Any]:
    """Return 100 inputs and 100 neurons."""
    return chain(_spikes(100, 0.1), _dense(100, 100), LIF(shape=(100,), vth=40, du=400, dv=400))


def perceptron() -> list[Any]:
    """Return a network of 784, 400 and 10 neurons."""
    return chain(
        _spikes(784, 0.05),
        _dense(400, 784),
        LIF(shape=(400,), vth=120, du=400, dv=400),
        _dense(10, 400),
        LIF(shape=(10,), vth=120, du=400, dv=400),
    )


def sigma_delta() -> list[Any]:
    """Return a sigma-delta network of 64, 128, 128 and 10 neurons."""
    rng = np.random.default_rng(2)
    walk = np.cumsum(rng.integers(-3, 4, (64, 128)), axis=1)
    sizes = (64, 128, 128, 10)
    layers: list[Any] = [RingBuffer(data=walk), Delta(shape=(64,), vth=2)]
    for pre, post in itertools.pairwise(sizes):
        layers.append(_dense(post, pre, num_message_bits=16, weight_exp=-6))
        layers.append(SigmaDelta(shape=(post,), vth=4))
    return chain(*layers)


def with_a_users_neurons() -> list[Any]:
    """Return 784, 400, a layer of a user's own and 10 neurons."""
    return chain(
        _spikes(784, 0.05),
        _dense(400, 784),
        Adaptive(shape=(400,), vth=3000),
        _dense(400, 400),
        LIF(shape=(400,), vth=120, du=400, dv=400),
        _dense(10, 400),
        LIF(shape=(10,), vth=120, du=400, dv=400),
    )


ROWS = (
    Row("LIF-Dense 100-100, all in Python", lif_dense, "all", 6),
    Row("784-400-10, all in Python", perceptron, "all", 0),
    Row("sigma-delta 64-128-128-10, all in Python", sigma_delta, "all", 6),
    Row("784-400-(a user's model)-400-10, mixed", with_a_users_neurons, "allow", 20),
)


def measure(row: Row, repeats: int) -> dict[str, Any]:
    """Time a network on both by turns; all Vars are found equal in the end.

    Raises
    ------
    AssertionError
        The engines differ.
    """
    lavas, ours = row.build(), row.build()
    lava_us, our_us = [], []
    engine.attach(ours[0], "fixed", "per_layer", python=row.python)
    with Session(lavas[0], select("lava", "fixed", "per_layer"), timeout_s=600) as session:
        session.run(WARM_UP)
        _run(ours[0], WARM_UP)
        for _ in range(repeats * TURNS):
            lava_us.append(1e6 * _seconds(lambda: session.run(STEPS)) / STEPS)
            our_us.append(1e6 * _seconds(lambda: _run(ours[0], STEPS)) / STEPS)
        for lava_process, process in zip(lavas, ours, strict=True):
            for var, wanted in _states(lava_process, session.get):
                found = np.asarray(getattr(process, var).get()).astype(np.int64)
                assert np.array_equal(found, wanted), f"{row.name}: {var} of {process.name}"
    report = engine.report(ours[0])
    ratio = min(lava_us) / min(our_us)
    return {
        "network": row.name,
        "lava_us": round(min(lava_us), 1),
        "engine_us": round(min(our_us), 1),
        "ratio": round(ratio, 1),
        "lava_median_us": round(statistics.median(lava_us), 1),
        "engine_median_us": round(statistics.median(our_us), 1),
        "bar": row.bar,
        "met": ratio >= row.bar,
        "python_share": round(report.python_share, 3),
        "equal_after_steps": WARM_UP + repeats * TURNS * STEPS,
    }


def _states(process: Any, get: Callable[[Any], NDArray[Any]]) -> list[tuple[str, NDArray[Any]]]:
    """Potentials and the like; reading weights of Lava takes seconds."""
    return [
        (var.name, np.asarray(get(var)).astype(np.int64))
        for var in process.vars.members
        if var.name in ("u", "v", "rise", "sigma", "act", "residue", "error")
    ]


def _run(process: Any, steps: int) -> None:
    process.run(condition=RunSteps(num_steps=steps))


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began
