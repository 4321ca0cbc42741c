"""NumPy's global generator, of which each model has a copy: when it is made, and in threads."""

import sys
import threading

import numpy as np
import pytest
from lava.magma.core.run_conditions import RunSteps
from user_processes import Dice, Together

from loihi_sleep import engine
from loihi_sleep.engine.python import isolation


def drawn_after_seed(seed, normal, count):
    """Draw numbers as a model does that was seeded."""
    random = np.random.RandomState(seed)
    return [random.normal() if normal else random.random() for _ in range(count)]


@pytest.mark.parametrize("normal", [False, True])
def test_a_model_that_seeds_the_generator_when_it_is_made_does_so_for_itself(normal):
    dice = [Dice(normal, seed=1), Dice(normal, seed=2), Dice(normal)]
    hub = Together(dice[:2])
    np.random.seed(7)  # noqa: NPY002
    for one in (hub, dice[2]):
        engine.attach(one)
        one.run(condition=RunSteps(num_steps=4))
    for one, seed in zip(dice[:2], (1, 2), strict=True):
        # The first one was drawn when the model was made.
        assert one.drawn.get()[:4].tolist() == drawn_after_seed(seed, normal, 5)[1:]
    assert dice[2].drawn.get()[:4].tolist() == drawn_after_seed(7, normal, 4)
    assert np.random.random() == np.random.RandomState(7).random()  # noqa: NPY002


@pytest.fixture
def users_generator():
    """Put NumPy's global generator back as it was."""
    generator, state = np.random.get_bit_generator(), np.random.get_state()  # noqa: NPY002
    yield
    np.random.set_bit_generator(generator)
    np.random.set_state(state)  # noqa: NPY002


@pytest.mark.parametrize("kind", [np.random.MT19937, np.random.PCG64])
def test_a_normal_number_that_is_left_comes_next(kind, users_generator):
    """Models that take turns after every number draw what each draws alone."""
    alone = [np.random.RandomState(kind(seed)) for seed in range(3)]
    expected = [[random.normal() for _ in range(7)] for random in alone]
    users = np.random.RandomState(kind(5))
    np.random.set_bit_generator(kind(5))
    assert np.random.normal() == users.normal()  # noqa: NPY002
    states = isolation.RandomStates()
    models = [isolation.RandomState(kind(seed)) for seed in range(3)]
    drawn = [[], [], []]
    for _ in range(7):
        for state, numbers in zip(models, drawn, strict=True):
            states.take(state)
            numbers.append(np.random.normal())  # noqa: NPY002
    states.give_back()
    assert drawn == expected
    assert [np.random.normal() for _ in range(3)] == [  # noqa: NPY002
        users.normal() for _ in range(3)
    ]
    assert type(np.random.get_bit_generator()) is kind


def test_the_normal_number_that_is_left_is_numpys_own(users_generator):
    np.random.seed(4)  # noqa: NPY002
    for _ in range(2):
        left = np.random.get_state()[3:]  # noqa: NPY002
        assert isolation._normal_left() == left
        np.random.normal()  # noqa: NPY002


def run_in_threads(networks, steps):
    """Run networks at the same time, in threads that switch as often as they can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        engine.run_many(networks, steps, workers=len(networks))
    finally:
        sys.setswitchinterval(interval)


def test_networks_in_threads_draw_what_they_draw_alone(monkeypatch):
    # They change after every step.
    monkeypatch.setattr(isolation, "_TURN_S", 0.0)
    dice = [Dice(seed=seed) for seed in range(3)]
    run_in_threads(dice, 400)
    for seed, one in enumerate(dice):
        assert one.drawn.get().tolist() == drawn_after_seed(seed, False, 401)[-8:]
    assert not isolation._TURNS._owner


def test_a_model_that_waits_for_networks_in_other_threads_hears_of_it(monkeypatch):
    monkeypatch.setattr(isolation, "_PATIENCE_S", 0.05)
    inner, heard = Dice(), []
    engine.attach(inner)

    def run():
        try:
            inner.run(condition=RunSteps(num_steps=1))
        except RuntimeError as error:
            heard.append(str(error))

    states, thread = isolation.RandomStates(), threading.Thread(target=run)
    states.take(isolation.RandomState(np.random.MT19937(1)))
    thread.start()
    thread.join(timeout=60)
    states.give_back()
    assert "a model must not wait for networks that run in other threads" in heard[0]
    assert not isolation._TURNS._owner
