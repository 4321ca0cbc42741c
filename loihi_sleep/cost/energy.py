"""What an activity would cost in energy: counts times published energies of single operations.

It is an estimate. Nothing was measured on a chip; static power, the host and what passes between
host and chip are left out. docs/guide/cost.md says what is known of each figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from loihi_sleep.cost.activity import Activity

# A: published for single operations. B: worked out from what is published. C: scaled here.
Grade = Literal["A", "B", "C"]
Target = Literal["Loihi 1", "Loihi 2", "CPU"]
# What is counted, for titles, by the name in `ProcessActivity`.
OPERATIONS = {
    "operations": "synaptic operations",
    "updates": "plastic updates",
    "neuron_updates": "neuron updates",
    "arrivals": "spikes",
}
# Of a desktop computer at work, to turn the engine's time into energy.
DESKTOP_WATTS = 65.0


@dataclass(frozen=True)
class Energy:
    """Energy of one operation.

    Parameters
    ----------
    low, high : float
        Picojoules, at least and at most.
    grade : {'A', 'B', 'C'}
    source : str
        Publication that gives it, or how it is worked out.
    """

    low: float
    high: float
    grade: Grade
    source: str


_DAVIES = "Davies et al., IEEE Micro 38(1), 2018, table 2 (simulated before silicon, 0.75 V)"
_HALA_POINT = "Intel, Hala Point, 2024: 2,600 W at most"
_SCALED = "that of Loihi 1, down to it by the share of synaptic operations"
_HOROWITZ = "Horowitz, ISSCC 2014 (45 nm, 0.9 V)"
_DEGNAN = "up to an operation of a desktop CPU, Degnan et al. 2016, as KerasSpiking has it"
# Loihi 1, picojoules.
_OPERATION, _UPDATE, _INACTIVE, _ACTIVE = 23.6, 120.0, 52.0, 81.0
_WITHIN_TILE, _EAST_WEST, _NORTH_SOUTH = 1.7, 3.0, 4.0
_TO_THE_NEXT = _WITHIN_TILE + _EAST_WEST + _NORTH_SOUTH
# Loihi 2: all power of a system of 1,152 chips over its peak rates, picojoules.
_HALA_POINT_OPERATION, _HALA_POINT_NEURON = 2600 / 380e12 * 1e12, 2600 / 240e12 * 1e12
_SHARE = _HALA_POINT_OPERATION / _OPERATION
# CPU, picojoules: 64 bits read from or written to 8 kB, integers of 32 bits; a whole operation.
_CACHE, _SUM, _PRODUCT, _DESKTOP = 10.0, 0.1, 3.1, 8600.0
ENERGIES: Mapping[Target, Mapping[str, Energy]] = {
    "Loihi 1": {
        "operations": Energy(_OPERATION, _OPERATION, "A", f"{_DAVIES}: a minimum"),
        "updates": Energy(_UPDATE, _UPDATE, "A", f"{_DAVIES}: pairwise STDP"),
        "neuron_updates": Energy(_INACTIVE, _ACTIVE, "A", f"{_DAVIES}: inactive, active"),
        "arrivals": Energy(
            _WITHIN_TILE, _TO_THE_NEXT, "A", f"{_DAVIES}: within a tile; one hop each way"
        ),
    },
    "Loihi 2": {
        "operations": Energy(
            _HALA_POINT_OPERATION, _OPERATION, "B", f"{_HALA_POINT}, 380e12 a second; Loihi 1's"
        ),
        "updates": Energy(_UPDATE * _SHARE, _UPDATE, "C", _SCALED),
        "neuron_updates": Energy(
            _HALA_POINT_NEURON, _ACTIVE, "B", f"{_HALA_POINT}, 240e12 a second; Loihi 1's"
        ),
        "arrivals": Energy(_WITHIN_TILE * _SHARE, _TO_THE_NEXT, "C", _SCALED),
    },
    "CPU": {
        "operations": Energy(
            _CACHE / 4 + _SUM, _DESKTOP, "B", f"{_HOROWITZ}: read 16 bits, add; {_DEGNAN}"
        ),
        "updates": Energy(
            2 * _CACHE / 4 + _PRODUCT + _SUM,
            _DESKTOP,
            "B",
            f"{_HOROWITZ}: read and write 16 bits, multiply, add; {_DEGNAN}",
        ),
        "neuron_updates": Energy(
            4 * _CACHE / 2 + 2 * _PRODUCT + 3 * _SUM,
            _DESKTOP,
            "B",
            f"{_HOROWITZ}: read and write twice 32 bits, two products, three sums; {_DEGNAN}",
        ),
        "arrivals": Energy(
            2 * _CACHE / 2, _DESKTOP, "B", f"{_HOROWITZ}: write and read 32 bits; {_DEGNAN}"
        ),
    },
}


@dataclass(frozen=True)
class EnergyRange:
    """Joules of a target, at least and at most.

    Parameters
    ----------
    by_operation : mapping of str to tuple of float
        Lowest and highest, by the names of :data:`OPERATIONS`.
    """

    by_operation: Mapping[str, tuple[float, float]]

    @property
    def low(self) -> float:
        """All operations at their lowest."""
        return sum(low for low, _ in self.by_operation.values())

    @property
    def high(self) -> float:
        """All operations at their highest."""
        return sum(high for _, high in self.by_operation.values())

    def text(self) -> str:
        """Format it as text."""
        parts = ", ".join(
            f"{OPERATIONS[name]} {_span(*ends)}"
            for name, ends in self.by_operation.items()
            if any(ends)
        )
        return f"{_span(self.low, self.high)}: {parts or 'nothing of it would run there'}"


@dataclass(frozen=True)
class Cost:
    """What an activity costs.

    Parameters
    ----------
    activity : Activity
    energy : mapping of str to EnergyRange
        By target: ``Loihi 1``, ``Loihi 2``, ``CPU``.
    watts : float
        Watts of the computer on which the engine ran.
    """

    activity: Activity
    energy: Mapping[Target, EnergyRange]
    watts: float

    @property
    def this_computer(self) -> float:
        """Joules of the compiled engine: the time it took, times the watts assumed."""
        return self.activity.seconds * self.watts

    def text(self) -> str:
        """Format it as text.

        Returns
        -------
        str
            Lines.
        """
        lines = [self.activity.text()]
        lines.append("energy, estimated from counts and published figures; not measured on a chip;")
        lines.append("without static power, the host, and what passes between it and the chip:")
        lines += [f"{target}: {found.text()}" for target, found in self.energy.items()]
        lines.append(
            f"this engine: {self.activity.seconds:.3g} s, at {self.watts:g} W (assumed) "
            f"{joules(self.this_computer)}"
        )
        guessed = [
            part.kind for part in self.activity.parts if part.host and part.for_the_chip
            and (part.neurons or part.synapses)
        ]  # fmt: skip
        if guessed:
            lines.append(f"counted as if a chip ran them: {', '.join(sorted(set(guessed)))}")
        return "\n".join(lines)


def estimate(activity: Activity, *, watts: float = DESKTOP_WATTS) -> Cost:
    """Estimate the energy of an activity.

    Parameters
    ----------
    activity : Activity
        From :func:`loihi_sleep.engine.count`.
    watts : float
        Watts of the computer on which the engine ran, above 0.

    Returns
    -------
    Cost
        Of the chips: what may run there, so without the Processes that are known to stay on the
        host. At least, the learning engine evaluates the synapses of neurons that spiked; at most
        all plastic synapses in each epoch. A spike goes to each layer of synapses once. Of the CPU:
        all Processes; at least, arithmetic and memory alone.

    Raises
    ------
    ValueError
        `watts` is not above 0.
    """
    if not watts > 0:
        raise ValueError(f"watts is {watts}; it must be a number above 0")
    energy: dict[Target, EnergyRange] = {}
    for target, table in ENERGIES.items():
        chip = target != "CPU"
        by_operation = {}
        for name, one in table.items():
            least = activity.total(name, chip_only=chip)
            most = activity.total("visits", chip_only=True) if chip and name == "updates" else least
            by_operation[name] = (least * one.low * 1e-12, most * one.high * 1e-12)
        energy[target] = EnergyRange(by_operation)
    return Cost(activity, energy, watts)


def joules(value: float) -> str:
    """Write an energy with two digits and a prefix."""
    for factor, unit in ((1, "J"), (1e-3, "mJ"), (1e-6, "µJ"), (1e-9, "nJ"), (1e-12, "pJ")):
        if value >= factor:
            return f"{float(f'{value / factor:.2g}'):g} {unit}"
    return f"{value:g} J"


def _span(low: float, high: float) -> str:
    first, second = joules(low), joules(high)
    return first if first == second else f"{first} to {second}"
