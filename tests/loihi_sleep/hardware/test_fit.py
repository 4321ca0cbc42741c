"""What is known to keep a network from Loihi 2, and what of it runs on the host."""

import numpy as np
import pytest
from lava.proc.dense.process import DelayDense, Dense, LearningDense
from lava.proc.lif.process import LIF, LIFRefractory
from lava.proc.sparse.process import Sparse
from scipy.sparse import csr_matrix

from loihi_sleep import rules
from loihi_sleep.hardware import check
from processes.rewarded_synapses.process import RewardedSynapses
from processes.sleep.process import Sleep


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
    assert "on the chip: 3 neurons, 12 synapses" in fit.text()
    assert "about 2 to 2 cores, 1 to 1 chips" in fit.text()
    assert fit.text().endswith("Intel's compiler has the last word")


def test_a_large_layer_takes_more_cores():
    # 784 x 1200 weights of one byte to two are 7.2 to 14.4 times 128 KiB.
    fit = check(Dense(weights=np.ones((1200, 784))))
    assert fit.parts[0].cores == (8, 15)


def test_only_synapses_that_are_there_count():
    matrix = csr_matrix(([3, 5], ([0, 1], [1, 2])), shape=(2, 3))
    assert check(Sparse(weights=matrix)).parts[0].synapses == 2


def test_a_process_without_a_known_model_runs_on_the_host():
    part = check(LIFRefractory(shape=(1,), refractory_period=3)).parts[0]
    assert part.host == "no model for the chip is known"


def test_the_host_normalizes_in_foraging():
    fit = check(RewardedSynapses(weights=np.ones((8, 5)), seed=0, cycle_steps=60))
    assert "homeostasis and normalization are worked out" in fit.parts[0].host
    assert fit.parts[0].cores == (0, 0)
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
    assert fit.text().endswith("does not fit")


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
