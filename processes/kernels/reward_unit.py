"""Rewards as integers, for ports that carry nothing else."""

import numba
import numpy as np

# What an integer reward of 1 is worth.
REWARD_UNIT = 2.0**-12


@numba.njit("int64(float64)", cache=True)
def to_integer_reward(reward: float) -> int:
    """Round a reward to the nearest multiple of ``REWARD_UNIT``, and count them."""
    return int(np.rint(reward / REWARD_UNIT))
