"""Runs one description on two engines and compares every Var, bit by bit."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import version
from typing import Any
from unittest import mock

import graph_description
import numpy as np
import own_code
import simpler_graphs
from graph_description import BuiltGraph, Graph
from lava.magma.compiler.compiler_graphs import ProcGroupDiGraphs
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var
from lava.magma.core.run_conditions import RunSteps
from numpy.typing import NDArray
from recorded import RECORDINGS
from scipy.sparse import spmatrix

from loihi_sleep.run.select import select
from loihi_sleep.run.session import Session

_find_models = ProcGroupDiGraphs._find_proc_models
_models_found: dict[type[AbstractProcess], Any] = {}

Observations = dict[str, NDArray[np.float64]]
RELATIVE_TOLERANCE = 1e-9
TIMEOUT_S = 60.0
# All compiled; some Processes in Python; all of them.
WAYS = ("refuse", "some", "all")
# Why networks that are drawn may run by Lava's models only: their numbers leave 32 bits in the run,
# or are beyond what a rule could bring forth from the first.
LEFT_TO_PYTHON = ("leave 32 bits", "first product waits for a post-synaptic spike")


def run_on_lava(graph: Graph, numerics: str, rounding: str = "per_layer") -> Observations:
    """Run on Lava's simulator and return all observations by name."""
    built = graph_description.build(graph)
    run_cfg = select("lava", numerics, rounding)
    with (
        # Lava looks for models anew for each Process, and so imports their files anew.
        mock.patch.object(ProcGroupDiGraphs, "_find_proc_models", staticmethod(_models_of)),
        Session(built.first, run_cfg, timeout_s=TIMEOUT_S) as session,
    ):
        # Session.get and set take dense arrays only, and no call outlives the session's guard.
        return _observe(
            graph,
            built,
            run=session.run,
            call=lambda function, what: session._call(function, what),
        )


def recorded_of_lava(graph: Graph, numerics: str, rounding: str = "per_layer") -> Observations:
    """Return what :func:`run_on_lava` does, from ``tests/recordings/`` where it is there."""
    question = (
        f"lava-nc {version('lava-nc')}, {numerics}, {rounding}, "
        f"own models {own_code.digest(graph, rounding)}\n{graph!r}"
    )
    return RECORDINGS.answer(
        question,
        ask=partial(run_on_lava, graph, numerics, rounding),
        difference=partial(difference, numerics=numerics),
    )


def _models_of(proc: AbstractProcess) -> Any:
    if type(proc) not in _models_found:
        _models_found[type(proc)] = _find_models(proc)
    return _models_found[type(proc)]


def run_on_engine(
    graph: Graph, numerics: str, rounding: str = "per_layer", python: str = "refuse"
) -> Observations:
    """Run on the compiled engine and return all observations by name.

    With `python` ``some``, some of the Processes run by their models in Python: which ones, the
    network decides.
    """
    from loihi_sleep import engine

    built = graph_description.build(graph)
    chosen: Any = python
    if python == "some":
        chosen = _some(list(built.processes.values()), graph)
    engine.attach(built.first, numerics=numerics, rounding=rounding, python=chosen)
    try:
        return _observe(
            graph,
            built,
            run=lambda steps: built.first.run(condition=RunSteps(num_steps=steps)),
            call=lambda function, what: function(),
        )
    finally:
        built.first.stop()


def _some(processes: list[AbstractProcess], graph: Graph) -> list[AbstractProcess]:
    """Choose some Processes, at least one, the same whenever the network is."""
    random = np.random.default_rng(zlib.crc32(repr(graph).encode()))
    share = random.choice([0.2, 0.5, 0.8])
    chosen = [process for process in processes if random.random() < share]
    return chosen or [processes[random.integers(len(processes))]]


def _observe(
    graph: Graph,
    built: BuiltGraph,
    run: Callable[[int], None],
    call: Callable[[Callable[[], Any], str], Any],
) -> Observations:
    """Carry out the runs and writes; read every Var after each run, and the Monitors at the end."""
    observations: Observations = {}
    for index, steps in enumerate(graph.runs):
        run(steps)
        for name, var in graph_description.observed_vars(built):
            observations[f"{name} after run {index}"] = _dense(call(var.get, f"get({name})"))
        for write in graph.writes:
            if write.after_run == index:
                _write(built.member(write.var), write.values, call)
    for path, monitor in built.monitors.items():
        process = built.member(path).process
        data = call(monitor.get_data, f"get_data({path})")
        observations[f"monitor of {path}"] = _dense(data[process.name][path.split(".")[1]])
    return observations


def _write(var: Var, values: Any, call: Callable[[Callable[[], Any], str], Any]) -> None:
    array = np.broadcast_to(np.array(values, dtype=float), var.shape).copy()
    call(lambda: var.set(array), f"set({var.name})")


def _dense(values: Any) -> NDArray[np.float64]:
    return np.array(values.toarray() if isinstance(values, spmatrix) else values, dtype=float)


def difference(expected: Observations, actual: Observations, numerics: str) -> str | None:
    """Name the first difference, in the order of the runs; None where there is none."""
    if expected.keys() != actual.keys():
        return f"observed are not the same Vars: {sorted(expected.keys() ^ actual.keys())}"
    for name, wanted in expected.items():
        found = actual[name]
        if wanted.shape != found.shape:
            return f"{name}: shape {found.shape} instead of {wanted.shape}"
        if numerics == "fixed":
            same = (wanted == found) | (np.isnan(wanted) & np.isnan(found))
        else:
            # Sums that cancel are as exact as their terms.
            finite = np.abs(wanted[np.isfinite(wanted)])
            scale = finite.max(initial=0.0)
            same = np.isclose(
                wanted, found, rtol=RELATIVE_TOLERANCE, atol=1e-12 * scale, equal_nan=True
            )
        if not same.all():
            index = tuple(int(i) for i in np.argwhere(~same)[0])
            return (
                f"{name}{list(index)}: {found[index]!r} instead of {wanted[index]!r} "
                f"({np.count_nonzero(~same)} of {same.size} elements differ)"
            )
    return None


def compare(
    graph: Graph,
    numerics: str,
    rounding: str = "per_layer",
    of_lava: Callable[[Graph, str, str], Observations] = run_on_lava,
    ways: Sequence[str] = WAYS,
) -> str | None:
    """Compare the engines; the first difference or failure of the compiled engine, or None."""
    expected = of_lava(graph, numerics, rounding)
    for python in ways:
        with_python = "" if python == "refuse" else f"with {python} Processes in Python: "
        try:
            actual = run_on_engine(graph, numerics, rounding, python)
        except Exception as error:
            if any(words in str(error) for words in LEFT_TO_PYTHON):
                continue
            return f"{with_python}the engine failed: {type(error).__name__}: {error}"
        found = difference(expected, actual, numerics)
        if found is not None:
            return with_python + found
    return None


def minimal(
    graph: Graph,
    numerics: str,
    rounding: str = "per_layer",
    tries: int = 300,
    of_lava: Callable[[Graph, str, str], Observations] = run_on_lava,
    ways: Sequence[str] = WAYS,
) -> Graph:
    """Shrink a description on which the engines differ."""

    def differs(candidate: Graph) -> bool:
        try:
            return compare(candidate, numerics, rounding, of_lava, ways) is not None
        except Exception:
            return False  # Lava cannot run it, so it says nothing about the engine

    return simpler_graphs.shrink(graph, differs, tries)
