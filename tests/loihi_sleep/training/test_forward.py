"""Networks with convolutions: by hand, and against torch's own layers."""

import numpy as np
import pytest
import torch

from loihi_sleep.datasets.stream import Samples
from loihi_sleep.training import sgd
from loihi_sleep.training.forward import activations, output_of, outputs, weight_shapes
from loihi_sleep.training.sgd import WakeConfig

IDENTITY = np.zeros((1, 1, 3, 3))
IDENTITY[0, 0, 1, 1] = 1.0


def stripes(count, seed):
    """Images of 8 x 8: class 0 has a bright row, class 1 a bright column, at random places."""
    rng = np.random.default_rng(seed)
    y = np.arange(count) % 2
    x = rng.uniform(0, 0.3, (count, 8, 8)).astype(np.float32)
    for image, c, place in zip(x, y, rng.integers(0, 8, count), strict=True):
        image[(place, slice(None)) if c == 0 else (slice(None), place)] += 0.7
    return Samples(x.reshape(count, -1), y)


def test_a_convolution_by_hand():
    kernel = np.zeros((1, 1, 3, 3))
    # Twice the pixel itself, less the one on its left.
    kernel[0, 0, 1] = (-1.0, 2.0, 0.0)
    x = np.array([[1.0, 3.0, 0.0, 2.0]])
    hidden, output = activations([kernel, np.array([[1.0, 1.0, 1.0, 10.0]])], x)
    # Row 1 3: 2 and 6 - 1; row 0 2: 0 and 4 - 0. Nothing comes from beyond the border.
    assert hidden.tolist() == [[2.0, 5.0, 0.0, 4.0]]
    assert output.tolist() == [[47.0]]
    # ReLU cuts off what is below 0: -2, 2 - 6; -0, 0 - 4 with the opposite kernel.
    assert activations([-kernel, np.eye(4)], x)[0].tolist() == [[0.0, 0.0, 0.0, 0.0]]


def test_the_second_convolution_halves_the_planes():
    x = np.array([[1, 2, 0, 0, 3, 4, 0, 9, 5, 0, 0, 0, 0, 0, 0, 7]], dtype=float)
    first, second, output = activations([IDENTITY, IDENTITY, np.eye(4)], x)
    assert first.tolist() == x.tolist()
    assert second.tolist() == output.tolist() == [[4.0, 9.0, 5.0, 7.0]]
    # Of three rows and columns the last are left out.
    nine = np.arange(9.0)[np.newaxis]
    assert activations([IDENTITY, IDENTITY, np.eye(1)], nine)[1].tolist() == [[4.0]]
    # Hidden activity is scaled, as without convolutions.
    assert activations([IDENTITY, np.eye(9)], nine, 0.5)[1].tolist() == (nine / 2).tolist()


def test_against_torchs_own_layers():
    shapes = weight_shapes((2, 8, 8), (3, 4, 5), (7, 6))
    assert shapes == [(3, 2, 3, 3), (4, 3, 3, 3), (5, 4, 3, 3), (7, 80), (6, 7)]
    weights = sgd.random_weights(shapes, WakeConfig(), 3)
    x = np.random.default_rng(0).uniform(0, 1, (301, 128))
    layers = []
    for place, weight in enumerate(weights):
        layers += [torch.nn.Flatten()] if place == 3 else []
        if weight.ndim == 4:
            layers.append(torch.nn.Conv2d(*weight.shape[1::-1], 3, padding=1, bias=False))
        else:
            layers.append(torch.nn.Linear(*weight.shape[::-1], bias=False))
        layers[-1].weight = torch.nn.Parameter(torch.from_numpy(weight))
        layers += [torch.nn.ReLU()] if place < 4 else []
        layers += [torch.nn.MaxPool2d(2)] if place == 1 else []
    with torch.no_grad():
        theirs = torch.nn.Sequential(*layers)(torch.from_numpy(x).reshape(-1, 2, 8, 8)).numpy()
        ours = output_of([torch.from_numpy(w) for w in weights], torch.from_numpy(x), lambda a: a)
    assert ours.numpy() == pytest.approx(theirs, abs=1e-12)
    assert activations(weights, x)[-1] == pytest.approx(theirs, abs=1e-12)
    # 301 images are more than are taken at a time.
    assert outputs(weights, x) == pytest.approx(theirs, abs=1e-12)
    assert outputs(weights, x.astype(np.float32)).dtype == np.float32
    assert (
        sgd.predict_within(weights, x, (2, 5)) == np.where(theirs[:, 5] > theirs[:, 2], 5, 2)
    ).all()


def test_without_convolutions_numbers_are_those_of_numpy():
    weights = sgd.initial_weights((9, 5, 3), WakeConfig(), 1)
    x = np.random.default_rng(0).uniform(0, 1, (400, 9)).astype(np.float32)
    first, second = (w.astype(np.float32) for w in weights)
    by_numpy = np.maximum(x @ first.T, 0) @ second.T
    assert (outputs(weights, x) == by_numpy).all()
    assert outputs(weights, x[:0]).shape == (0, 3)


def test_a_network_with_convolutions_learns():
    config = WakeConfig(
        epochs=4, learning_rate=0.05, batch_size=10, loss="cross_entropy", init_gain=2.4
    )
    first = sgd.random_weights(weight_shapes((1, 8, 8), (4, 4), (2,)), config, 0)
    learned = sgd.train(first, stripes(300, 0), config, 1)
    held_out = stripes(100, 1)
    assert (sgd.predict(first, held_out.x) == held_out.y).mean() < 0.8
    assert (sgd.predict(learned, held_out.x) == held_out.y).mean() > 0.95
    again = sgd.train(first, stripes(300, 0), config, 1)
    assert all((one == two).all() for one, two in zip(learned, again, strict=True))


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="inputs are 8; the first convolution takes 1 square pl"):
        outputs([IDENTITY, np.eye(8)], np.zeros((1, 8)))
    with pytest.raises(ValueError, match=r"channels has 8 convolutions, .* 4 times; .* allows 7"):
        weight_shapes((1, 8, 8), (4,) * 8, (10,))
    assert len(weight_shapes((1, 8, 8), (4,) * 7, (10,))) == 8


@pytest.mark.parametrize(("found", "automatic"), [(False, "cpu"), (True, "cuda")])
def test_a_gpu_is_taken_where_torch_finds_one(monkeypatch, found, automatic):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: found)
    assert sgd.device_of(WakeConfig()) == "cpu"
    assert sgd.device_of(WakeConfig(device="auto")) == automatic
    if found:
        assert sgd.device_of(WakeConfig(device="cuda")) == "cuda"
    else:
        with pytest.raises(ValueError, match="device is 'cuda', and torch finds no GPU"):
            sgd.device_of(WakeConfig(device="cuda"))
