"""The foraging world as a Gymnasium environment.

Two-pixel particles in four orientations lie scattered on a torus, never touching. An agent sees the
7 x 7 squares around itself and moves to one of the eight next ones; a particle that it steps on is
eaten and grows again elsewhere, in the same orientation. A task says which orientations there are
and what eating them is worth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from loihi_sleep.processes import checks
from loihi_sleep.processes.kernels import foraging_world
from loihi_sleep.processes.kernels.foraging_world import (
    COLUMN,
    DIRECTIONS,
    ROW,
    VIEW_SIDE,
    Orientation,
    second_square,
)

SIZE_MIN = VIEW_SIDE + 1
PIXELS_A_PARTICLE = 2
# Of a rendered world: pixels a square, colors of the ground, the agent and each orientation.
_SCALE = 8
_GROUND, _AGENT = (250, 248, 242), (20, 20, 24)
_COLORS = ((33, 113, 181), (35, 139, 69), (217, 95, 14), (136, 86, 167))


@dataclass(frozen=True)
class ForagingTask:
    """What is good and what is bad.

    Parameters
    ----------
    rewarded, punished : Orientation
        The two kinds of particles that there are, in equal numbers.
    """

    rewarded: Orientation
    punished: Orientation

    @property
    def orientations(self) -> tuple[Orientation, Orientation]:
        """Orientations of the particles in this task's world."""
        return self.rewarded, self.punished


TASK_1 = ForagingTask(Orientation.HORIZONTAL, Orientation.NEGATIVE_DIAGONAL)
TASK_2 = ForagingTask(Orientation.VERTICAL, Orientation.POSITIVE_DIAGONAL)
# Beyond the source: the other pairings in which an orientation is worth what it was.
TASK_3 = ForagingTask(Orientation.HORIZONTAL, Orientation.POSITIVE_DIAGONAL)
TASK_4 = ForagingTask(Orientation.VERTICAL, Orientation.NEGATIVE_DIAGONAL)


def particles_for(size: int, density: float) -> int:
    """How many particles cover a share of the squares.

    Parameters
    ----------
    size : int
        Side of the world in squares.
    density : float
        Share of the squares that is covered, above 0.

    Returns
    -------
    int
    """
    return round(density * size * size / PIXELS_A_PARTICLE)


def checked_particles(size: int, density: float) -> int:
    """How many particles a world has whose size and density make sense; see `particles_for`.

    Raises
    ------
    ValueError
        They do not.
    """
    checks.integer("size", size, SIZE_MIN)
    if not 0 < density <= 1 or particles_for(size, density) < 1:
        raise ValueError(
            f"density is {density}; it must be above 0, at most 1, and give at least one "
            f"particle in {size} x {size} squares"
        )
    return particles_for(size, density)


def scatter(
    grid: NDArray[np.int64],
    particles: NDArray[np.int64],
    agent: NDArray[np.int64],
    drawn: NDArray[np.int64],
    seed: int,
    task: ForagingTask,
) -> None:
    """Scatter the particles of a task anew; see :func:`foraging_world.fill`.

    Raises
    ------
    ValueError
        They do not fit.
    """
    orientations = np.array(task.orientations, dtype=np.int64)
    if not foraging_world.fill(grid, particles, agent, drawn, seed, orientations):
        raise ValueError(
            f"{len(particles)} particles find no places in {grid.shape[0]} x {grid.shape[1]} "
            "squares where they do not touch; lower the density"
        )


class ForagingWorld(gymnasium.Env[NDArray[np.int8], np.int64]):
    """One agent in a world of particles.

    Observations are the 7 x 7 squares around the agent, 1 where a pixel of a particle lies (the
    agent's own square is always 0). Actions are up left, up, up right, left, right, down left,
    down, down right. An episode has no end; ``gymnasium.wrappers.TimeLimit`` gives it one.
    ``info["eaten"]`` names the orientation of what was eaten, or is None.

    Parameters
    ----------
    task : ForagingTask
    size : int
        Side of the world in squares, from 8.
    density : float
        Share of the squares that particles cover; at 10 % they still find places where they do not
        touch.
    reward, punishment, step_reward : float
        For a rewarded particle, a punished one, and an empty square.
    render_mode : str, optional
        ``rgb_array``.

    Raises
    ------
    ValueError
        A size, density or render mode out of range, or (in ``reset``) particles that do not fit.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 12}  # noqa: RUF012 - Gymnasium's

    def __init__(
        self,
        task: ForagingTask = TASK_1,
        *,
        size: int = 50,
        density: float = 0.1,
        reward: float = 1.0,
        punishment: float = -0.001,
        step_reward: float = -0.0001,
        render_mode: str | None = None,
    ) -> None:
        if render_mode not in (None, *self.metadata["render_modes"]):
            raise ValueError(f"render_mode is {render_mode!r}; it must be 'rgb_array' or None")
        particles = checked_particles(size, density)
        self.task, self.render_mode = task, render_mode
        self.observation_space = spaces.MultiBinary((VIEW_SIDE, VIEW_SIDE))
        self.action_space = spaces.Discrete(DIRECTIONS)
        self._worth = {task.rewarded: reward, task.punished: punishment}
        self._step_reward = step_reward
        self._grid = np.full((size, size), foraging_world.EMPTY, dtype=np.int64)
        self._particles = np.zeros((particles, 3), dtype=np.int64)
        self._agent = np.zeros(4, dtype=np.int64)
        self._drawn = np.zeros(1, dtype=np.int64)
        self._seed = 0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.int8], dict[str, Any]]:
        """Scatter the particles anew; the agent begins in the middle."""
        super().reset(seed=seed)
        self._seed = int(self.np_random.integers(checks.SEED_MAX))
        self._drawn[0] = 0
        scatter(self._grid, self._particles, self._agent, self._drawn, self._seed, self.task)
        return self._observation(), {"eaten": None}

    def step(
        self, action: int | np.int64
    ) -> tuple[NDArray[np.int8], float, bool, bool, dict[str, Any]]:
        """Move."""
        if not self.action_space.contains(action):
            raise ValueError(f"action is {action!r}; it must be an integer 0 .. {DIRECTIONS - 1}")
        eaten = foraging_world.move(
            self._grid, self._particles, self._agent, self._drawn, self._seed, int(action)
        )
        reward = self._step_reward if eaten < 0 else self._worth[Orientation(eaten)]
        kind = None if eaten < 0 else Orientation(eaten).name.lower()
        return self._observation(), reward, False, False, {"eaten": kind}

    def render(self) -> NDArray[np.uint8] | None:
        """Draw the world from above, if the render mode is ``rgb_array``.

        Returns
        -------
        ndarray of uint8, shape (8 size, 8 size, 3), or None
        """
        if self.render_mode is None:
            return None
        return draw(self._particles, self._agent, len(self._grid))

    def _observation(self) -> NDArray[np.int8]:
        seen = foraging_world.view(self._grid, self._agent)
        return seen.reshape(VIEW_SIDE, VIEW_SIDE).astype(np.int8)


def draw(
    particles: NDArray[np.integer[Any]],
    agent: NDArray[np.integer[Any]],
    size: int,
    scale: int = _SCALE,
) -> NDArray[np.uint8]:
    """Draw a world from above: particles colored by orientation, the agent black.

    Parameters
    ----------
    particles : ndarray of int, shape (n, 3)
        Row, column and orientation of each.
    agent : ndarray of int, shape (2 or more,)
        Row and column come first.
    size : int
        Side of the world in squares.
    scale : int
        Pixels a square.

    Returns
    -------
    ndarray of uint8, shape (scale size, scale size, 3)
    """
    squares = np.full((size, size, 3), _GROUND, dtype=np.uint8)
    for row, column, orientation in particles:
        other = second_square(row, column, orientation, size)
        squares[row, column] = squares[other] = _COLORS[orientation]
    squares[agent[ROW], agent[COLUMN]] = _AGENT
    return squares.repeat(scale, axis=0).repeat(scale, axis=1)
