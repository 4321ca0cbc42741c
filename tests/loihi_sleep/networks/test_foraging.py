"""The foraging network: closed loop, learning and sleep, on Lava's simulator and on the engine."""

import numpy as np
import pytest

from loihi_sleep import run_configs
from loihi_sleep.networks.foraging import ForagingNetwork
from loihi_sleep.run_guard import Session
from processes.forager.process import Forager

CYCLE = 60
WORTH = [1.0, 0.0, 0.0, -0.5, -0.05]


def small(**more):
    network = ForagingNetwork(
        hidden=60, fan_in=5, cycle_steps=CYCLE, decision_steps=40, output_weight=0.3, **more
    )
    return network


def world(**more):
    return Forager(
        orientations=(0, 3),
        worth=WORTH,
        seed=5,
        particles=30,
        size=20,
        cycle_steps=CYCLE,
        decision_steps=40,
        **more,
    )


def run(engine, cycles, schedule=None, rates=None, learning=True):
    schedule = schedule or {}
    made = small().build(world(sleep_reward=0.2, **schedule), seed=3, rates=rates, **schedule)
    watched = {
        "agent": made.world.agent,
        "eaten": made.world.eaten,
        "grid": made.world.grid,
        "features": made.receptive.weights,
        "feature sums": made.receptive.input_sum,
        "outputs": made.rewarded.weights,
        "target sums": made.rewarded.input_sum,
        "rates": made.rewarded.rate,
        "hidden spikes": made.hidden_probe.count,
        "potential": made.outputs.v,
    }
    with Session(made.world, run_configs.select(engine, "float")) as session:
        session.run(1)
        session.set(made.receptive.learning, int(learning))
        session.set(made.rewarded.learning, int(learning))
        session.run(cycles * CYCLE)
        return {name: session.get(var) for name, var in watched.items()}


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [
        ({}, None),
        ({"wake_steps": 2 * CYCLE, "sleep_steps": CYCLE}, np.full(60, 0.002)),
    ],
)
def test_the_engine_is_lava(schedule, rates):
    of_lava, of_engine = (run(engine, 12, schedule, rates) for engine in ("lava", "compiled"))
    assert of_engine["hidden spikes"].sum() > 20
    for name, values in of_lava.items():
        np.testing.assert_allclose(of_engine[name], values, rtol=1e-9, atol=1e-12, err_msg=name)
