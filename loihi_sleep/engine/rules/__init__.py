"""Code for a learning rule: from Lava's product series to the text of a function for numba."""

from loihi_sleep.engine.rules.changes import LOWEST_HELD
from loihi_sleep.engine.rules.generate import source
from loihi_sleep.engine.rules.text import POST_TRACES, PRE_TRACES, VARIABLES, RuleText, Target

__all__ = ["LOWEST_HELD", "POST_TRACES", "PRE_TRACES", "VARIABLES", "RuleText", "Target", "source"]
