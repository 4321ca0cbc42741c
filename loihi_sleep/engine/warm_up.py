"""Compiles the engine ahead of its first use: ``python -m loihi_sleep.engine.warm_up``."""

from __future__ import annotations

import numpy as np


def compile_ahead() -> None:
    """Run a network of one plastic synapse for a step, in both numerics."""
    from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
    from lava.magma.core.run_conditions import RunSteps
    from lava.proc.dense.process import LearningDense

    from loihi_sleep import engine

    for numerics in ("fixed", "float"):
        rule = Loihi2FLearningRule(dw="x1*x0", x1_impulse=1, x1_tau=1, rng_seed=0)
        synapse = LearningDense(weights=np.zeros((1, 1)), learning_rule=rule)
        engine.attach(synapse, numerics)
        synapse.run(condition=RunSteps(1))
        synapse.weights.get()


if __name__ == "__main__":
    compile_ahead()
