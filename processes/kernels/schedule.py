"""The cycle of wake and sleep."""

import numba


@numba.njit("boolean(int64, int64)", cache=True)
def is_asleep(elapsed: int, wake_steps: int) -> bool:
    """Tell whether the step that is `elapsed` steps into its cycle belongs to sleep."""
    return elapsed >= wake_steps


@numba.njit("int64(int64, int64, int64)", cache=True)
def advance(elapsed: int, wake_steps: int, sleep_steps: int) -> int:
    """Steps into the cycle after one more step; a new cycle begins when this one is over."""
    return (elapsed + 1) % (wake_steps + sleep_steps)
