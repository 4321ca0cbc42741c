"""A network of your own Processes: plastic synapses to neurons that inhibit each other."""

import numpy as np
from lava.proc.dense.process import Dense, LearningDense
from lava.proc.lif.process import LIF

from loihi_sleep import rules


class Competition:
    """What sleeps: its sizes, whether its input takes currents, whether it learns, `build`."""

    graded = False
    learns = True

    def __init__(self, weights, inhibition=100):
        self.weights = np.asarray(weights)
        self.inhibition = inhibition
        neurons, inputs = self.weights.shape
        self.sizes = (inputs, neurons)

    def build(self, numerics, seed, *, for_chip=False):
        """Wire the network anew."""
        return CompetitionProcesses(self, numerics, seed)


class CompetitionProcesses:
    """What a night uses: `connect_input`, `spikes` to count, `weights` to read at the end."""

    def __init__(self, network, numerics, seed):
        neurons = len(network.weights)
        rule = rules.sleep_hebb(2.0, 2.0).loihi(numerics, seed)
        # Currents last one step: Lava adds 1 to du in fixed numerics.
        du = 4095 if numerics == "fixed" else 1.0
        self.synapses = LearningDense(weights=network.weights, learning_rule=rule)
        inhibition = Dense(weights=-network.inhibition * (1 - np.eye(neurons, dtype=int)))
        lif = LIF(shape=(neurons,), vth=150, du=du, dv=0)
        self.synapses.a_out.connect(lif.a_in)
        inhibition.a_out.connect(lif.a_in)
        lif.s_out.connect(inhibition.s_in)
        lif.s_out.connect(self.synapses.s_in_bap)
        self.spikes = [lif.s_out]
        self.weights = [self.synapses.weights]

    def connect_input(self, source):
        """Connect the drive."""
        source.connect(self.synapses.s_in)
