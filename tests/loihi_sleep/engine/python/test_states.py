"""Checkpoints of networks of which a part runs in Python."""

import numpy as np
import pytest
from lava.magma.core.run_conditions import RunSteps
from lava.proc.dense.process import Dense
from lava.proc.lif.process import LIF
from user_processes import Dice, Doubler, Keeper, Source

from loihi_sleep import engine


def network():
    """Return a network of compiled synapses and neurons between users' Processes."""
    source, dense, neurons, doubler = (
        Source(),
        Dense(weights=np.array([[3, 7], [-2, 5]]), num_message_bits=8),
        LIF(shape=(2,), vth=20, du=500),
        Doubler(),
    )
    source.s_out.connect(dense.s_in)
    dense.a_out.connect(neurons.a_in)
    neurons.s_out.connect(doubler.a_in)
    engine.attach(source)
    return neurons, doubler


def run(process, steps):
    process.run(condition=RunSteps(num_steps=steps))


def test_a_mixed_network_goes_on_where_it_was():
    neurons, doubler = network()
    run(neurons, 40)
    kept = engine.state(neurons)
    run(neurons, 60)
    expected = neurons.v.get().tolist(), doubler.total.get().tolist()
    assert expected[1][0] > 0
    others, other_doubler = network()
    run(others, 7)
    engine.restore(others, kept)
    assert other_doubler.runtime.program.clock.step == 40
    run(others, 60)
    assert (others.v.get().tolist(), other_doubler.total.get().tolist()) == expected


def test_arrays_numbers_and_generators_of_a_model_are_kept():
    keeper = Keeper()
    engine.attach(keeper)
    run(keeper, 3)
    kept = engine.state(keeper)
    run(keeper, 3)
    expected = keeper.value.get().tolist(), keeper.rate.get().tolist()
    run(keeper, 5)
    engine.restore(keeper, kept)
    run(keeper, 3)
    assert (keeper.value.get().tolist(), keeper.rate.get().tolist()) == expected


@pytest.mark.parametrize("normal", [False, True])
def test_random_numbers_go_on_where_they_were(normal):
    dice = Dice(normal)
    engine.attach(dice)
    run(dice, 3)
    kept = engine.state(dice)
    run(dice, 5)
    expected = dice.drawn.get().tolist()
    engine.restore(dice, kept)
    run(dice, 5)
    assert dice.drawn.get().tolist() == expected


def test_what_a_model_makes_later_is_kept_or_taken_away():
    """Histories that grow, and attributes that are not there from the beginning."""
    keeper = Keeper()
    engine.attach(keeper)
    model = keeper.runtime.network.running[keeper].model
    run(keeper, 1)
    model.history = np.zeros(1)
    kept = engine.state(keeper)
    model.history, model.later = np.zeros(5), np.ones(2)
    engine.restore(keeper, kept)
    assert model.history.shape == (1,)
    assert not hasattr(model, "later")


def test_what_is_no_array_is_named():
    keeper = Keeper(keeps="a file")
    engine.attach(keeper)
    run(keeper, 1)
    with pytest.raises(ValueError, match=r"file of Process .* is a TextIOWrapper; the state of a"):
        engine.state(keeper)


def test_states_of_other_networks_are_refused():
    keeper, (neurons, _) = Keeper(), network()
    engine.attach(keeper)
    with pytest.raises(ValueError, match="of another network"):
        engine.restore(neurons, engine.state(keeper))
    alone = LIF(shape=(2,))
    engine.attach(alone)
    before = neurons.v.get().tolist()
    with pytest.raises(ValueError, match="of another network"):
        engine.restore(neurons, engine.state(alone))
    assert neurons.v.get().tolist() == before
