"""Lava's `LearningSparse`, which this folder gives ProcessModels of its own.

The Process is Lava's: synapses that are there, by a sparse matrix of weights (post, pre), and a
Loihi learning rule. The models here do to each of them what those of
:mod:`loihi_sleep.processes.learning_dense` do to a synapse of a `LearningDense` at the same place,
to the last bit, with the same random numbers. A synapse that is not in the matrix stays away,
whatever its neurons do; one whose weight becomes 0 is still there and may grow again.

They also take rules with `w`, as of gated rules, on which Lava's models fail. They are chosen by
the tag ``per_synapse`` (:func:`loihi_sleep.run.select.select`).
"""

from lava.proc.sparse.process import LearningSparse

__all__ = ["LearningSparse"]
