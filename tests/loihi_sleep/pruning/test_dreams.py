import numpy as np
import pytest
import torch

from loihi_sleep.datasets import load_stream
from loihi_sleep.pruning.dreams import Dreams, DreamsConfig
from loihi_sleep.training import sgd
from loihi_sleep.training.forward import outputs
from loihi_sleep.training.sgd import WakeConfig

# One input that always spikes, two heads of two classes each: outputs are the weights.
MORNING = [np.array([[1.0], [0.0], [2.0], [0.0]])]
ALWAYS = np.ones(1)


def gradient(weights, heads=((0, 1),), **settings):
    dreams = Dreams(MORNING, ALWAYS, np.ones((2, 1)), heads, DreamsConfig(**settings), 3, 0)
    parameters = [torch.nn.Parameter(torch.tensor(w)) for w in weights]
    for parameter in parameters:
        parameter.grad = torch.zeros_like(parameter)
    dreams.add_gradient(parameters)
    return parameters[0].grad.numpy()


def test_a_network_that_answers_as_in_the_morning_is_left_alone():
    assert np.allclose(gradient([MORNING[0].astype(np.float32)]), 0, atol=1e-6)
    # Within a head only differences count, and other heads do not.
    moved = (MORNING[0] + [[3.0], [3.0], [-5.0], [7.0]]).astype(np.float32)
    assert np.allclose(gradient([moved]), 0, atol=1e-6)


def test_the_gradient_is_that_of_the_answers():
    # Softmax of (1, 0) / 2 is .6225, that of (0, 0) .5; the gradient of the divergence is their
    # difference over T, times strength * T**2.
    moved = np.zeros((4, 1), dtype=np.float32)
    expected = 0.5 * 2 * (0.5 - 1 / (1 + np.exp(-0.5)))
    got = gradient([moved], strength=0.5, temperature=2.0)
    assert got.ravel() == pytest.approx([expected, -expected, 0, 0], abs=1e-6)
    both = gradient([moved], heads=((0, 1), (2, 3)), strength=0.5, temperature=2.0)
    second = 0.5 * 2 * (0.5 - 1 / (1 + np.exp(-1.0)))
    assert both.ravel() == pytest.approx([expected, -expected, second, -second], abs=1e-6)


def test_noise_follows_the_mean_image():
    # Each output is a pixel of the noise: a network that answers 0 is pulled towards those that
    # are often 1.
    rates = np.array([0.0, 0.25, 1.0])
    settings = DreamsConfig(strength=0.25, present=False)
    dreams = Dreams([np.eye(3)], rates, np.ones((1, 3)), ((0, 1, 2),), settings, 5000, 5)
    weight = torch.nn.Parameter(torch.zeros(3, 3))
    dreams.add_gradient([weight])
    gradient = weight.grad.numpy()
    # An input that never spikes changes nothing; those that do raise their own output.
    assert (gradient[:, 0] == 0).all()
    assert gradient[1, 1] < 0
    assert gradient[2, 2] < 0
    # The second input spikes a quarter as often: with the other it asks for (0, 1, 1), else for
    # (0, 0, 1).
    scale = 0.25 * 2.0
    shared = np.exp(0.5)
    both = 1 / 3 - shared / (1 + 2 * shared)
    assert gradient[1, 1] == pytest.approx(0.25 * scale * both, rel=0.1)


def test_images_of_the_day_are_answered_as_well():
    # The noise is all 0 and pulls at no weight; the images of the day are all 1.
    silence, day = np.zeros(3), np.ones((4, 3))
    pulls = []
    for present in (False, True):
        settings = DreamsConfig(present=present)
        dreams = Dreams([np.eye(3)], silence, day, ((0, 1, 2),), settings, 7, 5)
        weight = torch.nn.Parameter(torch.tensor([[1.0, 0, 0], [0, 0, 0], [0, 0, 0]]))
        dreams.add_gradient([weight])
        pulls.append(weight.grad.numpy())
    assert (pulls[0] == 0).all()
    assert pulls[1][0, 0] > 0
    assert pulls[1][1, 1] < 0


def test_without_noise_only_images_of_the_day_are_answered():
    # The noise would be all 1; the images of the day are all 0 and pull at no weight.
    settings = DreamsConfig(patterns=0)
    dreams = Dreams([np.eye(3)], np.ones(3), np.zeros((4, 3)), ((0, 1, 2),), settings, 7, 5)
    weight = torch.nn.Parameter(torch.zeros(3, 3))
    dreams.add_gradient([weight])
    assert (weight.grad == 0).all()
    with pytest.raises(ValueError, match="nothing is answered"):
        DreamsConfig(patterns=0, present=False)


def test_dreams_keep_an_earlier_head():
    stream = load_stream("digits", seed=100)
    settings = WakeConfig(epochs=8, learning_rate=0.05, batch_size=20, loss="cross_entropy")
    first, second = stream.train_by_task()[:2]
    rates = first.x.mean(axis=0)
    start = sgd.initial_weights((64, 20, 10), settings, 0)
    morning = sgd.train(start, first, settings, 1, heads=stream.tasks)
    own = stream.validation.of_classes((0, 1))
    kept = []
    for strength in (0.0, 1.0):
        dreams = Dreams(morning, rates, second.x, ((0, 1),), DreamsConfig(strength=strength), 20, 3)
        evening = sgd.train(morning, second, settings, 2, penalty=dreams, heads=stream.tasks)
        before, after = (np.diff(outputs(w, own.x)[:, :2]) for w in (morning, evening))
        kept.append(np.abs(before - after).mean())
    assert kept[1] < 0.5 * kept[0]
