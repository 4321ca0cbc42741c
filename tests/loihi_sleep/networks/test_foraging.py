"""The foraging network: closed loop, learning and sleep, on Lava's simulator and on the engine."""

from functools import partial

import engines
import numpy as np
import pytest

from loihi_sleep.networks.foraging import ForagingNetwork
from loihi_sleep.processes.forager.process import Forager
from loihi_sleep.run.select import select
from loihi_sleep.run.session import Session
from loihi_sleep.sleep import Poisson

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


def run(engine, cycles, schedule=None, rates=None, learning=True, **more):
    schedule = schedule or {}
    replay = None if rates is None else partial(Poisson(rates).build, len(rates), cycles * CYCLE)
    made = small(**more).build(
        world(sleep_reward=0.2, **schedule), seed=3, replay=replay, **schedule
    )
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
    with Session(made.world, engines.named(engine, "float")) as session:
        session.run(1)
        session.set(made.receptive.learning, int(learning))
        session.set(made.rewarded.learning, int(learning))
        session.run(cycles * CYCLE)
        return {name: session.get(var) for name, var in watched.items()}


@pytest.mark.parametrize(
    ("schedule", "rates", "scaled_asleep"),
    [
        ({}, None, True),
        ({"wake_steps": 2 * CYCLE, "sleep_steps": CYCLE}, np.full(60, 0.002), True),
        ({"wake_steps": 2 * CYCLE, "sleep_steps": CYCLE}, np.full(60, 0.002), False),
    ],
)
def test_the_engine_is_lava(schedule, rates, scaled_asleep):
    of_lava, of_engine = (
        run(engine, 12, schedule, rates, scaled_asleep=scaled_asleep)
        for engine in engines.MODELS_TOO
    )
    assert of_engine["hidden spikes"].sum() > 20
    for name, values in of_lava.items():
        np.testing.assert_allclose(of_engine[name], values, rtol=1e-9, atol=1e-12, err_msg=name)


def test_inputs_of_lif_neurons_are_even_integers():
    network = small()
    weights = np.array([[0.0, network.feature_largest / 2, network.feature_largest]])
    assert network.chip_features(weights).tolist() == [[0, 128, 254]]


def test_lif_neurons_answer_to_two_inputs_and_to_replay():
    """One strong input leaves a hidden neuron silent, two fire it, a replayed spike does too."""
    network = small(lif={"cycle_steps": 20})
    largest = network.feature_largest
    sources = np.tile(np.arange(5), (60, 1))
    weights = np.zeros((60, 5))
    weights[0, 0] = weights[1, :2] = largest
    quiet = Forager(
        orientations=(0,), worth=WORTH, seed=5, particles=1, size=20, cycle_steps=20,
        decision_steps=20, wake_steps=20, sleep_steps=20,
    )  # fmt: skip
    rates = np.zeros(60)
    rates[2] = 1.0
    made = network.build(
        quiet, 3, features=(sources, weights), replay=partial(Poisson(rates).build, 60, 40),
        neuron="lif", wake_steps=20, sleep_steps=20,
    )  # fmt: skip
    with Session(quiet, select("compiled", "fixed")) as session:
        session.run(1)
        pulses = np.zeros(49)
        pulses[:2] = 1
        session.set(made.world.pulses, pulses)
        session.run(19)
        assert session.get(made.hidden_probe.count)[:3].tolist() == [0, 1, 0]
        session.run(20)
        awake_and_asleep = session.get(made.hidden_probe.count)
    assert awake_and_asleep[:2].tolist() == [0, 1]
    assert awake_and_asleep[2] >= 18


def test_lif_neurons_learn_no_features():
    network = small(lif={"cycle_steps": 20})
    there = Forager(
        orientations=(0,), worth=WORTH, seed=5, particles=1, size=20, cycle_steps=20,
        decision_steps=20,
    )  # fmt: skip
    with pytest.raises(ValueError, match="LIF neurons learn no features"):
        network.build(there, 3, neuron="lif", learning="features")
