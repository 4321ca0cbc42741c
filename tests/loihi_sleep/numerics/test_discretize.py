"""Real numbers as Loihi's integers, with values by pencil and paper."""

import numpy as np
import pytest

from loihi_sleep.numerics import discretize
from loihi_sleep.numerics.limits import BIAS_MAX


def test_decays_are_4096ths_and_lava_adds_one_to_that_of_the_current():
    assert discretize.potential_decay(0.25) == 1024
    assert discretize.current_decay(0.25) == 1023
    assert discretize.current_decay(1.0) == 4095
    assert discretize.current_decay(np.array([0.5, 1.0])).tolist() == [2047, 4095]
    assert discretize.to_4096ths(0.3) == 1229 / 4096
    assert discretize.decay_over(20.0) == 205
    with pytest.raises(ValueError, match=r"layer 2: du in 4096ths is 1228.8; .*integers"):
        discretize.current_decay(0.3, "layer 2: ")


def test_biases_have_thirteen_bits_and_a_shift():
    small = discretize.bias(np.array([1.0, -0.01]))
    assert small["bias_exp"] == 0
    assert small["bias_mant"].tolist() == [64, -1]
    large = discretize.bias(np.array([BIAS_MAX, 3.0]))
    assert large["bias_exp"] == 7
    assert large["bias_mant"].tolist() == [4095, 2]  # 192 / 128 = 1.5, to the even one
    with pytest.raises(ValueError, match=r"layers\[0\]: bias holds 8191; it must be from -8190"):
        discretize.bias(np.array([8191.0]), "layers[0]: ")


def test_currents_are_64ths():
    assert discretize.current(np.array([1.5, -0.02])).tolist() == [96, -1]


def test_weights_of_a_layer_fill_what_even_integers_reach():
    units, unit = discretize.weight_units(np.array([[1.0, -0.5], [0.0, 0.013]]))
    assert unit == pytest.approx(1 / 254)
    assert units.tolist() == [[254, -128], [0, 4]]  # -127 lies between -126 and -128
    assert discretize.weight_units(np.zeros((1, 2)))[1] == 1.0


@pytest.mark.parametrize(
    ("weights", "plastic", "stored"),
    [
        ([[255.0, 0.0]], False, {"weights": [[255, 0]]}),
        ([[-3.0, 5.0]], False, {"weights": [[-6, 10]], "weight_exp": -1}),
        ([[-4.0, 6.0]], True, {"weights": [[-4, 6]]}),
    ],
)
def test_weights_are_stored_by_their_signs(weights, plastic, stored):
    found = discretize.stored_weights(np.array(weights), "layer", plastic=plastic)
    assert {name: np.array(value).tolist() for name, value in found.items()} == stored


def test_what_a_synapse_cannot_store_is_refused():
    with pytest.raises(ValueError, match=r"layer: weights hold 255; .*even integers, -256 .. 254"):
        discretize.stored_weights(np.array([[255.0, 2.0]]), "layer", plastic=True)


def test_amounts_are_sums_of_scale_constants():
    assert discretize.scale_constants(0.0) == ()
    assert discretize.scale_constants(-96.0) == ((-3, 5),)
    assert sum(constant.value for constant in discretize.scale_constants(10.3)) == pytest.approx(
        10.3, rel=discretize.RELATIVE_TOLERANCE
    )
