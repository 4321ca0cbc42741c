"""scikit-learn's digits, two a day: a convolution before the head that sleeps, or spiking with it.

    python scripts/examples/sleep_digits_convolutions.py --seeds 0 1 2 3 4

The model is a convolution, means over windows, and three Linear layers, which sleep. What a night
replays is the mean of what the head hears (`ls.follow`), or the mean image, which goes through the
convolution in spikes (`backbone`). Prints accuracy on all ten digits after the last day; and, of a
model that learned all digits at once, before and after a night, on images with Gaussian noise too.
"""

import argparse

import numpy as np
import torch
from torch import nn

import loihi_sleep as ls

CHANNELS, HIDDEN, EPOCHS = 16, 200, 5
STEPS, MAX_RATE = 550, 0.42
NOISE = 0.5
NIGHTS = ("none", "of the head", "of the whole model")


def make_model(learns):
    """Make a model whose convolution learns or stays as it is drawn."""
    convolution = nn.Conv2d(1, CHANNELS, 3, padding=1, bias=False)
    convolution.weight.requires_grad_(learns)
    layers = [convolution, nn.ReLU(), nn.AvgPool2d(2), nn.Flatten()]
    for inputs, outputs in ((CHANNELS * 16, HIDDEN), (HIDDEN, HIDDEN)):
        layers += [nn.Linear(inputs, outputs, bias=False), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(HIDDEN, 10, bias=False))


def learn(model, x, y):
    """Learn a task by gradient descent."""
    model.train()
    parameters = [values for values in model.parameters() if values.requires_grad]
    optimizer = torch.optim.SGD(parameters, lr=0.02, momentum=0.9)
    for batch in torch.split(torch.cat([torch.randperm(len(x)) for _ in range(EPOCHS)]), 10):
        optimizer.zero_grad()
        wanted = nn.functional.one_hot(y[batch], 10).float()
        nn.functional.mse_loss(model(x[batch]), wanted).backward()
        optimizer.step()
    model.eval()


def sleep(model, memory, x, mean_image, seed):
    """Sleep for a night in which the convolution spikes too; `x` are samples of today."""
    rates = MAX_RATE * mean_image / mean_image.max()
    night = ls.Night(steps=STEPS, drive=ls.Poisson(rates), seed=seed)
    ls.put_to_sleep(model, night, maxima=memory.maxima, backbone=x, in_place=True)
    memory.end_task()


def run(seed, night, *, learns, split="test"):
    """Learn all tasks in sequence, with a night after each or without; return the accuracy."""
    stream = ls.load_stream("digits", seed=seed)
    torch.manual_seed(seed)
    model = make_model(learns)
    memory = ls.follow(model)
    seen = ls.Memory.empty(64, 1)
    for task, samples in enumerate(stream.train_by_task()):
        x = as_images(samples)
        learn(model, x, torch.tensor(samples.y))
        seen = seen.after(samples.x, [np.zeros((1, 1))])
        if night == "of the head":
            memory.sleep(model, STEPS, MAX_RATE, seed=10 * seed + task, in_place=True)
        elif night == "of the whole model":
            sleep(model, memory, x, seen.mean_image, 10 * seed + task)
    return accuracy(model, getattr(stream, split))


def run_all_at_once(seed, split="test"):
    """Learn all digits at once, sleep for a night; return accuracies before it and after it.

    Each of the two is a list, without noise and with noise of standard deviation `NOISE`.
    """
    stream = ls.load_stream("digits", seed=seed)
    torch.manual_seed(seed)
    model = make_model(learns=True)
    memory = ls.follow(model)
    learn(model, as_images(stream.train), torch.tensor(stream.train.y))
    samples = getattr(stream, split)
    noise = np.random.default_rng(seed).normal(0, NOISE, samples.x.shape)
    shown = samples, ls.Samples(np.clip(samples.x + noise, 0, 1), samples.y)
    before = [accuracy(model, each) for each in shown]
    memory.sleep(model, STEPS, MAX_RATE, seed=seed, in_place=True)
    return before, [accuracy(model, each) for each in shown]


def accuracy(model, samples):
    """Return the share of samples that a model tells right."""
    with torch.no_grad():
        found = model(as_images(samples)).argmax(dim=1)
    return (found.numpy() == samples.y).mean()


def as_images(samples):
    """Return samples as images of one channel."""
    return torch.tensor(samples.x).float().reshape(-1, 1, 8, 8)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--split", choices=["validation", "test"], default="test")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    for learns in (False, True):
        for night in NIGHTS:
            found = [run(seed, night, learns=learns, split=chosen.split) for seed in chosen.seeds]
            kind = f"convolution {'learns' if learns else 'is frozen'}, night {night}"
            print(f"{kind:52s} {np.mean(found):.1%} ± {np.std(found):.1%}", flush=True)
    found = np.array([run_all_at_once(seed, chosen.split) for seed in chosen.seeds])
    for when, means, deviations in zip(
        ("before", "after"), found.mean(axis=0), found.std(axis=0), strict=True
    ):
        for shown, mean, deviation in zip(("", " with noise"), means, deviations, strict=True):
            kind = f"all digits at once, {when} a night{shown}"
            print(f"{kind:52s} {mean:.1%} ± {deviation:.1%}", flush=True)


if __name__ == "__main__":
    main()
