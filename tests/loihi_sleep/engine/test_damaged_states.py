"""A state from a damaged file is refused, or leads nowhere; the network stays as it was."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from damaged_states import NETWORKS, STEPS, assert_same, damaged, plastic
from lava.magma.core.run_conditions import RunSteps
from lava.proc.lif.process import LIF

from loihi_sleep import engine
from loihi_sleep.engine.bounds import Bound
from loihi_sleep.engine.memory import Region
from loihi_sleep.engine.runtime import runtime_of
from loihi_sleep.engine.variables import StoredVariable

SCRIPT = Path(__file__).with_name("damaged_states.py")


@pytest.mark.slow
def test_no_damage_ends_the_process():
    # In a process of its own: what leads out of the arrays would end this one.
    command = [sys.executable, "-W", "ignore", str(SCRIPT), "12", "0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    refused, taken = map(int, done.stdout.split())
    assert refused + taken == 12 * len(NETWORKS)
    assert refused > taken / 2


@pytest.fixture(scope="module")
def network():
    neurons = plastic(3)
    engine.attach(neurons)
    neurons.run(condition=RunSteps(STEPS + 1))
    return neurons, engine.state(neurons)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_index_is_looked_at(name):
    build, numerics = NETWORKS[name]
    process = build()
    engine.attach(process, numerics)
    program = runtime_of(process).program
    seen = np.zeros(program.storage.arrays.index.size, dtype=bool)
    regions = [bound.region for bound in program.bounds]
    regions += [region for _, region in program.constants]
    for variable in program.variables.values():
        if isinstance(variable, StoredVariable):
            regions.append(variable.region)
        else:
            regions += [part for part in vars(variable).values() if isinstance(part, Region)]
    for region in regions:
        if region.array == "index":
            seen[region.start : region.start + region.size] = True
    assert seen.all(), np.flatnonzero(~seen)


def test_every_bound_is_kept(network):
    neurons, good = network
    for bound in runtime_of(neurons).program.bounds:
        assert isinstance(bound, Bound)
        region = bound.region
        for wrong in (np.max(bound.high) + 1, np.min(bound.low) - 1):
            arrays = {name: array.copy() for name, array in good.arrays.items()}
            if region.size and abs(wrong) < 2**31:
                arrays[region.array][region.start] = wrong
                with pytest.raises(ValueError, match=f"damaged: .*holds {wrong}"):
                    engine.restore(neurons, changed(good, arrays=arrays))
    assert_same(engine.state(neurons), good)


def changed(state, **parts):
    return engine.State(
        **{name: getattr(state, name) for name in ("time_step", "arrays", "kept", "layers")} | parts
    )


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"time_step": -1}, "time_step is -1; it must be an integer from 0"),
        ({"time_step": 2.5}, "time_step is 2.5; it must be an integer"),
        ({"arrays": {}}, "its 'values' has nothing"),
        ({"arrays": None}, "arrays is a NoneType; it must be a dict"),
        ({"kept": ()}, "it has 1 plastic layers and 0 parameters, the network has"),
    ],
)
def test_parts_that_are_wrong_are_named(network, part, message):
    neurons, good = network
    with pytest.raises(ValueError, match=message):
        engine.restore(neurons, changed(good, **part))


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("texts", {"dw": "x1*y0"}, "texts of its rule must be dd, dt, dw"),
        ("parameters", None, "parameters of its rule must be"),
        ("generators", [], "the state of the random generators must be 5"),
        ("generators", [{"bit_generator": "MT19937"}] * 5, "is no state of a random generator"),
    ],
)
def test_parts_of_a_layer_that_are_wrong_are_named(network, key, value, message):
    neurons, good = network
    with pytest.raises(ValueError, match=message):
        engine.restore(neurons, changed(good, layers=({**good.layers[0], key: value},)))
    with pytest.raises(ValueError, match="its rule must have texts, parameters, generators"):
        engine.restore(neurons, changed(good, layers=({},)))


def test_lists_are_those_of_the_neurons_that_spiked(network):
    neurons, good = network
    layer = runtime_of(neurons).program.layers[0]
    name, _, _, region, _ = next(layer._lists(good.time_step))
    times, size = region.start, region.size
    arrays = {key: array.copy() for key, array in good.arrays.items()}
    arrays["index"][times : times + size] = 1 - (arrays["index"][times : times + size] > 0)
    with pytest.raises(ValueError, match=f"the {name} neurons that have spiked are not those"):
        engine.restore(neurons, changed(good, arrays=arrays))


def test_a_refused_state_leaves_a_run_as_it_was():
    straight, tried = plastic(3), plastic(3)
    for neurons in (straight, tried):
        engine.attach(neurons)
        neurons.run(condition=RunSteps(STEPS))
    good, rng, refused = engine.state(tried), np.random.default_rng(5), 0
    for _ in range(30):
        try:
            engine.restore(tried, damaged(good, rng))
        except ValueError:
            refused += 1
        else:
            engine.restore(tried, good)
    assert refused > 5
    for neurons in (straight, tried):
        neurons.run(condition=RunSteps(STEPS))
    assert_same(engine.state(straight), engine.state(tried))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda state: None, "state is a NoneType; it must be a State"),
        (lambda state: replace(state, kept=None), "kept is a NoneType; it must be a tuple"),
        (lambda state: replace(state, layers=3), "layers is a int; it must be a tuple"),
        (lambda state: replace(state, arrays=[]), "arrays is a list; it must be a dict"),
    ],
)
def test_what_is_no_state_is_refused(change, message):
    neurons = LIF(shape=(1,))
    engine.attach(neurons)
    state = change(engine.state(neurons))
    with pytest.raises(ValueError, match=message):
        engine.restore(neurons, state)
    neurons.stop()
