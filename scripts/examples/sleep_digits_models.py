"""scikit-learn's digits, two a day: what sleep brings to models of different kinds.

    python scripts/examples/sleep_digits_models.py --seeds 0 1 2 3 4

Training is a loop of this script's own; `ls.follow` does the rest, with its default settings.
Prints accuracy on all ten digits after the last day, of test images.
"""

import argparse
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

import loihi_sleep as ls

HIDDEN, EPOCHS = 200, 5


@dataclass(frozen=True)
class Kind:
    """What is otherwise than in 64-200-200-10 without biases, trained by squared error."""

    bias: bool = False
    keeps_biases: bool = False
    standardized: bool = False
    cross_entropy: bool = False
    below_zero: str = "shift"
    batch_norm: bool = False


KINDS = {
    "without biases": Kind(),
    "with biases": Kind(bias=True),
    "with biases, biases='keep'": Kind(bias=True, keeps_biases=True),
    "with biases, standardized inputs": Kind(bias=True, standardized=True),
    "with biases, cross-entropy": Kind(bias=True, cross_entropy=True),
    "with biases, cross-entropy, standardized": Kind(
        bias=True, cross_entropy=True, standardized=True
    ),
    "without biases, standardized, 'neurons'": Kind(standardized=True, below_zero="neurons"),
    "with BatchNorm (momentum=None)": Kind(batch_norm=True),
}


def make_model(kind):
    """Make a model of three layers."""
    layers = []
    for inputs, outputs in ((64, HIDDEN), (HIDDEN, HIDDEN)):
        layers.append(nn.Linear(inputs, outputs, bias=kind.bias))
        layers += [nn.BatchNorm1d(outputs, momentum=None)] if kind.batch_norm else []
        layers.append(nn.ReLU())
    return nn.Sequential(*layers, nn.Linear(HIDDEN, 10, bias=kind.bias))


def learn(model, x, y, cross_entropy):
    """Learn a task by gradient descent."""
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    for batch in torch.split(torch.cat([torch.randperm(len(x)) for _ in range(EPOCHS)]), 10):
        optimizer.zero_grad()
        if cross_entropy:
            error = nn.functional.cross_entropy(model(x[batch]), y[batch])
        else:
            wanted = nn.functional.one_hot(y[batch], 10).float()
            error = nn.functional.mse_loss(model(x[batch]), wanted)
        error.backward()
        optimizer.step()
    model.eval()


def run(kind, seed, asleep):
    """Learn all tasks in sequence, with a night after each or without; return the accuracy."""
    stream = ls.load_stream("digits", seed=seed)
    mean, spread = stream.train.x.mean(), stream.train.x.std()

    def as_input(x):
        return torch.tensor((x - mean) / spread if kind.standardized else x).float()

    torch.manual_seed(seed)
    model = make_model(kind)
    memory = ls.follow(model, below_zero=kind.below_zero)
    for task, samples in enumerate(stream.train_by_task()):
        learn(model, as_input(samples.x), torch.tensor(samples.y), kind.cross_entropy)
        if asleep:
            biases = "keep" if kind.keeps_biases else "follow"
            memory.sleep(model, seed=10 * seed + task, in_place=True, biases=biases)
    with torch.no_grad():
        found = model(as_input(stream.test.x)).argmax(dim=1)
    return (found.numpy() == stream.test.y).mean()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    for name, kind in KINDS.items():
        awake, slept = (
            np.array([run(kind, seed, asleep) for seed in chosen.seeds]) for asleep in (False, True)
        )
        print(
            f"{name:42s} {awake.mean():.1%} without sleep, "
            f"{slept.mean():.1%} ± {slept.std():.1%} with it",
            flush=True,
        )


if __name__ == "__main__":
    main()
