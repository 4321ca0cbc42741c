"""A learning rule by meaning, to be written for either numerics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loihi_sleep.numerics.limits import EPOCH_MAX, IMPULSE_MAX
from loihi_sleep.numerics.names import NUMERICS
from loihi_sleep.processes import checks
from loihi_sleep.rules.products import Product, as_sum

if TYPE_CHECKING:
    from lava.magma.core.learning.learning_rule import Loihi2FLearningRule, Loihi3FLearningRule

TRACES = ("x1", "x2", "y1", "y2", "y3")


@dataclass(frozen=True)
class Trace:
    """A spike trace: jumps by `impulse` at a spike, decays by ``exp(-1 / tau)`` a step.

    Parameters
    ----------
    impulse : float
        0 .. 127 (7 bits).
    tau : float
        Steps, above 0: Lava's floating-point engine turns tau 0 into NaN weights, its fixed-point
        engine into a trace of one step.

    Raises
    ------
    ValueError
        A parameter out of its range.
    """

    impulse: float
    tau: float

    def __post_init__(self) -> None:
        checks.number("impulse", self.impulse, 0, IMPULSE_MAX)
        if not checks.number("tau", self.tau, 0) > 0:
            raise ValueError("tau is 0; a trace that a rule uses needs tau above 0 steps")


@dataclass(frozen=True)
class Rule:
    """Change of weight as a sum of products, once for each numerics.

    Parameters
    ----------
    name : str
        What the rule is called.
    products : mapping of str to tuple of Product
        ``float`` and ``fixed``; both change weights by the same amounts.
    traces : mapping of str to mapping of str to Trace
        For ``float`` and ``fixed``: traces by name (``x1``, ``y1``, ...).
    t_epoch : int
        Steps of a learning epoch, 1 .. 63.
    third_factor : bool
        The post-synaptic neurons write y1, y2 and y3 themselves, instead of leaving spikes there.

    Raises
    ------
    ValueError
        Something of another kind, an epoch out of range, a name that is no trace's, or amounts that
        Loihi's scale constants cannot hold.
    """

    name: str
    products: Mapping[str, tuple[Product, ...]]
    traces: Mapping[str, Mapping[str, Trace]]
    t_epoch: int = 1
    third_factor: bool = False

    def __post_init__(self) -> None:
        checks.instance("name", self.name, str, "a string")
        checks.integer("t_epoch", self.t_epoch, 1, EPOCH_MAX)
        for numerics in NUMERICS:
            products = _of_numerics("products", self.products, numerics)
            for i, product in enumerate(checks.sequence(f"products[{numerics!r}]", products)):
                checks.instance(f"products[{numerics!r}][{i}]", product, Product, "a Product")
            traces = _of_numerics("traces", self.traces, numerics)
            checks.instance(f"traces[{numerics!r}]", traces, Mapping, "a mapping of Traces by name")
            for name, trace in traces.items():
                checks.one_of(f"names in traces[{numerics!r}]", name, TRACES)
                checks.instance(f"traces[{numerics!r}][{name!r}]", trace, Trace, "a Trace")
            self.dw(numerics)

    def dw(self, numerics: str) -> str:
        """Return the rule as Loihi's string.

        Parameters
        ----------
        numerics : str
            ``float`` or ``fixed``.

        Returns
        -------
        str
            A sum of products.

        Raises
        ------
        ValueError
            Unknown numerics, or an amount that Loihi's scale constants cannot hold.
        """
        checks.one_of("numerics", numerics, NUMERICS)
        text = as_sum(self.products[numerics], numerics)
        if not text:
            raise ValueError(f"the rule {self.name} changes nothing: all its amounts are 0")
        return text

    def loihi(self, numerics: str, seed: int) -> Loihi2FLearningRule | Loihi3FLearningRule:
        """Build Lava's learning rule.

        Parameters
        ----------
        numerics : str
            ``float`` or ``fixed``.
        seed : int
            Seed of stochastic rounding, 0 .. 2**63 - 1. Give each layer its own.

        Returns
        -------
        Loihi2FLearningRule, Loihi3FLearningRule
            For a ``LearningDense``.

        Raises
        ------
        ValueError
            Unknown numerics, or a seed out of range.
        """
        from lava.magma.core.learning.learning_rule import (
            Loihi2FLearningRule,
            Loihi3FLearningRule,
        )

        checks.one_of("numerics", numerics, NUMERICS)
        kind = Loihi3FLearningRule if self.third_factor else Loihi2FLearningRule
        return kind(
            dw=self.dw(numerics),
            t_epoch=self.t_epoch,
            rng_seed=checks.seed("seed", seed),
            **trace_parameters(self.traces[numerics]),
        )


def trace_parameters(traces: Mapping[str, Trace]) -> dict[str, float]:
    """Return traces as Lava's rules take them: ``x1_impulse``, ``x1_tau``, ..."""
    parameters: dict[str, float] = {}
    for name, trace in traces.items():
        parameters |= {f"{name}_impulse": trace.impulse, f"{name}_tau": trace.tau}
    return parameters


def _of_numerics(field: str, values: object, numerics: str) -> Any:
    """Return what a mapping has for numerics."""
    if not isinstance(values, Mapping) or numerics not in values:
        raise ValueError(
            f"{field} is {checks.shown(values)}; it must map {' and '.join(NUMERICS)} to what they "
            "have"
        )
    return values[numerics]
