import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loihi_sleep.processes.kernels import foraging_world
from loihi_sleep.processes.kernels.foraging_world import (
    COLUMN_OFFSETS,
    EMPTY,
    HEADING,
    ROW_OFFSETS,
    SINCE,
    Orientation,
)
from loihi_sleep.processes.kernels.movement import choose_direction

SIZE = 20


def new_world(seed, particles=20, orientations=(0, 3), size=SIZE):
    world = (
        np.full((size, size), EMPTY),
        np.zeros((particles, 3), dtype=np.int64),
        np.zeros(4, dtype=np.int64),
        np.zeros(1, dtype=np.int64),
        seed,
    )
    return world, foraging_world.fill(*world, np.array(orientations))


def squares_of(particle, size=SIZE):
    row, column, orientation = particle
    other = (row + ROW_OFFSETS[orientation]) % size, (column + COLUMN_OFFSETS[orientation]) % size
    return [(row, column), other]


def assert_whole(world):
    """Every particle covers its two squares, no others, and touches none."""
    grid, particles, agent, *_ = world
    owner = {}
    for index, particle in enumerate(particles):
        for square in squares_of(particle):
            assert square not in owner
            owner[square] = index
    assert {tuple(square) for square in np.argwhere(grid != EMPTY)} == set(owner)
    for (row, column), index in owner.items():
        assert grid[row, column] == index
        around = grid[
            np.ix_(*[[(place + k) % SIZE for k in (-1, 0, 1)] for place in (row, column)])
        ]
        assert set(np.unique(around)) <= {EMPTY, index}
    return owner


@settings(max_examples=20)
@given(st.integers(0, 2**63 - 1), st.lists(st.integers(0, 7), max_size=200))
def test_particles_never_touch_and_their_numbers_stay(seed, moves):
    world, fits = new_world(seed)
    assert fits
    for direction in moves:
        foraging_world.move(*world, direction)
    owner = assert_whole(world)
    assert len(owner) == 40
    kinds = np.bincount(world[1][:, 2], minlength=4)
    assert kinds.tolist() == [10, 0, 0, 10]


def test_moves_go_where_they_are_called():
    world, _ = new_world(1, particles=1, orientations=[0])
    agent = world[2]
    for direction, (down, right) in enumerate(
        [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)]
    ):
        row, column = agent[:2]
        foraging_world.move(*world, direction)
        assert agent[:2].tolist() == [(row + down) % SIZE, (column + right) % SIZE]
        assert agent[HEADING] == direction


def test_the_world_has_no_edge():
    world, _ = new_world(1, particles=1, orientations=[0])
    for _ in range(SIZE):
        foraging_world.move(*world, 1)
    assert world[2][0] == SIZE // 2


def by_hand(particles):
    """A world whose particles lie where a test wants them, the agent at (10, 10)."""
    world, _ = new_world(5, particles=len(particles))
    grid, held, *_ = world
    grid[:] = EMPTY
    for index, particle in enumerate(particles):
        held[index] = particle
        for square in squares_of(particle):
            grid[square] = index
    return world


def test_what_the_agent_sees():
    world = by_hand([(8, 9, Orientation.HORIZONTAL), (12, 13, Orientation.POSITIVE_DIAGONAL)])
    seen = foraging_world.view(world[0], world[2]).reshape(7, 7)
    assert np.argwhere(seen).tolist() == [[1, 2], [1, 3], [5, 6], [6, 5]]


def test_a_particle_that_is_stepped_on_is_eaten_and_grows_elsewhere():
    world = by_hand([(9, 10, Orientation.HORIZONTAL), (3, 3, Orientation.VERTICAL)])
    grid, particles, agent, *_ = world
    assert foraging_world.move(*world, 0) == -1
    assert agent[SINCE] == 1
    # The second pixel counts as well as the first.
    assert foraging_world.move(*world, 4) == Orientation.HORIZONTAL
    assert agent[SINCE] == 0
    assert grid[9, 10] == EMPTY
    assert particles[0, 2] == Orientation.HORIZONTAL
    assert_whole(world)


def test_a_world_that_is_too_full_is_refused():
    world, fits = new_world(3, particles=200, orientations=[1])
    assert not fits


def choose(counts, agent=(0, 0, 6, 0), exploration=0.0, draws=1):
    drawn = np.zeros(1, dtype=np.int64)
    return [
        choose_direction(np.array(counts), np.array(agent), drawn, 9, exploration)
        for _ in range(draws)
    ]


def test_the_direction_with_most_spikes_wins():
    assert choose([0, 1, 0, 3, 2, 0, 0, 0]) == [3]


def test_silence_keeps_the_direction():
    assert choose([0] * 8) == [6]


def test_ties_are_broken_evenly():
    counts = np.bincount(choose([0, 2, 0, 2, 1, 0, 0, 2], draws=3000), minlength=8)
    assert counts[[0, 2, 4, 5, 6]].sum() == 0
    # Four standard deviations of 3000 draws with probability 1/3.
    assert (np.abs(counts[[1, 3, 7]] - 1000) < 4 * np.sqrt(3000 * 2 / 9)).all()


@pytest.mark.parametrize(("since", "chance"), [(0, 0.01), (9, 0.1), (199, 1.0)])
def test_exploration_grows_until_something_is_eaten(since, chance):
    directions = choose([9, 0, 0, 0, 0, 0, 0, 0], (0, 0, 0, since), 0.01, draws=8000)
    others = np.count_nonzero(directions)
    # One random direction in eight is the winner's.
    expected = 8000 * chance * 7 / 8
    assert abs(others - expected) < 4 * np.sqrt(expected)
