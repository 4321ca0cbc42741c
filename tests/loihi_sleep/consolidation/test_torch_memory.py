import copy
import warnings

import numpy as np
import pytest
import torch
from torch import nn

import loihi_sleep as ls


def made_model(inputs=6):
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Flatten(), nn.Linear(inputs, 5), nn.ReLU(), nn.Dropout(0.5), nn.Linear(5, 3)
    )


def train(model, x, batch=10, steps=1):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for _ in range(steps):
        for part in torch.split(x, batch):
            optimizer.zero_grad()
            model(part).square().mean().backward()
            optimizer.step()


def test_a_memory_follows_training_and_no_evaluation():
    model, x = made_model(), torch.rand(40, 2, 3)
    memory = ls.follow(model)
    with pytest.raises(ValueError, match="has taken in nothing: train the model that it follows"):
        memory.night()
    train(model, x)
    assert memory.samples == 40
    model.eval()
    model(10 * x)
    with torch.no_grad():
        model.train()(10 * x)
    assert memory.samples == 40
    assert memory.memory.mean_image == pytest.approx(x.reshape(40, 6).mean(0).numpy(), rel=1e-5)
    assert not memory.signed
    assert (memory.maxima > 0).all()
    night = memory.night(steps=30, max_rate=0.4, seed=2)
    assert (night.steps, night.seed) == (30, 2)
    assert np.max(night.drive.rates) == pytest.approx(0.4)
    slept = ls.put_to_sleep(model, night, maxima=memory.maxima)
    # The copy teaches the same memory, until it is closed.
    train(slept, x)
    assert memory.samples == 80
    memory.attach(slept)
    train(slept, x)
    memory.close()
    train(slept, x)
    assert memory.samples == 120


def test_maxima_are_those_of_the_latest_batches_before_a_night():
    model, x = made_model(), torch.rand(10, 6)
    memory = ls.follow(model.train())
    model(100 * x)
    early = memory.maxima
    for _ in range(60):
        model(x)
    late = memory.maxima
    assert (late < early / 10).all()
    memory.night(10)
    for _ in range(60):
        model(x / 100)
    # Those of the tasks before the night stay.
    assert (memory.maxima == late).all()


def test_inputs_below_0_are_remembered_as_off_neurons():
    model, x = made_model(), torch.randn(40, 6)
    memory = ls.follow(model, below_zero="neurons")
    train(model, x)
    assert memory.signed
    rows = x.numpy()
    expected = np.hstack([np.maximum(rows, 0).mean(0), np.maximum(-rows, 0).mean(0)])
    assert memory.memory.mean_image == pytest.approx(expected, rel=1e-5)
    slept = memory.sleep(model, 60)
    assert (slept[1].weight != model[1].weight).any()


def test_standardized_inputs_sleep_as_those_that_they_were_made_of():
    pixels = torch.rand(40, 6)
    pixels[:2] = torch.tensor([[0.0], [1.0]])
    mean, deviation = pixels.mean(0), 0.25
    plain, other = made_model(), made_model()
    # The same function, of standardized inputs.
    with torch.no_grad():
        other[1].bias += other[1].weight @ mean
        other[1].weight *= deviation
    x = (pixels - mean) / deviation
    assert torch.allclose(plain.eval()(pixels), other.eval()(x), atol=1e-5)
    memories = [ls.follow(model.train()) for model in (plain, other)]
    plain(pixels), other(x)
    one, two = memories
    assert two.memory.mean_image / two.input_range[1] == pytest.approx(
        one.memory.mean_image, abs=1e-5
    )
    assert one.input_range[1] == 1.0
    assert two.input_range[0] == pytest.approx((-mean / deviation).numpy(), abs=1e-5)
    maxima = one.maxima
    slept = [
        ls.put_to_sleep(model, one.night(200), maxima=maxima, input_range=memory.input_range)
        for model, memory in zip((plain, other), memories, strict=True)
    ]
    assert (slept[0][1].weight != plain[1].weight).any()
    outputs = [model.eval()(y) for model, y in zip(slept, (pixels, x), strict=True)]
    assert torch.allclose(*outputs, atol=1e-2)


def test_a_night_of_inputs_below_0_warns_where_their_range_is_left_out():
    x = torch.randn(40, 6)

    def trained(x):
        model = made_model()
        memory = ls.follow(model)
        train(model, x)
        return model, memory

    model, memory = trained(x)
    night = memory.night(60)
    said = "layer 1 .* heard inputs from -.* give input_range=memory.input_range, as memory.sleep"
    with pytest.warns(UserWarning, match=said):
        ls.put_to_sleep(model, night, maxima=memory.maxima)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        slept = ls.put_to_sleep(model, night, maxima=memory.maxima, input_range=memory.input_range)
        same, its_memory = trained(x)
        assert (its_memory.sleep(same, 60)[1].weight == slept[1].weight).all()
        plain, its_memory = trained(x.clip(0, 1))
        ls.put_to_sleep(plain, its_memory.night(60), maxima=its_memory.maxima)


def test_a_bias_is_needed_for_inputs_that_are_shifted():
    model = nn.Sequential(nn.Linear(6, 3, bias=False))
    memory = ls.follow(model)
    train(model, torch.randn(40, 6))
    with pytest.raises(ValueError, match="layer 0 of the model has no bias and hears inputs from"):
        memory.sleep(model)


def test_prototypes_are_means_of_groups_and_replayed_one_after_another():
    model = made_model()
    memory = ls.follow(model, prototypes=2)
    ends = torch.tensor([[1.0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0.5]])
    train(model, ends.repeat(20, 1))
    assert memory.prototypes == pytest.approx(ends.numpy())
    night = memory.night(40, max_rate=0.5)
    assert isinstance(night.drive, ls.Patterns)
    assert night.drive.rates == pytest.approx(0.5 * ends.numpy())
    train(model, torch.full((10, 6), 0.25))
    assert memory.prototypes == pytest.approx(np.vstack([ends, np.full((1, 6), 0.25)]))
    slept = ls.put_to_sleep(model, memory.night(40), maxima=memory.maxima)
    assert (slept[1].weight != model[1].weight).any()


def test_a_prototype_is_the_mean_of_what_was_nearest_to_it():
    model = made_model()
    memory = ls.follow(model, prototypes=2)
    far, near = torch.zeros(2, 6)
    far[0], near[5] = 1.0, 0.5
    # The third is nearest to the first, at 0.5 and not 0.7; the last two to the second.
    model(torch.stack([far, near, far / 2, 1.6 * near, far / 5 + near]))
    expected = [0.75 * far.numpy(), (2.6 * near / 2).numpy()]
    expected[1] += ((far / 5 + near).numpy() - expected[1]) / 3
    assert memory.prototypes == pytest.approx(np.stack(expected))


def test_a_head_is_followed_by_name_and_in_a_half_precision_model():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(32, 4)).bfloat16()
    with ls.follow(model, "3") as memory:
        model(torch.rand(5, 1, 6, 6).bfloat16())
    assert memory.samples == 5
    assert memory.memory.mean_image.shape == (32,)
    assert not model[3]._forward_pre_hooks


def test_a_model_of_other_layers_is_not_followed():
    memory = ls.follow(made_model())
    with pytest.raises(ValueError, match="2 layers that sleep, of 7 inputs; this memory is of 2"):
        memory.attach(made_model(7))
    with pytest.raises(ValueError, match="the model has no nn.Linear"):
        ls.follow(nn.Conv2d(1, 1, 1))


def test_a_followed_model_is_copied_with_its_memory():
    model = made_model()
    memory = ls.follow(model)
    copy.deepcopy(model).train()(torch.rand(3, 6))
    assert memory.samples == 3


def made_stack(bias=False, inputs=6):
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(inputs, 8, bias=bias), nn.ReLU(), nn.Linear(8, 3, bias=bias)
    ).train()


def show(model, x, wanted):
    """Train on one input until its class is the answer."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    for _ in range(60):
        optimizer.zero_grad()
        (model(x) - torch.eye(3)[wanted]).square().mean().backward()
        optimizer.step()


FIRST, SECOND = (torch.tensor([[1.0, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]])[[i]] for i in (0, 1))
REPLAY = ls.ReplayConfig(presentations=200, visits=100)


def test_prototypes_teach_the_output_what_the_model_answered_on_their_day():
    model = made_stack()
    memory = ls.follow(model, prototypes=2)
    show(model, FIRST, 0)
    same = memory.replay(model, REPLAY, seed=1, in_place=True)
    assert same is model
    show(model, SECOND, 1)
    assert memory.labels.tolist() == [0, 1]
    with torch.no_grad():
        before = model(FIRST)[0]
    slept = memory.replay(model, REPLAY, seed=2)
    assert slept is not model
    assert (slept[0].weight == model[0].weight).all()
    assert (slept[2].weight != model[2].weight).any()
    # The first class was answered less after the second day, and is again.
    with torch.no_grad():
        after = slept(FIRST)[0]
    assert after.argmax() == 0
    assert after[0] - after[1] > before[0] - before[1]
    assert memory.labels.tolist() == [0, 1]
    assert memory.prototypes == pytest.approx(torch.cat([FIRST, SECOND]).numpy())


@pytest.mark.lava
def test_lava_and_the_engine_replay_alike():
    found = []
    for engine in ("lava", "compiled"):
        model = made_stack()
        memory = ls.follow(model, prototypes=2)
        show(model, FIRST, 0)
        config = ls.ReplayConfig(presentations=6)
        found.append(memory.replay(model, config, run_cfg=ls.select(engine, "fixed")))
    for one, two in zip(*(each.parameters() for each in found), strict=True):
        assert (one == two).all()


def test_classes_of_a_task_are_those_that_its_prototypes_have():
    model = made_stack()
    memory = ls.follow(model, prototypes=2)
    show(model, FIRST, 0)
    memory.replay(model, REPLAY, classes=[1, 2], in_place=True)
    assert memory.labels[0] in (1, 2)


@pytest.mark.parametrize(
    ("made", "options", "message"),
    [
        ({"bias": True}, {}, r"layer 0 of the model has a bias .* give it none \(bias=False\)"),
        ({}, {"run_cfg": ls.select(numerics="float")}, "run_cfg must be of 'fixed' numerics"),
        ({}, {"config": 3}, "config is 3; it must be a ReplayConfig"),
        ({}, {"classes": [3]}, r"classes\[0\] is 3; it must be"),
        ({}, {"classes": []}, "classes has 0 outputs; it must have at least one"),
        ({}, {"seed": -1}, "seed is -1"),
    ],
)
def test_what_cannot_be_taught_is_refused(made, options, message):
    model = made_stack(**made)
    memory = ls.follow(model, prototypes=2)
    with pytest.raises(ValueError, match="has taken in nothing"):
        memory.replay(model)
    model(FIRST)
    with pytest.raises(ValueError, match=message):
        memory.replay(model, **options)
    assert len(memory.prototypes) == 1


def test_prototypes_are_needed_and_inputs_from_0():
    model = made_stack()
    memory = ls.follow(model)
    model(FIRST)
    with pytest.raises(ValueError, match=r"keeps no prototypes; follow\(model, prototypes=50\)"):
        memory.replay(model)
    memory = ls.follow(model, prototypes=2)
    model(0 * FIRST)
    with pytest.raises(ValueError, match="prototypes are 0 everywhere; there is nothing to repl"):
        memory.replay(model)
    with pytest.raises(ValueError, match="this memory is of 2 layers and 6 inputs"):
        memory.replay(made_stack(inputs=7))
    model(-FIRST)
    with pytest.raises(ValueError, match="heard inputs below 0, which no prototype can be"):
        memory.replay(model)


class NamedInput(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(6, 3)

    def forward(self, x):
        return self.layer(input=x)


def test_a_followed_model_takes_whatever_it_takes_alone():
    x = torch.rand(6)
    for model in (nn.Linear(6, 3), NamedInput()):
        memory = ls.follow(model)
        assert model(x).shape == (3,)
        assert model(torch.rand(0, 6)).shape == (0, 3)
        assert memory.samples == 1
        assert memory.memory.mean_image == pytest.approx(x.numpy())
        (outputs,) = ls.linear_outputs(model, x)
        assert outputs.shape == (1, 3)


def test_why_a_memory_has_taken_in_nothing_is_said():
    model = made_model()
    memory = ls.follow(model)
    model(torch.full((4, 6), torch.nan))
    with pytest.raises(ValueError, match="all 1 batches .* held inputs that are NaN or infinite"):
        memory.night()


def test_a_memory_refuses_before_a_night_and_forgets_nothing():
    model = made_model()
    memory = ls.follow(model, prototypes=2)
    train(model, torch.rand(20, 6))
    with pytest.raises(ValueError, match="has 2 layers that sleep, of 7 inputs; this memory is of"):
        memory.sleep(made_model(7))
    with pytest.raises(ValueError, match="backbone is given; what a memory replays is what"):
        memory.sleep(model, backbone=torch.rand(4, 6))
    # The task is not over.
    assert len(memory.prototypes) == 2
    memory.sleep(model)
    assert memory.samples == 20
