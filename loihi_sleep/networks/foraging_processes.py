"""The wired foraging network, and what its synapses hold between runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from lava.proc.dense.process import Dense, LearningDense
    from lava.proc.lif.process import LIF, LearningLIF, LIFReset
    from lava.proc.sparse.process import Sparse

    from loihi_sleep.processes.forager.process import Forager
    from loihi_sleep.processes.map_neuron.process import MapNeuron
    from loihi_sleep.processes.receptive_synapses.process import ReceptiveSynapses
    from loihi_sleep.processes.rewarded_synapses.process import RewardedSynapses
    from loihi_sleep.processes.sleep.process import Sleep
    from loihi_sleep.processes.spike_probe.process import SpikeProbe

Features: TypeAlias = tuple[NDArray[np.int64], NDArray[np.float64]]
"""Inputs of the hidden neurons and their weights, shape (hidden, fan_in) each."""


@dataclass(frozen=True)
class OutputSynapses:
    """State of the output synapses between runs.

    Parameters
    ----------
    weights : ndarray, shape (8, hidden)
    initial_sum : ndarray, shape (hidden,)
        Sum of each hidden neuron's weights when the synapses were made.
    input_sum, rate : ndarray, shape (8,)
        Target sum of each output's weights; its smoothed spikes a cycle.
    """

    weights: NDArray[np.float64]
    initial_sum: NDArray[np.float64]
    input_sum: NDArray[np.float64]
    rate: NDArray[np.float64]


@dataclass(frozen=True)
class ForagingProcesses:
    """The wired network.

    Parameters
    ----------
    world : Forager
    receptive : ReceptiveSynapses, Sparse or LearningDense
        To the hidden neurons.
    hidden, outputs : MapNeuron, LIFReset, LIF or LearningLIF
    rewarded : RewardedSynapses, Dense or LearningDense
        From the hidden neurons to the outputs.
    sleep : Sleep
        Replays at the hidden neurons.
    hidden_probe : SpikeProbe
        Counts their spikes.
    sources : ndarray of int64, shape (hidden, fan_in)
        Which inputs each hidden neuron has.
    """

    world: Forager
    receptive: ReceptiveSynapses | Sparse | LearningDense
    hidden: MapNeuron | LIFReset | LIF
    rewarded: RewardedSynapses | Dense | LearningDense
    outputs: MapNeuron | LIFReset | LIF | LearningLIF
    sleep: Sleep
    hidden_probe: SpikeProbe
    sources: NDArray[np.int64]
