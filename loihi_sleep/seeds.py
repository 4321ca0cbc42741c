"""Seeds from seeds: every random number of a run hangs on the run's seed alone."""

import numpy as np

from loihi_sleep.processes import checks


def spawn_seeds(seed: int, count: int, *path: int) -> list[int]:
    """Derive independent seeds.

    Parameters
    ----------
    seed : int
        0 .. 2**63 - 1.
    count : int
        How many.
    *path : int
        Tells the uses of one seed apart, such as the number of a night.

    Returns
    -------
    list of int
        Each 0 .. 2**63 - 1; distinct uses and distinct seeds give unrelated values.
    """
    sequence = np.random.SeedSequence(entropy=checks.seed("seed", seed), spawn_key=path)
    return [int(word >> np.uint64(1)) for word in sequence.generate_state(count, np.uint64)]
