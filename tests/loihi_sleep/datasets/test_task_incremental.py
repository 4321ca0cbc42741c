import numpy as np
import pytest

from loihi_sleep.datasets.stream import Samples, accuracy_by_task
from loihi_sleep.datasets.task_incremental import accuracy_where_task_is_known


def test_only_the_classes_of_the_task_compete_where_it_is_known():
    samples = Samples(np.zeros((4, 1)), np.array([0, 1, 2, 3]))
    outputs = np.array([[2, 1, 9, 0], [0, 1, 9, 0], [0, 0, 3, 1], [0, 0, 2, 1.0]])
    tasks = ((0, 1), (3, 2))
    assert accuracy_by_task(outputs.argmax(axis=1), samples, tasks) == pytest.approx([0, 0.5])
    assert accuracy_where_task_is_known(outputs, samples, tasks) == pytest.approx([1, 0.5])
