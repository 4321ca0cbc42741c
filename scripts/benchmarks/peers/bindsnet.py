"""BindsNET: `Network.run` with LIF nodes and, where plastic, the rule PostPre."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import torch
from bindsnet.learning import PostPre
from bindsnet.network import Network
from bindsnet.network.nodes import Input, LIFNodes
from bindsnet.network.topology import Connection

from benchmarks import workload
from benchmarks.peers.timing import (
    LEARNING_RATE,
    MEMBRANE_TAU,
    WARM_UP,
    Timed,
    input_spikes,
    mean_change,
    serve,
    time_by_steps,
)
from benchmarks.workload import Row


class Simulation:
    """A network and the time that has passed in it."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.done = 0
        self.network = Network(dt=1.0, learning=bool(row.t_epoch))
        traces: dict[str, Any] = {}
        if row.t_epoch:
            traces = {
                "traces": True,
                "traces_additive": True,
                "tc_trace": float(workload.TAU),
                "trace_scale": float(workload.IMPULSE),
            }
        self.layers = [Input(n=row.network.sizes[0], **traces)]
        self.layers += [
            LIFNodes(
                n=size, thresh=threshold, rest=0, reset=0, refrac=0, tc_decay=MEMBRANE_TAU, **traces
            )
            for size, threshold in zip(row.network.sizes[1:], row.network.thresholds, strict=True)
        ]
        for k, layer in enumerate(self.layers):
            self.network.add_layer(layer, name=str(k))
        self.synapses = []
        limits: dict[str, Any] = {}
        if row.t_epoch:
            limits = {
                "update_rule": PostPre,
                "nu": (LEARNING_RATE, LEARNING_RATE),
                "wmin": -float(workload.WEIGHT_LIMIT),
                "wmax": float(workload.WEIGHT_LIMIT),
            }
        for k, ((pre, post), weights) in enumerate(
            zip(pairwise(self.layers), row.network.weights(), strict=True)
        ):
            w = torch.from_numpy(weights.T.astype(np.float32).copy())
            self.synapses.append(Connection(pre, post, w=w, **limits))
            self.network.add_connection(self.synapses[-1], source=str(k), target=str(k + 1))

    def advance(self, steps: int) -> None:
        spikes = torch.from_numpy(input_spikes(self.row, self.done, steps))
        self.network.run(inputs={"0": spikes}, time=steps)
        self.done += steps

    def rates(self, steps: int) -> list[float]:
        """Run step by step and count."""
        counts = np.zeros(len(self.layers) - 1)
        for _ in range(steps):
            self.advance(1)
            counts += [float(layer.s.float().mean()) for layer in self.layers[1:]]
        return [float(rate) for rate in counts / steps]


def measure(row: Row, mode: str, repeats: int) -> Timed:
    """Time one row."""
    with torch.no_grad():
        simulation = Simulation(row)
        timed = time_by_steps(row, simulation.advance, torch.set_num_threads, repeats)
        weights = [layer.w.numpy().T for layer in simulation.synapses]
        timed.weight_change = mean_change(row, weights)
        counted = Simulation(row)
        counted.advance(WARM_UP)
        timed.rates = counted.rates(timed.steps)
    return timed


if __name__ == "__main__":
    serve("bindsnet", measure)
