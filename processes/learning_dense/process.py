"""Lava's `LearningDense`, which this folder gives ProcessModels of its own.

The Process is Lava's: weights w (post, pre), spikes in, activation out one step later, and a Loihi
learning rule. Once per learning epoch, for each synaptic variable with a rule,

    w  <-  clip( round( w + sum of products ) )

Lava's ``fixed_pt`` model rounds a whole layer with one shared random number (and with one fixed
seed), so synapses that a rule moves by equal fractions of a unit all step together or not at all.
The models here draw one number a synapse from the rule's ``rng_seed``: each weight then follows
its expectation by itself. They keep to what a synapse can store: 8 bits, of which the sign takes
one in mixed mode, so that mixed weights are even numbers in -256 .. 254. ``floating_pt`` does not
round and clips to the same range, which Lava's floating-point model does not.

They are chosen by the tag ``per_synapse`` (:func:`loihi_sleep.run.select.select`), in any network
of stock LearningDense Processes. Refused: graded pre-synaptic spikes on plastic synapses.
"""

from lava.proc.dense.process import LearningDense

__all__ = ["LearningDense"]
