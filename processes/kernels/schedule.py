"""The cycle of wake and sleep."""


def is_asleep(elapsed: int, wake_steps: int) -> bool:
    """Tell whether the step that is `elapsed` steps into its cycle belongs to sleep."""
    return bool(elapsed >= wake_steps)


def advance(elapsed: int, wake_steps: int, sleep_steps: int) -> int:
    """Steps into the cycle after one more step; a new cycle begins when this one is over."""
    return (elapsed + 1) % (wake_steps + sleep_steps)
