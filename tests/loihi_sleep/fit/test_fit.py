"""What is known to keep a network from Loihi 2, and what of it runs on the host."""

import itertools

import numpy as np
import pytest
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule, Loihi3FLearningRule
from lava.proc.dense.process import DelayDense, Dense, LearningDense
from lava.proc.lif.process import LIF, LIFRefractory
from lava.proc.sparse.process import Sparse
from scipy.sparse import csr_matrix

from loihi_sleep import rules
from loihi_sleep.fit import check
from loihi_sleep.fit.resources import out_axons, out_axons_of_a_core
from loihi_sleep.numerics.limits import CORES
from loihi_sleep.processes.rewarded_synapses.process import RewardedSynapses
from loihi_sleep.processes.sleep.process import Sleep


def chip_network():
    sleep = Sleep(shape=(4,), wake_steps=0, sleep_steps=1, rates=0.5, seed=0)
    rule = rules.sleep_hebb(4, 2).loihi("fixed", 1)
    dense = LearningDense(weights=np.full((3, 4), 20), learning_rule=rule)
    lif = LIF(shape=(3,), vth=300, du=4095, dv=40)
    sleep.s_out.connect(dense.s_in)
    dense.a_out.connect(lif.a_in)
    lif.s_out.connect(dense.s_in_bap)
    return lif


def test_a_network_for_the_chip_fits_and_its_noise_comes_from_the_host():
    fit = check(chip_network())
    assert fit.fits
    assert not fit.findings
    by_kind = {part.kind: part for part in fit.parts}
    assert by_kind["LIF"].neurons == 3
    assert by_kind["LearningDense"].synapses == 12
    assert by_kind["LearningDense"].synaptic_bytes == (24, 48)
    assert by_kind["Sleep"].host == "noise is drawn by the host"
    text = fit.text()
    assert "(LearningDense): 12 synapses, 0.0 to 0.0 KiB, 4 in-axons, a rule of 5 products" in text
    assert "(LIF): 3 neurons, 0 out-axons, 1 cores" in text
    assert "on the chip: 3 neurons, 12 synapses" in text
    # Together they may share a core; at most each has its own.
    assert "about 1 to 2 cores, 1 to 1 chips" in text
    assert text.endswith("Intel's compiler has the last word")


def test_a_large_layer_takes_more_cores():
    # 784 x 1200 weights of one byte to two are 7.2 to 14.4 times 128 KiB.
    (part,) = check(Dense(weights=np.ones((1200, 784)))).parts
    assert part.cores(CORES["loihi2"]) == (8, 15)
    # Each of these cores hears all inputs.
    assert part.in_axons(CORES["loihi2"]) == (8 * 784, 15 * 784)


def layers(widths):
    """Layers of LIF neurons, from their widths."""
    neurons = [LIF(shape=(width,), du=4095, dv=0, vth=10) for width in widths]
    for before, after in itertools.pairwise(neurons):
        dense = Dense(weights=np.ones((after.v.shape[0], before.v.shape[0])))
        before.s_out.connect(dense.s_in)
        dense.a_out.connect(after.a_in)
    return neurons[0]


def test_a_neuron_has_an_out_axon_for_each_core_that_it_reaches():
    fit = check(layers([784, 1200]))
    assert out_axons(fit.parts[0], fit.parts, CORES["loihi2"]) == (784 * 8, 784 * 15)
    assert "784 neurons, 6272 to 11760 out-axons" in fit.text()


@pytest.mark.parametrize(("target", "fatal"), [("loihi2", False), ("loihi1", True)])
def test_more_axons_than_a_core_has_are_an_error_for_loihi_1_only(target, fatal):
    fit = check(Dense(weights=np.ones((10, 5000))), target)
    assert [finding.fatal for finding in fit.findings] == [fatal]
    assert "in_axons holds 5000; in-axons of a core: integers, 0 .. 4096" in fit.text()
    # 400 neurons, on one core, reach 16 others.
    (finding,) = check(layers([400, 5242]), target).findings
    assert "out_axons holds 6400; out-axons of a core" in finding.text
    assert finding.fatal is fatal


def test_neurons_lie_where_the_synapses_lie_that_reach_them():
    # 1200 neurons that 8 cores of synapses reach send to 11 cores: 1650 axons from each of the 8.
    fit = check(layers([784, 1200, 1200]))
    assert out_axons_of_a_core(fit.parts[1], fit.parts, CORES["loihi2"]) == 1650


def test_loihi_1_has_smaller_cores_and_no_graded_spikes():
    dense = Dense(weights=np.eye(2), num_message_bits=8)
    assert check(dense).fits
    fit = check(dense, "loihi1")
    assert not fit.fits
    assert "num_message_bits holds 8; bits of a message: integers, 0 .. 0" in fit.text()
    assert fit.text().endswith("does not fit Loihi 1")
    (part,) = check(LIF(shape=(3000,)), "loihi1").parts
    assert part.cores(CORES["loihi1"]) == (3, 3)


def test_unknown_chips_are_refused():
    with pytest.raises(ValueError, match="target is 'loihi3'; it must be one of loihi2, loihi1"):
        check(LIF(shape=(1,)), "loihi3")


def test_synapses_of_neurons_on_the_host_are_there_too():
    dense = Dense(weights=np.eye(2))
    neurons = LIFRefractory(shape=(2,), refractory_period=3)
    dense.a_out.connect(neurons.a_in)
    by_kind = {part.kind: part for part in check(dense).parts}
    assert by_kind["Dense"].host == "so do the neurons that it reaches"


def test_only_synapses_that_are_there_count():
    matrix = csr_matrix(([3, 5], ([0, 1], [1, 2])), shape=(2, 3))
    assert check(Sparse(weights=matrix)).parts[0].synapses == 2


def test_a_process_without_a_known_model_runs_on_the_host():
    part = check(LIFRefractory(shape=(1,), refractory_period=3)).parts[0]
    assert part.host == "no model for the chip is known"


def test_the_host_normalizes_in_foraging():
    fit = check(RewardedSynapses(weights=np.ones((8, 5)), seed=0, cycle_steps=60))
    assert "homeostasis and normalization are worked out" in fit.parts[0].host
    assert fit.parts[0].cores(CORES["loihi2"]) == (0, 0)
    assert fit.text().endswith("nothing of it would run on the chip")


def rule_with(**changes):
    rule = rules.stdp(8, 8).loihi("fixed", 1)
    for name, value in changes.items():
        setattr(rule, f"_{name}", value)
    return LearningDense(weights=np.eye(3), learning_rule=rule)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: LIF(shape=(1,), du=4096), "du holds 4096; decay of the current, 4096ths"),
        (
            lambda: LIF(shape=(1,), dv=0.1),
            "dv holds 0.1; decay of the potential, 4096ths: ",
        ),
        (
            lambda: LIF(shape=(1,), vth=131_072),
            "vth holds 131072; threshold: integers, 0",
        ),
        (lambda: LIF(shape=(1,), bias_mant=5000), "bias_mant holds 5000; mantissa of the bias"),
        (
            lambda: LIF(shape=(1,), bias_exp=8),
            "bias_exp holds 8; exponent of the bias",
        ),
        (lambda: Dense(weights=np.full((1, 1), 300)), "weights holds 300; weight: integers"),
        (lambda: Dense(weights=np.eye(2), num_message_bits=32), "num_message_bits holds 32"),
        (
            lambda: DelayDense(weights=np.eye(2), delays=63, max_delay=63),
            "delays holds 63; delay, steps: integers, 0 .. 62",
        ),
        (lambda: rule_with(t_epoch=64), "t_epoch holds 64; steps of a learning epoch: integers, 1"),
    ],
)
def test_what_is_out_of_range_is_named(build, message):
    fit = check(build())
    assert not fit.fits
    assert any(message in finding.text for finding in fit.findings)
    assert fit.text().endswith("does not fit Loihi 2")


def test_what_other_emulators_say_is_a_warning():
    fit = check(Dense(weights=np.eye(2), weight_exp=9))
    assert fit.fits
    (finding,) = fit.findings
    assert not finding.fatal
    assert "weight_exp holds 9; exponent of weights: integers, -8 .. 7" in finding.text


def test_an_impulse_out_of_range_is_named():
    dense = rule_with()
    dense.x1_impulse.init = np.array([200])
    assert "x1_impulse holds 200; impulse of a trace: 0 .. 127" in check(dense).findings[0].text


def plastic(dw, kind=Loihi2FLearningRule, **changes):
    settings = {"x1_impulse": 16, "x1_tau": 10, "t_epoch": 1}
    return LearningDense(weights=np.eye(3), learning_rule=kind(dw=dw, **settings | changes))


@pytest.mark.parametrize(
    ("build", "message", "fatal"),
    [
        # Lava's parser reads u10 as u1.
        (lambda: plastic("u10*x1"), "the k of uk in dw holds 10; k of the dependency uk", True),
        (
            lambda: plastic("2^-3*x0*(x1+200)"),
            "the constant beside x1 in dw holds 200; constant of a factor, 8 bits: integers, -128",
            True,
        ),
        (lambda: plastic("2^-1*x1*x0", x1_tau=0), "x1_tau is 0 and the rule uses x1", False),
        (lambda: plastic("x1*y0", dd="x0*y0"), "dd changes delays; no public model has", False),
    ],
)
def test_what_the_learning_engine_cannot_hold_is_named(build, message, fatal):
    fit = check(build())
    (finding,) = fit.findings
    assert message in finding.text
    assert finding.fatal is fatal
    assert fit.fits is not fatal


def test_a_third_factor_is_a_warning_of_its_own():
    """It is not known whether the chip's models have it."""
    fit = check(plastic("x1*y0*y2", Loihi3FLearningRule))
    (part,), (finding,) = fit.parts, fit.findings
    assert not part.host
    assert fit.fits
    assert "third factor" in finding.text
    assert not finding.fatal
    assert not check(plastic("x1*y0")).findings
