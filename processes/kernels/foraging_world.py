"""A torus with two-pixel particles and an agent that eats what it steps on.

Golden, Delanois, Sanda and Bazhenov, "Sleep prevents catastrophic forgetting in spiking neural
networks by forming a joint synaptic weight representation", PLOS Computational Biology 18(11):
e1010628 (2022). The source leaves open what happens at the edge (here: nothing, the world is a
torus) and what replaces an eaten particle (here: one of the same orientation; with a random one
intake would have to balance supply, and every agent would end at even odds).

State, changed in place: ``grid`` (size, size), the index of the particle that covers each square,
or -1; ``particles`` (n, 3), row, column and orientation of each; ``agent`` (4,), row, column,
direction of the last move and moves since the last particle; ``drawn`` (1,), random words so far.
"""

from enum import IntEnum

import numba
import numpy as np
from numpy.typing import NDArray

from loihi_sleep.processes.kernels.philox import Stream, next_below

EMPTY = -1
VIEW_SIDE = 7
VIEW_RADIUS = VIEW_SIDE // 2
DIRECTIONS = 8
ROW, COLUMN, HEADING, SINCE = range(4)
ORIENTATION = 2
_WORLD = Stream.WORLD.value


class Orientation(IntEnum):
    """How a particle lies."""

    HORIZONTAL = 0
    VERTICAL = 1
    POSITIVE_DIAGONAL = 2
    NEGATIVE_DIAGONAL = 3


# From a particle's first pixel to its second, by orientation; rows count downwards.
ROW_OFFSETS = (0, 1, 1, 1)
COLUMN_OFFSETS = (1, 0, -1, 1)
# Up left, up, up right, left, right, down left, down, down right.
ROW_MOVES = (-1, -1, -1, 0, 0, 1, 1, 1)
COLUMN_MOVES = (-1, 0, 1, -1, 1, -1, 0, 1)
# Placing gives up after as many tries a square of the world.
_TRIES = 20

_State = "int64[:, ::1], int64[:, ::1], int64[::1], int64[::1], int64"


@numba.njit("UniTuple(int64, 2)(int64, int64, int64, int64)", cache=True)
def second_square(row: int, column: int, orientation: int, size: int) -> tuple[int, int]:
    """Row and column of a particle's second pixel, from those of its first."""
    return (row + ROW_OFFSETS[orientation]) % size, (column + COLUMN_OFFSETS[orientation]) % size


@numba.njit("boolean(int64[:, ::1], int64, int64)", cache=True)
def _is_alone(grid: NDArray[np.int64], row: int, column: int) -> bool:
    """Whether a square and its eight neighbors are empty."""
    size = grid.shape[0]
    for down in range(-1, 2):
        for right in range(-1, 2):
            if grid[(row + down) % size, (column + right) % size] != EMPTY:
                return False
    return True


@numba.njit(f"boolean({_State}, int64)", cache=True)
def place(
    grid: NDArray[np.int64],
    particles: NDArray[np.int64],
    agent: NDArray[np.int64],
    drawn: NDArray[np.int64],
    seed: int,
    particle: int,
) -> bool:
    """Put a particle, whose orientation stands, where it touches no other and not the agent.

    Returns
    -------
    bool
        False where no such place was found; the world is as it was.
    """
    size = grid.shape[0]
    orientation = particles[particle, ORIENTATION]
    for _ in range(_TRIES * size * size):
        row, column = next_below(seed, _WORLD, drawn, size), next_below(seed, _WORLD, drawn, size)
        row_2, column_2 = second_square(row, column, orientation, size)
        on_agent = (row == agent[ROW] and column == agent[COLUMN]) or (
            row_2 == agent[ROW] and column_2 == agent[COLUMN]
        )
        if not on_agent and _is_alone(grid, row, column) and _is_alone(grid, row_2, column_2):
            particles[particle, ROW], particles[particle, COLUMN] = row, column
            grid[row, column] = grid[row_2, column_2] = particle
            return True
    return False


@numba.njit(f"boolean({_State}, int64[::1])", cache=True)
def fill(
    grid: NDArray[np.int64],
    particles: NDArray[np.int64],
    agent: NDArray[np.int64],
    drawn: NDArray[np.int64],
    seed: int,
    orientations: NDArray[np.int64],
) -> bool:
    """Make a new world: the agent in the middle, the orientations in equal numbers.

    Parameters
    ----------
    grid, particles, agent, drawn : ndarray
        State; only what has been drawn goes on.
    seed : int
        0 .. 2**63 - 1.
    orientations : ndarray of int64, shape (kinds,)
        Which there are, by :class:`Orientation`.

    Returns
    -------
    bool
        False where the particles do not fit.
    """
    grid[:] = EMPTY
    agent[ROW] = agent[COLUMN] = grid.shape[0] // 2
    agent[HEADING] = next_below(seed, _WORLD, drawn, DIRECTIONS)
    agent[SINCE] = 0
    for particle in range(particles.shape[0]):
        particles[particle, ORIENTATION] = orientations[particle % orientations.size]
        if not place(grid, particles, agent, drawn, seed, particle):
            return False
    return True


@numba.njit("boolean[::1](int64[:, ::1], int64[::1])", cache=True)
def view(grid: NDArray[np.int64], agent: NDArray[np.int64]) -> NDArray[np.bool_]:
    """What the agent sees.

    Returns
    -------
    ndarray of bool, shape (49,)
        Squares of the window around it, row by row, that hold a pixel of a particle; its own is
        False.
    """
    size = grid.shape[0]
    seen = np.zeros(VIEW_SIDE * VIEW_SIDE, dtype=np.bool_)
    for down in range(VIEW_SIDE):
        row = (agent[ROW] + down - VIEW_RADIUS) % size
        for right in range(VIEW_SIDE):
            column = (agent[COLUMN] + right - VIEW_RADIUS) % size
            seen[down * VIEW_SIDE + right] = grid[row, column] != EMPTY
    return seen


@numba.njit(f"int64({_State}, int64)", cache=True)
def move(
    grid: NDArray[np.int64],
    particles: NDArray[np.int64],
    agent: NDArray[np.int64],
    drawn: NDArray[np.int64],
    seed: int,
    direction: int,
) -> int:
    """Move the agent by one square; a particle there is eaten, and grows again elsewhere.

    Parameters
    ----------
    grid, particles, agent, drawn : ndarray
        State.
    seed : int
    direction : int
        0 .. 7: up left, up, up right, left, right, down left, down, down right.

    Returns
    -------
    int
        Orientation of what was eaten; -1 for nothing.
    """
    size = grid.shape[0]
    agent[ROW] = (agent[ROW] + ROW_MOVES[direction]) % size
    agent[COLUMN] = (agent[COLUMN] + COLUMN_MOVES[direction]) % size
    agent[HEADING] = direction
    agent[SINCE] += 1
    particle = grid[agent[ROW], agent[COLUMN]]
    if particle == EMPTY:
        return -1
    agent[SINCE] = 0
    orientation = particles[particle, ORIENTATION]
    row, column = particles[particle, ROW], particles[particle, COLUMN]
    row_2, column_2 = second_square(row, column, orientation, size)
    grid[row, column] = grid[row_2, column_2] = EMPTY
    if not place(grid, particles, agent, drawn, seed, particle):
        # Nowhere else: it stays where it was, under the agent.
        grid[row, column] = grid[row_2, column_2] = particle
    return orientation
