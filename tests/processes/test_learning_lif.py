"""Lava's `LearningLIF` with a third factor: what it writes into the traces of its synapses."""

import engines
import numpy as np
import pytest
from lava.magma.core.learning.learning_rule import Loihi3FLearningRule
from lava.proc.dense.process import Dense, LearningDense
from lava.proc.io.source import RingBuffer
from lava.proc.lif.process import LearningLIF

from loihi_sleep.processes.kernels.third_factor import write_traces
from loihi_sleep.run.session import Session


def test_traces_follow_spikes_and_the_third_factor():
    y1, y2, y3 = (np.array(values, dtype=np.int32) for values in ([100, 0, 120], [5] * 3, [5] * 3))
    spikes = np.array([0, 1, 1], dtype=np.uint8)
    write_traces(y1, y2, y3, spikes, np.array([0, 30, -200], dtype=np.int32), 20, 2048)
    assert y1.tolist() == [50, 20, 80]
    assert y2.tolist() == [0, 30, 0]
    assert y3.tolist() == [0, 0, 127]


def run(engine, factor, steps=8):
    """One synapse whose weight follows the third factor, and a neuron that spikes once."""
    rule = Loihi3FLearningRule(
        dw="2^0*u0*y2-2^0*u0*y3", dt="2^-2*u0*y1", t_epoch=1, rng_seed=3, x1_impulse=1, x1_tau=1
    )
    spikes = RingBuffer(data=np.eye(1, steps, dtype=int))
    third = RingBuffer(data=np.array([factor], dtype=int))
    drive = Dense(weights=np.array([[200]]))
    plastic = LearningDense(weights=np.array([[50]]), learning_rule=rule)
    neuron = LearningLIF(
        shape=(1,), du=4095, dv=4095, vth=100, learning_rule=rule, y1_impulse=64, y1_decay=2048
    )
    spikes.s_out.connect(drive.s_in)
    drive.a_out.connect(neuron.a_in)
    plastic.a_out.connect(neuron.a_in)
    third.s_out.connect(neuron.a_third_factor_in)
    neuron.s_out_bap.connect(plastic.s_in_bap)
    for name in ("y1", "y2", "y3"):
        getattr(neuron, f"s_out_{name}").connect(getattr(plastic, f"s_in_{name}"))
    with Session(neuron, engines.named(engine, "fixed")) as session:
        session.run(steps)
        names = ("weights", "tag_1")
        return [int(session.get(getattr(plastic, name)).item()) for name in names]


@pytest.mark.parametrize("engine", engines.MODELS_TOO)
def test_a_reward_and_a_punishment_reach_the_synapse(engine):
    # The engine's mixed weights are even: y2 adds 20, y3 takes 8.
    weight, tag = run(engine, [0, 0, 20, 0, 0, -8, 0, 0])
    assert weight == 62
    # The spike of step 2: 64, 32, 16 .. a quarter each.
    assert 28 <= tag <= 34
