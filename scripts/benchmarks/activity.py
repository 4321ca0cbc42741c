"""What a network does in a step: how many neurons spike, and how many weights that touches."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from lava.magma.core.run_conditions import RunSteps
from numpy.typing import NDArray

from benchmarks import networks
from benchmarks.workload import Row
from loihi_sleep import engine
from processes.kernels.raster import unpack_raster

WEIGHT_BYTES = 2  # the engine keeps weights of 8 bits and their sign as int16


@dataclass(frozen=True)
class Traffic:
    """Bytes of weights that a step has to touch at least, on average.

    Parameters
    ----------
    read : float
        Only read: rows of neurons that spike, where nothing is learned from it.
    updated : float
        Read and written: synapses of all neurons that spiked within a learning epoch, a row for a
        pre-synaptic neuron and a column for a post-synaptic one.
    """

    read: float
    updated: float


@dataclass(frozen=True)
class Activity:
    """Spikes of a run.

    Parameters
    ----------
    row : Row
    spikes : list of ndarray of bool, shape (steps, neurons)
        Of each layer, the input first.
    """

    row: Row
    spikes: list[NDArray[np.bool_]]

    def rates(self, first: int, last: int) -> list[float]:
        """Share of the neurons of each layer that spike in a step, within a range of steps."""
        return [float(layer[first:last].mean()) for layer in self.spikes]

    def traffic(self, first: int, last: int) -> Traffic:
        """Weights touched within a range of steps."""
        return sum_of(
            [
                _layer_traffic(pre[first:last], post[first:last], self.row.t_epoch)
                for pre, post in pairwise(self.spikes)
            ]
        )


def sum_of(parts: list[Traffic]) -> Traffic:
    """Add up the traffic of layers."""
    return Traffic(sum(part.read for part in parts), sum(part.updated for part in parts))


def _layer_traffic(pre: NDArray[np.bool_], post: NDArray[np.bool_], t_epoch: int) -> Traffic:
    """Traffic of one layer of synapses.

    A row is read at each spike. In plastic layers the synapses that an epoch changes are read and
    written once; a row that is read anyway, at one of the spikes in the epoch, counts as this.
    """
    rows_read = float(pre.sum(axis=1).mean()) * post.shape[1]
    if not t_epoch:
        return Traffic(rows_read * WEIGHT_BYTES, 0.0)
    rows, columns = _spiked_an_epoch(pre, t_epoch), _spiked_an_epoch(post, t_epoch)
    touched = rows * post.shape[1] + columns * pre.shape[1] - rows * columns
    updated = float(touched.mean()) / t_epoch
    again = rows_read - float(rows.mean()) / t_epoch * post.shape[1]
    return Traffic(again * WEIGHT_BYTES, updated * WEIGHT_BYTES)


def _spiked_an_epoch(spikes: NDArray[np.bool_], t_epoch: int) -> NDArray[np.int64]:
    """Count the neurons that spike in each epoch."""
    epochs = len(spikes) // t_epoch
    by_epoch = spikes[: epochs * t_epoch].reshape(epochs, t_epoch, -1)
    return by_epoch.any(axis=1).sum(axis=1)


def record(row: Row, steps: int) -> Activity:
    """Run the network with probes, which the timed one does not have."""
    graph = networks.build(row, probed_steps=steps)
    engine.attach(graph.source, "fixed", "per_layer")
    graph.source.run(condition=RunSteps(num_steps=steps))
    raster = row.network.raster().T.astype(bool)
    spikes = [np.resize(raster, (steps, raster.shape[1]))]
    for probe in graph.probes:
        packed = np.asarray(probe.raster.get()).astype(np.int64)
        spikes.append(unpack_raster(packed, probe.s_in.shape[0]))
    graph.source.stop()
    return Activity(row, spikes)
