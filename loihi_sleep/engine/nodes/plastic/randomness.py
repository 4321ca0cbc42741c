"""The random numbers of Lava's fixed-point learning models, drawn for many steps at once.

Lava draws them one by one, each from a generator of its own: two for the x traces, two for the y
traces, one for the rounding of synaptic variables. The sequence of a generator is the same however
it is drawn.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.learning.constants import W_TRACE
from numpy.typing import NDArray

from loihi_sleep.engine.nodes.plastic.row import (
    ROUNDING,
    X_DECAY,
    X_IMPULSE,
    Y_DECAY,
    Y_IMPULSE,
    Y_IMPULSE_MIDWAY,
)

# Lava's models draw twice in a time step: between pre- and post-synaptic spikes, and after both.
DRAWS_A_STEP = 2
# Whatever the seed of the rule: Lava's model never passes it on.
ROUNDING_SEED = 2


class LearningRandom:
    """Generators of one layer.

    Parameters
    ----------
    seed : int
        ``rng_seed`` of the rule.
    t_epoch : int
        Steps of an epoch; rounding draws once in each.
    """

    def __init__(self, seed: int, t_epoch: int) -> None:
        self._x_decay, self._x_impulse, self._y_decay, self._y_impulse = (
            np.random.default_rng(seed + k) for k in range(4)
        )
        self._rounding = np.random.default_rng(ROUNDING_SEED)
        self._t_epoch = t_epoch
        # The first number of each is drawn when a model is built, and replaced before its use.
        for generator in (self._x_decay, self._y_decay, self._rounding):
            generator.random(1)
        for generator in (self._x_impulse, self._y_impulse):
            _draw_impulses(generator, 1)

    def draw(self, done: int, steps: int, draws: NDArray[np.float64]) -> None:
        """Draw for the time steps ``done + 1 .. done + steps``.

        Parameters
        ----------
        done, steps : int
        draws : ndarray of float64, shape (DRAW_ROWS, at least steps)
            Filled up to `steps`.
        """
        count = DRAWS_A_STEP * steps
        draws[X_DECAY, :steps] = self._x_decay.random(count)[1::DRAWS_A_STEP]
        draws[Y_DECAY, :steps] = self._y_decay.random(count)[1::DRAWS_A_STEP]
        draws[X_IMPULSE, :steps] = _draw_impulses(self._x_impulse, count)[1::DRAWS_A_STEP]
        impulses = _draw_impulses(self._y_impulse, count)
        draws[Y_IMPULSE_MIDWAY, :steps] = impulses[::DRAWS_A_STEP]
        draws[Y_IMPULSE, :steps] = impulses[1::DRAWS_A_STEP]
        ends = np.arange(self._t_epoch - done % self._t_epoch - 1, steps, self._t_epoch)
        draws[ROUNDING, ends] = self._rounding.random(ends.size)

    @property
    def state(self) -> list[dict[str, Any]]:
        """State of the generators, as plain values."""
        return [dict(generator.bit_generator.state) for generator in self._generators]

    @state.setter
    def state(self, state: list[dict[str, Any]]) -> None:
        for generator, one in zip(self._generators, state, strict=True):
            generator.bit_generator.state = one

    def check_state(self, state: Any) -> None:
        """Refuse what is no state of the generators.

        Raises
        ------
        ValueError
        """
        if not isinstance(state, list | tuple) or len(state) != len(self._generators):
            raise ValueError(f"the state of the random generators must be {len(self._generators)}")
        for one in state:
            try:
                # Only a generator itself knows what it takes.
                trial = np.random.PCG64(0)
                trial.state = one
                is_taken = trial.state == one and one["state"]["inc"] % 2 == 1
            except (TypeError, ValueError, KeyError, AttributeError, OverflowError):
                is_taken = False
            if not is_taken:
                raise ValueError(f"{one!r} is no state of a random generator (PCG64)")

    @property
    def _generators(self) -> tuple[np.random.Generator, ...]:
        return (self._x_decay, self._x_impulse, self._y_decay, self._y_impulse, self._rounding)


def _draw_impulses(generator: np.random.Generator, count: int) -> NDArray[np.int64]:
    """Draw as Lava does for the rounding of impulses: 7 bits."""
    return generator.integers(0, 2**W_TRACE, size=count, dtype=int)
