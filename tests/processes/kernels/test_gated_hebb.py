import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loihi_sleep.processes.kernels.gated_hebb import gate, learn_gated


@pytest.mark.parametrize(
    ("weight", "expected"),
    [(-0.005, 1.99), (-0.002, 1.76), (0, 1.00), (0.001, 0.54), (0.002, 0.24), (0.005, 0.013)],
)
def test_the_gate_of_the_released_code(weight, expected):
    assert gate(weight, 0.001) == pytest.approx(expected, abs=0.005)


@given(st.floats(-1e300, 1e300), st.floats(1e-6, 10))
def test_the_gate_is_within_0_and_2_however_large_the_weight(weight, width):
    assert 0.0 <= gate(weight, width) <= 2.0


def test_potentiation_where_pre_spiked_depression_where_not():
    weights = np.zeros((2, 3))
    pre = np.array([1.0, 0.0, 1.0])
    learn_gated(weights, pre, np.array([1], dtype=np.int32), 0.3, 0.1, 0.001)
    assert weights[0].tolist() == [0, 0, 0]
    assert weights[1].tolist() == [0.3, -0.1, 0.3]


def test_any_memory_order_and_nothing_without_post_spikes():
    by_column = np.asfortranarray(np.zeros((2, 3)))
    learn_gated(by_column, np.ones(3), np.zeros(0, dtype=np.int32), 0.3, 0.1, 0.001)
    assert not by_column.any()
    learn_gated(by_column, np.ones(3), np.array([0], dtype=np.int32), 0.3, 0.1, 0.001)
    assert by_column.tolist() == [[0.3, 0.3, 0.3], [0, 0, 0]]
