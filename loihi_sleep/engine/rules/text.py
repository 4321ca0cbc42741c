"""What the code of a learning rule depends on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lava.magma.core.learning.product_series import Factor, Product

PRE_TRACES, POST_TRACES = ("x1", "x2"), ("y1", "y2", "y3")
# Lava's names of the synaptic variables, and the names that rules give them.
VARIABLES = {"weights": "w", "tag_2": "d", "tag_1": "t"}


@dataclass(frozen=True)
class Target:
    """A synaptic variable that a rule changes.

    Parameters
    ----------
    variable : str
        ``w``, ``d`` or ``t``.
    products : tuple of Product
        Lava's products, summed.
    low, high : int or None
        Range of its values, None: unbounded; not part of the code, which reads it.
    step_bits : int
        log2 of the step between values that can be stored (per-synapse rounding); read likewise.
    """

    variable: str
    products: tuple[Product, ...]
    low: int | None
    high: int | None
    step_bits: int = 0


@dataclass(frozen=True)
class RuleText:
    """Everything that the code of a rule depends on.

    Parameters
    ----------
    targets : tuple of Target
    t_epoch : int
        Steps of an epoch. The code is the same for all but 1.
    fixed : bool
        Loihi's integers, else floats.
    per_synapse : bool
        Each synapse rounds (fixed) or clips (float) by itself, and only where it is touched.
    sparse : bool
        Synapses are listed.
    """

    targets: tuple[Target, ...]
    t_epoch: int
    fixed: bool
    per_synapse: bool
    sparse: bool

    @property
    def factors(self) -> Iterator[tuple[Factor, str]]:
        """All factors, each with the dependency of its product."""
        for target in self.targets:
            for product in target.products:
                for factor in product.factors:
                    yield factor, product.dependency

    @property
    def dependencies(self) -> set[str]:
        """Dependencies of any product."""
        return {product.dependency for target in self.targets for product in target.products}

    @property
    def traces(self) -> dict[str, set[str]]:
        """Traces that products read, with the dependencies under which they do."""
        found: dict[str, set[str]] = {}
        for factor, dependency in self.factors:
            if factor.state_var in PRE_TRACES + POST_TRACES:
                found.setdefault(factor.state_var, set()).add(dependency)
        return found

    @property
    def variables(self) -> list[str]:
        """Synaptic variables that the rule reads or changes."""
        names = {target.variable for target in self.targets}
        names |= {factor.state_var for factor, _ in self.factors if factor.state_var in "wdt"}
        return [name for name in ("w", "d", "t") if name in names]

    @property
    def asks_for_post_spikes(self) -> bool:
        """Whether it makes a difference that the post-synaptic neuron has spiked."""
        return "y0" in self.dependencies or any(f.state_var == "y0" for f, _ in self.factors)

    @property
    def rounds_at_once(self) -> bool:
        """Whether all synapses are rounded by one random number an epoch."""
        return self.fixed and not self.per_synapse

    @property
    def rounds_each(self) -> bool:
        """Whether each synapse is rounded by a random number of its own."""
        return self.fixed and self.per_synapse

    @property
    def steps(self) -> str:
        """Steps of an epoch, in the code: a constant where it is one, as most then falls away."""
        return "1" if self.t_epoch == 1 else "t_epoch"

    @property
    def number(self) -> str:
        """Type in which the code calculates."""
        return "np.int32" if self.fixed else "np.float64"

    def pre_value(self, trace: str, step: str) -> str:
        """Logged value of a pre-synaptic trace after a step of the epoch, counted from 0."""
        return f"trace_at(values, {trace}_log, slot, {self.steps}, {step}, pre, row)"

    def post_value(self, trace: str, step: str) -> str:
        """Logged value of a post-synaptic trace after a step of the epoch, counted from 0."""
        return f"trace_at(values, {trace}_log, slot, {self.steps}, {step}, post, i)"


def nested(lines: list[str], level: int = 1) -> list[str]:
    """Indent lines of code."""
    return ["    " * level + line for line in lines]
