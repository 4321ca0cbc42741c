"""CIFAR-10, two classes a day: features that nobody labeled stay as they are, and the head sleeps.

    python scripts/examples/sleep_cifar_head.py FOLDER --seeds 0 1 2 3 4

FOLDER holds CIFAR-10 as torchvision or ``loihi-sleep data`` leaves it. The sleep is that of `src`
on the same features; then a head of one hidden layer, which prototypes of what it heard teach.
"""

import argparse

import numpy as np
import torch
from torch import nn

import loihi_sleep as ls
from loihi_sleep.experiments.mnist_sleep import MNIST_SLEEP
from loihi_sleep.experiments.src.variants import CIFAR_SLEEP, CIFAR_WAKE, TASK_IMAGES

SLEEP = MNIST_SLEEP.model_copy(update=CIFAR_SLEEP)
# Nights in which prototypes teach, chosen on validation images, as their number was.
REPLAY = ls.ReplayConfig(
    threshold_factors=(0.211, 0.683), headroom=(1.2, 1.5), gain=3.0, last_gain=0.3, rate=0.9
)


def learn(model, samples, epochs):
    """Learn a task by gradient descent, with the error that Sleep Replay Consolidation has."""
    x, y = torch.tensor(samples.x).float(), torch.tensor(samples.y)
    rate = CIFAR_WAKE["learning_rate"]
    optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=0.5)
    for batch in torch.split(torch.cat([torch.randperm(len(x)) for _ in range(epochs)]), 100):
        optimizer.zero_grad()
        outputs = model(x[batch])
        error = torch.relu(outputs) - nn.functional.one_hot(y[batch], outputs.shape[1])
        (outputs * error.detach()).sum(dim=1).mean().backward()
        optimizer.step()


def accuracy(model, samples):
    """Return the share of samples whose class is the largest output."""
    with torch.no_grad():
        found = model(torch.tensor(samples.x).float()).argmax(dim=1)
    return (found.numpy() == samples.y).mean()


def make_head(inputs, hidden, bias):
    """Make a head of layers of these sizes."""
    layers = []
    for neurons in hidden:
        layers += [nn.Linear(inputs, neurons, bias=bias), nn.ReLU()]
        inputs = neurons
    return nn.Sequential(*layers, nn.Linear(inputs, 10, bias=bias))


def run(stream, seed, night, *, hidden, epochs, bias=False, prototypes=0, split="test"):
    """Learn all tasks in sequence, with a night after each or without; return the accuracy.

    The night is None, "noise" or "prototypes", of which there are so many for a task.
    """
    torch.manual_seed(seed)
    model = make_head(stream.train.x.shape[1], hidden, bias)
    memory = ls.follow(model, prototypes=prototypes)
    for task, samples in enumerate(stream.train_by_task()):
        learn(model, samples, epochs)
        own_seed = 10 * seed + task
        if night == "noise":
            memory.sleep(model, SLEEP.steps, SLEEP.max_rate, own_seed, form=SLEEP, in_place=True)
        elif night == "prototypes":
            classes = stream.tasks[task]
            memory.replay(model, REPLAY, own_seed, classes=classes, in_place=True)
    return accuracy(model, getattr(stream, split))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--images", type=int, default=TASK_IMAGES["cifar"], help="of a class")
    parser.add_argument("--hidden", type=int, default=1200, help="neurons of each hidden layer")
    parser.add_argument("--epochs", type=int, default=CIFAR_WAKE["epochs"])
    parser.add_argument("--bias", action="store_true", help="give the layers biases")
    parser.add_argument("--prototypes", type=int, default=100, help="of a task")
    parser.add_argument("--split", choices=["validation", "test"], default="test")
    chosen = parser.parse_args()
    two = {"hidden": (chosen.hidden, chosen.hidden), "bias": chosen.bias}
    one = {"hidden": (2 * chosen.hidden,)}
    rows = [
        ("two hidden layers, no sleep", None, two),
        ("two hidden layers, sleep", "noise", two),
        ("one hidden layer, no sleep", None, one),
        ("one hidden layer, prototypes", "prototypes", one | {"prototypes": chosen.prototypes}),
    ]
    torch.set_num_threads(1)
    stream = ls.load_stream("cifar", folder=chosen.folder, task_images=chosen.images)
    print(f"{stream.source}: {stream.train.x.shape[1]} features")
    for name, night, network in rows:
        found = [
            run(stream, seed, night, epochs=chosen.epochs, split=chosen.split, **network)
            for seed in chosen.seeds
        ]
        print(f"{name:28s} {np.mean(found):.1%} ± {np.std(found):.1%} of the {chosen.split} images",
              flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
