"""What the rules do to a synapse between two neurons, against pencil and paper."""

import math

import engines
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lava.proc.dense.process import LearningDense
from lava.proc.io.source import RingBuffer as Source

from loihi_sleep import rules
from loihi_sleep.numerics.discretize import scale_constants
from loihi_sleep.processes.residual_dense.process import ResidualDense
from loihi_sleep.rules.products import Product
from loihi_sleep.rules.rule import Trace
from loihi_sleep.run.session import Session

E1, E2 = math.exp(-1), math.exp(-2)
BOTH = pytest.mark.parametrize("numerics", ["float", "fixed"])


def changes(rule, pre_times, weights, numerics, *, post_time=4, repeats=1, gap=12, synapses=1):
    """Mean change of each synapse when its pre neuron spikes at the given times (None: never).

    Every synapse stands `synapses` times, so that stochastic rounding averages out.
    """
    steps = gap * repeats
    pre = np.zeros((len(pre_times) * synapses, steps), int)
    post = np.zeros((1, steps), int)
    for repeat in range(repeats):
        post[0, gap * repeat + post_time - 1] = 1
        for neuron, times in enumerate(pre_times):
            for time in times:
                pre[neuron * synapses : (neuron + 1) * synapses, gap * repeat + time - 1] = 1
    start = np.repeat(np.asarray(weights), synapses)[np.newaxis, :]
    dense = LearningDense(
        weights=start if numerics == "fixed" else start.astype(float),
        learning_rule=rule.loihi(numerics, seed=11),
    )
    before, after = Source(data=pre), Source(data=post)
    before.s_out.connect(dense.s_in)
    after.s_out.connect(dense.s_in_bap)
    with Session(dense, engines.models(numerics)) as session:
        session.run(steps)
        change = session.get(dense.weights) - start
    return change.reshape(len(pre_times), synapses).mean(axis=1) / repeats


@BOTH
@pytest.mark.parametrize(("up", "down"), [(8.0, 2.0), (0.35, 6.0), (1.0, 1.0), (40.0, 10.0)])
def test_sleep_hebb_raises_what_spiked_one_step_before_and_lowers_the_rest(up, down, numerics):
    # The post neuron spikes at 4: pre one step before, two before, silent, same step, after.
    timing = [[3], [2], [], [4], [5]]
    expected = [up, (up + down) * E1 - down, -down, -down, -down]
    measured = changes(
        rules.sleep_hebb(up, down), timing, [0] * 5, numerics, repeats=4, synapses=60
    )
    # Scale constants hold an amount to 1/64; the trace of the layer is rounded with one number
    # (half a unit of at least 5.9, over four pairs), each synapse with its own.
    tolerance = (up + down) * (1 / 64 + (0.06 if numerics == "fixed" else 0)) + (
        0.15 if numerics == "fixed" else 0
    )
    assert np.abs(measured - expected).max() < tolerance


@BOTH
def test_a_gated_rule_frees_negative_weights_and_freezes_positive_ones(numerics):
    rule = rules.sleep_hebb(8.0, 2.0, gated=True)
    # In fixed numerics the engine cuts 5 bits off every product with sgn(w): about a tenth of the
    # pair's 10 units is missed on average, more with the trace (22.4) rounded down.
    tolerance = 1.4 if numerics == "fixed" else 0.4
    joined = changes(rule, [[3]] * 2, [-250, 100], numerics, repeats=8, synapses=60)
    assert np.abs(joined - [16, 0]).max() < tolerance
    assert abs(changes(rule, [[3]], [0], numerics, synapses=200)[0] - 8) < tolerance
    parted = changes(rule, [[]] * 3, [-100, 0, 100], numerics, synapses=200)
    assert np.abs(parted - [-4, -2, 0]).max() < 0.3


@BOTH
def test_stdp_by_order_of_spikes(numerics):
    rule = rules.stdp(32.0, 16.0, tau_potentiation=4.0, tau_depression=2.0)
    timing = [[3], [1], [5], [7], []]
    expected = [
        32 * math.exp(-1 / 4),
        32 * math.exp(-3 / 4),
        -16 * math.exp(-1 / 2),
        -16 * math.exp(-3 / 2),
        0,
    ]
    measured = changes(rule, timing, [0] * 5, numerics, synapses=100, gap=40)
    assert np.abs(measured - expected).max() < (0.7 if numerics == "fixed" else 1e-6)


@BOTH
@pytest.mark.parametrize("residual", ["pre", "post"])
def test_residual_hebb_compares_the_residual_neuron_with_its_target(residual, numerics):
    rule = rules.residual_hebb(2.0**-7, 5.0, residual=residual, impulse=100, tau=5)
    # At the ends of epochs spikes lie 10 - 6, 10 - 4, .. 40 - 6 steps back, or there was none.
    expected = np.zeros(3)
    for end in (10, 20, 30, 40):
        pre = 100 * np.exp((np.array([6, 1, -np.inf]) - end) / 5)
        post = 100 * math.exp((4 - end) / 5)
        expected += 2.0**-7 * (post * (pre - 5) if residual == "pre" else pre * (post - 5))
    measured = changes(rule, [[6], [1], []], [0] * 3, numerics, synapses=100, repeats=20, gap=40)
    # In fixed both traces are rounded in every step, by one number a layer.
    assert np.abs(measured - expected).max() < (0.4 if numerics == "fixed" else 0.01)
    assert np.abs(expected).max() > 4


def test_residual_hebb_is_the_rule_of_residual_dense():
    rng = np.random.default_rng(2)
    # One spike a neuron and epoch: of two Lava counts the first as if it came with the epoch.
    spikes = {
        name: rng.permuted(np.tile(np.eye(1, 20), (n, 5, 1)), axis=2).reshape(n, 100)
        for name, n in (("pre", 5), ("post", 3))
    }
    weights = rng.normal(size=(3, 5))
    learned = []
    rule = rules.residual_hebb(0.125, 4.0, residual="pre", impulse=2, tau=30, t_epoch=20)
    own = ResidualDense(
        weights=weights, residual="pre", decay=-math.expm1(-1 / 30), impulse=2.0,
        rate=0.125, reference=4.0, epoch=20,
    )  # fmt: skip
    for dense in (LearningDense(weights=weights, learning_rule=rule.loihi("float", 0)), own):
        pre, post = (Source(data=train.astype(int)) for train in spikes.values())
        pre.s_out.connect(dense.s_in)
        post.s_out.connect(dense.s_in_bap)
        with Session(dense, engines.models("float")) as session:
            session.run(100)
            learned.append(session.get(dense.weights))
    assert np.abs(learned[0] - weights).max() > 1
    np.testing.assert_allclose(learned[1], learned[0], rtol=1e-9)


def test_strings_of_both_numerics():
    rule = rules.sleep_hebb(8.0, 2.0, gated=True)
    # 7 (x1) + 9 (w) + 4 (mantissa) bits are 5 more than the accumulator's 15.
    assert "+7*2^-4*y0*x1" in f"+{rule.dw('float')}"
    assert "-7*2^-4*y0*x1*sgn(w)" in rule.dw("float")
    assert "-7*2^1*y0*x1*sgn(w)" in rule.dw("fixed")


@pytest.mark.parametrize(
    ("factors", "shift"),
    [((), 0), (("x1",), 0), (("x1", "sgn(w)"), 5), (("x1", "y1"), 3), (("w", "x1", "y1"), 12)],
)
def test_shifts_of_the_fixed_point_engine(factors, shift):
    assert Product("y0", factors, ()).fixed_point_shift == shift


@given(st.floats(0.5, 1700) | st.floats(-1700, -0.5))
def test_scale_constants_hold_a_number(value):
    constants = scale_constants(value)
    assert 1 <= len(constants) <= 3
    assert abs(sum(c.value for c in constants) - value) <= abs(value) / 64
    assert all(1 <= abs(c.mantissa) <= 7 and -7 <= c.exponent <= 8 for c in constants)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: rules.sleep_hebb(-1, 2), "potentiation holds -1; it must be from 0 to 255"),
        (lambda: rules.sleep_hebb(1, math.nan), "depression holds nan; it must be finite"),
        (lambda: rules.sleep_hebb(0, 0), "changes nothing: all its amounts are 0"),
        (lambda: rules.sleep_hebb(1e-4, 0), "cannot be learned: the scale .* is no sum"),
        (lambda: rules.residual_hebb(0, 1, residual="pre"), "rate is 0; it must be above 0"),
        (lambda: rules.residual_hebb(1, 1, residual="both"), "residual is 'both'; it must be one"),
        (lambda: rules.residual_hebb(1, 1, residual="pre", doublings=10), "doublings is 10; it"),
        (lambda: rules.residual_hebb(1e-5, 1, residual="pre"), "the scale 1e-05 is no sum"),
        (lambda: rules.stdp(0.01, 0), "the scale 0.000156 is no sum"),
        (lambda: rules.stdp(8, 2, tau_depression=0), "tau_depression is 0; it must be above 0"),
        (lambda: Trace(impulse=1, tau=0), "needs tau above 0"),
        (lambda: Trace(impulse=128, tau=1), "impulse holds 128; it must be from 0 to 127"),
        (lambda: rules.by_name("oja"), "rule is 'oja'; it must be one of sleep_hebb, stdp"),
        (lambda: rules.sleep_hebb(8, 2).dw("double"), "numerics is 'double'"),
        (lambda: rules.sleep_hebb(8, 2).loihi("fixed", -1), "seed is -1"),
        (
            lambda: rules.Rule("long", rules.sleep_hebb(8, 2).products, {}, t_epoch=64),
            "t_epoch is 64; it must be an integer from 1 to 63",
        ),
        (
            lambda: Product("y0", ("w", "x1", "y1"), scale_constants(1.0)).text("fixed"),
            "needs the exponent 12 in fixed numerics; Loihi has -7 to 8",
        ),
    ],
)
def test_what_loihi_cannot_hold_is_refused_with_the_reason(build, message):
    with pytest.raises(ValueError, match=message):
        build()


def test_a_script_brings_a_rule(monkeypatch):
    monkeypatch.setattr(rules.RULES, "_registered", {})
    rules.RULES.register("only_up", lambda up, down: rules.sleep_hebb(up, 0))
    assert rules.by_name("only_up", 3).dw("float") == rules.sleep_hebb(3, 0).dw("float")
    rules.RULES.register("one", lambda up: rules.sleep_hebb(up, 0))
    with pytest.raises(ValueError, match="rule 'one' takes no potentiation and depression: too"):
        rules.by_name("one")
    rules.RULES.register("none", lambda up, down: "dw = x0")
    with pytest.raises(ValueError, match="rule 'none' is 'dw = x0'; it must be a Rule"):
        rules.by_name("none")


@pytest.mark.parametrize("halvings", [0, 4, 7, 10])
def test_the_delta_rule_is_the_same_in_both_numerics(halvings):
    rule = rules.delta_rule(halvings, 24, impulse=16.0)
    for numerics in ("float", "fixed"):
        error, none = rule.products[numerics]
        scale = rule.traces[numerics]["x1"].impulse / 16.0
        assert error.constants[0].value * scale == 2.0**-halvings
        assert none.constants[0].value == -64 * error.constants[0].value
    # 24 steps are eight epochs of three.
    assert (rule.t_epoch, error.dependency) == (3, "u3")
    with pytest.raises(ValueError, match="steps is 65; it must be 1 to 63 times a power of two"):
        rules.delta_rule(halvings, 65)
    assert rule.third_factor
    assert type(rule.loihi("fixed", 3)).__name__ == "Loihi3FLearningRule"


def test_the_rule_of_competition_moves_weights_to_twice_the_trace():
    rule = rules.competitive_hebb(tau=4.0)
    assert rule.dw("float") == "1*2^-6*y0*x1*y1-1*2^-7*y0*w*y1"
    # The trace of an input that spikes in every step comes to 127.
    assert rule.traces["fixed"]["x1"].impulse / (1 - np.exp(-1 / 4)) == pytest.approx(127)


@BOTH
def test_the_contrastive_rule_weakens_at_once_and_strengthens_later(numerics):
    rule = rules.contrastive_hebb(
        1, depression=2.0, impulse=60.0, tau=8.0, short_impulse=80.0, short_tau=1.0
    )
    before = np.array([1, 2, 4, 6])
    measured = changes(
        rule, [[8 - k] for k in before], [0] * 4, numerics, post_time=8, gap=100, synapses=200
    )
    expected = (60 * np.exp(-before / 8) - 2 * 80 * np.exp(-before)) / 2
    assert expected[0] < -2 < 15 < expected[2]
    assert measured == pytest.approx(expected, abs=1.0)


def test_the_contrastive_rule_has_two_factors_and_amounts_that_loihi_can_hold():
    rule = rules.contrastive_hebb(6, depression=2.0)
    assert type(rule.loihi("fixed", 3)).__name__ == "Loihi2FLearningRule"
    assert rule.dw("fixed") == "1*2^-6*y0*x1-1*2^-5*y0*x2"
    with pytest.raises(ValueError, match="halvings is 8; it must be an integer from 0 to 7"):
        rules.contrastive_hebb(8)
    with pytest.raises(ValueError, match="the scale -0.0117 is no sum of up to 3 constants"):
        rules.contrastive_hebb(7, depression=1.5)
