"""CIFAR-10, two classes a day: features that nobody labeled stay as they are, and the head sleeps.

    python scripts/examples/sleep_cifar_head.py FOLDER --seeds 0 1 2 3 4

FOLDER holds CIFAR-10 as torchvision or ``loihi-sleep data`` leaves it. The sleep is that of `src`
on the same features.
"""

import argparse

import numpy as np
import torch
from torch import nn

import loihi_sleep as ls
from loihi_sleep.experiments.mnist_sleep import MNIST_SLEEP
from loihi_sleep.experiments.src.variants import CIFAR_SLEEP, CIFAR_WAKE, TASK_IMAGES

SLEEP = MNIST_SLEEP.model_copy(update=CIFAR_SLEEP)


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


def run(stream, seed, asleep, *, hidden, epochs, bias):
    """Learn all tasks in sequence, with a night after each or without; return the accuracy."""
    torch.manual_seed(seed)
    layers = [nn.Linear(stream.train.x.shape[1], hidden, bias=bias), nn.ReLU()]
    layers += [nn.Linear(hidden, hidden, bias=bias), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Linear(hidden, 10, bias=bias))
    memory = ls.follow(model)
    for task, samples in enumerate(stream.train_by_task()):
        learn(model, samples, epochs)
        if asleep:
            night = {"steps": SLEEP.steps, "max_rate": SLEEP.max_rate, "seed": 10 * seed + task}
            memory.sleep(model, **night, form=SLEEP, in_place=True)
    return accuracy(model, stream.test)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--images", type=int, default=TASK_IMAGES["cifar"], help="of a class")
    parser.add_argument("--hidden", type=int, default=1200, help="neurons of each hidden layer")
    parser.add_argument("--epochs", type=int, default=CIFAR_WAKE["epochs"])
    parser.add_argument("--bias", action="store_true", help="give the layers biases")
    chosen = parser.parse_args()
    network = {"hidden": chosen.hidden, "epochs": chosen.epochs, "bias": chosen.bias}
    torch.set_num_threads(1)
    stream = ls.load_stream("cifar", folder=chosen.folder, task_images=chosen.images)
    print(f"{stream.source}: {stream.train.x.shape[1]} features")
    for asleep in (False, True):
        found = [run(stream, seed, asleep, **network) for seed in chosen.seeds]
        when = "with sleep" if asleep else "without sleep"
        print(f"{when:14s} {np.mean(found):.1%} ± {np.std(found):.1%} of the test images")


if __name__ == "__main__":
    main()
