"""Whether a network fits Loihi, and what of it would run on the host."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from loihi_sleep.fit import plasticity
from loihi_sleep.fit.findings import Finding, compare
from loihi_sleep.fit.hierarchical_parts import unfold
from loihi_sleep.fit.resources import (
    Part,
    out_axons,
    out_axons_of_a_core,
    part_of,
    stored,
)
from loihi_sleep.graphs.roles import learning_rule
from loihi_sleep.numerics.limits import CORES, TARGETS, Target, limits
from loihi_sleep.processes import checks

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess
    from matplotlib.axes import Axes

# Parameters of Processes that are no Vars.
_PARAMETERS = ("weight_exp", "num_weight_bits", "refractory_period")
_NAMES: dict[Target, str] = {"loihi2": "Loihi 2", "loihi1": "Loihi 1"}


@dataclass(frozen=True)
class Fit:
    """What was found.

    Parameters
    ----------
    target : {'loihi2', 'loihi1'}
        The chip.
    parts : tuple of Part
    findings : tuple of Finding
    """

    target: Target
    parts: tuple[Part, ...]
    findings: tuple[Finding, ...]

    @property
    def fits(self) -> bool:
        """Whether nothing is known that keeps the network from the chip."""
        return not any(finding.fatal for finding in self.findings)

    @property
    def on_chip(self) -> tuple[Part, ...]:
        """What would run on the chip."""
        return tuple(part for part in self.parts if not part.host)

    @property
    def on_host(self) -> tuple[Part, ...]:
        """What would run on the host."""
        return tuple(part for part in self.parts if part.host)

    @property
    def cores(self) -> tuple[int, int]:
        """Cores at least, where neurons and synapses of all share them, and at most."""
        core, chip = CORES[self.target], self.on_chip
        neurons = sum(part.neurons for part in chip)
        shared = sum(part.synaptic_bytes[0] for part in chip)
        low = max(math.ceil(neurons / core.neurons), math.ceil(shared / core.synaptic_bytes))
        return low, sum(part.cores(core)[1] for part in chip)

    @property
    def chips(self) -> tuple[int, int]:
        """Chips at least and at most."""
        low, high = (math.ceil(cores / CORES[self.target].cores) for cores in self.cores)
        return low, high

    def text(self) -> str:
        """Format it as text.

        Returns
        -------
        str
        """
        core = CORES[self.target]
        lines = [f"{part.label}: {self._describe(part)}" for part in self.parts]
        for place, parts in (("chip", self.on_chip), ("host", self.on_host)):
            neurons = sum(part.neurons for part in parts)
            synapses = sum(part.synapses for part in parts)
            lines.append(f"on the {place}: {neurons} neurons, {synapses} synapses")
        (low, high), chips = self.cores, self.chips
        lines.append(
            f"about {low} to {high} cores, {chips[0]} to {chips[1]} chips (assumed: "
            f"{core.neurons} neurons and {core.synaptic_bytes // 1024} KiB of synapses a core, "
            f"{core.cores} cores a chip; {core.source})"
        )
        for finding in self.findings:
            lines.append(f"{'error' if finding.fatal else 'warning'}: {finding.text}")
        return "\n".join([*lines, self._verdict()])

    def plot(self, axes: Axes | None = None) -> Axes:
        """Draw the cores that each Process takes.

        Parameters
        ----------
        axes : Axes, optional
            Of matplotlib's, to draw into; those of a new figure if left out.

        Returns
        -------
        Axes
        """
        from loihi_sleep.fit.fit_display import plot_fit

        return plot_fit(self.parts, CORES[self.target], axes)

    def _repr_html_(self) -> str:
        """Show it in a notebook as a table by Process."""
        from loihi_sleep.fit.fit_display import fit_html

        return fit_html(self._verdict(), self.parts, self.findings, CORES[self.target])

    def _describe(self, part: Part) -> str:
        if part.host:
            return f"{part.neurons} neurons, {part.synapses} synapses, host: {part.host}"
        core = CORES[self.target]
        said = []
        if part.neurons:
            axons = out_axons(part, self.parts, core)
            said.append(f"{part.neurons} neurons, {_range(axons)} out-axons")
        if part.synapses:
            kib = tuple(count / 1024 for count in part.synaptic_bytes)
            said.append(
                f"{part.synapses} synapses, {kib[0]:,.1f} to {kib[1]:,.1f} KiB, "
                f"{_range(part.in_axons(core))} in-axons"
            )
        if part.products:
            said.append(f"a rule of {part.products} products")
        return ", ".join([*said, f"{_range(part.cores(core))} cores"])

    def _verdict(self) -> str:
        name = _NAMES[self.target]
        if not self.fits:
            return f"does not fit {name}"
        if not self.on_chip:
            return "nothing of it would run on the chip"
        return (
            f"what is for the chip is within all known limits of {name}; that is necessary, not "
            "sufficient: Intel's compiler has the last word"
        )


def check(process: AbstractProcess, target: str = "loihi2") -> Fit:
    """Look at all Processes that are connected to one.

    Parameters
    ----------
    process : AbstractProcess
        Process of a network for fixed numerics, not compiled yet.
    target : {'loihi2', 'loihi1'}
        The chip. What only emulators of Loihi 1 say is an error for that, a warning for Loihi 2.

    Returns
    -------
    Fit
        Necessary conditions, not sufficient ones: see :mod:`loihi_sleep.numerics.limits`.

    Raises
    ------
    ValueError
        Unknown target, or a hierarchical Process whose parts cannot be built.

    Notes
    -----
    The parts of hierarchical Processes are built to be counted, and let go of afterwards.
    """
    from loihi_sleep.graphs.hierarchy import connected_processes, restored

    chip = cast(Target, checks.one_of("target", target, TARGETS))
    connected = connected_processes(process)
    with restored(connected, always=True):
        found = [part for one in connected for part in unfold(one)]
        parts = tuple(part_of(one) for one in found)
        findings: list[Finding] = []
        for one, part in zip(found, parts, strict=True):
            if not part.host:
                findings += _exceeded_limits(one, part, parts, chip)
    synapses = sum(part.synapses for part in parts if not part.host)
    findings += compare("the network", "synapses", synapses, chip)
    return Fit(chip, parts, tuple(findings))


def _exceeded_limits(
    process: Any, part: Part, parts: tuple[Part, ...], target: Target
) -> Iterable[Finding]:
    """Compare all that a Process has with the limits."""
    given: dict[str, Any] = {var.name: var.init for var in process.vars}
    parameters = process.proc_params._parameters
    given |= {name: parameters[name] for name in _PARAMETERS if name in parameters}
    for name, value in given.items():
        kind = "impulse" if name.endswith("_impulse") else name
        if kind in limits(target):
            yield from compare(part.label, kind, stored(value), target, name)
    rule = learning_rule(process)
    if rule is not None:
        yield from plasticity.exceeded_limits(part.label, rule, target)
    yield from compare(part.label, "in_axons", part.inputs, target)
    if part.neurons:
        axons = out_axons_of_a_core(part, parts, CORES[target])
        yield from compare(part.label, "out_axons", axons, target)


def _range(ends: tuple[int, int]) -> str:
    low, high = ends
    return f"{low}" if low == high else f"{low} to {high}"
