"""Rows: named fields, which are packed by name and read by constants."""

import numba
import numpy as np
import pytest

from loihi_sleep.engine.memory import Region
from loihi_sleep.engine.nodes.plastic.row import PLASTIC
from loihi_sleep.engine.nodes.synapses.step import LISTED
from loihi_sleep.engine.rows import MESSAGE, SIZE, message, row

NEURON = row("a neuron", message("out"), "u", ("pair", 2), "v")
VALUES = {"out": [10, 11, 12, 13], "u": 20, "pair": (30, 31), "v": 40}


def test_fields_follow_each_other():
    assert (NEURON.out, NEURON.u, NEURON.pair, NEURON.v, NEURON.width) == (0, 4, 5, 7, 8)
    packed = NEURON.pack(**VALUES)
    assert packed == [10, 11, 12, 13, 20, 30, 31, 40]
    assert packed[NEURON.out + SIZE] == 13


def test_the_order_in_which_fields_are_given_does_not_matter():
    backwards = dict(reversed(VALUES.items()))
    assert NEURON.pack(**backwards) == NEURON.pack(**VALUES)


def test_a_region_stands_for_where_it_begins():
    assert NEURON.pack(**VALUES | {"u": Region("values", 7, 3)})[NEURON.u] == 7


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"v": None}, "a row of a neuron without v"),
        ({"w": 1}, "a row of a neuron with unknown w"),
        ({"v": None, "w": 1}, "a row of a neuron without v and with unknown w"),
        ({"pair": (1, 2, 3)}, "pair of a row of a neuron has 3 numbers; it must have 2"),
        ({"out": 5}, "out of a row of a neuron has 1 numbers; it must have 4"),
    ],
)
def test_what_is_missing_unknown_or_too_long_is_named(change, error):
    values = {name: value for name, value in (VALUES | change).items() if value is not None}
    with pytest.raises(TypeError, match=error):
        NEURON.pack(**values)


def test_no_field_occurs_twice():
    with pytest.raises(ValueError, match="a row of a neuron has u twice"):
        NEURON.extend("a neuron", "u")


def test_a_row_that_extends_another_begins_as_it_does():
    for name in LISTED.widths:
        assert getattr(PLASTIC, name) == getattr(LISTED, name)
    assert PLASTIC.pre_spikes == LISTED.width


def test_compiled_code_reads_places_as_constants():
    @numba.njit
    def read(p, b):
        return p[b + NEURON.v] + p[b + NEURON.out + SIZE]

    assert read(np.arange(20), 5) == (5 + 7) + (5 + 3)
    assert MESSAGE.width == 4
