"""What Lava's own tests check of its neurons, on the compiled engine, by known values."""

import numpy as np
import pytest
from brief_runs import BOTH, recorded, running, sent_to, step_by_step
from lava.proc.lif.process import LIF, LearningLIF, LIFRefractory, LIFReset, TernaryLIF

from loihi_sleep import engine
from loihi_sleep.errors import UnsupportedGraph


@pytest.mark.parametrize(
    ("neurons", "numerics", "expected"),
    [
        # v = 1, 2, 3, 4, 5 > 4
        (lambda: LIF(shape=(3,), bias_mant=1.0, vth=4.0), "float", {5: 1, 10: 1}),
        # v = 128 t > 8 << 6, with a bias of 2 << 6
        (lambda: LIF(shape=(3,), bias_mant=2, bias_exp=6, vth=8), "fixed", {5: 1, 10: 1}),
        (lambda: LearningLIF(shape=(3,), bias_mant=2, bias_exp=6, vth=8), "fixed", {5: 1, 10: 1}),
        (lambda: LearningLIF(shape=(3,), bias_mant=1.0, vth=4.0), "float", {5: 1, 10: 1}),
        (
            lambda: TernaryLIF(shape=(3,), bias_mant=-1.0, vth_lo=-7.0, vth_hi=5.0),
            "float",
            {8: -1},
        ),
        (
            lambda: TernaryLIF(shape=(3,), bias_mant=-2, bias_exp=6, vth_lo=-8, vth_hi=2),
            "fixed",
            {5: -1, 10: -1},
        ),
    ],
)
def test_a_bias_makes_a_neuron_fire_at_regular_times(neurons, numerics, expected):
    lif = neurons()
    (spikes,) = recorded([lif.s_out], lif, numerics, 12)
    wanted = np.zeros((12, 3))
    for step, spike in expected.items():
        wanted[step - 1] = spike
    assert spikes.tolist() == wanted.tolist()


@pytest.mark.parametrize("kind", [LIF, LIFReset, LearningLIF])
def test_each_neuron_may_have_constants_of_its_own(kind):
    """u and v by pencil: keep (4095 - du) / 4096 of u, (4096 - dv) / 4096 of v, v > vth << 6."""
    lif = kind(
        shape=(2, 2),
        du=np.array([[4095, 2047], [0, 4095]]),
        dv=np.array([4096, 2048]),  # of both rows
        vth=np.array([[10, 100], [100, 10]]),
        **({"reset_interval": 100} if kind is LIFReset else {}),
    )
    sent_to(lif.a_in, np.full((2, 2), 16), [1], 3)
    with running(lif, "fixed") as run:
        assert lif.du.get().tolist() == [[4095, 2047], [0, 4095]]
        run(1)
        assert lif.u.get().tolist() == [[1024, 1024], [1024, 1024]]
        assert lif.v.get().tolist() == [[0, 1024], [1024, 0]]  # 1024 > 10 << 6, not > 100 << 6
        run(1)
        assert lif.u.get().tolist() == [[0, 512], [1023, 0]]
        assert lif.v.get().tolist() == [[0, 1024], [1023, 0]]
        lif.du.set(np.array([[4095, 4095], [0, 4095]]))
        lif.dv.set(np.array([4096, 4096]))
        run(1)
        assert lif.u.get().tolist() == [[0, 0], [1022, 0]]
        assert lif.v.get().tolist() == [[0, 0], [1022, 0]]
        with pytest.raises(ValueError, match="vth of Process .* cannot be set after the start"):
            lif.vth.set(np.full((2, 2), 3))


def test_each_neuron_may_have_constants_of_its_own_in_float():
    lif = LIF(
        shape=(2,), du=np.array([1.0, 0.5]), dv=np.array([0.0, 1.0]), vth=np.array([3.0, 9.0])
    )
    sent_to(lif.a_in, [4.0, 8.0], [1], 2)
    with running(lif, "float") as run:
        run(1)
        assert lif.v.get().tolist() == [0.0, 8.0]
        lif.vth.set(np.array([3.0, 2.0]))
        run(1)
        assert (lif.u.get().tolist(), lif.v.get().tolist()) == ([0.0, 4.0], [0.0, 0.0])


@pytest.mark.parametrize(
    ("neurons", "message"),
    [
        (lambda: LIF(shape=(3,), du=np.array([1, 2])), r"du has shape \(2,\); it must be a single"),
        (lambda: LIF(shape=(2,), du=4096), "du is 4096; it must be at most 4095 in fixed"),
        (lambda: LIF(shape=(2,), dv=np.array([1, 4097])), "dv is 4097; it must be at most 4096"),
        (lambda: LIF(shape=(2,), vth=[1, 2]), "vth is a list; several numbers must be an array"),
        (lambda: LIF(shape=(2,), vth=np.array([1.5, 2])), "vth is a float64; .* of integers"),
        (lambda: LIF(shape=(2,), dv=np.zeros((0,), int)), r"dv has shape \(0,\)"),
        (lambda: TernaryLIF(shape=(2,), vth_hi=np.array([1, 2])), "vth_hi has 2 values"),
    ],
)
def test_constants_that_fit_no_neuron_are_refused(neurons, message):
    with pytest.raises(UnsupportedGraph, match=message):
        engine.attach(neurons(), numerics="fixed", python="refuse")


# An impulse of 128 at the first step. Loihi's du is one less than what it decays by.
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("numerics", "decays", "variable", "expected"),
    [
        ("float", {"du": 0.5}, "u", [128, 64, 32, 16, 8, 4, 2, 1]),
        ("float", {"dv": 0.5}, "v", [128, 192, 224, 240, 248, 252, 254, 255]),
        ("fixed", {"du": 2047}, "u", [8192, 4096, 2048, 1024, 512, 256, 128, 64]),
        (
            "fixed",
            {"dv": 2048},
            "v",
            [8192, 12286, 14331, 15351, 15859, 16111, 16235, 16295],
        ),
    ],
)
@pytest.mark.parametrize("kind", [LIF, TernaryLIF])
def test_impulse_response(kind, numerics, decays, variable, expected, sign):
    thresholds = {"vth": 256} if kind is LIF else {"vth_hi": 256, "vth_lo": -256}
    lif = kind(shape=(1,), **decays, **thresholds)
    sent_to(lif.a_in, [128 * sign], [1], 8)
    (series,) = step_by_step([getattr(lif, variable)], lif, numerics, 8)
    assert series == [sign * value for value in expected]


@pytest.mark.parametrize(
    ("mantissa", "exponent", "expected"),
    [(4095, 5, 131040), (-4096, 7, -524288), (3, 0, 3), (5, -1, 2), (-5, -1, -3)],
)
def test_bias_is_shifted_by_its_exponent(mantissa, exponent, expected):
    lif = LIF(shape=(1,), bias_mant=mantissa, bias_exp=exponent, vth=131071)
    with running(lif) as run:
        run(1)
        assert lif.v.get().tolist() == [expected]


@pytest.mark.parametrize(
    ("start", "activation", "expected_u", "expected_v"),
    [
        # 24 bits: the current wraps, the voltage saturates. du = -1 is no decay at all.
        (8388607, 1, -8388545, -8388545),
        (8388544, 1, 8388608, 8388607),
        (-8388544, -1, 8388608, 8388607),
        (-8388500, -2, 8388588, 8388588),
        (8388607, 0, 8388607, 8388607),
    ],
)
def test_current_wraps_and_voltage_saturates(start, activation, expected_u, expected_v):
    lif = LIF(shape=(1,), u=start, du=-1, vth=131072)
    sent_to(lif.a_in, [activation], [1], 1)
    with running(lif) as run:
        run(1)
        assert (lif.u.get().tolist(), lif.v.get().tolist()) == ([expected_u], [expected_v])


@BOTH
def test_two_sources_drive_a_ternary_neuron_both_ways(numerics):
    neurons = TernaryLIF(shape=(4,), vth_lo=-3, vth_hi=5)
    sent_to(neurons.a_in, np.ones(4), [1, 2, 3, 10, 11], 11)
    sent_to(neurons.a_in, -np.ones(4), [4, 5, 6, 7, 8, 9], 11)
    (spikes,) = recorded([neurons.s_out], neurons, numerics, 11)
    # In float the current counts 1 2 3 2 1 0 -1 -2 -3 -2 -1. In fixed it loses 1/4096 a step, so
    # that the threshold is met a step sooner, and once more.
    down = {"float": [10], "fixed": [9, 11]}[numerics]
    wanted = [1 if step == 3 else -1 if step in down else 0 for step in range(1, 12)]
    assert spikes.T.tolist() == [wanted] * 4


@pytest.mark.parametrize(("numerics", "du"), [("float", 0), ("fixed", -1)])
@pytest.mark.parametrize("offset", [3, 7])
def test_reset_clears_current_and_voltage_before_the_step(numerics, du, offset):
    bias = np.arange(4) + 1
    lif = LIFReset(
        shape=(4,), u=np.arange(4), du=du, vth=100, bias_mant=bias, reset_interval=4,
        reset_offset=offset,
    )  # fmt: skip
    u, v = recorded([lif.u, lif.v], lif, numerics, 8)
    assert u.tolist() == [[0, 1, 2, 3]] * 2 + [[0] * 4] * 6
    # Two steps with u, then one bias a step since the reset at 3 and at 7.
    assert v[:2].tolist() == [(step * (bias + np.arange(4))).tolist() for step in (1, 2)]
    assert v[2:].tolist() == [(steps * bias).tolist() for steps in (1, 2, 3, 4, 1, 2)]


def test_refractory_neurons_stay_at_rest():
    lif = LIFRefractory(shape=(2,), bias_mant=np.array([1.0, 2.0]), vth=4.0, refractory_period=1)
    v, end = recorded([lif.v, lif.refractory_period_end], lif, "float", 8)
    assert v.T.tolist() == [[1, 2, 3, 4, 0, 0, 1, 2], [2, 4, 0, 0, 2, 4, 0, 0]]
    assert end[-1].tolist() == [6, 8]
