import numpy as np
import pytest
import torch

from loihi_sleep.datasets.stream import Samples
from loihi_sleep.training import sgd
from loihi_sleep.training.ewc import ElasticWeights, squared_gradients
from loihi_sleep.training.rehearsal import store
from loihi_sleep.training.synaptic_intelligence import DAMPING, SynapticIntelligence


def made_samples(count=12, inputs=5, classes=3, seed=0):
    rng = np.random.default_rng(seed)
    return Samples(rng.random((count, inputs)), rng.integers(0, classes, count))


@pytest.mark.parametrize("scale", [1.0, 0.75])
def test_fisher_is_the_mean_square_of_each_samples_own_gradient(scale):
    samples = made_samples()
    weights = sgd.initial_weights((5, 7, 6, 3), sgd.WakeConfig(), seed=1)
    expected = [np.zeros_like(w) for w in weights]
    for x, y in zip(samples.x, samples.y, strict=True):
        parameters = [torch.from_numpy(w).requires_grad_() for w in weights]
        activity = torch.from_numpy(x)
        for matrix in parameters[:-1]:
            activity = torch.relu(matrix @ activity) * scale
        output = torch.relu(parameters[-1] @ activity)
        # The released code takes the derivative of the output's ReLU as 1.
        error = (output - torch.eye(3, dtype=torch.float64)[y]).detach()
        (parameters[-1] @ activity @ error).backward()
        for total, parameter in zip(expected, parameters, strict=True):
            total += parameter.grad.numpy() ** 2 / len(samples)
    for got, wanted in zip(squared_gradients(weights, samples, scale), expected, strict=True):
        assert got == pytest.approx(wanted)


def test_elastic_weights_pull_to_where_each_task_ended():
    penalty = ElasticWeights(strength=2.0)
    samples = made_samples()
    first, second = (sgd.initial_weights((5, 3), sgd.WakeConfig(), seed=s) for s in (1, 2))
    for weights in (first, second):
        penalty.finish_task(weights, samples)
    now = torch.nn.Parameter(torch.zeros(3, 5))
    now.grad = torch.ones(3, 5)
    penalty.add_gradient([now])
    pull = sum(squared_gradients([w], samples)[0] * -w for (w,) in (first, second))
    assert now.grad.numpy() == pytest.approx(1 + 2.0 * pull, rel=1e-5)


def test_synaptic_intelligence_by_pencil_and_paper():
    penalty = SynapticIntelligence(strength=0.5)
    penalty.begin_task([np.array([[1.0, 1.0]])])
    # Two steps of gradient (-1, 2), in which the weights move by (0.5, 0), then by (0.5, 1).
    parameter = torch.nn.Parameter(torch.tensor([[1.0, 1.0]]))
    for step in ([0.5, 0.0], [0.5, 1.0]):
        parameter.grad = torch.tensor([[-1.0, 2.0]])
        penalty.add_gradient([parameter])
        # Nothing is held yet: the first task's gradient stays that of the loss.
        assert parameter.grad.tolist() == [[-1.0, 2.0]]
        with torch.no_grad():
            parameter += torch.tensor([step])
        penalty.after_step([parameter])
    penalty.finish_task([parameter.detach().double().numpy()])
    # Path: 0.5 + 0.5 = 1 for the first, -2 (the loss rose: worth nothing) for the second.
    importance = 1.0 / (1.0**2 + DAMPING)
    penalty.begin_task([np.array([[2.0, 2.0]])])
    parameter = torch.nn.Parameter(torch.tensor([[2.5, 3.0]]))
    parameter.grad = torch.zeros(1, 2)
    penalty.add_gradient([parameter])
    assert parameter.grad.tolist() == [pytest.approx([2 * 0.5 * importance * 0.5, 0.0])]


def test_a_strong_penalty_keeps_weights_where_they_are():
    samples, others = made_samples(60), made_samples(60, seed=5)
    config = sgd.WakeConfig(epochs=5, learning_rate=0.02, momentum=0.0)
    learned = sgd.train(sgd.initial_weights((5, 8, 3), config, 1), samples, config, 2)
    penalty = ElasticWeights(strength=200.0)
    penalty.finish_task(learned, samples)
    free = sgd.train(learned, others, config, 3)
    held = sgd.train(learned, others, config, 3, penalty=penalty)

    def moved(weights):
        return sum(np.abs(w - v).sum() for w, v in zip(weights, learned, strict=True))

    assert moved(held) < 0.7 * moved(free)


def test_a_part_of_each_task_is_stored():
    tasks = [made_samples(200, seed=s) for s in (0, 1)]
    stored = store(store(None, tasks[0], 10, seed=1), tasks[1], 10, seed=2)
    assert len(stored) == 20
    assert all((tasks[0].x == row).all(axis=1).any() for row in stored.x[:10])
    assert all((tasks[1].x == row).all(axis=1).any() for row in stored.x[10:])
    assert len(store(None, tasks[0], 0, seed=1)) == 1


def test_stored_samples_are_rehearsed():
    new, old = made_samples(50, classes=2), Samples(np.ones((2, 5)), np.array([2, 2]))
    config = sgd.WakeConfig(epochs=8, learning_rate=0.05)
    begin = sgd.initial_weights((5, 8, 3), config, 1)
    assert (sgd.predict(sgd.train(begin, new, config, 2), old.x) != 2).all()
    rehearsed = sgd.train(begin, new, config, 2, stored=old, stored_share=0.5)
    assert (sgd.predict(rehearsed, old.x) == 2).all()


def test_training_leaves_the_settings_of_torch_as_they_were():
    before = torch.backends.cudnn.deterministic, torch.get_num_threads()
    with sgd.one_thread():
        with sgd.one_thread():
            assert torch.backends.cudnn.deterministic
        # Another thread may still be training.
        assert torch.backends.cudnn.deterministic
    assert (torch.backends.cudnn.deterministic, torch.get_num_threads()) == before
