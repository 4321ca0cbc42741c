"""The Processes of a network that learns a dictionary: Lava against the engine, and errors."""

import engines
import numpy as np
import pytest

from loihi_sleep.networks.dictionary import LITERAL, DictionaryNetwork
from loihi_sleep.processes.frame_drive.process import FrameDrive
from loihi_sleep.processes.residual_dense.process import ResidualDense
from loihi_sleep.processes.residual_lif.process import ResidualLIF
from loihi_sleep.processes.sleep.process import Sleep
from loihi_sleep.processes.sparse_lif.process import SparseLIF
from loihi_sleep.run.select import select
from loihi_sleep.run.session import Session

SMALL = {"side": 4, "features": 6, "gray_rate": 100.0, "density": 0.5, "learning_rate": 0.4}
STEPS = 300


def night_and_day(engine, numerics, **settings):
    """State of a small network after an image, noise, and another image."""
    network = DictionaryNetwork(**(SMALL | settings))
    vth, _ = network.thresholds(numerics)
    rng = np.random.default_rng(3)
    images = FrameDrive(frames=0.08 * vth * rng.normal(size=(2, 16)), frame_steps=60)
    sleep = Sleep(shape=(16,), wake_steps=100, sleep_steps=100, seed=4, std=0.08 * vth, hold=3)
    images.a_out.connect(sleep.wake_in)
    phi, tags = network.weights_and_tags(network.initial_features(5), numerics)
    made = network.build(sleep.s_out, phi, numerics, 7, phi_tags=tags)
    with Session(images, engines.named(engine, numerics)) as session:
        session.run(STEPS)
        state = {
            f"{name} {var.name}": session.get(var)
            for name in ("residual", "sparse", "down", "up")
            for var in getattr(made, name).vars
        }
        state["spikes"] = np.concatenate(
            [session.get(made.residual_probe.count), session.get(made.sparse_probe.count)]
        )
    return phi, state


@pytest.mark.parametrize(
    ("numerics", "settings"),
    [("fixed", {}), ("float", {}), ("fixed", {"reference": "gray_rate", "reset": "zero"})],
)
def test_lava_and_the_engine_learn_the_same(numerics, settings):
    first, of_engine = night_and_day("compiled", numerics, **settings)
    _, of_lava = night_and_day("models", numerics, **settings)
    assert of_lava.keys() == of_engine.keys()
    for name, values in of_lava.items():
        if numerics == "fixed":
            assert (of_engine[name] == values).all(), name
        else:
            np.testing.assert_allclose(of_engine[name], values, rtol=1e-9, atol=1e-12)
    assert (of_engine["down weights"] != first).any()
    assert of_engine["spikes"][16:].sum() > 0


@pytest.mark.parametrize("numerics", ["float", "fixed"])
@pytest.mark.parametrize("form", [{}, LITERAL], ids=["stable", "literal"])
def test_both_directions_stay_transposes(numerics, form):
    _, state = night_and_day("compiled", numerics, **form)
    assert (state["down weights"] == state["up weights"].T).all()
    assert (state["down tag_1"] == state["up tag_1"].T).all()


def test_features_that_sum_to_zero_keep_doing_so():
    _, state = night_and_day("compiled", "float")
    assert np.abs(state["down weights"].sum(axis=0)).max() < 1e-12


def test_residual_neurons_fire_at_their_rate_on_gray():
    network = DictionaryNetwork(side=2, gray_rate=80.0)
    gray = FrameDrive(frames=np.zeros((1, 4)), frame_steps=1)
    made = network.build(gray.a_out, np.zeros((4, network.features)), "float", 0)
    with Session(gray, select("compiled", "float")) as session:
        session.run(4000)
        assert session.get(made.residual_probe.count) / 4 == pytest.approx(80, abs=1)


@pytest.mark.parametrize(
    ("make", "settings", "message"),
    [
        (ResidualLIF, {"dv": 1.5}, "dv is 1.5; it must be from 0 to 1, or a whole number"),
        (ResidualLIF, {"vth": 0}, "vth is 0; it must be above 0"),
        (ResidualLIF, {"reset": "half"}, "reset is 'half'; it must be one of subtract, zero"),
        (ResidualLIF, {"floor": 1}, "floor holds 1; it must be from"),
        (SparseLIF, {"feedback": -1}, "feedback holds -1; it must be from 0"),
        (SparseLIF, {"dc": -0.1}, "dc holds -0.1; it must be from 0"),
    ],
)
def test_neurons_name_what_is_wrong(make, settings, message):
    with pytest.raises(ValueError, match=message):
        make(shape=(2,), **settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"weights": [1.0]}, r"weights has shape \(1,\); it must be \(post, pre\)"),
        ({"residual": "both"}, "residual is 'both'; it must be one of pre, post"),
        ({"impulse": 0}, "impulse is 0; it must be above 0"),
        ({"weight_exp": 24}, "weight_exp is 24; with 2 inputs what is sent may leave 32 bits"),
        ({"rate": -1}, "rate holds -1; it must be from 0"),
        ({"tag_1": 128}, "tag_1 holds 128; it must be from -127 to 127"),
        ({"epoch": 0}, "epoch is 0; it must be"),
    ],
)
def test_synapses_name_what_is_wrong(settings, message):
    with pytest.raises(ValueError, match=message):
        ResidualDense(**({"weights": [[0.1, 0.2]], "residual": "pre"} | settings))


def test_frames_must_be_a_table():
    with pytest.raises(
        ValueError, match=r"frames has shape \(3,\); it must be \(frames, neurons\)"
    ):
        FrameDrive(frames=[1.0, 2.0, 3.0], frame_steps=1)


@pytest.mark.parametrize("engine", engines.MODELS_TOO)
def test_fractions_are_refused_in_integers(engine):
    neurons = SparseLIF(shape=(2,), dv=0.05, vth=100)
    with (
        pytest.raises(Exception, match="0.05; in fixed_pt it must be an integer"),
        Session(neurons, engines.named(engine, "fixed")) as session,
    ):
        session.run(1)
