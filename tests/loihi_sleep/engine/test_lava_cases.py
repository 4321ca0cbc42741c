"""What Lava's own tests check of its Processes, on the compiled engine, by known values.

Time steps are counted from 1, as in Lava: a spike "at 5" is in the fifth row of a recording.
"""

from contextlib import contextmanager
from math import exp

import numpy as np
import pytest
from lava.magma.core.learning.constants import GradedSpikeCfg
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule, Loihi3FLearningRule
from lava.magma.core.run_conditions import RunSteps
from lava.proc.clp.prototype_lif.process import PrototypeLIF
from lava.proc.dense.process import DelayDense, Dense, LearningDense
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source
from lava.proc.learning_rules.stdp_learning_rule import STDPLoihi
from lava.proc.lif.process import LIF, LearningLIF, LIFRefractory, LIFReset, TernaryLIF
from lava.proc.monitor.process import Monitor
from lava.proc.sparse.process import DelaySparse, LearningSparse, Sparse
from lava.utils.weightutils import SignMode
from scipy.sparse import csr_matrix
from shared_rules import BEFORE, SATURATION, pairs

from loihi_sleep import engine
from loihi_sleep.errors import UnsupportedGraph

BOTH = pytest.mark.parametrize("numerics", ["float", "fixed"])


@contextmanager
def running(process, numerics="fixed", python="allow"):
    """Attach the engine to a network; gives a function that runs it for some steps."""
    engine.attach(process, numerics=numerics, rounding="per_layer", python=python)
    try:
        yield lambda steps: process.run(condition=RunSteps(num_steps=steps))
    finally:
        process.stop()


def recorded(targets, process, numerics, steps):
    """Monitor some Vars and OutPorts over a run; each has a row a step."""
    monitors = []
    for target in targets:
        monitors.append(Monitor())
        monitors[-1].probe(target, steps)
    with running(process, numerics) as run:
        run(steps)
        return [
            monitor.get_data()[target.process.name][target.name]
            for monitor, target in zip(monitors, targets, strict=True)
        ]


def step_by_step(variables, process, numerics, steps, python="allow"):
    """Read Vars after each of several runs of one step."""
    rows = [[] for _ in variables]
    with running(process, numerics, python) as run:
        for _ in range(steps):
            run(1)
            for row, variable in zip(rows, variables, strict=True):
                row.append(variable.get().ravel()[0])
    return rows


def sent_to(process, values, at, steps):
    """Connect a source that sends some values at the given steps, and 0 otherwise."""
    data = np.zeros((*np.shape(values), steps))
    data[..., np.array(at) - 1] = np.asarray(values)[..., np.newaxis]
    Source(data=data).s_out.connect(process)


def arriving(synapses, numerics, pre=4, steps=8, spike_at=4, payload=1, python="allow"):
    """Activations that arrive when all inputs spike once, a row a step."""
    sink = Sink(shape=synapses.a_out.shape, buffer=steps)
    sent_to(synapses.s_in, np.full(pre, payload), [spike_at], steps)
    synapses.a_out.connect(sink.a_in)
    with running(synapses, numerics, python) as run:
        run(steps)
        return sink.data.get().T


# --- neurons ---------------------------------------------------------------


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


# --- synapses --------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ({(2, 2): 2}, [0, 0, 2]),
        ({(2, 0): 2, (2, 1): -4, (2, 2): 4, (2, 3): -6}, [0, 0, -4]),
        ({(0, 2): 4, (1, 2): 6, (2, 2): 8}, [4, 6, 8]),
    ],
)
@pytest.mark.parametrize("kind", [Dense, Sparse])
def test_activations_arrive_one_step_after_the_spikes(kind, weights, expected, numerics):
    matrix = np.zeros((3, 4), dtype=int)
    for index, weight in weights.items():
        matrix[index] = weight
    synapses = kind(weights=csr_matrix(matrix) if kind is Sparse else matrix)
    arrived = arriving(synapses, numerics)
    assert arrived[4].tolist() == expected
    assert not np.delete(arrived, 4, axis=0).any()


@pytest.mark.parametrize(
    ("weights", "arguments", "expected"),
    [
        ([0.5, 300, 40], {"sign_mode": SignMode.EXCITATORY}, [0, 255, 40]),
        ([0.5, 300, 41], {}, [0, 255, 41]),
        ([-300, -7, 3], {"sign_mode": SignMode.INHIBITORY}, [-255, -7, 0]),
        ([300, -300, 39], {"sign_mode": SignMode.MIXED}, [254, -256, 38]),
        ([300, -300, 39], {"weight_exp": 1}, [508, -512, 76]),
        ([300, -300, -39], {"weight_exp": -2}, [63, -64, -10]),
        ([300, -300, 39], {"num_weight_bits": 7}, [252, -256, 36]),
        ([255, -255, 39], {"num_weight_bits": 1, "sign_mode": SignMode.MIXED}, [0, -256, 0]),
        ([255, 127, 130], {"num_weight_bits": 1}, [128, 0, 128]),
    ],
)
@pytest.mark.parametrize("kind", [Dense, DelayDense])
def test_weights_are_clipped_and_truncated_once(kind, weights, arguments, expected):
    matrix = np.zeros((3, 4))
    matrix[:, 2] = weights
    delays = {} if kind is Dense else {"delays": 0}
    synapses = kind(weights=matrix, **delays, **arguments)
    assert arriving(synapses, "fixed")[4].tolist() == expected


def test_truncation_comes_before_the_sum():
    weights = np.array([[300, -300, 39, -0.4]])
    synapses = Dense(weights=weights, sign_mode=SignMode.MIXED)
    assert arriving(synapses, "fixed")[4].tolist() == [254 - 256 + 38 - 0]


@BOTH
@pytest.mark.parametrize("payload", [3, -2])
@pytest.mark.parametrize(("bits", "counted"), [(8, True), (0, False)])
def test_payloads_are_multiplied_where_there_are_message_bits(numerics, payload, bits, counted):
    synapses = Dense(weights=np.array([[2, 4, 6, 8]]), num_message_bits=bits)
    arrived = arriving(synapses, numerics, payload=payload)
    assert arrived[4].tolist() == [20 * (payload if counted else 1)]


@pytest.mark.parametrize("python", ["refuse", "all"])
@pytest.mark.parametrize(
    ("kind", "arguments", "expected"),
    [
        # 4 * 254 * 2**23, shifted, before or after it wraps around
        (DelayDense, {"delays": 0}, 254 * 2**23),
        (DelaySparse, {"delays": csr_matrix([[0, 0, 1, 1]])}, -(2**23)),
        (Dense, {}, -(2**24)),
    ],
)
def test_sums_beyond_32_bits_are_shifted_as_lava_does(kind, arguments, expected, python):
    weights = np.full((1, 4), 254)
    synapses = kind(
        weights=weights if kind is not DelaySparse else csr_matrix(weights),
        num_message_bits=24,
        weight_exp=-2,
        **arguments,
    )
    assert arriving(synapses, "fixed", payload=2**23, python=python)[4].tolist() == [expected]


@BOTH
@pytest.mark.parametrize(
    ("weights", "delays", "expected"),
    [
        ({(2, 2): 2}, {(2, 2): 2}, {7: [0, 0, 2]}),
        (
            {(2, 0): 2, (2, 1): -4, (2, 2): 6, (2, 3): -8},
            {(2, 0): 1, (2, 1): 2, (2, 2): 2, (2, 3): 4},
            {6: [0, 0, 2], 7: [0, 0, 2], 9: [0, 0, -8]},
        ),
        ({(0, 2): 4, (1, 2): 6, (2, 2): 8}, 2, {7: [4, 6, 8]}),
        (
            {(0, 2): 4, (1, 2): 6, (2, 2): 8},
            {(1, 2): 1, (2, 2): 2},
            {5: [4, 0, 0], 6: [0, 6, 0], 7: [0, 0, 8]},
        ),
    ],
)
@pytest.mark.parametrize("max_delay", [0, 6])
def test_each_synapse_has_its_delay(weights, delays, max_delay, expected, numerics):
    matrix, steps = np.zeros((3, 4), dtype=int), np.zeros((3, 4), dtype=int)
    for index, weight in weights.items():
        matrix[index] = weight
    if isinstance(delays, dict):
        for index, delay in delays.items():
            steps[index] = delay
        delays = steps
    synapses = DelayDense(weights=matrix, delays=delays, max_delay=max_delay)
    arrived = arriving(synapses, numerics, steps=10)
    wanted = np.zeros((10, 3))
    for step, values in expected.items():
        wanted[step - 1] = values
    assert arrived.tolist() == wanted.tolist()


@BOTH
def test_delays_of_sparse_synapses_may_all_be_zero_and_have_no_entry(numerics):
    none = csr_matrix((2, 2), dtype=int)
    synapses = DelaySparse(weights=csr_matrix([[4, 0], [0, 6]]), delays=none, max_delay=3)
    arrived = arriving(synapses, numerics, pre=2, steps=3, spike_at=2)
    assert arrived.tolist() == [[0, 0], [0, 0], [4, 6]]


@BOTH
@pytest.mark.parametrize(
    "synapses",
    [
        lambda: Dense(weights=np.full((3, 3), 2)),
        lambda: DelayDense(weights=np.full((3, 3), 2), delays=2),
        lambda: Sparse(weights=csr_matrix(np.full((3, 3), 2))),
    ],
)
def test_recurrent_synapses_do_not_wait_for_themselves(synapses, numerics):
    loop = synapses()
    lif = LIF(shape=(3,), vth=1, bias_mant=2 if numerics == "float" else 128)
    lif.s_out.connect(loop.s_in)
    loop.a_out.connect(lif.a_in)
    (spikes,) = recorded([lif.s_out], lif, numerics, 6)
    assert spikes.all()


@BOTH
def test_two_layers_in_a_row(numerics):
    first, second = (LIF(shape=(1,), vth=10, du=4095 if numerics == "fixed" else 1) for _ in "ab")
    synapses = Dense(weights=np.array([[12]]))
    sent_to(first.a_in, [11], [2], 5)
    first.s_out.connect(synapses.s_in)
    synapses.a_out.connect(second.a_in)
    before, after = recorded([first.s_out, second.s_out], first, numerics, 5)
    assert before.ravel().tolist() == [0, 1, 0, 0, 0]
    assert after.ravel().tolist() == [0, 0, 1, 0, 0]


# --- sparse matrices -------------------------------------------------------


def random_weights(numerics, shape=(7, 9)):
    rng = np.random.default_rng(4)
    weights = rng.uniform(-20, 20, shape) if numerics == "float" else rng.integers(-90, 90, shape)
    return np.where(rng.random(shape) < 0.4, np.where(np.abs(weights) < 2, 2, weights), 0)


@BOTH
@pytest.mark.parametrize("bits", [0, 8])
def test_sparse_synapses_do_as_dense_ones(numerics, bits):
    weights = random_weights(numerics)
    data = np.random.default_rng(5).integers(0, 10, (9, 12))
    arrived = []
    for synapses in (
        Dense(weights=weights, num_message_bits=bits, sign_mode=SignMode.MIXED),
        Sparse(weights=csr_matrix(weights), num_message_bits=bits, sign_mode=SignMode.MIXED),
    ):
        Source(data=data).s_out.connect(synapses.s_in)
        sink = Sink(shape=(7,), buffer=12)
        synapses.a_out.connect(sink.a_in)
        with running(synapses, numerics) as run:
            run(12)
            arrived.append(sink.data.get())
    assert arrived[0].any()
    assert np.allclose(arrived[0], arrived[1], rtol=1e-12, atol=0)


@BOTH
def test_sparse_weights_are_read_as_a_sparse_matrix(numerics):
    weights = random_weights(numerics)
    synapses = Sparse(weights=csr_matrix(weights), sign_mode=SignMode.MIXED)
    Source(data=np.ones((9, 2), int)).s_out.connect(synapses.s_in)
    with running(synapses, numerics) as run:
        run(2)
        got = synapses.weights.get()
    assert isinstance(got, csr_matrix)
    expected = weights if numerics == "float" else weights // 2 * 2
    assert got.toarray().tolist() == expected.tolist()


def test_sparse_weights_can_be_set_where_there_are_synapses():
    weights = random_weights("float")
    synapses = Sparse(weights=csr_matrix(weights))
    Source(data=np.ones((9, 4), int)).s_out.connect(synapses.s_in)
    sink = Sink(shape=(7,), buffer=4)
    synapses.a_out.connect(sink.a_in)
    with running(synapses, "float") as run:
        run(1)
        synapses.weights.set(csr_matrix(weights * -2))
        run(2)
        assert np.allclose(synapses.weights.get().toarray(), weights * -2, rtol=1e-15)
        arrived = sink.data.get().T
        with pytest.raises(ValueError, match="must stay equal"):
            synapses.weights.set(csr_matrix(np.roll(weights, 1, axis=1)))
    assert np.allclose(arrived[1], weights.sum(axis=1), rtol=1e-12)
    assert np.allclose(arrived[2], -2 * weights.sum(axis=1), rtol=1e-12)


@pytest.mark.parametrize(
    ("rule", "numerics"),
    [
        (
            {"dw": "2^-2*x0*y1 - 2^-1*y0*x1 + 3*u1*y2", "dt": "u1*y1", "dd": "x0*y1 - y0*x1"},
            "fixed",
        ),
        ({"dt": "u1*y1", "dd": "x0*y1 - y0*x1"}, "float"),
    ],
)
def test_sparse_synapses_learn_as_the_model_of_dense_ones(rule, numerics):
    weights = random_weights(numerics)
    first = {"weights": weights, "tag_1": weights, "tag_2": np.abs(weights)}
    variables = {"dw": "weights", "dt": "tag_1", "dd": "tag_2"}
    rng = np.random.default_rng(6)
    pre, post = ((rng.random((n, 10)) > 0.7).astype(int) for n in (9, 7))
    settings = {"x1_tau": 10, "x1_impulse": 16, "y1_tau": 16, "y1_impulse": 15.5, "y2_tau": 3}
    settings |= {"y2_impulse": 5, "t_epoch": 2, "rng_seed": 3}
    learned = []
    for kind, convert, python in (
        (LearningDense, np.array, "all"),
        (LearningSparse, csr_matrix, "refuse"),
    ):
        synapses = kind(
            **{name: convert(values) for name, values in first.items()},
            learning_rule=Loihi2FLearningRule(**rule, **settings),
        )
        Source(data=pre).s_out.connect(synapses.s_in)
        Source(data=post).s_out.connect(synapses.s_in_bap)
        with running(synapses, numerics, python) as run:
            run(10)
            got = {target: getattr(synapses, variables[target]).get() for target in rule}
        if kind is LearningSparse:
            learned.append({target: values.toarray() for target, values in got.items()})
        else:
            learned.append({target: np.where(weights, got[target], 0) for target in rule})
    for target in rule:
        assert not np.allclose(learned[0][target], first[variables[target]])
        assert np.allclose(*(each[target] for each in learned), rtol=1e-12, atol=0)


# --- learning --------------------------------------------------------------

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


@pytest.mark.parametrize("dependency", READ_AT)
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
        ([1], [3], 4, 16 * exp(-2 / 10)),
        ([3], [1], 4, -32 * exp(-2 / 10)),
        ([1], [3], 1, 16 * exp(-2 / 10)),
        ([3], [1], 1, -32 * exp(-2 / 10)),
        ([1], [4], 2, 16 * exp(-3 / 10)),
    ],
)
def test_pairs_of_spikes(pre, post, epoch, expected):
    rule = Loihi2FLearningRule(
        dw=pairs(1), x1_impulse=16, x1_tau=10, y1_impulse=16, y1_tau=10, t_epoch=epoch
    )
    assert traces_of(rule, pre, post, 4)["weights"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("pre", "post", "epoch", "expected"), [([1], [2], 1, 0), ([2], [2], 1, 4), ([1], [2], 2, 4)]
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


# --- sources, sinks, monitors ----------------------------------------------


@BOTH
@pytest.mark.parametrize(("length", "buffer"), [(10, 10), (4, 10), (10, 4), (1, 1)])
def test_a_sink_holds_what_the_source_sent(numerics, length, buffer):
    data = np.random.default_rng(7).integers(-128, 128, (3, 4, 2, length))
    source, sink = Source(data=data), Sink(shape=(3, 4, 2), buffer=buffer)
    source.s_out.connect(sink.a_in)
    with running(sink, numerics) as run:
        run(10)
        held = sink.data.get()
    for step in range(max(0, 10 - buffer), 10):
        assert (held[..., step % buffer] == data[..., step % length]).all()


@BOTH
@pytest.mark.parametrize("shape", [(1,), (2,), (2, 2)])
def test_monitors_record_voltages_and_spikes(numerics, shape):
    lif = LIF(shape=shape, vth=3, bias_mant=1 if numerics == "float" else 64, du=0)
    v, spikes = recorded([lif.v, lif.s_out], lif, numerics, 6)
    unit = 1 if numerics == "float" else 64
    for series, expected in ((v, [1, 2, 3, 0, 1, 2]), (spikes, [0, 0, 0, 1, 0, 0])):
        assert series.shape == (6, *shape)
        scale = unit if series is v else 1
        wanted = np.broadcast_to(np.reshape(expected, (6, *[1] * len(shape))), (6, *shape))
        assert (series == scale * wanted).all()


def test_a_monitor_records_a_matrix_over_several_runs():
    synapses = LearningDense(
        weights=np.array([[1, 2], [3, 4]]),
        learning_rule=Loihi2FLearningRule(dw=SATURATION, rng_seed=0),
    )
    sent_to(synapses.s_in, [1, 0], [2, 3], 4)
    monitor = Monitor()
    monitor.probe(synapses.weights, 4)
    with running(synapses) as run:
        for _ in range(4):
            run(1)
        weights = monitor.get_data()[synapses.name]["weights"]
    # Mixed weights are even; the learning phase of the first step comes after truncation.
    learned = [[0, 2], [128, 130], [255, 255], [255, 255]]
    assert weights.tolist() == [[[first, 2], [second, 4]] for first, second in learned]


def test_input_ports_cannot_be_monitored():
    with pytest.raises(TypeError):
        Monitor().probe(LIF(shape=(1,)).a_in, 2)


# --- prototypes ------------------------------------------------------------


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
