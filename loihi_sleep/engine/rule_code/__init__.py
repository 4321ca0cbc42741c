"""Code for a learning rule: from Lava's product series to the text of a function for numba."""

from loihi_sleep.engine.rule_code.layer import source
from loihi_sleep.engine.rule_code.text import POST_TRACES, PRE_TRACES, VARIABLES, RuleText, Target

__all__ = ["POST_TRACES", "PRE_TRACES", "VARIABLES", "RuleText", "Target", "source"]
