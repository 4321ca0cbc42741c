"""`ReceptiveSynapses` and `RewardedSynapses`: what they refuse.

What they do is tested with their kernels; that the engine does the same as Lava's simulator, in
tests/loihi_sleep/networks/test_foraging.py.
"""

import numpy as np
import pytest

from loihi_sleep.processes.receptive_synapses.process import ReceptiveSynapses
from loihi_sleep.processes.rewarded_synapses.process import RewardedSynapses


def receptive(**more):
    parameters = {
        "sources": np.array([[0, 1]]),
        "weights": [[0.1, 0.2]],
        "pre": 3,
        "seed": 1,
        "cycle_steps": 10,
    }
    return ReceptiveSynapses(**(parameters | more))


def rewarded(**more):
    return RewardedSynapses(**({"weights": [[0.1, 0.2]], "seed": 1, "cycle_steps": 10} | more))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sources": [[0.5, 1.0]]}, "it must be integers of shape"),
        ({"sources": [[0, 3]]}, "sources must hold neurons 0 .. 2"),
        ({"weights": [[-0.1, 0.2]]}, "weights holds -0.1; it must be from 0"),
        ({"weights": [[0.1]]}, r"weights has shape \(1, 1\); it must have shape \(1, 2\)"),
        ({"release": 1.5}, "release holds 1.5; it must be from 0 to 1"),
        ({"tau": 0.0}, "tau holds 0; it must be from 0.001"),
        ({"sum_decay": 2.0}, "sum_decay holds 2; it must be from 0 to 1"),
        ({"cycle_steps": 0}, "cycle_steps is 0; it must be"),
    ],
)
def test_receptive_synapses_name_what_is_wrong(settings, message):
    with pytest.raises(ValueError, match=message):
        receptive(**settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"weights": [0.1, 0.2]}, r"weights has shape \(2,\); it must be \(post, pre\)"),
        ({"weights": [[-0.1, 0.2]]}, "weights holds -0.1; it must be from 0"),
        ({"largest": 0.0}, "largest is 0; it must be above 0"),
        ({"least": 1.0}, "least is 1.0; it must be below largest, 1.0"),
        ({"memory": 0}, "memory is 0; it must be"),
        ({"homeostasis": 1.5}, "homeostasis holds 1.5; it must be from 0 to 1"),
        ({"input_sum": [1.0, 1.0]}, r"input_sum has shape \(2,\); it must have shape \(1,\)"),
        ({"frozen": 2}, "frozen holds 2; it must be from 0 to 1"),
    ],
)
def test_rewarded_synapses_name_what_is_wrong(settings, message):
    with pytest.raises(ValueError, match=message):
        rewarded(**settings)


def test_sums_are_those_of_the_weights_unless_given():
    fresh = rewarded(weights=[[0.1, 0.2], [0.3, 0.4]])
    assert fresh.input_sum.init == pytest.approx([0.3, 0.7])
    assert fresh.initial_sum.init == pytest.approx([0.4, 0.6])
    assert fresh.mean_weight.init == pytest.approx([0.2, 0.3])
    older = rewarded(weights=[[0.1, 0.2]], input_sum=[0.5], initial_sum=[0.6, 0.7], rate=[0.3])
    assert older.input_sum.init.tolist() == [0.5]
    assert older.initial_sum.init.tolist() == [0.6, 0.7]
    assert older.rate.init.tolist() == [0.3]
