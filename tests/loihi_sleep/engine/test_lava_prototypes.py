"""What Lava's own tests check of prototype neurons, on the compiled engine, by known values."""

import numpy as np
import pytest
from brief_runs import recorded, running, sent_to
from lava.magma.core.learning.constants import GradedSpikeCfg
from lava.magma.core.learning.learning_rule import Loihi3FLearningRule
from lava.proc.clp.prototype_lif.process import PrototypeLIF
from lava.proc.dense.process import Dense, LearningDense
from lava.proc.io.source import RingBuffer as Source


def prototypes(third_factor, **arguments):
    """Two prototypes, with a third factor for one of them at some steps."""
    lif = PrototypeLIF(shape=(2,), **{"du": 4095, "dv": 4095, "vth": 1, **arguments})
    if third_factor is not None:
        number, step = third_factor
        sent_to(lif.a_third_factor_in, [number, number], [step], 8)
    return lif


@pytest.mark.parametrize("number", [1, 2])
def test_a_third_factor_makes_its_prototype_fire_and_learn(number):
    lif = prototypes((number, 4))
    bap, y1, spikes = recorded([lif.s_out_bap, lif.s_out_y1, lif.s_out], lif, "fixed", 8)
    chosen = number - 1
    wanted = np.zeros((8, 2))
    wanted[3, chosen] = 1
    assert bap.tolist() == wanted.tolist()
    assert spikes.tolist() == wanted.tolist()
    wanted[3:, chosen] = 127
    assert y1.tolist() == wanted.tolist()


def test_a_reset_spike_clears_the_prototype():
    lif = prototypes(None, du=0, dv=0, vth=100, bias_mant=np.array([64, 128]))
    sent_to(lif.reset_in, [1, 0], [3], 8)
    u, v = recorded([lif.u, lif.v], lif, "fixed", 4)
    assert v.tolist() == [[64, 128], [128, 256], [0, 384], [64, 512]]
    assert not u.any()


def test_the_winner_silences_the_others():
    weights = (np.array([[0.6, 0.8], [0.8, 0.6]]) * 128).astype(int)
    lif = prototypes(None, du=50, dv=700, vth=48000)
    features, losers = Dense(weights=weights, num_message_bits=8), Dense(weights=np.ones((2, 2)))
    data = np.zeros((2, 20), dtype=int)
    data[:, 3], data[:, 13] = [76, 102], [102, 76]
    Source(data=data).s_out.connect(features.s_in)
    features.a_out.connect(lif.a_in)
    lif.s_out.connect(losers.s_in)
    losers.a_out.connect(lif.reset_in)
    (spikes,) = recorded([lif.s_out], lif, "fixed", 20)
    times = {neuron: (np.flatnonzero(spikes[:, neuron]) + 1).tolist() for neuron in (0, 1)}
    assert times == {0: [8], 1: [18]}


def test_one_shot_learning_stores_the_pattern():
    """The rule of Continually Learning Prototypes: weights become the pattern that is there."""
    rule = Loihi3FLearningRule(
        dw="2^-3*y1*x1*y0", x1_impulse=0, x1_tau=np.iinfo(np.uint16).max, t_epoch=1, rng_seed=0
    )
    synapses = LearningDense(
        weights=np.zeros((2, 3), int),
        num_message_bits=8,
        learning_rule=rule,
        graded_spike_cfg=GradedSpikeCfg.OVERWRITE,
    )
    lif = prototypes((1, 3), vth=1000)
    sent_to(synapses.s_in, [40, 80, 0], [2], 8)
    synapses.a_out.connect(lif.a_in)
    lif.s_out_bap.connect(synapses.s_in_bap)
    lif.s_out_y1.connect(synapses.s_in_y1)
    with running(lif) as run:
        run(8)
        assert synapses.x1.get().tolist() == [20, 40, 0]
        # 127 x1 * 2**-3 shifted to 39.6 and 79.4 units; the epoch's random number rounds both up.
        assert synapses.weights.get().tolist() == [[40, 80, 0], [0, 0, 0]]
