"""The dictionary's form for the chip: Lava against the engine, and what its synapses hold."""

import engines
import numpy as np
import pytest

from loihi_sleep.fit import check
from loihi_sleep.networks.dictionary import DictionaryNetwork
from loihi_sleep.networks.dictionary_chip import ChipDictionary
from loihi_sleep.networks.dictionary_chip_form import ChipForm
from loihi_sleep.processes.frame_drive.process import FrameDrive
from loihi_sleep.processes.sleep.process import Sleep
from loihi_sleep.run.session import Session

SMALL = {"side": 4, "features": 6, "density": 0.5, "gain_up": 12.0}
# Weights change every eight steps.
FORM = {"doublings": 1, "pool_neurons": 4, "pool_low": 10}


def night_and_day(engine, steps=200, learning=True):
    """The network, what its synapses held at first, and its state after images and noise."""
    chip = ChipDictionary(DictionaryNetwork(**SMALL, chip=ChipForm(**FORM)))
    rng = np.random.default_rng(3)
    images = FrameDrive(frames=chip.current_unit * rng.normal(size=(2, 16)), frame_steps=40)
    asleep = {"std": 2 * chip.current_unit, "hold": 2, "seed": 4}
    sleep = Sleep(shape=(16,), wake_steps=60, sleep_steps=60, **asleep)
    images.a_out.connect(sleep.wake_in)
    first = chip.initial_synapses(5)
    made = chip.build(sleep.s_out, first, 7, learning=learning)
    with Session(images, engines.named(engine, "fixed")) as session:
        session.run(steps)
        state = {
            f"{name} {var.name}": session.get(var)
            for name in ("residual", "sparse", "down", "up")
            for var in getattr(made, name).vars
            if var.name not in ("dw", "dt", "dd")
        }
        state["residual spikes"] = session.get(made.residual_probe.count)
        state["sparse spikes"] = session.get(made.sparse_probe.count)
    return chip, first, state


def test_lava_and_the_engine_learn_the_same():
    _, first, of_engine = night_and_day("compiled")
    _, _, of_models = night_and_day("models")
    assert of_models.keys() == of_engine.keys()
    for name, values in of_models.items():
        assert (of_engine[name] == values).all(), name
    assert of_engine["sparse spikes"].sum() > 0
    assert (of_engine["down weights"] != first.down).any()
    assert (first.up != of_engine["up weights"].T).any()
    for name in ("down weights", "up weights"):
        assert (of_engine[name] % 2 == 0).all()


def test_nothing_is_learned_without_plasticity():
    _, first, state = night_and_day("compiled", steps=80, learning=False)
    assert (state["down weights"] == first.down).all()


def test_first_features_are_those_that_are_drawn():
    chip = ChipDictionary(DictionaryNetwork(side=8, features=20, density=0.3))
    first = chip.initial_synapses(1)
    drawn = chip.network.initial_features(1)
    step = 2 / chip.form.weight_steps
    within = np.abs(drawn) < 250 / chip.form.weight_steps
    assert np.abs(chip.features_of(first) - drawn)[within].max() <= step / 2 + 1e-12
    assert (chip.transposed_of(first)[within] == chip.features_of(first)[within]).all()


def test_all_neurons_and_plastic_synapses_are_for_the_chip():
    chip = ChipDictionary(DictionaryNetwork(**SMALL))
    image = FrameDrive(frames=np.zeros((1, 16)), frame_steps=10)
    chip.build(image.a_out, chip.initial_synapses(0), 0)
    fit = check(image)
    assert fit.fits
    text = fit.text()
    assert "on the host: 0 neurons, 0 synapses" in text
    assert "third factor" not in text


@pytest.mark.parametrize("setting", [{"feedback": 0.0}, {"chip": {"pool_inhibition": 0.0}}])
def test_parts_can_be_left_out(setting):
    chip = ChipDictionary(DictionaryNetwork(**SMALL | setting))
    image = FrameDrive(frames=np.zeros((1, 16)), frame_steps=10)
    whole = ChipDictionary(DictionaryNetwork(**SMALL))
    other = FrameDrive(frames=np.zeros((1, 16)), frame_steps=10)
    chip.build(image.a_out, chip.initial_synapses(0), 0)
    whole.build(other.a_out, whole.initial_synapses(0), 0)
    assert len(check(image).text().splitlines()) < len(check(other).text().splitlines())
