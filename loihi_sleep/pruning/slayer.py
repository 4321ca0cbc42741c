"""Spiking networks that learn with lava-dl's SLAYER: by surrogate gradients, in a chip's integers.

SLAYER rounds weights to those of a chip in each forward pass, so that what it learns with is what
is deployed: :func:`in_integers` gives a network that spikes the same, step by step.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import sys
import threading
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field

from loihi_sleep.datasets.stream import Samples
from loihi_sleep.networks import CubaNetwork, cuba_layer
from loihi_sleep.networks.readout import votes
from loihi_sleep.processes.kernels.integers import UNITY
from loihi_sleep.pruning.night import FixedWeights
from loihi_sleep.seeds import spawn_seeds
from loihi_sleep.settings import Settings
from loihi_sleep.training.sgd import Weights, batches, one_thread

if TYPE_CHECKING:
    from collections.abc import Iterator

READOUT_BATCH = 500
_SLAYER = "lava.lib.dl.slayer"
# Output streams are the process's, not the thread's: one thread at a time may redirect them.
_importing = threading.Lock()


class SlayerConfig(Settings):
    """Neurons, input spikes and training of a network."""

    steps: int = Field(10, ge=1, le=10_000, description="for which a sample is shown")
    gain: float = Field(0.5, gt=0, le=1, description="spikes a step of a pixel of 1")
    threshold: float = Field(1.0, gt=0, le=1000, description="64 weight units")
    leak: float = Field(0.05, ge=0, le=1, description="of the membrane potential, a step")
    width: float = Field(
        0.003, gt=0, le=1000, description="of the surrogate gradient: tau_grad of SLAYER"
    )
    right: float = Field(0.6, gt=0, le=1, description="spikes a step, of the output of its class")
    wrong: float = Field(0.02, ge=0, le=1, description="of the other outputs")
    epochs: int = Field(2, ge=1, le=10_000, description="passes over the samples")
    batch_size: int = Field(100, ge=1, le=100_000, description="samples between two changes")
    learning_rate: float = Field(0.003, gt=0, le=1, description="of Adam")


@dataclass(frozen=True)
class Answers:
    """Output of a network in spikes.

    Parameters
    ----------
    spikes : ndarray of int64, shape (samples, classes)
        Spikes of each output neuron, while a sample is shown.
    classes : ndarray of int64, shape (samples,)
        As :func:`loihi_sleep.networks.readout.votes` has it.
    """

    spikes: NDArray[np.int64]
    classes: NDArray[np.int64]


def learn(
    weights: Weights,
    samples: Samples,
    config: SlayerConfig,
    seed: int,
    *,
    fixed: FixedWeights | None = None,
    steps: int | None = None,
) -> Weights:
    """Train a network of LIF layers on some samples, from the given weights on.

    Parameters
    ----------
    weights : list of ndarray, shape (post, pre) each
        In SLAYER's unit, 64 weight units; they are not changed.
    samples : Samples
        Each is shown as Bernoulli spikes, drawn anew every time.
    config : SlayerConfig
    seed : int
        Seed of batches and spikes.
    fixed : FixedWeights, optional
        Weights that are set back after every step of the optimizer.
    steps : int, optional
        Steps of the optimizer, instead of the configuration's passes.

    Returns
    -------
    list of ndarray
        The trained weights, before they are rounded.
    """
    order_seed, spikes_seed = spawn_seeds(seed, 2)
    order = torch.Generator().manual_seed(order_seed)
    noise = torch.Generator().manual_seed(spikes_seed)
    x, y = torch.from_numpy(samples.x).float(), torch.from_numpy(samples.y)
    blocks = _blocks(weights, config)
    wanted = torch.full((len(weights[-1]), len(weights[-1])), config.wrong)
    wanted.fill_diagonal_(config.right)
    parameters = [block.synapse.weight for block in blocks]
    optimizer = torch.optim.Adam(parameters, config.learning_rate)
    passes = config.epochs if steps is None else None
    with one_thread():
        for batch in islice(batches(len(x), config.batch_size, order, passes), steps):
            uniform = torch.rand(len(batch), x.shape[1], config.steps, generator=noise)
            shown = (uniform < config.gain * x[batch, :, np.newaxis]).float()
            error = blocks(shown).mean(dim=-1) - wanted[y[batch]]
            loss = (error**2).sum(dim=1).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if fixed is not None:
                # SLAYER's weights have three more axes, of length 1.
                fixed.after_step([weight.view(weight.shape[:2]) for weight in parameters])
    return _of(blocks)


def in_integers(weights: Weights, config: SlayerConfig) -> CubaNetwork:
    """Write a network as SLAYER runs it, in weight units.

    Parameters
    ----------
    weights : list of ndarray, shape (post, pre) each
        In SLAYER's unit.
    config : SlayerConfig

    Returns
    -------
    CubaNetwork
        Static and dense; `fixed` numerics holds it as it is. Weights below a 64th have become 0.
    """
    layers = []
    for block in _blocks(weights, config):
        units = block.synapse.pre_hook_fx(block.synapse.weight.detach(), descale=True)
        neuron = block.neuron
        layers.append(
            cuba_layer(
                units.reshape(units.shape[:2]).numpy(),
                vth=float(neuron.v_th_mant),
                du=neuron.cx_current_decay / UNITY,
                dv=neuron.cx_voltage_decay / UNITY,
            )
        )
    return CubaNetwork(tuple(layers))


def answer(
    weights: Weights, x: NDArray[np.floating[Any]], config: SlayerConfig, seed: int
) -> Answers:
    """Classify samples with SLAYER's own forward pass.

    Parameters
    ----------
    weights : list of ndarray, shape (post, pre) each
        In SLAYER's unit.
    x : ndarray, shape (samples, inputs)
        0 .. 1.
    config : SlayerConfig
    seed : int
        Seed of the input spikes, which are those of :func:`loihi_sleep.networks.readout.classify`.

    Returns
    -------
    Answers
    """
    *hidden, last = _blocks(weights, config)
    spikes, potential = [], []
    with torch.no_grad(), one_thread():
        for shown in shown_spikes(config.gain * x, config.steps, seed):
            activity = torch.from_numpy(shown)
            for block in hidden:
                activity = block(activity)
            _, voltage = last.neuron.dynamics(last.synapse(activity))
            fired = last.neuron.spike(voltage)
            spikes.append(fired.sum(dim=-1).long().numpy())
            # What has spiked starts again from 0.
            potential.append((voltage[..., -1] * (1 - fired[..., -1])).double().numpy())
    counts = np.concatenate(spikes)
    return Answers(counts, votes(counts.astype(float), np.concatenate(potential)))


def shown_spikes(
    rates: NDArray[np.floating[Any]], steps: int, seed: int
) -> Iterator[NDArray[np.float32]]:
    """Draw the spikes of samples that are shown one after another, as `ImageDrive` does.

    Parameters
    ----------
    rates : ndarray, shape (samples, inputs)
        Spike probability a step, 0 .. 1.
    steps : int
        For which each is shown.
    seed : int

    Yields
    ------
    ndarray of float32, shape (some of the samples, inputs, steps)
        0 or 1.
    """
    from loihi_sleep.processes.kernels.drive import image_spikes

    flat = np.ascontiguousarray(rates, dtype=float).ravel()
    samples, inputs = rates.shape
    for first in range(0, samples, READOUT_BATCH):
        batch = range(first, min(first + READOUT_BATCH, samples))
        spikes = np.empty((len(batch), inputs, steps), dtype=np.float32)
        for place, sample in enumerate(batch):
            for step in range(steps):
                now = sample * steps + step + 1  # time steps count from 1
                spikes[place, :, step] = image_spikes(flat, inputs, now, steps, seed)
        yield spikes


def _slayer() -> Any:
    """Import SLAYER, whose first import prints which tools and GPU it does not find."""
    with _importing:
        if _SLAYER not in sys.modules:
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
                importlib.import_module(_SLAYER)
    return sys.modules[_SLAYER]


def _blocks(weights: Weights, config: SlayerConfig) -> Any:
    """Build SLAYER's network: LIF layers without delay, each from rest with every batch."""
    slayer = _slayer()
    neurons = {
        "threshold": config.threshold,
        "current_decay": 1.0,
        "voltage_decay": config.leak,
        "tau_grad": config.width,
    }
    blocks = torch.nn.Sequential(
        *(
            slayer.block.cuba.Dense(neurons, pre, post, delay_shift=False)
            for pre, post in pairwise((weights[0].shape[1], *map(len, weights)))
        )
    )
    with torch.no_grad():
        # Not those that SLAYER drew, from torch's generator that all threads share.
        for block, matrix in zip(blocks, weights, strict=True):
            weight = block.synapse.weight
            weight.copy_(torch.from_numpy(matrix).reshape(weight.shape))
    return blocks


def _of(blocks: Any) -> Weights:
    return [
        block.synapse.weight.detach().reshape(block.synapse.weight.shape[:2]).double().numpy()
        for block in blocks
    ]
