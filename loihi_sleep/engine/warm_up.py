"""Compiles the engine ahead of its first use.

``python -m loihi_sleep.engine.warm_up [NUMERICS ...]``; without a name what `loihi-sleep demo` runs
on.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np

OF_THE_DEMO = ("fixed",)


def compile_ahead(numerics: Sequence[str] = OF_THE_DEMO) -> None:
    """Run a network of one plastic synapse for a step.

    Parameters
    ----------
    numerics : sequence of str
        ``fixed``, ``float`` or both: each has code of its own.
    """
    from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
    from lava.magma.core.run_conditions import RunSteps
    from lava.proc.dense.process import LearningDense

    from loihi_sleep import engine

    for name in numerics:
        rule = Loihi2FLearningRule(dw="x1*x0", x1_impulse=1, x1_tau=1, rng_seed=0)
        synapse = LearningDense(weights=np.zeros((1, 1)), learning_rule=rule)
        engine.attach(synapse, name)
        synapse.run(condition=RunSteps(1))
        synapse.weights.get()


if __name__ == "__main__":
    compile_ahead(sys.argv[1:] or OF_THE_DEMO)
