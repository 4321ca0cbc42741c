import numpy as np
import pytest

from loihi_sleep.worlds.foraging import TASK_2, ForagingWorld
from loihi_sleep.worlds.foraging_many import ForagingWorlds


def test_worlds_side_by_side_are_worlds_of_their_own():
    seeds = [5, 6, 11]
    many = ForagingWorlds(3, TASK_2, size=20, punishment=-0.5)
    alone = [ForagingWorld(TASK_2, size=20, punishment=-0.5) for _ in seeds]
    observations, _ = many.reset(seed=seeds)
    for world, seed, seen in zip(alone, seeds, observations, strict=True):
        assert (world.reset(seed=seed)[0] == seen).all()
    meals = 0
    for actions in np.random.default_rng(0).integers(0, 8, (400, 3)):
        observations, rewards, ended, cut, info = many.step(actions)
        assert not ended.any()
        assert not cut.any()
        for k, world in enumerate(alone):
            seen, reward, *_, own = world.step(int(actions[k]))
            assert (observations[k] == seen).all()
            assert rewards[k] == reward
            assert (info["eaten"][k] < 0) == (own["eaten"] is None)
            meals += own["eaten"] is not None
    assert meals > 20


def test_one_seed_gives_each_world_the_next():
    worlds = ForagingWorlds(2, size=20)
    first, _ = worlds.reset(seed=7)
    second, _ = worlds.reset(seed=[7, 8])
    assert (first == second).all()
    assert (first[0] != first[1]).any()


def test_observations_and_actions_are_of_their_spaces():
    worlds = ForagingWorlds(4, size=12)
    observations, _ = worlds.reset(seed=0)
    assert worlds.observation_space.contains(observations)
    assert worlds.observation_space.contains(worlds.step(worlds.action_space.sample())[0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ForagingWorlds(0), "worlds is 0"),
        (lambda: ForagingWorlds(2, density=0), "density is 0"),
        (lambda: ForagingWorlds(2).reset(seed=[1]), "seed has 1 entries; it must have 2"),
        (lambda: ForagingWorlds(2).step(np.array([0, 8])), "they must be 2 integers"),
    ],
)
def test_what_is_wrong_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
