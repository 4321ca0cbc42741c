"""Lava 0.10's traps that this project works around. Lava is archived: these should never change.

A failure here says that the installed Lava behaves differently, not that we are wrong. They run
with ``--lava``.
"""

import numpy as np
import pytest
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2HwCfg
from lava.proc.dense.process import Dense, LearningDense
from lava.proc.io.source import RingBuffer as Source
from lava.proc.lif.process import LIF
from lava.utils import slurm

from loihi_sleep.run.select import select
from loihi_sleep.run.session import Session

pytestmark = pytest.mark.lava


def stock_rule(dw, **settings):
    return Loihi2FLearningRule(dw=dw, **{"x1_impulse": 16, "x1_tau": 10, "t_epoch": 1, **settings})


def learned_by_stock_model(weights, rule, steps, numerics):
    post, pre = weights.shape
    source = Source(data=np.ones((pre, steps), int))
    dense = LearningDense(weights=weights, learning_rule=rule)
    source.s_out.connect(dense.s_in)
    with Session(source, select("lava", numerics, "per_layer")) as session:
        session.run(steps)
        return session.get(dense.weights)


def test_the_stock_float_model_never_clips():
    assert learned_by_stock_model(np.array([[250.0]]), stock_rule("2^4*x0"), 6, "float") == 346


def test_tau_0_gives_nan_in_float():
    rule = stock_rule("2^-1*x1*x0", x1_tau=0)
    assert np.isnan(learned_by_stock_model(np.array([[50.0]]), rule, 4, "float")).all()


def test_the_stock_rounding_ignores_its_seed():
    first, second = (
        learned_by_stock_model(
            np.full((1, 5), 10), stock_rule("2^-3*x0", rng_seed=seed), 12, "fixed"
        )
        for seed in (1, 999)
    )
    assert (first == second).all()
    assert np.ptp(first) == 0


def test_a_rule_string_is_checked_too_little_and_too_much():
    assert stock_rule("u10*x1").decimate_exponent == 1
    assert stock_rule("x1*y0", t_epoch=1000, x1_impulse=500).t_epoch == 1000
    with pytest.raises(AttributeError):
        stock_rule("0.3*x1*y0")
    with pytest.raises(ValueError, match="must within -7 and 9"):
        stock_rule("2^-10*x1*y0")


def test_the_chips_run_configuration_fails_by_name_error():
    with pytest.raises(NameError):
        LIF(shape=(1,)).run(condition=RunSteps(1), run_cfg=Loihi2HwCfg())


def test_lavas_own_probe_fails_where_slurm_is_absent(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileNotFoundError):
        slurm.is_available()


def test_a_spike_needs_one_step_for_a_dense():
    source = Source(data=np.array([[1, 0, 0, 0]]))
    dense = Dense(weights=np.array([[100]]))
    neuron = LIF(shape=(1,), vth=10**5, du=0, dv=0)
    source.s_out.connect(dense.s_in)
    dense.a_out.connect(neuron.a_in)
    with Session(source, select("lava", "fixed")) as session:
        session.run(1)
        assert session.get(neuron.u) == 0
        session.run(1)
        assert session.get(neuron.u) == 100 << 6


def test_mixed_weights_lose_their_lowest_bit_toward_minus_infinity():
    dense = LearningDense(weights=np.array([[101, -101]]), learning_rule=stock_rule("2^2*y0"))
    with Session(dense, select("lava", "fixed", "per_layer")) as session:
        session.run(1)
        assert session.get(dense.weights).tolist() == [[100, -102]]
