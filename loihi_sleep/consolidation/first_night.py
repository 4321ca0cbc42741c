"""The network of a night as a chip would have to hold it, before anything is learned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from loihi_sleep.consolidation.chip_form import ChipSleep
from loihi_sleep.consolidation.memory import Memory
from loihi_sleep.consolidation.released_form import ReleasedSleep
from loihi_sleep.sleep.run import network_with_drive
from loihi_sleep.training import sgd

if TYPE_CHECKING:
    from loihi_sleep.processes.sleep.process import Sleep


def first_night(
    sizes: Sequence[int],
    plane: tuple[int, int],
    settings: sgd.WakeConfig,
    form: ChipSleep | ReleasedSleep,
    numerics: str,
) -> Sleep:
    """Wire a night of a network with its initial weights, all inputs having been 1.

    Parameters
    ----------
    sizes : sequence of int
        Neurons by layer, the input first.
    plane : tuple of int
        (rows, columns) of an input.
    settings : WakeConfig
        Bounds of the initial weights.
    form : ChipSleep or ReleasedSleep
    numerics : str

    Returns
    -------
    Sleep
        The Process whose noise drives the others.
    """
    weights = sgd.initial_weights(sizes, settings, 0)
    memory = Memory(np.ones(sizes[0]), 1, np.ones(len(weights)))
    evening = form.evening(weights, memory, 0, numerics=numerics, plane=plane)
    return network_with_drive(evening.network, evening.night(0), numerics)[0]
