"""What Lava's own tests check of its synapses, on the compiled engine, by known values."""

import numpy as np
import pytest
from brief_runs import BOTH, arriving, recorded, running, sent_to
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
from lava.proc.dense.process import DelayDense, Dense, LearningDense
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source
from lava.proc.lif.process import LIF
from lava.proc.sparse.process import DelaySparse, LearningSparse, Sparse
from lava.utils.weightutils import SignMode
from scipy.sparse import csr_matrix


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
        pytest.param({"dt": "u1*y1", "dd": "x0*y1 - y0*x1"}, "float", marks=pytest.mark.slow),
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
