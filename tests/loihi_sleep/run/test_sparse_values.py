"""Sparse Vars are read whole, and written whole, entry by entry or with one number."""

import numpy as np
import pytest
from lava.proc.sparse.process import Sparse
from scipy.sparse import csr_matrix

import loihi_sleep as ls


def made():
    return Sparse(weights=csr_matrix([[2, 0, 4], [0, 6, 0]]))


@pytest.mark.parametrize("numerics", ["fixed", "float"])
@pytest.mark.parametrize("engine", ["compiled", "lava"])
def test_what_is_read_can_be_written(engine, numerics):
    synapses = made()
    with ls.Session(synapses, ls.select(engine, numerics)) as session:
        session.run(1)
        before = session.get(synapses.weights)
        assert before.tolist() == [[2, 0, 4], [0, 6, 0]]
        session.set(synapses.weights, before * 2)
        assert session.get(synapses.weights).tolist() == [[4, 0, 8], [0, 12, 0]]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (csr_matrix([[8, 0, 0], [0, 4, 0]]), [[8, 0, 0], [0, 4, 0]]),
        ([[0, 0, 2], [0, 0, 0]], [[0, 0, 2], [0, 0, 0]]),
        (6, [[6, 0, 6], [0, 6, 0]]),
    ],
)
def test_entries_are_written_where_there_are_synapses(value, expected):
    synapses = made()
    with ls.Session(synapses, ls.select("compiled")) as session:
        session.run(1)
        session.set(synapses.weights, value)
        assert session.get(synapses.weights).tolist() == expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.ones((2, 3)), r"weights is not 0 where there is no synapse \(places: 3\); only the 3"),
        (csr_matrix([[0, 2, 0], [0, 0, 0]]), r"where there is no synapse \(places: 1\)"),
        (np.ones((3, 2)), r"weights has shape \(3, 2\); it must have shape \(2, 3\)"),
        (csr_matrix((3, 3)), r"weights has shape \(3, 3\); it must have shape \(2, 3\)"),
        ([[np.nan, 0, 0], [0, 0, 0]], "weights holds nan; it must be finite"),
        ("many", "weights is 'many'; it must be numeric"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_changes(value, message):
    synapses = made()
    with ls.Session(synapses, ls.select("compiled")) as session:
        session.run(1)
        with pytest.raises(ValueError, match=message):
            session.set(synapses.weights, value)
        assert session.get(synapses.weights).tolist() == [[2, 0, 4], [0, 6, 0]]
