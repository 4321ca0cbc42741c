"""SpikingJelly: LIF nodes and, where plastic, its STDPLearner.

Its makers recommend the step mode `multi`, which takes each layer through all time steps at once,
for speed. A plastic network cannot use it: within the call weights stay as they are.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from spikingjelly.activation_based import layer, neuron
from spikingjelly.activation_based.learning import STDPLearner

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


class Simulation:
    """A network and the time that has passed in it."""

    def __init__(self, row: Row, mode: str) -> None:
        self.row = row
        self.done = 0
        self.many = mode == "multi"
        step_mode = "m" if self.many else "s"
        self.synapses = []
        self.neurons = []
        for (pre, post), weights, threshold in zip(
            pairwise(row.network.sizes), row.network.weights(), row.network.thresholds, strict=True
        ):
            synapses = layer.Linear(pre, post, bias=False, step_mode=step_mode)
            synapses.weight.copy_(torch.from_numpy(weights.astype(np.float32)))
            self.synapses.append(synapses)
            self.neurons.append(
                neuron.LIFNode(
                    tau=workload.DV_UNITY / workload.DV,
                    decay_input=False,
                    v_threshold=float(threshold),
                    v_reset=0.0,
                    step_mode=step_mode,
                )
            )
        self.network = torch.nn.Sequential(
            *(part for pair in zip(self.synapses, self.neurons, strict=True) for part in pair)
        )
        self.network.eval()
        self.learners = []
        if row.t_epoch:
            # Traces jump by 1 here.
            change = LEARNING_RATE * workload.IMPULSE
            self.learners = [
                (
                    STDPLearner(
                        step_mode="s",
                        synapse=synapses,
                        sn=neurons,
                        tau_pre=1 / TRACE_LEAK,
                        tau_post=1 / TRACE_LEAK,
                        f_pre=lambda w: change,
                        f_post=lambda w: change,
                    ),
                    synapses,
                )
                for synapses, neurons in zip(self.synapses, self.neurons, strict=True)
            ]

    def advance(self, steps: int) -> None:
        spikes = torch.from_numpy(input_spikes(self.row, self.done, steps))
        self.done += steps
        if self.many:
            self.network(spikes[:, None])
            return
        for step in spikes:
            self.network(step[None])
            for learner, synapses in self.learners:
                synapses.weight += learner.step(on_grad=False)
                synapses.weight.clamp_(-workload.WEIGHT_LIMIT, workload.WEIGHT_LIMIT)

    def rates(self, steps: int) -> list[float]:
        """Run and count."""
        means: list[list[float]] = [[] for _ in self.neurons]
        for k, neurons in enumerate(self.neurons):
            neurons.register_forward_hook(
                lambda module, inputs, spikes, k=k: means[k].append(float(spikes.mean()))
            )
        self.advance(steps)
        return [float(np.mean(layer_means)) for layer_means in means]


def measure(row: Row, mode: str, repeats: int) -> Timed:
    """Time one row."""
    with torch.no_grad():
        timed = fastest(
            _time(row, mode, repeats) for mode in (("step",) if row.t_epoch else ("step", "multi"))
        )
        counted = Simulation(row, "step")
        counted.advance(WARM_UP)
        timed.rates = counted.rates(timed.steps)
    return timed


def _time(row: Row, mode: str, repeats: int) -> Timed:
    simulation = Simulation(row, mode)
    timed = time_by_steps(row, simulation.advance, torch.set_num_threads, repeats, f"{mode}, ")
    timed.weight_change = mean_change(row, [s.weight.numpy() for s in simulation.synapses])
    return timed


if __name__ == "__main__":
    serve("spikingjelly", measure)
