"""Code for a learning rule: from Lava's product series to the text of a function for numba."""

from loihi_sleep.engine.rule_code.changes import LOWEST_HELD
from loihi_sleep.engine.rule_code.function import source
from loihi_sleep.engine.rule_code.text import POST_TRACES, PRE_TRACES, VARIABLES, RuleText, Target

__all__ = ["LOWEST_HELD", "POST_TRACES", "PRE_TRACES", "VARIABLES", "RuleText", "Target", "source"]
