"""Plastic synapses with rounding per synapse, beside Lava's own models."""

import engines
import numpy as np
import pytest
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
from lava.proc.dense.process import LearningDense
from lava.proc.io.source import RingBuffer as Source
from lava.utils.weightutils import SignMode

from loihi_sleep.errors import RunFailed
from loihi_sleep.run.session import Session


def learned(
    weights, pre, post, numerics="fixed", rounding="per_synapse", seed=1, variable="weights", **rule
):
    """A synaptic variable after the given spikes, shape (post, pre)."""
    sign_mode = rule.pop("sign_mode", SignMode.MIXED)
    settings = {"x1_impulse": 64, "x1_tau": 2, "y1_impulse": 64, "y1_tau": 3, "t_epoch": 1}
    dense = LearningDense(
        weights=np.asarray(weights),
        learning_rule=Loihi2FLearningRule(**{**settings, **rule}, rng_seed=seed),
        sign_mode=sign_mode,
    )
    before, after = Source(data=np.asarray(pre, int)), Source(data=np.asarray(post, int))
    before.s_out.connect(dense.s_in)
    after.s_out.connect(dense.s_in_bap)
    with Session(dense, engines.models(numerics, rounding)) as session:
        session.run(np.shape(pre)[1])
        return session.get(getattr(dense, variable))


def spikes(neurons, steps, rate, seed):
    return np.random.default_rng(seed).random((neurons, steps)) < rate


# No product leaves a fraction here (multiples of two weight units), so rounding changes nothing and
# both models must agree to the bit.
@pytest.mark.parametrize(
    "rule",
    [
        {"dw": "2^1*y0 - 2^2*x0"},
        {"dw": "2^2*x0*y0 - 2^1*u0"},
        {"dw": "2^1*u2"},
        {"dw": "2^2*y0 + 2^1*y0*sgn(w)*2^4", "dt": "2^1*x0 - 2^0*y0"},
        {"dw": "2^3*y0 - 2^2*x0", "t_epoch": 3},
        {"dw": "2^1*x0", "dd": "2^0*y0"},
    ],
)
def test_agrees_with_lavas_model_where_nothing_is_rounded(rule):
    rng = np.random.default_rng(0)
    weights = 2 * rng.integers(-120, 120, (7, 5))
    pre, post = spikes(5, 60, 0.2, 1), spikes(7, 60, 0.2, 2)
    variables = [
        "weights",
        *(["tag_1"] if "dt" in rule else []),
        *(["tag_2"] if "dd" in rule else []),
    ]
    for variable in variables:
        ours, lavas = (
            learned(weights, pre, post, rounding=rounding, variable=variable, **rule)
            for rounding in ("per_synapse", "per_layer")
        )
        if variable == "weights":
            lavas = np.clip(lavas, -256, 254)
        assert (ours == lavas).all()
    assert (ours != weights).any()


@pytest.mark.parametrize(
    "rule",
    [
        {"dw": "2^-3*x1*y0 - 2^-4*x0*y1"},
        {"dw": "2^-3*x1*y0 - 2^-2*y0*sgn(w) + 2^-2*u1", "t_epoch": 2},
    ],
)
def test_float_agrees_with_lavas_model_within_the_range(rule):
    weights = np.random.default_rng(0).integers(-100, 100, (7, 5)).astype(float)
    pre, post = spikes(5, 40, 0.2, 1), spikes(7, 40, 0.2, 2)
    ours, lavas = (
        learned(weights, pre, post, "float", rounding, **rule)
        for rounding in ("per_synapse", "per_layer")
    )
    assert np.allclose(ours, lavas, rtol=1e-12, atol=0)


def test_each_synapse_is_rounded_by_itself_without_bias():
    pre, post = np.ones((400, 16)), np.zeros((1, 16))
    ours = learned(np.zeros((1, 400), int), pre, post, dw="2^-1*x0")
    assert abs(ours.mean() - 8) < 0.6  # 16 steps of half a unit; s.d. of the mean 0.17
    assert ours.std() > 2
    lavas = learned(np.zeros((1, 400), int), pre, post, rounding="per_layer", dw="2^-1*x0")
    assert np.ptp(lavas) == 0  # one random number a layer: all synapses in lockstep


def test_the_seed_decides():
    pre, post = np.ones((50, 8)), np.zeros((1, 8))
    first, again, other = (
        learned(np.zeros((1, 50), int), pre, post, seed=seed, dw="2^-1*x0") for seed in (1, 1, 2)
    )
    assert (first == again).all()
    assert (first != other).any()


@pytest.mark.parametrize(
    ("sign_mode", "lowest", "highest"),
    [(SignMode.MIXED, -256, 254), (SignMode.EXCITATORY, 0, 255), (SignMode.INHIBITORY, -255, 0)],
)
@pytest.mark.parametrize("numerics", ["fixed", "float"])
def test_weights_stay_in_the_range_of_a_synapse(numerics, sign_mode, lowest, highest):
    up = learned(
        [[0, 0]], [[1] * 6, [0] * 6], [[0] * 6], numerics, dw="2^6*x0", sign_mode=sign_mode
    )
    down = learned(
        [[0, 0]], [[1] * 6, [0] * 6], [[0] * 6], numerics, dw="-1*2^6*x0", sign_mode=sign_mode
    )
    assert up.tolist() == [[highest, 0]]
    assert down.tolist() == [[lowest, 0]]


def test_graded_spikes_on_plastic_synapses_are_refused():
    from lava.magma.core.learning.constants import GradedSpikeCfg

    dense = LearningDense(
        weights=np.zeros((1, 1)),
        learning_rule=Loihi2FLearningRule(dw="x1*y0", x1_tau=2, x1_impulse=16),
        graded_spike_cfg=GradedSpikeCfg.OVERWRITE,
    )
    with (
        pytest.raises((RunFailed, ValueError), match="plastic synapses take binary spikes"),
        Session(dense, engines.models("fixed")) as session,
    ):
        session.run(1)
