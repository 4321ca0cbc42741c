"""A learning rule by name."""

from loihi_sleep.rules import Rule, sleep_hebb


def reversed_hebb(potentiation: float, depression: float) -> Rule:
    """Like ``sleep_hebb``, with its two amounts exchanged."""
    return sleep_hebb(potentiation=depression, depression=potentiation)
