"""What a model holds is kept and put back, with what is shared in it."""

import math
import pickle
import random
from collections import Counter, OrderedDict, defaultdict, deque

import numpy as np
import pytest
from lava.magma.core.model.py.ports import PyOutPortVectorDense
from scipy.sparse import csr_matrix

from loihi_sleep.engine.python import held_values


def kept(held):
    """Take what a model holds, by way of a file."""
    return pickle.loads(pickle.dumps(held_values.take(held, "the model")))


def numbers(values):
    """Return values as something that can be compared."""
    if isinstance(values, np.ndarray):
        return values.tolist()
    if isinstance(values, (list, tuple, deque)):
        return [numbers(value) for value in values]
    if isinstance(values, dict):
        return {key: numbers(value) for key, value in values.items()}
    return values


ARRAY = np.arange(4)


@pytest.mark.parametrize(
    "held",
    [
        [ARRAY, [ARRAY, 2]],
        (ARRAY, 3),
        deque([ARRAY, ARRAY + 1], maxlen=3),
        {"a": ARRAY, 2: [1.5]},
        OrderedDict(b=1, a=2),
        defaultdict(list, a=[ARRAY]),
        Counter("sleep"),
    ],
    ids=lambda held: type(held).__name__,
)
def test_containers_are_kept_in_their_kind(held):
    model = {"held": held}
    state = kept(model)
    before = numbers(held)
    for changed in (model, {"held": type(held)()}, {}):
        held_values.put(changed, state)
        assert type(changed["held"]) is type(held)
        assert numbers(changed["held"]) == before
    if isinstance(held, deque):
        assert model["held"].maxlen == 3


def test_sets_and_sparse_matrices_are_kept():
    model = {"seen": {1, 2}, "weights": csr_matrix(np.eye(2))}
    state = kept(model)
    model["seen"].add(3)
    model["weights"] = csr_matrix((2, 2))
    held_values.put(model, state)
    assert model["seen"] == {1, 2}
    assert model["weights"].toarray().tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize(
    ("make", "draw"),
    [
        (lambda: np.random.default_rng(1), lambda one: one.random()),
        (lambda: np.random.RandomState(1), lambda one: one.normal()),
        (lambda: np.random.Generator(np.random.MT19937(1)), lambda one: one.random()),
        (lambda: random.Random(1), lambda one: one.gauss(0, 1)),
        (lambda: np.random.Philox(1), lambda one: one.random_raw()),
    ],
)
def test_generators_are_kept_wherever_they_are(make, draw):
    model = {"alone": make(), "many": [make(), {"deep": make()}]}

    def drawn(one):
        return [draw(one["alone"]), draw(one["many"][0]), draw(one["many"][1]["deep"])]

    drawn(model)
    state = kept(model)
    expected = drawn(model)
    # They are the model's own where it has them, and new ones in another.
    same = model["many"][0]
    for one in (model, {"many": []}):
        held_values.put(one, state)
        assert drawn(one) == expected
    assert model["many"][0] is same


def test_what_is_shared_is_shared_again():
    v, rng = np.zeros(3), np.random.default_rng(0)
    model = {"v": v, "layers": [v, np.ones(3)], "rng": rng, "rngs": [rng]}
    state = kept(model)
    fresh = {"v": np.zeros(3), "layers": [], "rng": np.random.default_rng(5)}
    for one in (model, fresh):
        held_values.put(one, state)
        assert one["v"] is one["layers"][0]
        assert one["rng"] is one["rngs"][0]
    assert model["v"] is v


def test_arrays_that_change_places_are_put_back_where_they_were():
    first, second = np.zeros(2), np.ones(2)
    model = {"now": first, "next": second, "both": [first, second]}
    state = kept(model)
    model["now"], model["next"] = second, first
    held_values.put(model, state)
    assert (model["now"].tolist(), model["next"].tolist()) == ([0, 0], [1, 1])
    assert model["both"][0] is model["now"]
    assert model["both"][1] is model["next"]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("is_whole_first", [False, True])
def test_parts_of_an_array_are_parts_again(order, is_whole_first):
    """As of a model that writes one row after the other."""
    rows = np.zeros((2, 3), order=order)
    model = {"rows": rows, "row": rows[1], "back": rows[::-1, 2]}
    if not is_whole_first:
        model = dict(reversed(model.items()))
    rows[:] = [[1, 2, 3], [4, 5, 6]]
    state = kept(model)
    rows[:] = 9
    model["row"] = rows[0]
    fresh = {"rows": np.zeros((2, 3)), "row": np.zeros(3)}
    for one in (model, fresh):
        held_values.put(one, state)
        assert one["rows"].tolist() == [[1, 2, 3], [4, 5, 6]]
        assert one["row"].tolist() == [4, 5, 6]
        one["row"] += 1
        assert one["rows"].tolist() == [[1, 2, 3], [5, 6, 7]]
        assert one["back"].tolist() == [7, 3]
    assert model["rows"] is rows


def test_arrays_that_overlap_without_a_whole_are_refused():
    whole = np.zeros(8)
    with pytest.raises(ValueError, match="end of the model shares memory with begin of the model"):
        held_values.take({"begin": whole[:5], "end": whole[3:]}, "the model")


def test_ports_and_functions_stay():
    port = PyOutPortVectorDense([], None, (2,), int)
    model = {"ends": [port, math.sqrt, np.zeros(2)]}
    state = kept(model)
    model["ends"][2] += 1
    held_values.put(model, state)
    assert model["ends"][:2] == [port, math.sqrt]
    assert model["ends"][2].tolist() == [0, 0]


def test_what_cannot_be_kept_is_named():
    circle = []
    circle.append(circle)
    for value, complaint in (
        (circle, "x of the model contains itself"),
        (np.array([None]), "x of the model is a ndarray of objects"),
        (
            [{"deep": iter("")}],
            "x of the model is a str_ascii_iterator|x of the model is a str_iter",
        ),
        ({(1, 2)}, "x of the model is a set"),
    ):
        with pytest.raises(ValueError, match=complaint):
            held_values.take({"x": value}, "the model")


def test_damaged_values_are_refused():
    part = held_values.Part(("rows",), 8, (3,), (8,), np.dtype(float))
    generator = held_values.GeneratorState
    for values in (
        {"rows": np.zeros(3), "row": part},
        {"row": part},
        {"rng": generator("Generator", {"bit_generator": "nothing"})},
        {"rng": generator("PCG64", {"bit_generator": "PCG64"})},
        {"rng": generator("system", "")},
        {"x": [object()]},
    ):
        with pytest.raises(ValueError, match="the state is damaged: r.* of the model|x of the mod"):
            held_values.check(values, "the model")
    held_values.check({"rows": np.zeros(4), "row": part}, "the model")
