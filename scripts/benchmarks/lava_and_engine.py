"""Times one network on Lava's simulator and on the compiled engine, by turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from lava.magma.core.process.variable import Var
from lava.magma.core.run_conditions import RunSteps
from numpy.typing import NDArray

from benchmarks import activity, networks
from benchmarks.bandwidth import Bandwidth
from benchmarks.networks import Graph
from benchmarks.workload import Row
from loihi_sleep import engine
from loihi_sleep.errors import EngineUnavailable, UnsupportedGraph, described
from loihi_sleep.run.select import select
from loihi_sleep.run.session import Session

NUMERICS, ROUNDING = "fixed", "per_layer"
TIMEOUT_S = 300.0

# Both run these before anything is timed, and are compared.
WARM_UP = 20
# The engine puts off work on plastic synapses for up to 64 epochs: as much is put off when a timed
# run begins as when it ends.
ENGINE_WARM_UP = 320
# Steps of a run of Lava: what takes so many seconds, within limits.
LAVA_SECONDS, LAVA_STEPS = 2.0, (30, 300)
# The engine runs so many, goes back to where it began (which is not timed), and runs them again,
# until it has run for so many seconds: the rates of a plastic network would change with time.
ENGINE_SECONDS, ENGINE_STEPS = 0.5, 2000


class DiffersError(Exception):
    """Lava and the engine come to other numbers."""


@dataclass(frozen=True)
class Result:
    """One line of the table.

    Parameters
    ----------
    row : Row
    lava_us, engine_us : list of float
        Microseconds a step of each repeat, in turn.
    lava_steps, engine_steps : int
        Steps of a repeat; the engine runs them several times over.
    compared_steps : int
        Steps after which the states of all neurons were last found equal.
    lava_rates, engine_rates : list of float
        Share of neurons of each layer, the input first, that spike in a step while it is timed.
    traffic : activity.Traffic
        Weights that a step touches.
    start : dict of str to float
        Seconds before the first step, by what takes them.
    """

    row: Row
    lava_us: list[float]
    engine_us: list[float]
    lava_steps: int
    engine_steps: int
    compared_steps: int
    lava_rates: list[float]
    engine_rates: list[float]
    traffic: activity.Traffic
    start: dict[str, float]

    @property
    def ratios(self) -> list[float]:
        """Lava's time by the engine's, repeat by repeat."""
        return [a / b for a, b in zip(self.lava_us, self.engine_us, strict=True)]

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)

    def bound_us(self, bandwidth: Bandwidth) -> float:
        """Microseconds a step that moving the weights alone takes."""
        return 1e6 * bandwidth.seconds(self.traffic.read, self.traffic.updated)

    def as_json(self, cached: Bandwidth, memory: Bandwidth) -> dict[str, Any]:
        lava_us, engine_us = statistics.median(self.lava_us), statistics.median(self.engine_us)
        return {
            "network": self.row.network.name,
            "kind": self.row.kind,
            "t_epoch": self.row.t_epoch,
            "lava_us": round(lava_us, 3),
            "engine_us": round(engine_us, 3),
            "ratio": round(self.ratio, 1),
            "ratios": [round(ratio, 1) for ratio in self.ratios],
            "bar": self.row.bar,
            "met": self.ratio >= self.row.bar,
            "bytes_read": round(self.traffic.read),
            "bytes_updated": round(self.traffic.updated),
            "bound_us": round(self.bound_us(cached), 4),
            "bound_in_memory_us": round(self.bound_us(memory), 4),
            "times_bound": round(engine_us / self.bound_us(cached), 2),
            "bandwidth": asdict(cached),
            "lava_rates": [round(rate, 4) for rate in self.lava_rates],
            "engine_rates": [round(rate, 4) for rate in self.engine_rates],
            "lava_steps": self.lava_steps,
            "engine_steps": self.engine_steps,
            "lava_us_repeats": [round(value, 3) for value in self.lava_us],
            "engine_us_repeats": [round(value, 3) for value in self.engine_us],
            "equal_after_steps": self.compared_steps,
            "start_s": {name: round(value, 4) for name, value in self.start.items()},
        }


class OnEngine:
    """A network on the compiled engine."""

    def __init__(self, row: Row) -> None:
        self.graph = networks.build(row)
        self.attach_s = _seconds(lambda: engine.attach(self.graph.source, NUMERICS, ROUNDING))
        self.start_s = self.run(1)
        self.done = 1

    def run(self, steps: int) -> float:
        """Run; return the seconds that it took."""
        condition = RunSteps(num_steps=steps)
        return _seconds(lambda: self.graph.source.run(condition=condition))

    def run_to(self, steps: int) -> None:
        """Run until so many steps have been run since the start."""
        if steps > self.done:
            self.run(steps - self.done)
            self.done = steps

    def states(self) -> dict[str, NDArray[np.int64]]:
        return _states(self.graph, lambda var: var.get())

    def stop(self) -> None:
        self.graph.source.stop()


def measure(row: Row, repeats: int) -> Result:
    """Time a network on both, by turns; compare them before and after.

    Raises
    ------
    DiffersError
    """
    timed = OnEngine(row)
    run_cfg = select("lava", NUMERICS, ROUNDING)
    lava_graph = networks.build(row)
    lava_us: list[float] = []
    engine_us: list[float] = []
    with Session(lava_graph.source, run_cfg, timeout_s=TIMEOUT_S) as lava:
        lava_start = _seconds(lambda: lava.run(1))
        lava_step = _seconds(lambda: lava.run(WARM_UP - 1)) / (WARM_UP - 1)
        timed.run_to(WARM_UP)
        expected = _states(lava_graph, lava.get)
        _compare(row, WARM_UP, expected, timed.states())

        timed.run_to(ENGINE_WARM_UP)
        state = engine.state(timed.graph.source)
        rounds = max(1, round(ENGINE_SECONDS / timed.run(ENGINE_STEPS)))
        lowest, highest = LAVA_STEPS
        lava_steps = max(lowest, min(highest, round(LAVA_SECONDS / lava_step)))
        for _ in range(repeats):
            lava_us.append(1e6 * _seconds(lambda: lava.run(lava_steps)) / lava_steps)
            seconds = 0.0
            for _ in range(rounds):
                engine.restore(timed.graph.source, state)
                seconds += timed.run(ENGINE_STEPS)
            engine_us.append(1e6 * seconds / (rounds * ENGINE_STEPS))
        expected = _states(lava_graph, lava.get)
    timed.stop()

    compared = WARM_UP + repeats * lava_steps
    again = OnEngine(row)
    again.run_to(compared)
    _compare(row, compared, expected, again.states())
    again.stop()

    last = ENGINE_WARM_UP + ENGINE_STEPS
    doing = activity.measure(row, ENGINE_WARM_UP, last)
    return Result(
        row=row,
        lava_us=lava_us,
        engine_us=engine_us,
        lava_steps=lava_steps,
        engine_steps=rounds * ENGINE_STEPS,
        compared_steps=compared,
        lava_rates=activity.measure(row, WARM_UP, compared).rates,
        engine_rates=doing.rates,
        traffic=doing.traffic,
        start={
            "lava": lava_start,
            "engine_attach": timed.attach_s,
            "engine_first_step": timed.start_s,
            "engine_attach_again": again.attach_s,
            "engine_first_step_again": again.start_s,
        },
    )


def measure_if_possible(
    row: Row, repeats: int, cached: Bandwidth, memory: Bandwidth
) -> dict[str, Any]:
    """Time a network; ``skipped`` says why there is no time: something that it needs is missing.

    Raises
    ------
    DiffersError
    """
    try:
        return measure(row, repeats).as_json(cached, memory)
    except (ImportError, OSError, MemoryError, UnsupportedGraph, EngineUnavailable) as error:
        return {"network": row.network.name, "kind": row.kind, "skipped": described(error)}


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _states(graph: Graph, get: Callable[[Var], NDArray[Any]]) -> dict[str, NDArray[np.int64]]:
    return {name: np.asarray(get(var)).astype(np.int64) for name, var in graph.states.items()}


def _compare(
    row: Row,
    steps: int,
    expected: dict[str, NDArray[np.int64]],
    found: dict[str, NDArray[np.int64]],
) -> None:
    for name, wanted in expected.items():
        if not np.array_equal(wanted, found[name]):
            raise DiffersError(
                f"{row.name}: {name} differs from Lava's in "
                f"{np.count_nonzero(wanted != found[name])} neurons after {steps} steps"
            )
