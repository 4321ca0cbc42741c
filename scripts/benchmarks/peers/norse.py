"""Norse: LIF steps without synaptic current (`lif_box`) and, where plastic, its linear STDP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise

import numpy as np
import torch
from norse.torch.functional.lif_box import (
    LIFBoxFeedForwardState,
    LIFBoxParameters,
    lif_box_feed_forward_step,
)
from norse.torch.functional.stdp import STDPParameters, STDPState, stdp_step_linear
from torch._dynamo.exc import TorchDynamoException

from benchmarks import workload
from benchmarks.peers.timing import (
    LEARNING_RATE,
    TRACE_LEAK,
    WARM_UP,
    Timed,
    fastest,
    input_spikes,
    mean_change,
    serve,
    time_by_steps,
)
from benchmarks.workload import Row

DT = 0.001
# As it is, and by torch.compile.
MODES = ("eager", "compiled")
# Norse's potential is the share DV / DV_UNITY of Lava's: its input is scaled by the leak.
LEAK = workload.DV / workload.DV_UNITY


class Simulation:
    """A network, its state, and the time that has passed in it."""

    def __init__(self, row: Row, mode: str) -> None:
        self.row = row
        self.done = 0
        sizes = row.network.sizes
        self.weights = [
            torch.from_numpy(weights.astype(np.float32)) for weights in row.network.weights()
        ]
        self.neurons = [
            LIFBoxParameters(
                tau_mem_inv=torch.tensor(LEAK / DT), v_th=torch.tensor(LEAK * threshold)
            )
            for threshold in row.network.thresholds
        ]
        self.potentials = [torch.zeros(1, size) for size in sizes[1:]]
        self.traces = [
            STDPState(torch.zeros(1, pre), torch.zeros(1, post)) for pre, post in pairwise(sizes)
        ]
        tau_inv = torch.tensor(TRACE_LEAK / DT)
        jump = torch.tensor(workload.IMPULSE / TRACE_LEAK)
        self.rule = STDPParameters(
            a_pre=jump,
            a_post=jump,
            tau_pre_inv=tau_inv,
            tau_post_inv=tau_inv,
            w_min=-float(workload.WEIGHT_LIMIT),
            w_max=float(workload.WEIGHT_LIMIT),
            eta_plus=LEARNING_RATE,
            eta_minus=LEARNING_RATE,
        )
        wrap = torch.compile if mode == "compiled" else lambda function: function
        self._neurons = wrap(_neurons)
        self._learn = wrap(_learn)

    def step(self, spikes: torch.Tensor) -> list[torch.Tensor]:
        """Run a time step; return the spikes of all layers."""
        layers = [spikes]
        for k, weights in enumerate(self.weights):
            after, self.potentials[k] = self._neurons(
                layers[-1], weights, self.potentials[k], self.neurons[k]
            )
            layers.append(after)
        if self.row.t_epoch:
            for k, (pre, post) in enumerate(pairwise(layers)):
                state = self.traces[k]
                self.weights[k], state.t_pre, state.t_post = self._learn(
                    pre, post, self.weights[k], state.t_pre, state.t_post, self.rule
                )
        return layers

    def advance(self, steps: int) -> None:
        for spikes in torch.from_numpy(input_spikes(self.row, self.done, steps)):
            self.step(spikes[None])
        self.done += steps

    def rates(self, steps: int) -> list[float]:
        """Run and count."""
        counts = np.zeros(len(self.weights))
        for spikes in torch.from_numpy(input_spikes(self.row, self.done, steps)):
            counts += [float(layer.mean()) for layer in self.step(spikes[None])[1:]]
        return [float(rate) for rate in counts / steps]


def _neurons(
    spikes: torch.Tensor, weights: torch.Tensor, v: torch.Tensor, parameters: LIFBoxParameters
) -> tuple[torch.Tensor, torch.Tensor]:
    current = torch.nn.functional.linear(spikes, weights)
    after, state = lif_box_feed_forward_step(
        current, LIFBoxFeedForwardState(v=v), parameters, dt=DT
    )
    return after, state.v


def _learn(
    pre: torch.Tensor,
    post: torch.Tensor,
    weights: torch.Tensor,
    t_pre: torch.Tensor,
    t_post: torch.Tensor,
    rule: STDPParameters,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    weights, state = stdp_step_linear(pre, post, weights, STDPState(t_pre, t_post), rule, dt=DT)
    return weights, state.t_pre, state.t_post


def measure(row: Row, mode: str, repeats: int) -> Timed:
    """Time one row."""
    with torch.no_grad():
        timed = fastest(_times(row, repeats))
        counted = Simulation(row, "eager")
        counted.advance(WARM_UP)
        timed.rates = counted.rates(timed.steps)
    return timed


def _times(row: Row, repeats: int) -> Iterator[Timed]:
    for mode in MODES:
        # Older torch cannot compile Norse's parameters, and none compiles without a C++ compiler.
        with suppress(TorchDynamoException):
            yield _time(row, mode, repeats)


def _time(row: Row, mode: str, repeats: int) -> Timed:
    simulation = Simulation(row, mode)
    timed = time_by_steps(row, simulation.advance, torch.set_num_threads, repeats, f"{mode}, ")
    timed.weight_change = mean_change(row, [w.numpy() for w in simulation.weights])
    return timed


if __name__ == "__main__":
    serve("norse", measure)
