"""Images varied in every batch: by hand, by properties, and in training."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from loihi_sleep.datasets.stream import Samples
from loihi_sleep.seeds import spawn_seeds
from loihi_sleep.training import sgd
from loihi_sleep.training.augmentation import VariedConfig, vary
from loihi_sleep.training.sgd import WakeConfig

LEARNING = WakeConfig(epochs=2, learning_rate=0.1, batch_size=5, loss="cross_entropy")
BOTH = VariedConfig(mirrored=True, shift=1)
SHAPES = [(3, 2, 3, 3), (2, 3 * 4 * 4)]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def moved(image, down, right):
    """Shift planes as one would by hand, 0 coming in."""
    planes, side, _ = image.shape
    result = np.zeros_like(image)
    for row in range(side):
        for column in range(side):
            if 0 <= row - down < side and 0 <= column - right < side:
                result[:, row, column] = image[:, row - down, column - right]
    return result


def images(count=40, planes=2, side=4, seed=1):
    rng = np.random.default_rng(seed)
    return rng.uniform(0.1, 1, (count, planes, side, side)).astype(np.float32)


def some_samples():
    x = images(23).reshape(23, -1)
    return Samples(x, np.arange(23) % 2)


@given(
    planes=st.integers(1, 3),
    side=st.integers(1, 5),
    shift=st.integers(0, 6),
    mirrored=st.booleans(),
    seed=st.integers(0, 2**32),
)
def test_an_image_is_one_of_all_its_variations(planes, side, shift, mirrored, seed):
    before = images(3, planes, side)
    config = VariedConfig(mirrored=mirrored, shift=shift)
    x = torch.from_numpy(before.reshape(3, -1))
    after = vary(x, planes, config, generator(seed)).numpy().reshape(before.shape)
    shifts = range(-shift, shift + 1)
    for one, image in zip(after, before, strict=True):
        ways = [image, image[:, :, ::-1]] if mirrored else [image]
        assert any(
            (one == moved(way, down, right)).all()
            for way in ways
            for down in shifts
            for right in shifts
        )
    assert (x.numpy() == before.reshape(3, -1)).all()


def test_a_shift_by_hand():
    image = torch.tensor([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]]).repeat(400, 1)
    after = vary(image, 1, VariedConfig(shift=1), generator()).numpy().astype(int)
    seen = {tuple(one) for one in after.tolist()}
    # Down and right; up; not at all.
    assert {(0, 0, 0, 0, 1, 2, 0, 4, 5), (4, 5, 6, 7, 8, 9, 0, 0, 0), tuple(range(1, 10))} <= seen
    assert len(seen) == 9


def test_mirrored_twice_is_the_same_and_half_are_mirrored():
    x = torch.from_numpy(images(1000).reshape(1000, -1))
    config = VariedConfig(mirrored=True)
    once = vary(x, 2, config, generator(3))
    changed = (once != x).any(dim=1)
    assert 440 < changed.sum() < 560
    assert (vary(once, 2, config, generator(3)) == x).all()


def test_what_is_varied_is_decided_by_the_generator():
    x = torch.from_numpy(images().reshape(40, -1))
    one, again, other = (vary(x, 2, BOTH, generator(seed)) for seed in (4, 4, 5))
    assert (one == again).all()
    assert (one != other).any()


def test_inputs_that_are_not_square_planes_are_refused():
    with pytest.raises(ValueError, match="inputs are 12; images to vary have 2 square planes"):
        vary(torch.zeros(1, 12), 2, BOTH, generator())


def learned(config, seed=7, **more):
    first = sgd.random_weights(SHAPES, config, 0)
    return sgd.train(first, some_samples(), config, seed, **more)


def same(one, two):
    return all((a == b).all() for a, b in zip(one, two, strict=True))


def test_training_varies_images_and_is_decided_by_its_seed():
    vary = LEARNING.model_copy(update={"varied": BOTH})
    assert same(learned(vary), learned(vary))
    assert not same(learned(vary), learned(vary, seed=8))
    assert not same(learned(vary), learned(LEARNING))


def test_varied_images_leave_batches_dropout_and_stored_samples_as_they_are():
    # All pixels are alike: a mirrored image is the image itself, and nothing may change.
    flat = Samples(np.full((23, 32), 0.5, dtype=np.float32), np.arange(23) % 2)
    config = LEARNING.model_copy(update={"dropout": 0.3})
    vary = config.model_copy(update={"varied": VariedConfig(mirrored=True)})
    first = sgd.random_weights(SHAPES, config, 0)
    stored = replace(flat, y=1 - flat.y)
    one, two = (sgd.train(first, flat, c, 7, stored=stored) for c in (config, vary))
    assert same(one, two)


@given(st.integers(0, 2**63 - 1))
def test_one_more_seed_leaves_the_others_as_they_are(seed):
    assert spawn_seeds(seed, 4)[:3] == spawn_seeds(seed, 3)


def test_rehearsed_samples_are_varied_too():
    # Those of the day are black, which no variation changes.
    day = Samples(np.zeros((23, 32), dtype=np.float32), np.arange(23) % 2)
    first = sgd.random_weights(SHAPES, LEARNING, 0)
    vary = LEARNING.model_copy(update={"varied": BOTH})
    one, two = (
        sgd.train(first, day, config, 7, stored=some_samples()) for config in (LEARNING, vary)
    )
    assert not same(one, two)


def test_a_network_without_convolutions_is_refused():
    config = LEARNING.model_copy(update={"varied": BOTH})
    first = sgd.initial_weights((32, 4, 2), config, 0)
    with pytest.raises(ValueError, match="does not begin with a convolution"):
        sgd.train(first, some_samples(), config, 7)
