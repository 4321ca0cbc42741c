"""Groups that were read last are read from memory, within a number of bytes."""

import numpy as np
import pytest

from loihi_sleep.errors import CheckpointRefused
from loihi_sleep.results.checkpoint import Checkpoint
from loihi_sleep.results.recent_groups import RecentGroups


class CountingCheckpoint(Checkpoint):
    def __init__(self, path):
        super().__init__(path)
        self.was_read = []

    def read(self, group):
        self.was_read.append(group)
        return super().read(group)


@pytest.fixture
def checkpoint(tmp_path):
    made = CountingCheckpoint(tmp_path / "checkpoint.h5")
    for number, name in enumerate(("a", "b", "c")):
        made.write(name, {"weights": np.full(100, float(number)), "seconds": np.array(1.5)})
    return made


def test_a_group_is_read_once(checkpoint):
    groups = RecentGroups(checkpoint)
    assert groups.array("b", "weights").tolist() == [1.0] * 100
    assert groups.array("b", "seconds") == 1.5
    assert sorted(groups.read("b")) == ["seconds", "weights"]
    assert checkpoint.was_read == ["b"]


def test_what_is_returned_may_be_changed(checkpoint):
    groups = RecentGroups(checkpoint)
    groups.array("a", "weights")[:] = 7
    groups.read("a")["weights"][:] = 7
    assert groups.array("a", "weights").tolist() == [0.0] * 100


def test_the_group_that_was_read_longest_ago_is_forgotten_first(checkpoint):
    groups = RecentGroups(checkpoint, largest=2 * 808)
    for name in ("a", "b", "a", "c"):
        groups.array(name, "seconds")
    assert checkpoint.was_read == ["a", "b", "c"]
    groups.array("a", "seconds")
    assert checkpoint.was_read == ["a", "b", "c"]
    groups.array("b", "seconds")
    assert checkpoint.was_read == ["a", "b", "c", "b"]


def test_a_group_that_is_too_large_is_not_kept(checkpoint):
    groups = RecentGroups(checkpoint, largest=807)
    for _ in range(2):
        assert groups.array("a", "seconds") == 1.5
    assert checkpoint.was_read == ["a", "a"]


def test_what_the_checkpoint_refuses_is_refused(checkpoint):
    groups = RecentGroups(checkpoint)
    with pytest.raises(CheckpointRefused, match="holds no group d"):
        groups.read("d")
    with pytest.raises(KeyError, match="bias"):
        groups.array("a", "bias")
