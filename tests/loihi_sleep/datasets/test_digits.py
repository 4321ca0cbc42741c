import numpy as np

from loihi_sleep.datasets import load_stream
from loihi_sleep.datasets.stream import Samples, accuracy_by_task


def test_splits_are_disjoint_stratified_and_follow_the_seed():
    stream = load_stream("digits", seed=3)
    splits = (stream.train, stream.validation, stream.test)
    assert [len(split) for split in splits] == [1077, 360, 360]
    images = {image.tobytes() for split in splits for image in split.x}
    assert len(images) == 1797  # every image of the data set once, and none twice
    for split in splits:
        assert split.x.min() >= 0
        assert split.x.max() <= 1
        assert np.bincount(split.y).min() >= 0.09 * len(split)
    assert (load_stream("digits", seed=3).test.x == stream.test.x).all()
    assert (load_stream("digits", seed=4).test.x != stream.test.x).any()


def test_tasks_bring_two_classes_each():
    stream = load_stream("digits", seed=0)
    assert stream.classes == 10
    samples = stream.train.of_classes(stream.tasks[2])
    assert set(samples.y) == {4, 5}


def test_accuracy_by_task_counts_among_all_classes():
    samples = Samples(np.zeros((4, 1)), np.array([0, 1, 2, 2]))
    predicted = np.array([0, 2, 2, 0])
    assert accuracy_by_task(predicted, samples, ((0, 1), (2,))).tolist() == [0.5, 0.5]
