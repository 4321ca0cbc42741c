"""Many foraging worlds at once, as a vectorized Gymnasium environment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from loihi_sleep.processes import checks
from loihi_sleep.processes.kernels import foraging_world
from loihi_sleep.processes.kernels.foraging_world import DIRECTIONS, VIEW_SIDE, Orientation
from loihi_sleep.worlds.foraging import TASK_1, ForagingTask, checked_particles, scatter


class ForagingWorlds(VectorEnv[NDArray[np.int8], NDArray[np.int64], NDArray[Any]]):
    """As many :class:`loihi_sleep.worlds.foraging.ForagingWorld` side by side, stepped by one call.

    With the same seed a world here and one there are equal, step by step. ``info["eaten"]`` holds
    orientations as numbers, -1 where nothing was eaten.

    Parameters
    ----------
    worlds : int
        How many, from 1.
    task, size, density, reward, punishment, step_reward
        Of all of them, as of ``ForagingWorld``.

    Raises
    ------
    ValueError
        As there.
    """

    metadata = {"autoreset_mode": AutoresetMode.DISABLED}  # noqa: RUF012 - Gymnasium's

    def __init__(
        self,
        worlds: int,
        task: ForagingTask = TASK_1,
        *,
        size: int = 50,
        density: float = 0.1,
        reward: float = 1.0,
        punishment: float = -0.001,
        step_reward: float = -0.0001,
    ) -> None:
        self.num_envs = checks.integer("worlds", worlds, 1)
        particles = checked_particles(size, density)
        self.single_observation_space = spaces.MultiBinary((VIEW_SIDE, VIEW_SIDE))
        self.single_action_space = spaces.Discrete(DIRECTIONS)
        self.observation_space = batch_space(self.single_observation_space, worlds)
        self.action_space = batch_space(self.single_action_space, worlds)
        self.task = task
        # By orientation; the last is that of an empty square, at -1.
        self._worth = np.full(len(Orientation) + 1, step_reward)
        self._worth[[task.rewarded, task.punished]] = reward, punishment
        self._grids = np.zeros((worlds, size, size), dtype=np.int64)
        self._particles = np.zeros((worlds, particles, 3), dtype=np.int64)
        self._agents = np.zeros((worlds, 4), dtype=np.int64)
        self._drawn = np.zeros((worlds, 1), dtype=np.int64)
        self._seeds = np.zeros(worlds, dtype=np.int64)

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[NDArray[np.int8], dict[str, Any]]:
        """Scatter the particles of all worlds anew.

        Parameters
        ----------
        seed : int or sequence of int, optional
            One for each world; of an integer, each world takes the next.
        options : dict, optional
            Nothing.
        """
        if seed is None or isinstance(seed, int):
            given = [None if seed is None else seed + k for k in range(self.num_envs)]
        else:
            given = list(seed)
            if len(given) != self.num_envs:
                raise ValueError(f"seed has {len(given)} entries; it must have {self.num_envs}")
        seen = np.zeros((self.num_envs, VIEW_SIDE**2), dtype=np.bool_)
        for k, own in enumerate(given):
            self._seeds[k] = seeding.np_random(own)[0].integers(checks.SEED_MAX)
            state = (self._grids[k], self._particles[k], self._agents[k], self._drawn[k])
            self._drawn[k] = 0
            scatter(*state, int(self._seeds[k]), self.task)
            seen[k] = foraging_world.view(self._grids[k], self._agents[k])
        return self._observations(seen), {"eaten": np.full(self.num_envs, -1)}

    def step(
        self, actions: NDArray[np.int64]
    ) -> tuple[NDArray[np.int8], NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        """Move all agents; no world ever ends."""
        directions = np.asarray(actions)
        if not self.action_space.contains(directions):
            raise ValueError(
                f"actions are {actions!r}; they must be {self.num_envs} integers "
                f"0 .. {DIRECTIONS - 1}"
            )
        eaten = np.empty(self.num_envs, dtype=np.int64)
        seen = np.empty((self.num_envs, VIEW_SIDE**2), dtype=np.bool_)
        foraging_world.move_many(
            *(self._grids, self._particles, self._agents, self._drawn, self._seeds),
            directions.astype(np.int64),
            eaten,
            seen,
        )
        never = np.zeros(self.num_envs, dtype=np.bool_)
        rewards = self._worth[eaten]
        return self._observations(seen), rewards, never, never.copy(), {"eaten": eaten}

    def _observations(self, seen: NDArray[np.bool_]) -> NDArray[np.int8]:
        return seen.reshape(-1, VIEW_SIDE, VIEW_SIDE).astype(np.int8)
