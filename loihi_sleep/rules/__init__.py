"""Learning rules by meaning, written as Loihi's sums of products."""

from collections.abc import Callable

from loihi_sleep.processes import checks
from loihi_sleep.rules.hebb import sleep_hebb
from loihi_sleep.rules.residual_hebb import residual_hebb
from loihi_sleep.rules.rule import NUMERICS, Rule, Trace
from loihi_sleep.rules.stdp import stdp

__all__ = ["NUMERICS", "Rule", "Trace", "by_name", "residual_hebb", "sleep_hebb", "stdp"]

_RULES: dict[str, Callable[[float, float], Rule]] = {"sleep_hebb": sleep_hebb, "stdp": stdp}


def by_name(name: str, potentiation: float = 8.0, depression: float = 2.0) -> Rule:
    """Build the rule ``sleep_hebb`` or ``stdp``; amounts in weight units.

    Raises
    ------
    ValueError
        Unknown name.
    """
    return _RULES[checks.one_of("rule", name, tuple(_RULES))](potentiation, depression)
