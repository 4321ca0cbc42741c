"""The Process `ShuffledDense`."""

from typing import Any, ClassVar

from lava.proc.dense.process import LearningDense

from loihi_sleep.processes import checks
from loihi_sleep.processes.role import Role


class ShuffledDense(LearningDense):
    """Lava's `LearningDense`, but its rule sees pre-synaptic spikes at the wrong neurons.

    Activations are those of `LearningDense`. For learning, in each step as many neurons as spiked
    are drawn at random, and their traces jump instead. Post-synaptic spikes are as they are: what a
    rule makes of rates remains, what it makes of who fired with whom is lost. A control for replay,
    not something for a chip.

    Parameters
    ----------
    shuffle_seed : int
        Shuffle seed of the draws, 0 .. 2**63 - 1.
    **kwargs
        As of `LearningDense`; binary spikes only.

    Raises
    ------
    ValueError
        A seed out of range.
    """

    role: ClassVar[Role] = Role.SYNAPSES

    def __init__(self, *, shuffle_seed: int, **kwargs: Any) -> None:
        super().__init__(shuffle_seed=checks.seed("shuffle_seed", shuffle_seed), **kwargs)
