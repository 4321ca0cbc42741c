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
# Bits of half a number of a generator.
_HALF = 32


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
        self._x_decay, self._y_decay = (np.random.default_rng(seed + k) for k in (0, 2))
        self._x_impulse, self._y_impulse = (_Impulses(seed + k) for k in (1, 3))
        self._rounding = np.random.default_rng(ROUNDING_SEED)
        self._t_epoch = t_epoch
        # The first number of each is drawn when a model is built, and replaced before its use.
        for generator in (self._x_decay, self._y_decay, self._rounding):
            generator.random(1)

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
        self._x_impulse.draw(steps, draws[X_IMPULSE])
        self._y_impulse.draw(steps, draws[Y_IMPULSE], draws[Y_IMPULSE_MIDWAY])
        ends = draws[ROUNDING, self._t_epoch - done % self._t_epoch - 1 : steps : self._t_epoch]
        ends[:] = self._rounding.random(ends.size)

    @property
    def state(self) -> list[dict[str, Any]]:
        """State of the generators, as plain values."""
        return [dict(generator.state) for generator in self._generators]

    @state.setter
    def state(self, state: list[dict[str, Any]]) -> None:
        for generator, one in zip(self._generators, state, strict=True):
            generator.state = one

    def check_state(self, state: Any) -> None:
        """Refuse what is no state of the generators.

        Raises
        ------
        ValueError
        """
        if not isinstance(state, list | tuple) or len(state) != len(self._generators):
            raise ValueError(f"the state of the random generators must be {len(self._generators)}")
        for generator, one in zip(self._generators, state, strict=True):
            try:
                # Only a generator itself knows what it takes.
                trial = np.random.PCG64(0)
                trial.state = one
                is_taken = trial.state == one and one["state"]["inc"] % 2 == 1
                is_taken &= isinstance(generator, np.random.BitGenerator) or one["has_uint32"] == 1
            except (TypeError, ValueError, KeyError, AttributeError, OverflowError):
                is_taken = False
            if not is_taken:
                raise ValueError(f"{one!r} is no state of a random generator (PCG64)")

    @property
    def _generators(self) -> tuple[np.random.BitGenerator | _Impulses, ...]:
        return (
            self._x_decay.bit_generator,
            self._x_impulse,
            self._y_decay.bit_generator,
            self._y_impulse,
            self._rounding.bit_generator,
        )


class _Impulses:
    """Numbers of 7 bits, as Lava draws them for the rounding of impulses.

    ``generator.integers(0, 128)`` takes the highest bits of one half of a number of 64 bits: of its
    lower half first, of the upper one the next time. It is kept here, as that is much faster than
    to ask the generator. One number is drawn when a model is built, and then two a step: so the
    first of a step is always an upper half.

    Parameters
    ----------
    seed : int
    """

    def __init__(self, seed: int) -> None:
        self._generator = np.random.PCG64(seed)
        self._upper_half = int(self._generator.random_raw()) >> _HALF

    def draw(
        self, steps: int, last: NDArray[np.float64], first: NDArray[np.float64] | None = None
    ) -> None:
        """Draw the first and the last number of steps."""
        numbers = self._generator.random_raw(steps)
        last[:steps] = numbers.astype(np.uint32) >> np.uint32(_HALF - W_TRACE)
        if first is not None:
            first[0] = self._upper_half >> (_HALF - W_TRACE)
            first[1:steps] = numbers[:-1] >> np.uint64(2 * _HALF - W_TRACE)
        self._upper_half = int(numbers[-1]) >> _HALF

    @property
    def state(self) -> dict[str, Any]:
        """State of a generator that `integers` was asked of."""
        return {**dict(self._generator.state), "has_uint32": 1, "uinteger": self._upper_half}

    @state.setter
    def state(self, state: dict[str, Any]) -> None:
        self._generator.state = state  # type: ignore[assignment]
        self._upper_half = int(state["uinteger"])
