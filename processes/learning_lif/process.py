"""Lava's `LearningLIF`, which this folder gives a ProcessModel that uses its ports.

The Process is Lava's: leaky integrate-and-fire neurons with ports for a third factor, for spikes
back to plastic synapses and for the traces y1, y2 and y3. Lava's own models neither read nor write
them. With a learning rule of three factors (``Loihi3FLearningRule``), whose post-synaptic traces
are left to the neuron, the model here does, in ``fixed``::

    y1  <-  min(127, floor(y1 (4096 - y1_decay) / 4096) + y1_impulse s)
    y2  =   the third factor of this step where it is above 0, at most 127
    y3  =   what it is below 0, at most 127

with the neuron's spike s: y1 says what the neuron did, y2 and y3 carry a reward and a punishment,
as in the neuron of Lava's tutorial on reward-modulated STDP (which is not part of its package, and
has no y3). Give ``LearningLIF`` the arguments ``y1_impulse`` (0 .. 127) and ``y1_decay``
(0 .. 4095, 4096ths a step); without them y1 stays 0.

With other rules Lava's models run.
"""

from lava.proc.lif.process import LearningLIF

__all__ = ["LearningLIF"]
