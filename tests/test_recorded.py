"""Recordings answer for Lava, and are never believed blindly."""

import numpy as np
import pytest
from recorded import RecordingError, Recordings

QUESTION = "a network"
ANSWER = {"v after run 0": np.array([[1.0, -2.0], [np.nan, 0.0]]), "count": np.array(3.0)}


def differ(one, two):
    return (
        None if all(np.array_equal(one[name], two[name], equal_nan=True) for name in two) else "v"
    )


def never():
    raise AssertionError("Lava was asked")


def asked(folder, question=QUESTION, ask=lambda: ANSWER, renews=False):
    recordings = Recordings(folder, renews)
    answer = recordings.answer(question, ask, differ)
    assert differ(ANSWER, answer) is None
    return recordings


def test_lava_is_asked_once(tmp_path):
    missing = asked(tmp_path)
    assert len(missing.missing) == 1
    assert not list(tmp_path.iterdir())
    asked(tmp_path, renews=True)
    assert not asked(tmp_path, ask=never).missing
    assert asked(tmp_path, "another network").missing
    assert [path.name for path in tmp_path.iterdir()] == list(missing.missing)


def test_another_answer_than_recorded_fails(tmp_path):
    asked(tmp_path, renews=True)
    other = {**ANSWER, "count": np.array(4.0)}
    with pytest.raises(RecordingError, match="Lava does not answer what was recorded: v"):
        Recordings(tmp_path, renews=True).answer(QUESTION, lambda: other, differ)
    asked(tmp_path, ask=never)


def renamed(path):
    path.rename(path.with_name(next(iter(asked(path.parent, "another").missing))))


def cut(path):
    path.write_bytes(path.read_bytes()[:-40])


def changed(path):
    with np.load(path) as file:
        members = dict(file)
    members["values"][0] += 1
    np.savez_compressed(path, **members)


@pytest.mark.parametrize(
    ("damage", "question", "message"),
    [
        (renamed, "another", "holds the answer to another question"),
        (cut, QUESTION, "cannot be read"),
        (changed, QUESTION, "was changed after it was recorded"),
    ],
)
def test_a_damaged_recording_fails(tmp_path, damage, question, message):
    asked(tmp_path, renews=True)
    (path,) = tmp_path.iterdir()
    damage(path)
    with pytest.raises(RecordingError, match=message):
        Recordings(tmp_path).answer(question, never, differ)
