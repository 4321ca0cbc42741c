"""A checkpoint is read as it was written, under the settings that made it, or refused."""

import multiprocessing
import os
import resource
import shutil
import subprocess
from contextlib import contextmanager

import h5py
import numpy as np
import pytest

from loihi_sleep.errors import CheckpointRefused, RunFailed
from loihi_sleep.results.checkpoint import Checkpoint

SETTINGS = {
    "experiment": "digits",
    "seeds": [0, 1],
    "data": {"folder": "/here", "name": "mnist"},
    "sleep": {"steps": 30, "window": None},
    "hidden": [12, 8],
    "shuffled": True,
}
GROUP = "seed_0/night_0"
ARRAYS = {
    "weights": np.arange(5000.0).reshape(50, 100),
    "units": np.arange(-6, 6, dtype=np.int16).reshape(3, 4),
    "raster": np.array([[True, False]]),
    "seconds": np.array(1.5),
    "none": np.zeros((0, 3), dtype=np.float32),
    "phase": np.array([1 + 2j]),
}


@pytest.fixture
def checkpoint(tmp_path):
    made = Checkpoint(tmp_path / "checkpoint.h5", SETTINGS)
    made.write(GROUP, ARRAYS)
    made.write("seed_0/night_1", {"value": np.array(7)})
    made.write("tasks", {"classes": np.array([[0, 1], [2, 3]])})
    return made


def under(settings, checkpoint):
    return Checkpoint(checkpoint.path, settings)


def equal(found, expected=ARRAYS):
    assert found.keys() == expected.keys()
    return all(
        found[name].dtype == values.dtype
        and found[name].shape == values.shape
        and (found[name] == values).all()
        for name, values in expected.items()
    )


def test_arrays_of_every_kind_come_back_as_they_were(checkpoint):
    again = under(SETTINGS, checkpoint)
    again.verify()
    assert equal(again.read(GROUP))
    assert again.has("tasks")
    assert not again.has("seed_1/night_0")
    again.write(GROUP, {"value": np.array(2)})
    assert again.read(GROUP) == {"value": 2}
    assert again.read("seed_0/night_1") == {"value": 7}


def test_arrays_have_checksums_of_hdf5(checkpoint):
    with h5py.File(checkpoint.path) as file:
        for name, values in ARRAYS.items():
            assert file[f"{GROUP}/{name}"].fletcher32 == bool(values.ndim and values.size), name


def test_what_is_no_array_of_numbers_is_not_kept(checkpoint):
    with pytest.raises(ValueError, match="seed_1/night_0/name is of type <U3; arrays of numbers"):
        checkpoint.write("seed_1/night_0", {"name": np.array("one")})


def test_a_group_that_is_not_there_is_named(checkpoint, tmp_path):
    with pytest.raises(CheckpointRefused, match=r"checkpoint.h5 holds no group seed_9/night_0"):
        checkpoint.read("seed_9/night_0")
    with pytest.raises(CheckpointRefused, match=r"nowhere.h5 is not there"):
        Checkpoint(tmp_path / "nowhere.h5").read(GROUP)


# --- settings -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"sleep": {"steps": 5, "window": None}}, "sleep.steps=30, and sleep.steps is now 5;"),
        ({"sleep": {"steps": 30, "window": 3}}, "sleep.window=null, and sleep.window is now 3"),
        ({"sleep": {"steps": 30}}, "sleep.window=null, and sleep.window is now not set"),
        ({"hidden": [12]}, r"hidden=\[12, 8\], and hidden is now \[12\]"),
        ({"shuffled": 1}, "shuffled=true, and shuffled is now 1"),
        ({"rate": 0.5}, "rate=not set, and rate is now 0.5"),
        ({"data": {"folder": "/here", "name": "fashion"}}, 'data.name="mnist", and data.name is'),
    ],
)
def test_a_group_made_with_other_settings_is_refused(checkpoint, changed, message):
    other = under(SETTINGS | changed, checkpoint)
    for reuse in (lambda: other.has(GROUP), lambda: other.read(GROUP), other.verify):
        with pytest.raises(
            CheckpointRefused, match=f"group seed_0/night_0 was made with {message}"
        ):
            reuse()


def test_more_seeds_and_another_place_of_the_data_make_no_difference(checkpoint):
    moved = SETTINGS | {"seeds": [0, 1, 2], "data": {"folder": "/there", "name": "mnist"}}
    again = under(moved, checkpoint)
    again.verify()
    assert equal(again.read(GROUP))


def test_the_time_of_earlier_sessions_counts(checkpoint):
    checkpoint._seconds_before = 1000.0
    checkpoint.write("seed_1/night_0", {"value": np.array(1)})
    again = under(SETTINGS, checkpoint)
    assert again.run_seconds < 500
    again.verify()
    assert 1000 <= again.run_seconds < 1500


# --- damage ---------------------------------------------------------------------


def test_a_flipped_bit_is_found_wherever_it_is(checkpoint):
    content = checkpoint.path.read_bytes()
    messages = []
    for place in range(0, len(content), max(1, len(content) // 150)):
        flipped = bytearray(content)
        flipped[place] ^= 16
        checkpoint.path.write_bytes(flipped)
        try:
            checkpoint.verify()
            assert equal(checkpoint.read(GROUP))
        except CheckpointRefused as error:
            messages.append(str(error))
    assert len(messages) > 100
    assert all("checkpoint.h5" in message for message in messages)


def test_a_cut_file_is_refused(checkpoint):
    content = checkpoint.path.read_bytes()
    for size in range(0, len(content), len(content) // 20):
        checkpoint.path.write_bytes(content[:size])
        with pytest.raises(CheckpointRefused, match=r"checkpoint.h5 cannot be read .*; put an und"):
            checkpoint.has(GROUP)


def changed(checkpoint, change):
    with h5py.File(checkpoint.path, "r+") as file:
        change(file)


def replaced(name, **dataset):
    def change(file):
        del file[f"{GROUP}/{name}"]
        file.create_dataset(f"{GROUP}/{name}", **dataset)

    return change


def linked(name, link):
    def change(file):
        if name in file:
            del file[name]
        file[name] = link

    return change


def without_settings(file):
    for group in ("seed_0/night_0", "seed_0/night_1", "tasks"):
        for key in list(file[group].attrs):
            del file[group].attrs[key]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        # No filter protects a scalar.
        (replaced("seconds", data=2.5), "damaged .its values are not those that were written"),
        (
            lambda file: file.move(GROUP, "seed_0/night_7"),
            "group seed_0/night_7 is damaged .its va",
        ),
        (replaced("units", data=["a"]), "damaged .*units is not numeric"),
        (
            replaced("units", shape=(1 << 39,), dtype="f8"),
            "units should have shape .549755813888,., 4398046511104 bytes",
        ),
        (
            replaced("units", shape=(1 << 39,), dtype="f8", chunks=(1 << 20,)),
            "units should have shape .549755813888,., 4398046511104 bytes",
        ),
        (replaced("units", shape=(3000,), dtype="f8", chunks=(100,)), "units should have shape"),
        (
            linked(f"{GROUP}/units", h5py.SoftLink("/tasks/classes")),
            "units is a link to another place",
        ),
        (
            linked(f"{GROUP}/units", h5py.SoftLink(f"/{GROUP}/units")),
            "units is a link to another place",
        ),
        (linked(GROUP, h5py.ExternalLink("other.h5", "/")), "night_0 is a link to another place"),
        (
            replaced("units", shape=(4,), dtype="i8", external=[("secret", 0, 32)]),
            "units is stored in other files",
        ),
        (lambda file: file[GROUP].attrs.pop("sha256"), "group seed_0/night_0 is damaged .it lacks"),
        (without_settings, "night_0 was written by an older version of loihi-sleep, which kept no"),
    ],
)
def test_what_was_not_written_here_is_refused(checkpoint, change, message, tmp_path):
    (tmp_path / "secret").write_bytes(bytes(32))
    changed(checkpoint, change)
    with pytest.raises(CheckpointRefused, match=message):
        checkpoint.verify()
    with pytest.raises(CheckpointRefused, match=r"checkpoint.h5"):
        checkpoint.read(GROUP)


def test_a_damaged_file_is_not_written_to(checkpoint):
    content = checkpoint.path.read_bytes()[:-1]
    checkpoint.path.write_bytes(content)
    with pytest.raises(CheckpointRefused, match="cannot be read"):
        checkpoint.write("seed_1/night_0", {"value": np.array(1)})
    assert checkpoint.path.read_bytes() == content


@pytest.mark.parametrize(
    ("make", "kind"), [(os.mkfifo, "a named pipe"), (os.mkdir, "a folder")], ids=["pipe", "folder"]
)
def test_what_is_no_file_is_not_waited_for(tmp_path, make, kind):
    make(tmp_path / "checkpoint.h5")
    checkpoint = Checkpoint(tmp_path / "checkpoint.h5")
    for use in (lambda: checkpoint.has(GROUP), lambda: checkpoint.write(GROUP, ARRAYS)):
        with pytest.raises(CheckpointRefused, match=f"checkpoint.h5 is {kind}; it must be a regul"):
            use()


# --- writing --------------------------------------------------------------------


def test_what_a_killed_write_left_is_not_opened(checkpoint, tmp_path):
    (tmp_path / ".checkpoint.h5.partial").write_bytes(b"half")
    checkpoint.write("seed_1/night_0", {"value": np.array(1)})
    assert checkpoint.read("seed_1/night_0") == {"value": 1}


def _write_groups(path, number):
    for group in range(10):
        Checkpoint(path).write(f"seed_{number}/night_{group}", {"value": np.array(group)})


def test_processes_that_write_at_once_lose_nothing(tmp_path):
    path = tmp_path / "bank.h5"
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write_groups, args=(path, number)) for number in (0, 1)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    kept = Checkpoint(path)
    for number in (0, 1):
        for group in range(10):
            assert kept.read(f"seed_{number}/night_{group}") == {"value": group}


def test_a_file_that_may_not_grow_ends_in_one_line(checkpoint):
    # As a full disk: the system refuses to write, with EFBIG for ENOSPC.
    before = checkpoint.path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    noise = np.random.default_rng(0).random(100_000)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 1000, limits[1]))
    try:
        with pytest.raises(
            RunFailed, match=r"checkpoint.h5.*: File too large; when that is mended"
        ):
            checkpoint.write("seed_1/night_0", {"noise": noise})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert checkpoint.path.read_bytes() == before
    assert list(checkpoint.path.parent.iterdir()) == [checkpoint.path]
    checkpoint.write("seed_1/night_0", {"noise": noise})
    assert (checkpoint.read("seed_1/night_0")["noise"] == noise).all()


@contextmanager
def small_disk(place):
    mount = shutil.which("mount")
    made = (
        mount
        and not subprocess.run(
            [mount, "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], capture_output=True
        ).returncode
    )
    if not made:
        pytest.skip("a small file system can be mounted by root only")
    try:
        yield
    finally:
        subprocess.run(["umount", place], check=True)


def test_a_full_disk_ends_in_one_line(tmp_path):
    with small_disk(tmp_path):
        checkpoint = Checkpoint(tmp_path / "checkpoint.h5", SETTINGS)
        checkpoint.write(GROUP, {"value": np.array(1)})
        noise = np.random.default_rng(0).random(10_000)
        with pytest.raises(RunFailed, match=r"checkpoint.h5.*: No space left on device; when that"):
            checkpoint.write("seed_1/night_0", {"noise": noise})
        checkpoint.verify()
        assert checkpoint.read(GROUP) == {"value": 1}
        assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.h5"]
