"""What a network does in a step: how many neurons spike, and how many weights that touches."""

from __future__ import annotations

from dataclasses import dataclass

from lava.magma.core.run_conditions import RunSteps

from benchmarks import networks
from benchmarks.workload import Row
from loihi_sleep import engine
from loihi_sleep.cost.activity import ProcessActivity

WEIGHT_BYTES = 2  # the engine keeps weights of 8 bits and their sign as int16


@dataclass(frozen=True)
class Traffic:
    """Bytes of weights that a step has to touch at least, on average.

    Parameters
    ----------
    read : float
        Only read: rows of neurons that spike, where nothing is learned from it. A row that is read
        at one of the spikes in a learning epoch and changed at its end counts as updated.
    updated : float
        Read and written: synapses of all neurons that spiked within a learning epoch, a row for a
        pre-synaptic neuron and a column for a post-synaptic one.
    """

    read: float
    updated: float


@dataclass(frozen=True)
class StepMean:
    """An average step.

    Parameters
    ----------
    rates : list of float
        Share of the neurons of each layer that spike, the input first.
    traffic : Traffic
        Of all layers.
    """

    rates: list[float]
    traffic: Traffic


def measure(row: Row, first: int, last: int) -> StepMean:
    """Run the network, apart from what is timed, and count from step `first` + 1 to `last`."""
    graph = networks.build(row)
    engine.attach(graph.source, "fixed", "per_layer")
    graph.source.run(condition=RunSteps(num_steps=first))
    counter = engine.count(graph.source)
    graph.source.run(condition=RunSteps(num_steps=last - first))
    graph.source.stop()
    counted = counter.activity()
    rates = [
        counted.of(sender.name).spikes / (neurons * counted.steps)
        for sender, neurons in zip([graph.source, *graph.layers], row.network.sizes, strict=True)
    ]
    layers = [
        _traffic(counted.of(synapses.name), synapses.a_out.size) for synapses in graph.synapses
    ]
    read, updated = (sum(parts) / counted.steps for parts in zip(*layers, strict=True))
    return StepMean(rates, Traffic(read, updated))


def _traffic(counted: ProcessActivity, post: int) -> tuple[float, float]:
    """Bytes that a layer reads, and that it updates."""
    if counted.kind == "Conv":
        # Of a kernel a spike reads what reaches an output.
        return counted.operations * WEIGHT_BYTES, 0.0
    rows_read = counted.arrivals - counted.active_rows
    return rows_read * post * WEIGHT_BYTES, (counted.updates or 0) * WEIGHT_BYTES
