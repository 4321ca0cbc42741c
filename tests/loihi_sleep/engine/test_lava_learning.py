"""What Lava's own tests check of learning, on the compiled engine, by known values."""

from math import exp

import numpy as np
import pytest
from brief_runs import BOTH, running, sent_to, step_by_step
from lava.magma.core.learning.constants import GradedSpikeCfg
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule, Loihi3FLearningRule
from lava.magma.core.run_conditions import RunSteps
from lava.proc.dense.process import LearningDense
from lava.proc.io.source import RingBuffer as Source
from lava.proc.learning_rules.stdp_learning_rule import STDPLoihi
from lava.proc.lif.process import LIF, LearningLIF
from lava.utils.weightutils import SignMode
from shared_rules import BEFORE, SATURATION, pairs

from loihi_sleep import engine

PRE_SPIKE, POST_SPIKE, EPOCH, PAYLOAD = 2, 3, 4, 51


def graded_learning(dependency, config, start, numerics, steps=5):
    """x1, x2 and w of one synapse: a graded spike at 2, a post-synaptic one at 3, epochs of 4."""
    synapses = LearningDense(
        weights=np.array([[10]]),
        num_message_bits=8,
        graded_spike_cfg=config,
        learning_rule=Loihi2FLearningRule(
            dw=f"{dependency} * x1", x1_impulse=16, x1_tau=20, x2_impulse=24, x2_tau=5,
            t_epoch=EPOCH, rng_seed=0,
        ),
    )  # fmt: skip
    synapses.x1.init = np.array([start])
    Source(data=np.array([[0, PAYLOAD, 0, 0, 0]])).s_out.connect(synapses.s_in)
    Source(data=np.array([[0, 0, 1, 0, 0]])).s_out.connect(synapses.s_in_bap)
    return step_by_step([synapses.x1, synapses.x2, synapses.weights], synapses, numerics, steps)


# The step of the epoch at which a dependency reads a trace.
READ_AT = {"x0": PRE_SPIKE, "y0": POST_SPIKE, "u0": EPOCH}


@pytest.mark.parametrize("dependency", ["x0", pytest.param("y0", marks=pytest.mark.slow), "u0"])
@pytest.mark.parametrize(
    ("config", "start", "after"),
    [
        ("USE_REGULAR_IMPULSE", 0.0, 0.0),
        ("OVERWRITE", 15.0, PAYLOAD / 2),
        ("ADD_WITH_SATURATION", 15.0, 15.0 + PAYLOAD / 2),
        ("ADD_WITHOUT_SATURATION", 115.0, 115.0 + PAYLOAD / 2),
    ],
)
def test_graded_spikes_and_traces_in_float(dependency, config, start, after):
    regular = config == "USE_REGULAR_IMPULSE"
    x1, x2, w = graded_learning(dependency, GradedSpikeCfg[config], start, "float")
    # A regular impulse is added in the epoch's history; a payload counts from the epoch's start.
    since = PRE_SPIKE if regular else 0
    amount = 16 if regular else after
    end = amount * exp(-(EPOCH - since) / 20)
    read = amount * exp(-(READ_AT[dependency] - since) / 20)
    assert x1 == pytest.approx([start, after, after, end, end])
    assert x2 == pytest.approx([0, 0, 0, *[24 * exp(-(EPOCH - PRE_SPIKE) / 5)] * 2])
    assert w == pytest.approx([10, 10, 10, 10 + read, 10 + read])


# Decay is rounded by the random numbers of seed 0; 51 / 2 to the even 26.
@pytest.mark.parametrize(
    ("config", "start", "x1_expected", "w_expected"),
    [
        ("USE_REGULAR_IMPULSE", 0, [0, 0, 0, 14, 14], {"x0": 26, "y0": 25, "u0": 24}),
        ("OVERWRITE", 15, [15, 26, 26, 22, 22], {"x0": 34, "y0": 33, "u0": 32}),
        ("ADD_WITH_SATURATION", 15, [15, 41, 41, 33, 33], {"x0": 47, "y0": 45, "u0": 43}),
        ("ADD_WITH_SATURATION", 115, [115, 127, 127, 104, 104], {"x0": 125, "y0": 119, "u0": 114}),
        ("ADD_WITHOUT_SATURATION", 115, [115, 14, 14, 10, 10], {"x0": 22, "y0": 21, "u0": 20}),
    ],
)
@pytest.mark.parametrize("dependency", READ_AT)
def test_graded_spikes_and_traces_in_fixed(config, start, x1_expected, w_expected, dependency):
    x1, x2, w = graded_learning(dependency, GradedSpikeCfg[config], start, "fixed")
    assert x1 == x1_expected
    assert x2 == [0, 0, 0, 16, 16]
    assert w == [10, 10, 10, w_expected[dependency], w_expected[dependency]]


def test_only_an_overflowing_payload_counts_as_a_spike():
    x1, x2, w = graded_learning("x0", GradedSpikeCfg.ADD_WITHOUT_SATURATION, 115, "fixed", 10)
    assert x1 == [115, 14, 14, 10, 10, 10, 36, 28, 28, 28]
    assert x2 == [0, 0, 0, 16, 16, 16, 16, 6, 6, 6]
    assert w == [10, 10, 10, *[22] * 7]


@pytest.mark.parametrize("python", ["all", "refuse"])
@pytest.mark.parametrize(
    ("payloads", "expected"),
    [
        # 127 and half of 255, which is rounded to 128, are one more than overflows at once.
        ([254, 255, 0, 0, 20], [127, 128, 1, 1, 11]),
        # Together with a payload it is one overflow.
        ([254, 255, 20, 0], [127, 128, 11, 11]),
    ],
)
def test_a_trace_of_128_overflows_in_the_next_step(payloads, expected, python):
    steps = len(payloads)
    synapses = LearningDense(
        weights=np.array([[10]]),
        num_message_bits=8,
        graded_spike_cfg=GradedSpikeCfg.ADD_WITHOUT_SATURATION,
        learning_rule=Loihi2FLearningRule(
            dw=BEFORE, x1_impulse=16, x1_tau=20, t_epoch=steps + 1, rng_seed=0
        ),
    )
    Source(data=np.array([payloads])).s_out.connect(synapses.s_in)
    assert step_by_step([synapses.x1], synapses, "fixed", steps, python) == [expected]


def stdp_network(numerics, pre_bias, post_bias, post_kind=LIF, start=0.0, **rule):
    """Weights after 100 steps between two layers that fire by their biases."""
    threshold = 10000 if numerics == "fixed" else 1
    before = LIF(shape=np.shape(pre_bias), vth=threshold, bias_mant=np.array(pre_bias))
    after = post_kind(shape=np.shape(post_bias), vth=threshold, bias_mant=np.array(post_bias))
    synapses = LearningDense(
        weights=np.full((len(post_bias), len(pre_bias)), start),
        learning_rule=STDPLoihi(
            **{"learning_rate": 1, "tau_plus": 10, "tau_minus": 10, "rng_seed": 0, **rule}
        ),
    )
    before.s_out.connect(synapses.s_in)
    synapses.a_out.connect(after.a_in)
    after.s_out.connect(synapses.s_in_bap)
    with running(before, numerics) as run:
        run(100)
        return synapses.weights.get()


@pytest.mark.parametrize("post_kind", [LIF, LearningLIF])
def test_stdp_of_one_synapse(post_kind):
    fixed = {"A_plus": 4, "A_minus": -2, "t_epoch": 2}
    assert stdp_network("fixed", [25000], [20000], post_kind, 1.0, **fixed).tolist() == [[56]]
    floating = {"A_plus": 1, "A_minus": -2, "t_epoch": 1}
    weights = stdp_network("float", [0.1], [0.15], post_kind, **floating)
    assert weights == pytest.approx(np.array([[-79.35744962]]), abs=1e-7)


def test_stdp_of_a_layer():
    rule = {"A_plus": 1, "A_minus": -2, "t_epoch": 1}
    fixed = stdp_network("fixed", [22000, 25000, 26000], [20000, 23000], **rule)
    assert fixed.tolist() == [[31, 2, -24], [-64, 30, 14]]
    floating = stdp_network("float", [0.08, 0.1, 0.11], [0.12, 0.15], **rule)
    expected = [[-39.5354368, -63.4727323, -80.0561724], [-22.9046844, -41.8479607, -54.5550086]]
    assert floating == pytest.approx(np.array(expected), abs=1e-7)


def traces_of(rule, pre, post, steps, numerics="float", **plastic):
    """Synaptic Vars after a run of one synapse with the given spike times."""
    synapses = LearningDense(weights=np.array([[0]]), learning_rule=rule, **plastic)
    sent_to(synapses.s_in, [1], pre, steps)
    sent_to(synapses.s_in_bap, [1], post, steps)
    with running(synapses, numerics) as run:
        run(steps)
        names = ("weights", "x1", "y1", "tx", "ty")
        return {name: getattr(synapses, name).get().item() for name in names}


def test_a_trace_decays_from_the_spike_within_the_epoch():
    rule = Loihi2FLearningRule(
        dw="u0*x1", x1_impulse=16, x1_tau=5, y1_impulse=8, y1_tau=3, t_epoch=6
    )
    found = traces_of(rule, [2], [5], 6)
    assert found["x1"] == pytest.approx(16 * exp(-4 / 5))
    assert found["y1"] == pytest.approx(8 * exp(-1 / 3))
    assert found["weights"] == pytest.approx(found["x1"])
    assert (found["tx"], found["ty"]) == (0, 0)


def test_spike_times_within_the_epoch_are_kept_until_its_end():
    rule = Loihi2FLearningRule(dw="u0*x1", x1_impulse=16, x1_tau=5, t_epoch=6)
    found = traces_of(rule, [8], [6, 10], 11)
    assert (found["tx"], found["ty"]) == (2, 4)


@BOTH
def test_a_second_spike_in_an_epoch_adds_its_impulse_at_once(numerics):
    rule = Loihi2FLearningRule(
        dw="u0*x1", x1_impulse=16, x1_tau=5, y1_impulse=8, y1_tau=3, t_epoch=6, rng_seed=0
    )
    found = traces_of(rule, [2, 4], [1, 2, 3], 5, numerics)
    assert (found["x1"], found["y1"], found["tx"], found["ty"]) == (16, 16, 4, 3)


@pytest.mark.parametrize(("decimation", "epochs"), [(0, 8), (1, 4), (2, 2), (3, 1), (4, 0)])
@BOTH
def test_u_counts_epochs(decimation, epochs, numerics):
    rule = Loihi2FLearningRule(dw=f"2*u{decimation}", t_epoch=2, rng_seed=0)
    assert traces_of(rule, [1], [1], 17, numerics)["weights"] == 2 * epochs


# x1 at the post-synaptic spike, y1 at the pre-synaptic one: pairs are not counted in time.
@pytest.mark.parametrize(
    ("pre", "post", "epoch", "expected"),
    [
        ([1], [3], 1, 16 * exp(-2 / 10)),
        ([3], [1], 1, -32 * exp(-2 / 10)),
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in (
                ([1], [3], 4, 16 * exp(-2 / 10)),
                ([3], [1], 4, -32 * exp(-2 / 10)),
                ([1], [4], 2, 16 * exp(-3 / 10)),
            )
        ),
    ],
)
def test_pairs_of_spikes(pre, post, epoch, expected):
    rule = Loihi2FLearningRule(
        dw=pairs(1), x1_impulse=16, x1_tau=10, y1_impulse=16, y1_tau=10, t_epoch=epoch
    )
    assert traces_of(rule, pre, post, 4)["weights"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("pre", "post", "epoch", "expected"),
    [
        ([1], [2], 1, 0),
        ([2], [2], 1, 4),
        pytest.param([1], [2], 2, 4, marks=pytest.mark.slow),
    ],
)
def test_a_dependency_as_a_factor_in_fixed(pre, post, epoch, expected):
    rule = Loihi2FLearningRule(dw="2^2*x0*y0", t_epoch=epoch, rng_seed=0)
    assert traces_of(rule, pre, post, 2, "fixed")["weights"] == expected


@pytest.mark.parametrize(
    ("sign_mode", "rate", "expected"),
    [
        (SignMode.MIXED, 100, 255),
        (SignMode.MIXED, -100, -256),
        (SignMode.EXCITATORY, -100, 0),
        (SignMode.EXCITATORY, 100, 255),
        (SignMode.INHIBITORY, 100, 0),
        (SignMode.INHIBITORY, -100, -255),
    ],
)
def test_learned_weights_saturate(sign_mode, rate, expected):
    dw = f"{'-' if rate < 0 else ''}{SATURATION}"
    rule = Loihi2FLearningRule(dw=dw, rng_seed=0)
    found = traces_of(rule, [1, 2, 3, 4, 5], [1], 5, "fixed", sign_mode=sign_mode)
    assert found["weights"] == expected


def test_third_factors_replace_the_post_synaptic_traces():
    synapses = LearningDense(
        weights=np.zeros((2, 1), int),
        learning_rule=Loihi3FLearningRule(
            dw="u0*y1 + 2*u0*y2", dt="u0*y3", x1_impulse=1, x1_tau=5, rng_seed=0
        ),
    )
    sent_to(synapses.s_in, [1], [1], 3)
    for port, values in (("y1", [3, 4]), ("y2", [10, 0]), ("y3", [0, 7])):
        sent_to(getattr(synapses, f"s_in_{port}"), values, [2], 3)
    with running(synapses) as run:
        run(3)
        assert synapses.weights.get().ravel().tolist() == [3 + 20, 4]
        assert synapses.tag_1.get().ravel().tolist() == [0, 7]
        assert synapses.y1.get().tolist() == [0, 0]


def test_first_weights_that_lava_clips_between_two_products_are_left_to_its_model():
    """-700 becomes -256 at the product that waits for y0, which adds nothing; then come 255."""
    rule = Loihi2FLearningRule(dw="y1*y0 + 7*2^7*x0", y1_tau=2, y1_impulse=16)
    ends = {}
    for first in (-700, -256):
        source = Source(data=np.ones((1, 1), int))
        dense = LearningDense(weights=np.full((1, 1), first), learning_rule=rule)
        source.s_out.connect(dense.s_in)
        if first == -700:
            with pytest.warns(UserWarning, match="weights holds -700.*must be from -256 to 255"):
                engine.attach(dense)
        else:
            engine.attach(dense, python="refuse")
        dense.run(condition=RunSteps(1))
        ends[first] = dense.weights.get().item()
    assert ends[-700] == ends[-256] > -256
