import warnings

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from loihi_sleep.processes.kernels.foraging_world import Orientation
from loihi_sleep.worlds.foraging import TASK_1, TASK_2, ForagingWorld, particles_for


@pytest.mark.parametrize("render_mode", [None, "rgb_array"])
def test_gymnasiums_checker_has_nothing_to_say(render_mode):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # The checker asks for a spec to build the environment anew; it is not registered.
        warnings.filterwarnings("ignore", message=".*spec.*")
        check_env(ForagingWorld(render_mode=render_mode), skip_close_check=True)


def test_rewards_are_those_of_the_task():
    world = ForagingWorld(TASK_1, reward=1.0, punishment=-0.5, step_reward=-0.25, density=0.1)
    world.reset(seed=1)
    worth = {}
    for action in np.random.default_rng(0).integers(0, 8, 3000):
        _, reward, terminated, truncated, info = world.step(int(action))
        worth.setdefault(info["eaten"], set()).add(reward)
        assert not terminated
        assert not truncated
    assert worth == {None: {-0.25}, "horizontal": {1.0}, "negative_diagonal": {-0.5}}


def test_the_second_task_has_the_other_orientations():
    assert TASK_2.orientations == (Orientation.VERTICAL, Orientation.POSITIVE_DIAGONAL)


def test_a_tenth_of_the_squares_is_covered():
    assert particles_for(50, 0.1) == 125
    world = ForagingWorld()
    seen = [world.reset(seed=seed)[0].sum() for seed in range(200)]
    # 48 squares are seen, 4.8 of them covered; a reset's count has a standard deviation near 2.
    assert abs(np.mean(seen) - 4.8) < 4 * 2 / np.sqrt(200)


def test_a_seed_decides_everything():
    def walk(seed):
        world = ForagingWorld(TASK_2)
        observation, _ = world.reset(seed=seed)
        steps = [world.step(action % 8)[0] for action in range(50)]
        return np.array([observation, *steps])

    assert (walk(3) == walk(3)).all()
    assert (walk(3) != walk(4)).any()


def test_a_picture_shows_agent_and_particles():
    world = ForagingWorld(render_mode="rgb_array", size=20)
    world.reset(seed=0)
    picture = world.render()
    assert picture.shape == (160, 160, 3)
    colors, counts = np.unique(picture[::8, ::8].reshape(-1, 3), axis=0, return_counts=True)
    # Agent, two kinds of 10 particles, ground.
    assert sorted(counts.tolist()) == [1, 20, 20, 359]
    assert ForagingWorld().render() is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": 7}, "size is 7"),
        ({"density": 0.0}, "density is 0.0; it must be above 0"),
        ({"render_mode": "human"}, "render_mode is 'human'; it must be 'rgb_array' or None"),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        ForagingWorld(**settings)


def test_too_many_particles_are_refused():
    with pytest.raises(ValueError, match="312 particles find no places in 25 x 25"):
        ForagingWorld(size=25, density=1.0).reset(seed=0)


def test_an_action_that_is_none_is_refused():
    world = ForagingWorld()
    world.reset(seed=0)
    with pytest.raises(ValueError, match="action is 8; it must be an integer 0 .. 7"):
        world.step(8)
