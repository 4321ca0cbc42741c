import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from loihi_sleep.datasets import load_stream
from loihi_sleep.pruning.masks import strongest, strongest_together
from loihi_sleep.pruning.night import FixedWeights, prune_and_retrain
from loihi_sleep.pruning.ranking import Ranking
from loihi_sleep.training import sgd
from loihi_sleep.training.forward import weight_shapes
from loihi_sleep.training.sgd import WakeConfig

SETTINGS = WakeConfig(epochs=3, learning_rate=0.02)
ALL = np.ones((2, 3), dtype=bool)


@pytest.fixture(scope="module")
def learned():
    samples = load_stream("digits", seed=100).train
    first = sgd.initial_weights((64, 20, 10), SETTINGS, 0)
    return sgd.train(first, samples, SETTINGS, 1), samples


def test_the_weakest_go_and_of_equals_the_last():
    weights = np.array([[0.5, -3.0, 0.1], [-0.5, 2.0, 0.5]])
    assert strongest(weights, ALL, 3).tolist() == [[True, True, False], [False, True, False]]
    assert strongest(weights, ALL, 4).tolist() == [[True, True, False], [True, True, False]]
    # What was gone before stays away, however large.
    mask = np.array([[True, False, True], [True, True, True]])
    assert strongest(weights, mask, 2).tolist() == [[True, False, False], [False, True, False]]


def test_layers_that_compete_keep_what_is_largest_in_any():
    weights = [np.array([[0.5, -3.0], [0.1, 1.0]]), np.array([[-2.0, 1.0, 0.2]])]
    masks = [np.array([[True, True], [True, False]]), np.ones((1, 3), dtype=bool)]
    # 3, 2, then 1 of the second layer: that of the first is gone.
    kept = strongest_together(weights, masks, 3)
    assert [mask.tolist() for mask in kept] == [
        [[False, True], [False, False]],
        [[True, True, False]],
    ]
    # By itself each layer keeps what it would without the other.
    (alone,) = strongest_together(weights[:1], masks[:1], 1)
    assert (alone == strongest(weights[0], masks[0], 1)).all()


@given(
    weights=arrays(float, (4, 5), elements=st.sampled_from([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0])),
    mask=arrays(bool, (4, 5)),
    data=st.data(),
)
def test_no_weight_that_stays_is_weaker_than_one_that_goes(weights, mask, data):
    count = data.draw(st.integers(0, int(mask.sum())))
    kept = strongest(weights, mask, count)
    assert kept.sum() == count
    assert not (kept & ~mask).any()
    gone = np.abs(weights[mask & ~kept])
    assert np.abs(weights[kept]).min(initial=np.inf) >= gone.max(initial=0)


def test_momentum_revives_what_is_not_held():
    parameter = torch.nn.Parameter(torch.ones(1, 2))
    fixed = FixedWeights([np.array([[True, False]])], [np.zeros((1, 2))])
    optimizer = torch.optim.SGD([parameter], 0.1, 0.9)
    parameter.grad = torch.ones(1, 2)
    optimizer.step()
    fixed.after_step([parameter])
    parameter.grad = torch.zeros(1, 2)
    optimizer.step()
    assert parameter[0, 1].item() == pytest.approx(-0.09)
    fixed.after_step([parameter])
    assert parameter[0, 1] == 0
    assert parameter[0, 0].item() == pytest.approx(0.81)


def test_frozen_weights_neither_go_nor_learn(learned):
    weights, samples = learned
    # The weakest weights of the first layer: they would go first.
    frozen = [~strongest(weights[0], np.ones(weights[0].shape, dtype=bool), 1180)]
    frozen.append(np.zeros(weights[1].shape, dtype=bool))
    night = prune_and_retrain(
        weights, samples, SETTINGS, kept=(64, 200), cycles=2, steps=10, seed=0, frozen=frozen
    )
    assert (night.weights[0][frozen[0]] == weights[0][frozen[0]]).all()
    assert night.kept == [64, 200]
    assert np.count_nonzero(night.weights[0]) == 64 + 100
    assert (night.weights[0][night.masks[0]] != weights[0][night.masks[0]]).any()


@pytest.mark.parametrize("cycles", [1, 2, 5, 7])
def test_a_night_ends_at_the_same_weights_after_any_number_of_cycles(learned, cycles):
    weights, samples = learned
    before = [matrix.copy() for matrix in weights]
    told = []
    night = prune_and_retrain(
        weights,
        samples,
        SETTINGS,
        kept=(64, 20),
        cycles=cycles,
        steps=40,
        seed=0,
        watch=lambda done, weights: told.append((done, np.count_nonzero(weights[0]))),
    )
    assert night.kept == [64, 20]
    assert [np.count_nonzero(matrix) for matrix in night.weights] == [64, 20]
    part = 40 // cycles
    done = [part * cycle for cycle in range(cycles)]
    assert [steps for steps, _ in told[::2]] == done
    assert [steps for steps, _ in told[1::2]] == [*done[1:], 40]
    assert [count for _, count in told[::2]] == [count for _, count in told[1::2]]
    assert told[-1] == (40, 64)
    assert all((one == two).all() for one, two in zip(weights, before, strict=True))


@pytest.mark.parametrize("cycles", [1, 2, 5])
def test_layers_compete_for_the_same_weights_in_all(learned, cycles):
    weights, samples = learned
    apart, together = (
        prune_and_retrain(
            weights,
            samples,
            SETTINGS,
            kept=(64, 20),
            cycles=cycles,
            steps=20,
            seed=0,
            ranking=ranking,
        )
        for ranking in (None, Ranking(((0, 1),)))
    )
    assert sum(together.kept) == sum(apart.kept) == 84
    assert together.kept != apart.kept
    kept = [np.abs(w[mask]).min() for w, mask in zip(together.weights, together.masks, strict=True)]
    assert min(kept) > 0


def test_what_is_pruned_of_a_kernel_stays_pruned():
    samples = load_stream("digits", seed=100).train
    settings = WakeConfig(
        epochs=1, learning_rate=0.05, batch_size=20, loss="cross_entropy", init_gain=2.4
    )
    shapes = weight_shapes((1, 8, 8), (6, 8), (20, 10))
    evening = sgd.train(sgd.random_weights(shapes, settings, 0), samples, settings, 1)
    sizes = [w.size for w in evening]
    assert sizes == [54, 432, 2560, 200]
    kept = (27, 100, 300, 200)
    night = prune_and_retrain(evening, samples, settings, kept=kept, cycles=3, steps=60, seed=2)
    assert night.kept == [np.count_nonzero(w) for w in night.weights] == [*kept]
    assert [w.shape for w in night.weights] == shapes
    for weight, mask in zip(night.weights, night.masks, strict=True):
        assert not weight[~mask].any()
    moved = night.weights[0][night.masks[0]] != evening[0][night.masks[0]]
    assert moved.all()
    # Frozen kernels neither go nor learn.
    frozen = [night.masks[0], *(np.zeros(w.shape, dtype=bool) for w in evening[1:])]
    other = prune_and_retrain(
        night.weights, samples, settings,
        kept=(5, 100, 300, 200), cycles=2, steps=20, seed=3, frozen=frozen,
    )  # fmt: skip
    assert (other.weights[0][frozen[0]] == night.weights[0][frozen[0]]).all()
    assert other.kept[0] == 5


def test_a_night_is_decided_by_its_seed(learned):
    first, again, other = (
        prune_and_retrain(*learned, SETTINGS, kept=(200, 50), cycles=3, steps=20, seed=seed)
        for seed in (4, 4, 5)
    )
    for one, two in zip(first.weights, again.weights, strict=True):
        assert (one == two).all()
    assert (first.weights[0] != other.weights[0]).any()


def test_a_pruned_network_learns_on(learned):
    weights, samples = learned
    masks = [
        strongest(w, np.ones(w.shape, dtype=bool), count)
        for w, count in zip(weights, (128, 60), strict=True)
    ]
    cut = [w * mask for w, mask in zip(weights, masks, strict=True)]
    night = prune_and_retrain(
        weights, samples, SETTINGS, kept=(128, 60), cycles=1, steps=300, seed=0
    )
    held_out = load_stream("digits", seed=100).validation
    accuracy = [(sgd.predict(w, held_out.x) == held_out.y).mean() for w in (cut, night.weights)]
    assert accuracy[1] > accuracy[0] + 0.1
    # One cycle drops the weights that are weakest in the evening.
    assert all((one == two).all() for one, two in zip(night.masks, masks, strict=True))


def test_steps_instead_of_passes(learned):
    weights, samples = learned
    batches = -(-len(samples) // SETTINGS.batch_size)
    passes = sgd.train(weights, samples, SETTINGS, 3)
    steps = sgd.train(weights, samples, SETTINGS, 3, steps=SETTINGS.epochs * batches)
    assert all((one == two).all() for one, two in zip(passes, steps, strict=True))
    fewer = sgd.train(weights, samples, SETTINGS, 3, steps=5)
    assert (fewer[0] != passes[0]).any()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kept": (64,)}, "kept has 1 numbers; the network has 2 layers"),
        ({"kept": (64, 201)}, "final is 201; it must be an integer from 1 to 200"),
        ({"ranking": Ranking(((0,),))}, "groups has 1 layers; the network has 2"),
        ({"ranking": Ranking(((0, 1, 2),))}, "groups has 3 layers; the network has 2"),
        ({"cycles": 9}, "cycles is 9; it must be an integer from 1 to 8"),
    ],
)
def test_a_night_that_does_not_fit_is_refused(learned, options, message):
    chosen = {"kept": (64, 20), "cycles": 2, "steps": 8, "seed": 0, **options}
    with pytest.raises(ValueError, match=message):
        prune_and_retrain(*learned, SETTINGS, **chosen)


def test_a_mask_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"mask has shape \(2, 3\); it must have shape \(3, 2\)"):
        strongest(np.ones((3, 2)), ALL, 1)
