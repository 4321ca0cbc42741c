"""Plastic sparse synapses learn as dense ones do where they are, and nothing grows elsewhere."""

import engines
import numpy as np
import pytest
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
from lava.proc.dense.process import LearningDense
from lava.proc.io.source import RingBuffer as Source
from lava.proc.sparse.process import LearningSparse
from scipy.sparse import csr_matrix

from loihi_sleep import rules
from loihi_sleep.run.session import Session

RNG = np.random.default_rng(3)
THERE = RNG.random((7, 9)) < 0.4
WEIGHTS = np.where(THERE, 2 * RNG.integers(1, 60, (7, 9)) * RNG.choice([-1, 1], (7, 9)), 0)
PRE, POST = RNG.random((9, 60)) < 0.3, RNG.random((7, 60)) < 0.3


def learned(kind, rule, engine, numerics="fixed", rounding="per_synapse"):
    """Weights after the given spikes, shape (post, pre)."""
    weights = WEIGHTS if numerics == "fixed" else WEIGHTS.astype(float)
    synapses = kind(
        weights=csr_matrix(weights) if kind is LearningSparse else weights, learning_rule=rule
    )
    for spikes, port in ((PRE, synapses.s_in), (POST, synapses.s_in_bap)):
        Source(data=spikes.astype(int)).s_out.connect(port)
    with Session(synapses, engines.named(engine, numerics, rounding)) as session:
        session.run(PRE.shape[1])
        return session.get(synapses.weights)


def sleep_hebb(numerics, *, gated=False):
    return rules.sleep_hebb(0.2, 0.73, gated=gated).loihi(numerics, seed=5)


@pytest.mark.parametrize("engine", engines.MODELS_TOO)
@pytest.mark.parametrize("gated", [False, True])
@pytest.mark.parametrize("numerics", ["fixed", "float"])
def test_they_learn_as_dense_synapses_where_they_are(engine, gated, numerics):
    # That dense synapses learn on the engine as by their model is shown elsewhere.
    sparse, dense = (
        learned(kind, sleep_hebb(numerics, gated=gated), by, numerics)
        for kind, by in ((LearningSparse, engine), (LearningDense, "models"))
    )
    if numerics == "fixed":
        assert (sparse == np.where(THERE, dense, 0)).all()
        assert (sparse % 2 == 0).all()
    else:
        assert np.allclose(sparse, np.where(THERE, dense, 0), rtol=1e-12, atol=0)
    assert (sparse != WEIGHTS)[THERE].any()
    # The rule would have made synapses elsewhere.
    assert dense[~THERE].any()


def test_a_pair_of_spikes_changes_a_synapse_whatever_the_traces():
    # x1 is 0, so that the traces alone would rule all pre-synaptic neurons out.
    rule = Loihi2FLearningRule(dw="2^1*y0*x0 + 2^-3*x1*y0", t_epoch=1, rng_seed=1)
    sparse, dense = (
        learned(kind, rule, engine)
        for kind, engine in ((LearningSparse, "compiled"), (LearningDense, "models"))
    )
    assert (sparse == np.where(THERE, dense, 0)).all()
    assert (sparse != WEIGHTS)[THERE].any()


def test_a_weight_that_became_zero_grows_again():
    # Down to 0 and up again: by 2 in each epoch, then by 2 in the other direction.
    synapses = LearningSparse(
        weights=csr_matrix(np.array([[4, 0]])),
        learning_rule=Loihi2FLearningRule(dw="2^2*y0 - 2^1*x0", t_epoch=1, rng_seed=0),
    )
    before = Source(data=np.array([[1, 1, 0], [1, 1, 0]]))
    after = Source(data=np.array([[0, 0, 1]]))
    before.s_out.connect(synapses.s_in)
    after.s_out.connect(synapses.s_in_bap)
    with Session(synapses, engines.models("fixed")) as session:
        seen = []
        for _ in range(3):
            session.run(1)
            seen.append(session.get(synapses.weights).tolist())
    assert seen == [[[2, 0]], [[0, 0]], [[4, 0]]]


def test_lavas_own_model_moves_all_synapses_in_lockstep():
    # Why there are models of ours: one random number a layer, and weights that no chip stores.
    rule = Loihi2FLearningRule(dw="2^-1*u0", t_epoch=1, rng_seed=1)
    changes = {}
    for rounding in ("per_layer", "per_synapse"):
        change = (learned(LearningSparse, rule, "models", rounding=rounding) - WEIGHTS)[THERE]
        changes[rounding] = change
    assert np.ptp(changes["per_layer"]) == 0
    assert np.ptp(changes["per_synapse"]) > 0
    assert abs(changes["per_synapse"].mean() - 30) < 3  # 60 steps of half a unit
