"""Data sets by name, streams of any classes a task, and a user's own arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loihi_sleep.datasets import DATA_SETS, DataSet, Samples, Stream, load_stream
from loihi_sleep.datasets.stream import group_classes, order_classes
from loihi_sleep.errors import BadParameter


def made(samples=60, classes=6, shape=(2, 3), seed=0):
    rng = np.random.default_rng(seed)
    return rng.random((samples, *shape)), np.arange(samples) % classes


@pytest.mark.parametrize(
    ("per_task", "tasks"),
    [
        (5, ((0, 1, 2, 3, 4), (5, 6, 7, 8, 9))),
        (4, ((0, 1, 2, 3), (4, 5, 6, 7), (8, 9))),
        ((1, 3, 6), ((0,), (1, 2, 3), (4, 5, 6, 7, 8, 9))),
        (10, (tuple(range(10)),)),
    ],
)
def test_tasks_bring_as_many_classes_as_asked_for(per_task, tasks):
    stream = load_stream("digits", classes_per_task=per_task)
    assert stream.tasks == tasks
    assert [set(part.y) for part in stream.train_by_task()] == [set(task) for task in tasks]


@given(sizes=st.lists(st.integers(1, 6), min_size=1, max_size=8), order=st.integers(0, 2**63 - 1))
def test_each_class_comes_once_in_tasks_of_the_sizes_asked_for(sizes, order):
    classes = order_classes(order, sum(sizes))
    assert sorted(classes) == list(range(sum(sizes)))
    tasks = group_classes(classes, sizes)
    assert [len(task) for task in tasks] == sizes
    assert sum(tasks, ()) == classes
    *others, last = group_classes(classes, sizes[0])
    assert {len(task) for task in others} <= {sizes[0]}
    assert 1 <= len(last) <= sizes[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"classes_per_task": 0}, r"classes_per_task is 0; it must be an integer 1 .. 10"),
        ({"classes_per_task": (5, 4)}, r"classes_per_task is \[5, 4\]; .* add up to 10"),
        ({"task_order": -1}, "task_order is -1; it must be an integer from 0"),
        ({"task_order": (0, 1)}, r"task_order is \[0, 1\]; it must name each class 0 .. 9 once"),
        ({"folder": "here"}, "folder is 'here'; scikit-learn's digits are read from no folder"),
    ],
)
def test_parameters_are_named_as_the_caller_wrote_them(arguments, message):
    with pytest.raises(BadParameter, match=message):
        load_stream("digits", **arguments)


def test_an_unknown_data_set_is_named_with_those_that_are_there():
    with pytest.raises(ValueError, match="data set is 'letters'; it must be one of digits, mnist"):
        load_stream("letters")


def test_digits_of_a_task_can_be_fewer():
    stream = load_stream("digits", task_images=20)
    assert [len(part) for part in stream.train_by_task()] == [20] * 5
    assert (load_stream("digits").train_by_task()[3].x[:20] == stream.train_by_task()[3].x).all()


def test_a_script_brings_a_data_set(monkeypatch):
    monkeypatch.setattr(DATA_SETS, "_registered", {})

    def load_noise(options):
        x, y = made(seed=options.seed)
        joint, test = (Samples(x.reshape(60, 6), y) for _ in range(2))
        return options.split(joint, test, (1, 2, 3))

    DATA_SETS.register("noise", DataSet("noise", load_noise, (1, 2, 3), classes=6))
    stream = load_stream("noise", classes_per_task=3, task_order=(5, 4, 3, 2, 1, 0))
    assert stream.tasks == ((5, 4, 3), (2, 1, 0))


def test_arrays_of_ones_own():
    x, y = made()
    stream = Stream.from_arrays(x, y, classes_per_task=3, test_share=0.2, seed=3)
    assert stream.tasks == ((0, 1, 2), (3, 4, 5))
    assert stream.image == (1, 2, 3)
    assert stream.inputs == 6
    # Of 60 samples 12 are for testing; of 24 a task, a seventh is for validation.
    assert (len(stream.train), len(stream.validation), len(stream.test)) == (42, 6, 12)
    parts = (stream.train, stream.validation, stream.test)
    rows = {
        row.tobytes(): label for part in parts for row, label in zip(part.x, part.y, strict=True)
    }
    assert rows == {row.tobytes(): label for row, label in zip(x.reshape(60, 6), y, strict=True)}
    again = Stream.from_arrays(x, y, classes_per_task=3, test_share=0.2, seed=3)
    assert (again.train.x == stream.train.x).all()


def test_arrays_with_test_samples_and_bytes():
    x, y = made(samples=40, classes=2, shape=(3, 2, 2))
    x = (x * 255).astype(np.uint8)
    stream = Stream.from_arrays(
        x, y, x_test=x[:6], y_test=y[:6], classes_per_task=1, task_samples=9
    )
    assert stream.image == (3, 2, 2)
    assert (stream.test.x == x[:6].reshape(6, 12) / np.float32(255)).all()
    assert [len(part) for part in stream.train_by_task()] == [9, 9]
    assert len(stream.validation) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": np.full((60, 6), 2.0)}, r"x holds values from 2 to 2; they must be 0 .. 1"),
        ({"x": np.full((60, 6), np.nan)}, "x holds"),
        ({"x": np.zeros(60)}, r"x has shape \(60,\); it must be \(samples, inputs\)"),
        ({"y": np.arange(60) % 6 + 1}, r"y holds the classes .*1, 2, 3.*; they must be 0, 1"),
        ({"y": np.arange(60) / 7}, "y has type float64 .*; it must hold an integer for each of"),
        ({"y": np.zeros(59, int)}, r"y has type int64 and shape \(59,\)"),
        ({"x_test": np.zeros((2, 6))}, "x_test and y_test go together"),
        ({"x_test": np.zeros((2, 5)), "y_test": [0, 1]}, r"x_test has .* \(1, 1, 5\)"),
        ({"x_test": np.zeros((2, 6)), "y_test": [0, 1]}, "no test images of class 2"),
        ({"test_share": 1.0}, "test_share is 1 and the smallest class has 10 samples"),
        ({"task_samples": 99}, "task_samples is 99; classes 0 and 1 have"),
        ({"task_samples": 0}, "task_samples is 0; it must be at least 1"),
        ({"classes_per_task": 2.0}, "classes_per_task is 2.0; it must be an integer or integers"),
        ({"classes_per_task": "22"}, "classes_per_task is '22'; it must be an integer or integers"),
        ({"seed": -1}, "seed is -1"),
        ({"y": ["no", "yes"] * 30}, "type <U3 .*unique.* makes integers of names"),
        ({"x": [[0, 1], [1]]}, "x cannot become a NumPy array: "),
        # Of three samples a fifth is none.
        ({"y": [*[0] * 57, *[1] * 3], "test_share": 0.1}, "3 samples of class 1 none would be for"),
    ],
)  # fmt: skip
def test_arrays_that_are_no_data_set_are_refused(change, message):
    x, y = made()
    arrays = {"x": x.reshape(60, 6), "y": y} | change
    with pytest.raises(ValueError, match=message):
        Stream.from_arrays(arrays.pop("x"), arrays.pop("y"), **arrays)


def test_numbers_may_be_of_numpy():
    x, y = made()
    ours, theirs = (
        Stream.from_arrays(x, y, classes_per_task=kind(3), task_order=kind(2), seed=kind(1))
        for kind in (int, np.int64)
    )
    assert ours.tasks == theirs.tasks
    assert (ours.train.x == theirs.train.x).all()
