"""Learning rules by meaning, written as Loihi's sums of products."""

import inspect
from collections.abc import Callable

from loihi_sleep.processes import checks
from loihi_sleep.registry import Registry
from loihi_sleep.rules.competitive import competitive_hebb
from loihi_sleep.rules.contrastive import contrastive_hebb
from loihi_sleep.rules.delta import delta_rule
from loihi_sleep.rules.hebb import sleep_hebb
from loihi_sleep.rules.residual_hebb import residual_hebb
from loihi_sleep.rules.rule import Rule, Trace
from loihi_sleep.rules.stdp import stdp

__all__ = [
    "RULES",
    "Rule",
    "Trace",
    "by_name",
    "competitive_hebb",
    "contrastive_hebb",
    "delta_rule",
    "residual_hebb",
    "sleep_hebb",
    "stdp",
]

RULES: Registry[Callable[[float, float], Rule]] = Registry(
    "rule",
    "rules",
    {"sleep_hebb": "loihi_sleep.rules.hebb:sleep_hebb", "stdp": "loihi_sleep.rules.stdp:stdp"},
    Callable,  # type: ignore[arg-type]
)


def by_name(name: str, potentiation: float = 8.0, depression: float = 2.0) -> Rule:
    """Build a rule that is known by its name: ``sleep_hebb``, ``stdp``, or another package's.

    Parameters
    ----------
    name : str
        Another package brings one by an entry point of the group ``loihi_sleep.rules``; a script
        adds one by ``RULES.register(name, rule)``, where ``rule(potentiation, depression)`` builds
        a :class:`Rule`.
    potentiation, depression : float
        Amounts in weight units.

    Returns
    -------
    Rule

    Raises
    ------
    ValueError
        There is no such rule, or what was brought makes none.
    """
    build = RULES[name]
    try:
        inspect.signature(build).bind(potentiation, depression)
    except TypeError as error:
        raise ValueError(f"rule {name!r} takes no potentiation and depression: {error}") from None
    rule = build(potentiation, depression)
    checks.instance(f"rule {name!r}", rule, Rule, "a Rule")
    return rule
