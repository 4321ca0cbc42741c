"""Whether a network fits Loihi 2, and what of it would run on the host."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.hardware.limits import (
    BYTES_PER_CORE,
    CORES_PER_CHIP,
    LIMITS,
    NEURONS_PER_CORE,
    Limit,
)

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

# Kinds of Process for which release notes, issues and public code name a model for the chip.
_ON_CHIP = ("LIF", "Dense", "DelayDense", "Sparse", "LearningDense", "LearningLIF", "Conv")
_UNKNOWN = "no model for the chip is known"
_NEURAL, _SYNAPTIC = ("v",), ("weights",)
# Bytes that a synapse takes: its weight alone, and with what a plastic one has beside it.
_STATIC_BYTES, _PLASTIC_BYTES = (1, 2), (2, 4)


@dataclass(frozen=True)
class Finding:
    """A parameter outside of its range.

    Parameters
    ----------
    text : str
        The Process, the parameter, its value, and what would be right.
    fatal : bool
        The network does not fit; else it is a warning.
    """

    text: str
    fatal: bool


@dataclass(frozen=True)
class Part:
    """What a Process needs.

    Parameters
    ----------
    name, kind : str
    neurons, synapses : int
    synaptic_bytes : tuple of int
        At least, and at most.
    host : str
        Why it runs on the host; empty: it runs on the chip.
    """

    name: str
    kind: str
    neurons: int
    synapses: int
    synaptic_bytes: tuple[int, int]
    host: str

    @property
    def cores(self) -> tuple[int, int]:
        """Cores at least and at most, for neurons and synapses that share nothing."""
        if self.host:
            return 0, 0
        low, high = (
            max(math.ceil(self.neurons / NEURONS_PER_CORE), math.ceil(count / BYTES_PER_CORE))
            for count in self.synaptic_bytes
        )
        return low, high


@dataclass(frozen=True)
class Fit:
    """What was found.

    Parameters
    ----------
    parts : tuple of Part
    findings : tuple of Finding
    """

    parts: tuple[Part, ...]
    findings: tuple[Finding, ...]

    @property
    def fits(self) -> bool:
        """Whether nothing is known that keeps the network from the chip."""
        return not any(finding.fatal for finding in self.findings)

    def text(self) -> str:
        """Write it for people."""
        lines = []
        for part in self.parts:
            where = f"host: {part.host}" if part.host else "chip"
            lines.append(
                f"{part.name} ({part.kind}): {part.neurons} neurons, {part.synapses} synapses, "
                f"{where}"
            )
        low, high = (sum(part.cores[end] for part in self.parts) for end in (0, 1))
        chips = tuple(math.ceil(cores / CORES_PER_CHIP) for cores in (low, high))
        for place, parts in (
            ("chip", [part for part in self.parts if not part.host]),
            ("host", [part for part in self.parts if part.host]),
        ):
            neurons, synapses = (
                sum(getattr(part, what) for part in parts) for what in ("neurons", "synapses")
            )
            lines.append(f"on the {place}: {neurons} neurons, {synapses} synapses")
        lines.append(
            f"about {low} to {high} cores, {chips[0]} to {chips[1]} chips (assumed: "
            f"{NEURONS_PER_CORE} neurons and {BYTES_PER_CORE // 1024} KiB of synapses a core)"
        )
        for finding in self.findings:
            lines.append(f"{'error' if finding.fatal else 'warning'}: {finding.text}")
        if not self.fits:
            lines.append("does not fit")
        elif high == 0:
            lines.append("nothing of it would run on the chip")
        else:
            lines.append(
                "what is for the chip is within all known limits; Intel's compiler has the last "
                "word"
            )
        return "\n".join(lines)


def check(process: AbstractProcess) -> Fit:
    """Look at all Processes that are connected to one.

    Parameters
    ----------
    process : AbstractProcess
        Of a network for fixed numerics, not compiled yet.

    Returns
    -------
    Fit
        Necessary conditions, not sufficient ones: see :mod:`loihi_sleep.hardware.limits`.
    """
    from lava.magma.compiler.compiler_graphs import find_processes

    parts, findings = [], []
    for found in sorted(find_processes(process), key=lambda one: one.id):
        parts.append(_part(found))
        if not parts[-1].host:
            findings += list(_outside(found))
    synapses = sum(part.synapses for part in parts if not part.host)
    findings += list(_compare("the network", LIMITS["synapses"], "synapses", np.array([synapses])))
    return Fit(tuple(parts), tuple(findings))


def _part(process: Any) -> Part:
    kind = type(process).__name__
    host = "" if kind in _ON_CHIP else getattr(process, "on_host", _UNKNOWN)
    held = {var.name: var for var in process.vars}
    neurons = sum(int(np.prod(held[name].shape)) for name in _NEURAL if name in held)
    synapses = sum(
        int(np.count_nonzero(_values(held[name].init)))
        if kind == "Sparse"
        else int(np.prod(held[name].shape))
        for name in _SYNAPTIC
        if name in held
    )
    low, high = _PLASTIC_BYTES if kind.startswith("Learning") else _STATIC_BYTES
    return Part(process.name, kind, neurons, synapses, (low * synapses, high * synapses), host)


def _outside(process: Any) -> Iterable[Finding]:
    """Compare all parameters of a Process with their limits."""
    given: dict[str, Any] = {var.name: var.init for var in process.vars}
    parameters = process.proc_params._parameters
    if "weight_exp" in parameters:
        given["weight_exp"] = parameters["weight_exp"]
    label = f"{process.name} ({type(process).__name__})"
    for name, value in given.items():
        if name in LIMITS:
            yield from _compare(label, LIMITS[name], name, _values(value))
        elif name.endswith("_impulse"):
            yield from _compare(label, LIMITS["impulse"], name, _values(value))
    rule = parameters.get("learning_rule")
    if rule is not None:
        yield from _compare(label, LIMITS["t_epoch"], "t_epoch", _values(rule.t_epoch))


def _values(value: Any) -> NDArray[np.float64]:
    """Return a parameter as numbers; of a sparse matrix those that are there."""
    return np.atleast_1d(np.asarray(value.data if hasattr(value, "tocoo") else value, dtype=float))


def _compare(label: str, limit: Limit, name: str, values: NDArray[np.float64]) -> Iterable[Finding]:
    bounds = f"{limit.lowest:g} .. {limit.highest:g}"
    kind = "integers, " if limit.whole else ""
    wrong = (values < limit.lowest) | (values > limit.highest)
    if limit.whole:
        wrong |= values != np.rint(values)
    if wrong.any():
        yield Finding(
            f"{label}: {name} holds {values[wrong].flat[0]:g}; {limit.quantity}: {kind}{bounds} "
            f"({limit.source})",
            fatal=limit.grade == "A",
        )
