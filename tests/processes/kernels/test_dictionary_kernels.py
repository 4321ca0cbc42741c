"""Residual and sparse neurons, and the rule that learns a dictionary: pencil and paper."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loihi_sleep.processes.kernels.decay import decayed
from loihi_sleep.processes.kernels.residual_hebb import (
    TAG_UNITS,
    learn_fixed,
    learn_float,
    rate_of_integers,
    trace_fixed,
    trace_float,
)
from loihi_sleep.processes.kernels.residual_lif import (
    advance_residual_fixed,
    advance_residual_float,
    constant_rate,
    current_at_rate,
)
from loihi_sleep.processes.kernels.sparse_lif import advance_sparse_fixed, advance_sparse_float


def layer(*values, kind=float):
    return np.array(values, dtype=kind)


@given(value=st.integers(-(2**23), 2**23), keep=st.integers(0, 4096))
def test_decay_rounds_toward_zero(value, keep):
    expected = int(abs(value) * keep // 4096) * (1 if value >= 0 else -1)
    assert decayed(value, keep) == expected


def test_a_residual_neuron_adds_rectified_current_and_what_the_sparse_layer_takes_off():
    u, v, spikes = layer(0, 0, 0.0), layer(0.5, 0.5, 0.5), np.zeros(3, dtype=np.uint8)
    a_in, i_in, bias = layer(-0.4, 0, -9), layer(0.7, -1, 0), layer(0.2, 0.2, 0.2)
    advance_residual_float(u, v, a_in, i_in, bias, (0.5, 0.1, 1.0, -3.0), True, spikes)
    assert u.tolist() == [-0.4, 0, -9]
    # 0.45 + 0.9 - 0.4; 0.45, as a current below 0 is none; not below the floor.
    assert v == pytest.approx([0.95, 0.45, -3.0])
    advance_residual_float(u, v, layer(0, 0, 0), i_in, bias, (0.5, 0.1, 1.0, -3.0), True, spikes)
    assert u == pytest.approx([-0.2, 0, -4.5])
    # 0.855 + 0.9 - 0.2 = 1.555 is above the threshold, which is taken off.
    assert spikes.tolist() == [1, 0, 0]
    assert v[0] == pytest.approx(0.555)


def test_a_residual_neuron_returns_to_0_where_asked_to():
    u, v, spikes = layer(0.0), layer(0.9), np.zeros(1, dtype=np.uint8)
    advance_residual_float(u, v, layer(0), layer(0.5), layer(0), (1, 0.1, 1, -3), False, spikes)
    assert (spikes[0], v[0]) == (1, 0)


def test_a_residual_neuron_in_integers():
    u, v, spikes = (layer(*x, kind=np.int32) for x in ((-10, 0), (1000, 900), (0, 0)))
    spikes = spikes.astype(np.uint8)
    a_in, i_in, bias = (layer(*x, kind=np.int32) for x in ((-4, 0), (5, -200), (20, 100)))
    advance_residual_fixed(u, v, a_in, i_in, bias, (2048, 1024, 700, -50), True, spikes)
    # -10 halves to -5; 1000 keeps three quarters: 750 + 25 - 9.
    assert u.tolist() == [-9, 0]
    assert v.tolist() == [66, 675]
    assert spikes.tolist() == [1, 0]


def test_a_sparse_neuron_keeps_itself_going():
    u, v, c, spikes = layer(0.0), layer(0.0), layer(0.0), np.zeros(1, dtype=np.uint8)
    parameters = (1.0, 0.1, 0.25, 1.0, -2.0, 0.4)
    advance_sparse_float(u, v, c, layer(1.5), parameters, spikes)
    assert (spikes[0], v[0], c[0]) == (1, 0, 0.4)
    spiked = 0
    for _ in range(3):
        advance_sparse_float(u, v, c, layer(0), parameters, spikes)
        spiked += spikes[0]
    # 0.4; 0.36 + 0.3; 0.594 + 0.225: no input, and still below the threshold.
    assert spiked == 0
    assert v[0] == pytest.approx(0.4 * 0.81 + 0.3 * 0.9 + 0.225)


def test_feedback_in_integers_has_six_bits_below_the_point():
    u, v, c, spikes = (layer(0, kind=np.int32) for _ in range(4))
    spikes = spikes.astype(np.uint8)
    parameters = (4096, 0, 2048, 100, -50, 640)
    advance_sparse_fixed(u, v, c, layer(101, kind=np.int32), parameters, spikes)
    assert (spikes[0], v[0], c[0]) == (1, 0, 640)
    advance_sparse_fixed(u, v, c, layer(0, kind=np.int32), parameters, spikes)
    assert (v[0], c[0]) == (10, 320)
    advance_sparse_fixed(u, v, c, layer(-500, kind=np.int32), parameters, spikes)
    assert (v[0], c[0]) == (-50, 160)


def test_traces_decay_and_jump():
    real, whole = layer(1.0, 0.0), layer(1000, 65000, kind=np.int64)
    trace_float(real, np.array([1]), 0.25, 0.5)
    trace_fixed(whole, np.array([1]), 1024, 40_000)
    assert real.tolist() == [0.75, 0.5]
    assert whole.tolist() == [750, 65535]


def test_active_features_move_toward_what_is_above_the_reference():
    phi = np.zeros((2, 3))
    learn_float(phi, layer(0.3, 0.1), layer(0.5, 0.02, 0.0), 2.0, -1.0, 0.05)
    assert phi == pytest.approx(np.array([[0.1, 0, 0], [-0.1, 0, 0]]))
    learn_float(phi, layer(0.3, 0.1), layer(0.0, 1.0, 0.0), 2.0, 0.1, 0.05)
    assert phi[:, 1] == pytest.approx([0.4, 0.0])


def test_integer_weights_move_as_real_ones_in_the_mean():
    pixels, epochs = 4, 4000
    residual, sparse = layer(300, 100, 90, 10, kind=np.int64), layer(700, kind=np.int64)
    mantissa, shift = rate_of_integers(3e-9, pixels)
    weights, tags = np.zeros((2, pixels, 1), dtype=np.int16)
    phi = np.zeros((pixels, 1))
    for step in range(epochs):
        learn_fixed(weights, tags, residual, sparse, mantissa, shift, -1, 0, 5, step)
        learn_float(phi, residual.astype(float), sparse.astype(float), 3e-9, -1.0, 0.0)
    moved = weights[:, 0] + tags[:, 0] / TAG_UNITS
    # Steps of 0.04 tags and less, each rounded: a random walk of 16 tags at most, and the mantissa.
    assert moved == pytest.approx(phi[:, 0], abs=0.25)
    assert moved.sum() == 0


def test_weights_that_are_sent_follow_the_running_sum():
    # In weights 0.4, 0.4, -0.5, -0.3: the sums 0.4, 0.8, 0.3 and 0 are rounded.
    weights = np.zeros((4, 1), dtype=np.int16)
    tags = np.array([[51], [51], [-64], [-38]], dtype=np.int16)
    nothing = np.zeros(4, dtype=np.int64)
    learn_fixed(weights, tags, nothing, layer(1, kind=np.int64), 128, 0, -1, 0, 0, 1)
    assert weights[:, 0].tolist() == [0, 1, -1, 0]
    assert (TAG_UNITS * weights + tags)[:, 0].tolist() == [51, 51, -64, -38]


def test_integer_weights_end_at_126():
    weights, tags = np.array([[125], [-125]], dtype=np.int16), np.zeros((2, 1), dtype=np.int16)
    residual, sparse = layer(60_000, 0, kind=np.int64), layer(60_000, kind=np.int64)
    mantissa, shift = rate_of_integers(1e-6, 2)
    learn_fixed(weights, tags, residual, sparse, mantissa, shift, -1, 0, 0, 1)
    assert (weights.tolist(), tags.tolist()) == ([[126], [-126]], [[0], [0]])


def test_the_next_pixel_takes_what_a_weight_at_its_end_cannot_take():
    weights, tags = (np.array([values], dtype=np.int16).T for values in ([126, 0, -126], [0, 0, 0]))
    residual, sparse = layer(200, 100, 0, kind=np.int64), layer(100, kind=np.int64)
    # Changes of 3 * 100 * 100 * 128 / 2**17, 29.3, of 0, and of -29.3.
    learn_fixed(weights, tags, residual, sparse, 128, 17, -1, 0, 0, 1)
    total = TAG_UNITS * weights[:, 0] + tags[:, 0]
    assert total[1] in (29, 30)
    assert total[[0, 2]].tolist() == [126 * 128, -126 * 128]


@given(
    phi=st.integers(0, 2**32 - 1),
    reference=st.sampled_from([-1, 40]),
    step=st.integers(0, 2**31),
)
def test_both_directions_round_alike(phi, reference, step):
    rng = np.random.default_rng(phi)
    weights = rng.integers(-127, 128, (5, 3)).astype(np.int16)
    tags = rng.integers(-127, 128, (5, 3)).astype(np.int16)
    residual, sparse = rng.integers(0, 500, 5), rng.integers(0, 500, 3)
    back, back_tags = weights.T.copy(), tags.T.copy()
    mantissa, shift = rate_of_integers(1e-5, 5)
    for w, g in ((weights, tags), (back.T, back_tags.T)):
        learn_fixed(w, g, residual, sparse, mantissa, shift, reference, 10, 7, step)
    assert (back == weights.T).all()
    assert (back_tags == tags.T).all()


@given(rate=st.floats(1e-9, 1e-1), pixels=st.sampled_from([16, 256, 784]))
def test_a_rate_in_integers_is_within_half_a_percent(rate, pixels):
    mantissa, shift = rate_of_integers(rate, pixels)
    assert 128 <= mantissa <= 255
    assert 0 <= shift <= 40
    assert mantissa / 2**shift == pytest.approx(rate * TAG_UNITS / pixels, rel=0.004)


def test_a_rate_of_0_is_0_and_one_too_small_is_refused():
    assert rate_of_integers(0.0, 256) == (0, 0)
    with pytest.raises(ValueError, match="rate is 1e-12; in fixed_pt, with 256 pixels, it must be"):
        rate_of_integers(1e-12, 256)


@pytest.mark.parametrize("subtracts", [True, False])
def test_a_current_for_a_rate(subtracts):
    # 64 / 1000 spikes a step are 256 in 4,000 steps; a little less current brings fewer.
    current = current_at_rate(0.064, 0.05, subtracts)
    assert (
        0.064 <= constant_rate(current, 0.05, subtracts, 4000) <= (0.064 if subtracts else 1 / 15)
    )
    assert constant_rate(current - 1e-8, 0.05, subtracts, 4000) < 0.064
    # With v back to 0 a period is a whole number of steps; 15 are the most that are short enough.
    if not subtracts:
        assert current == pytest.approx(0.05 / (1 - 0.95**15), rel=1e-6)
