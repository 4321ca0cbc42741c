"""The benchmark networks as graphs of Lava's Processes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
from lava.magma.core.process.variable import Var
from lava.proc.conv.process import Conv
from lava.proc.dense.process import Dense, LearningDense
from lava.proc.io.source import RingBuffer
from lava.proc.lif.process import LIF
from lava.proc.sdn.process import Delta, Sigma, SigmaDelta

from benchmarks import workload
from benchmarks.adaptive.process import Adaptive
from benchmarks.workload import (
    ConvolutionalNetwork,
    MixedNetwork,
    RecurrentNetwork,
    Row,
    SigmaDeltaNetwork,
)

_STATES = {
    LIF: ("u", "v"),
    SigmaDelta: ("sigma", "act", "residue"),
    Sigma: ("sigma",),
    Adaptive: ("v", "rise"),
}


@dataclass(frozen=True)
class Graph:
    """Connected Processes.

    Parameters
    ----------
    source : RingBuffer or Delta
        Sends the input.
    layers : list of LIF, SigmaDelta, Sigma or Adaptive
        Neurons, layer by layer.
    synapses : list of Dense, LearningDense or Conv
        Before each of these layers, then those within one.
    """

    source: Any
    layers: list[Any]
    synapses: list[Any]

    @property
    def states(self) -> dict[str, Var]:
        """Vars of all neurons by which two runs are compared; a potential is 0 after a spike."""
        return {
            f"{name} of layer {number}": getattr(layer, name)
            for number, layer in enumerate(self.layers, 1)
            for name in _STATES[type(layer)]
        }


def build(row: Row) -> Graph:
    """Build the network of a row."""
    if isinstance(row.network, ConvolutionalNetwork):
        return _convolutional(row.network)
    if isinstance(row.network, SigmaDeltaNetwork):
        return _sigma_delta(row.network)
    source = RingBuffer(data=row.network.raster())
    graph = Graph(source, [], [])
    spikes = source.s_out
    layers = zip(row.network.weights(), row.network.thresholds, strict=True)
    for number, (weights, threshold) in enumerate(layers):
        if isinstance(row.network, MixedNetwork) and number == 1:
            neurons = Adaptive(shape=(weights.shape[0],), vth=threshold)
        else:
            neurons = LIF(shape=(weights.shape[0],), vth=threshold, du=4095, dv=workload.DV)
        if row.t_epoch:
            synapses = LearningDense(weights=weights, learning_rule=pair_stdp(row.t_epoch))
            neurons.s_out.connect(synapses.s_in_bap)
        else:
            synapses = Dense(weights=weights)
        spikes = _add_layer(graph, spikes, synapses, neurons)
    if isinstance(row.network, RecurrentNetwork):
        within, hidden = Dense(weights=row.network.recurrent()), graph.layers[0]
        hidden.s_out.connect(within.s_in)
        within.a_out.connect(hidden.a_in)
        graph.synapses.append(within)
    return graph


def _add_layer(graph: Graph, spikes: Any, synapses: Any, neurons: Any) -> Any:
    """Connect synapses and neurons behind what spikes; return what the neurons send."""
    spikes.reshape(synapses.s_in.shape).connect(synapses.s_in)
    synapses.a_out.connect(neurons.a_in)
    graph.layers.append(neurons)
    graph.synapses.append(synapses)
    return neurons.s_out


def _convolutional(network: ConvolutionalNetwork) -> Graph:
    source = RingBuffer(data=network.raster())
    graph = Graph(source, [], [])
    spikes = source.s_out
    strides = [layer.stride for layer in network.convolutions]
    for weights, stride, threshold in zip_longest(network.weights(), strides, network.thresholds):
        synapses = (
            Dense(weights=weights)
            if stride is None
            else Conv(weight=weights, input_shape=spikes.shape, stride=stride)
        )
        neurons = LIF(shape=synapses.a_out.shape, vth=threshold, du=4095, dv=workload.DV)
        spikes = _add_layer(graph, spikes, synapses, neurons)
    return graph


def _sigma_delta(network: SigmaDeltaNetwork) -> Graph:
    exponents = {"spike_exp": workload.SPIKE_EXP, "state_exp": workload.STATE_EXP}
    data = network.raster()
    threshold, *thresholds = network.thresholds
    encoder = Delta(shape=(data.shape[0],), vth=threshold, **exponents)
    RingBuffer(data=data).s_out.connect(encoder.a_in)
    graph = Graph(encoder, [], [])
    changes = encoder.s_out
    for weights, hidden in zip_longest(network.weights(), thresholds):
        synapses = Dense(weights=weights, num_message_bits=24)
        shape = (weights.shape[0],)
        neurons = (
            Sigma(shape=shape)
            if hidden is None
            else SigmaDelta(shape=shape, vth=hidden, **exponents)
        )
        changes = _add_layer(graph, changes, synapses, neurons)
    return graph


def pair_stdp(t_epoch: int) -> Loihi2FLearningRule:
    """Potentiation and depression of the same amount."""
    step = f"2^{workload.STEP_EXPONENT}"
    return Loihi2FLearningRule(
        dw=f"{step}*x1*y0 - {step}*x0*y1",
        x1_impulse=workload.IMPULSE,
        x1_tau=workload.TAU,
        y1_impulse=workload.IMPULSE,
        y1_tau=workload.TAU,
        t_epoch=t_epoch,
        rng_seed=workload.SEED,  # Lava draws one anew for each rule that is not given any
    )
