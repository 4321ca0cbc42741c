"""`Forager`: what it sends, when it moves, and that the engine does the same."""

import engines
import numpy as np
import pytest
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer

from loihi_sleep.processes.forager.process import Forager
from loihi_sleep.processes.kernels import foraging_world
from loihi_sleep.processes.kernels.foraging_world import Orientation
from loihi_sleep.run.session import Session

CYCLE = 4
WORTH = [1.0, 2.0, 3.0, -4.0, -0.5]


def forager(**more):
    parameters = {
        "orientations": (Orientation.HORIZONTAL, Orientation.NEGATIVE_DIAGONAL),
        "worth": WORTH,
        "seed": 8,
        "particles": 20,
        "size": 16,
        "cycle_steps": CYCLE,
        "decision_steps": 2,
        "exploration": 0.0,
    }
    return Forager(**(parameters | more))


def run(engine, outputs, steps, **more):
    """Run with given output spikes; what was sent, and Vars at the end."""
    world = forager(**more)
    spikes = RingBuffer(data=np.array(outputs, dtype=float))
    sinks = [Sink(shape=port.shape, buffer=steps) for port in (world.s_out, world.reward_out)]
    spikes.s_out.connect(world.s_in)
    world.s_out.connect(sinks[0].a_in)
    world.reward_out.connect(sinks[1].a_in)
    with Session(world, engines.named(engine, "float")) as session:
        session.run(steps)
        sent = [session.get(sink.data) for sink in sinks]
        agent, eaten, grid = (session.get(var) for var in (world.agent, world.eaten, world.grid))
    return {"pulses": sent[0], "rewards": sent[1], "agent": agent, "eaten": eaten, "grid": grid}


def spikes_of(direction, at, steps=8):
    raster = np.zeros((8, steps))
    raster[direction, at] = 1
    return raster


@pytest.mark.parametrize("engine", engines.MODELS_TOO)
def test_the_agent_moves_where_most_spikes_of_the_first_half_say(engine):
    raster = np.zeros((8, CYCLE))
    raster[1, :2] = 1
    # Down spikes as often, but too late.
    raster[6, [1, 2, 3]] = 1
    ended = run(engine, raster, CYCLE)
    assert ended["agent"][:2].tolist() == [7, 8]


@pytest.mark.parametrize("engine", engines.MODELS_TOO)
def test_pulses_are_what_the_agent_sees_once_a_cycle(engine):
    ended = run(engine, spikes_of(4, 0, CYCLE), 2 * CYCLE + 1)
    world = forager()
    first = foraging_world.view(np.array(world.grid.init), np.array(world.agent.init))
    assert ended["pulses"][:, 0].tolist() == first.astype(int).tolist()
    assert ended["pulses"][:, 2 * CYCLE].any()
    quiet = [step for step in range(2 * CYCLE) if step % CYCLE]
    assert not ended["pulses"][:, quiet].any()


@pytest.mark.parametrize("engine", engines.MODELS_TOO)
def test_the_reward_comes_with_the_next_cycle(engine):
    steps = 40 * CYCLE + 1
    ended = run(engine, np.tile(spikes_of(5, 0, CYCLE), 1), steps)
    at_once = ended["rewards"][0, CYCLE::CYCLE]
    assert not np.delete(ended["rewards"][0], np.arange(CYCLE, steps, CYCLE)).any()
    assert (at_once == 1.0).sum() == ended["eaten"][Orientation.HORIZONTAL]
    assert (at_once == -4.0).sum() == ended["eaten"][Orientation.NEGATIVE_DIAGONAL]
    assert (at_once == -0.5).sum() == 40 - ended["eaten"].sum()
    assert ended["eaten"].sum() > 0


@pytest.mark.parametrize("engine", engines.MODELS_TOO)
def test_asleep_it_neither_sees_nor_moves(engine):
    ended = run(
        engine,
        spikes_of(1, 0, CYCLE),
        4 * CYCLE + 1,
        wake_steps=CYCLE,
        sleep_steps=3 * CYCLE,
        sleep_reward=0.25,
    )
    assert ended["agent"][:2].tolist() == [7, 8]
    seen = ended["pulses"].any(axis=0)
    assert seen[[0, 4 * CYCLE]].all()
    assert not seen[1 : 4 * CYCLE].any()
    assert ended["rewards"][0, 2 * CYCLE :: CYCLE].tolist() == [0.25, 0.25, 0.25]


def test_the_engine_is_lava():
    rng = np.random.default_rng(2)
    outputs = (rng.random((8, 50 * CYCLE)) < 0.2).astype(float)
    of_lava, of_engine = (
        run(engine, outputs, 50 * CYCLE, exploration=0.1) for engine in engines.MODELS_TOO
    )
    for name, values in of_lava.items():
        assert (of_engine[name] == values).all(), name
    assert of_engine["eaten"].sum() > 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"orientations": ()}, "orientations is empty"),
        ({"orientations": (4,)}, "orientations is 4; it must be"),
        ({"particles": 0}, "particles is 0; it must be"),
        ({"particles": 90}, "particles is 90; so many find no places in 16 x 16 squares"),
        ({"size": 5}, "size is 5; it must be"),
        ({"decision_steps": 5}, "decision_steps is 5; it must be"),
        ({"exploration": 2.0}, "exploration holds 2; it must be from 0 to 1"),
        ({"worth": [1.0]}, r"worth has shape \(1,\); it must have shape \(5,\)"),
        ({"wake_steps": 0}, "wake_steps and sleep_steps are both 0"),
    ],
)
def test_wrong_parameters_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        forager(**settings)


@pytest.mark.parametrize("engine", engines.MODELS_TOO)
def test_a_reward_can_come_before_the_cycle_ends(engine):
    """With one step left after a move, the reward is sent in it, on each line; pulses are not."""
    usual, early = (
        run(engine, np.zeros((8, 2 * CYCLE)), 2 * CYCLE, **more)
        for more in ({}, {"steps_after_move": 1, "reward_outs": 3})
    )
    assert np.flatnonzero(usual["rewards"].any(axis=0)).tolist() == [CYCLE]
    assert np.flatnonzero(early["rewards"].any(axis=0)).tolist() == [CYCLE - 1, 2 * CYCLE - 1]
    assert (early["rewards"] == early["rewards"][0]).all()
    assert len(early["rewards"]) == 3
    assert (early["pulses"] == usual["pulses"]).all()
    assert np.flatnonzero(early["pulses"].any(axis=0)).tolist() == [0, CYCLE]
