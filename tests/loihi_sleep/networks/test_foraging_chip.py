"""The foraging network in its form for the chip: Lava's simulator and the engine, bit for bit."""

from functools import partial

import engines
import numpy as np
import pytest

from loihi_sleep.networks.foraging import OUTPUTS, ForagingNetwork
from loihi_sleep.networks.foraging_chip import STEPS_AFTER_MOVE
from loihi_sleep.processes.forager.process import Forager
from loihi_sleep.run.session import Session
from loihi_sleep.sleep import Poisson

HIDDEN, CYCLE = 60, 16


def small(**chip):
    # Inhibition is low, so that much is learned in few cycles.
    return ForagingNetwork(hidden=HIDDEN, fan_in=9, chip={"inhibition": 20, "vth": 40, **chip})


def world(network, **more):
    form = network.chip
    return Forager(
        orientations=(0, 3),
        worth=[form.units(reward) for reward in (1.0, 0.0, 0.0, -0.5, -0.1)],
        seed=5,
        particles=30,
        size=20,
        cycle_steps=form.cycle_steps,
        decision_steps=form.cycle_steps - STEPS_AFTER_MOVE,
        steps_after_move=STEPS_AFTER_MOVE,
        reward_outs=OUTPUTS,
        **more,
    )


def build(learning, schedule, cycles=0, rate=0.0, sleep_reward=0.3, **chip):
    network = small(**chip)
    there = world(network, sleep_reward=network.chip.units(sleep_reward), **schedule)
    replay = partial(Poisson(np.full(HIDDEN, rate)).build, HIDDEN, cycles * CYCLE) if rate else None
    return network.build(there, 3, learning=learning, replay=replay, neuron="chip", **schedule)


def run(engine, cycles, learning, schedule, rate=0.0):
    made = build(learning, schedule, cycles, rate)
    watched = {
        "agent": made.world.agent,
        "eaten": made.world.eaten,
        "input weights": made.receptive.weights,
        "hidden spikes": made.hidden_probe.count,
        "output weights": made.rewarded.weights,
        "potential": made.outputs.v,
    }
    if learning == "outputs":
        watched |= {"tags": made.rewarded.tag_1, "y1": made.outputs.y1, "y2": made.outputs.y2}
    with Session(made.world, engines.named(engine, "fixed")) as session:
        session.run(cycles * CYCLE)
        return {name: np.asarray(session.get(var)) for name, var in watched.items()}


@pytest.mark.parametrize(
    ("learning", "schedule", "rate"),
    [
        ("features", {}, 0.0),
        ("outputs", {"wake_steps": 4 * CYCLE, "sleep_steps": 2 * CYCLE}, 0.01),
        (None, {}, 0.0),
    ],
)
def test_the_engine_is_lava_to_the_bit(learning, schedule, rate):
    of_lava, of_engine = (
        run(engine, 18, learning, schedule, rate) for engine in engines.MODELS_TOO
    )
    assert of_engine["hidden spikes"].sum() > 20
    if learning == "outputs":
        assert of_engine["tags"].any()
    for name, values in of_lava.items():
        assert (of_engine[name] == values).all(), name


def test_drawn_features_are_pairs_of_inputs_that_only_together_reach_the_threshold():
    form = ForagingNetwork().chip
    weights = form.drawn_features((500, 9), seed=1)
    assert ((weights > 0).sum(axis=1) == 2).all()
    assert set(np.unique(weights)) == {0, 255}
    assert 255 < form.hidden_vth < 2 * 255
    # All 36 pairs are there.
    assert len(np.unique(weights, axis=0)) == 36
    assert (form.drawn_features((500, 9), seed=2) != weights).any()
