"""Event recordings, read by tonic from small files in the formats of their authors."""

import h5py
import numpy as np
import pytest

import loihi_sleep as ls
from loihi_sleep.datasets.events import count_events

FIELDS = np.dtype([("x", int), ("y", int), ("t", int), ("p", int)])


def test_events_are_counted_by_place_polarity_and_part_of_the_time():
    events = np.array([(0, 0, 0, 1), (1, 1, 4, 1), (1, 0, 5, 1), (3, 3, 10, 0)], FIELDS)
    counts = count_events(events, (2, 4, 4)).reshape(2, 4, 4)
    assert counts[1, 0, 0] == counts[1, 1, 1] == counts[1, 0, 1] == counts[0, 3, 3] == 1
    assert counts.sum() == 4
    pooled = count_events(events, (2, 2, 2), pool=2).reshape(2, 2, 2)
    # Three events in one place are the most.
    assert pooled[1, 0, 0] == 1
    assert pooled[0, 1, 1] == pytest.approx(1 / 3)
    halves = count_events(events, (4, 2, 2), pool=2, time_bins=2).reshape(4, 2, 2)
    assert (halves[1, 0, 0], halves[3, 0, 0], halves[2, 1, 1]) == pytest.approx((1, 0.5, 0.5))
    assert (count_events(events[:0], (2, 4, 4)) == 0).all()
    with pytest.raises(ValueError, match="events holds y from 0 to 3; there are 2 of them"):
        count_events(events, (2, 2, 4))
    with pytest.raises(ValueError, match="it must have x, t and p"):
        count_events(np.zeros(3), (1, 1, 1))


def test_without_tonic_it_is_said_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"SHD is read by tonic, .*pip install 'loihi-sleep\[ev"):
        ls.load_stream("shd", folder=str(tmp_path))


@pytest.fixture
def tonic():
    return pytest.importorskip("tonic", reason="tonic is not installed: pip install '.[events]'")


def drawn(rng, label, sensor, events=60):
    """Events of a class: most of them in a row of its own."""
    columns, rows = sensor
    x = rng.integers(0, columns, events)
    y = np.where(rng.random(events) < 0.8, label % rows, rng.integers(0, rows, events))
    return x, y, rng.integers(0, 2, events), np.sort(rng.integers(0, 2**18, events))


def write_nmnist(folder, per_class=4):
    rng = np.random.default_rng(0)
    for part in ("Train", "Test"):
        for label in range(10):
            place = folder / "NMNIST" / part / str(label)
            place.mkdir(parents=True)
            for number in range(per_class):
                x, y, p, t = drawn(rng, 3 * label, (34, 34))
                columns = [x, y, p << 7 | t >> 16 & 0x7F, t >> 8 & 0xFF, t & 0xFF]
                (place / f"{number:05}.bin").write_bytes(
                    np.stack(columns, axis=1).astype(np.uint8).tobytes()
                )


def write_gestures(folder, users=4):
    rng = np.random.default_rng(1)
    for part in ("ibmGestureTrain", "ibmGestureTest"):
        for user in range(users):
            place = folder / "DVSGesture" / part / f"user{user + 1:02}_fluorescent"
            place.mkdir(parents=True)
            for label in range(11):
                x, y, p, t = drawn(rng, 10 * label, (128, 128))
                np.save(place / f"{label}.npy", np.stack([x, y, p, t / 1000], axis=1))


def write_spoken_digits(folder, per_class=6):
    rng = np.random.default_rng(2)
    (folder / "SHD").mkdir()
    labels = np.repeat(np.arange(20), per_class)
    for part in ("train", "test"):
        with h5py.File(folder / "SHD" / f"shd_{part}.h5", "w") as file:
            spikes = file.create_group("spikes")
            for name, kind in (("times", np.float16), ("units", np.uint16)):
                spikes.create_dataset(name, (len(labels),), dtype=h5py.vlen_dtype(kind))
            for number, label in enumerate(labels):
                spikes["times"][number] = np.sort(rng.random(50)).astype(np.float16)
                spikes["units"][number] = rng.integers(35 * label, 35 * label + 35, 50)
            file["labels"] = labels
            file["extra/keys"] = np.array([f"{label}" for label in range(20)], dtype="S")
            file["extra/speaker"] = np.zeros(len(labels), dtype=int)


@pytest.mark.parametrize(
    ("name", "write", "classes", "image"),
    [
        ("nmnist", write_nmnist, 10, (2, 34, 34)),
        ("dvs-gesture", write_gestures, 11, (2, 32, 32)),
        ("shd", write_spoken_digits, 20, (10, 1, 140)),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_recordings_become_streams(tonic, tmp_path, name, write, classes, image):
    write(tmp_path)
    stream = ls.load_stream(name, folder=str(tmp_path), classes_per_task=[4, classes - 4])
    assert stream.image == image
    assert stream.classes == classes
    assert stream.train.x.shape[1] == np.prod(image)
    assert (stream.train.x.min(), stream.train.x.max()) == (0, 1)
    assert set(stream.test.y.tolist()) == set(range(classes))
    # What is alike in the recordings of a class is in their counts.
    means = np.stack([stream.train.of_classes([c]).x.mean(axis=0) for c in range(classes)])
    most_alike = (stream.test.x @ means.T).argmax(axis=1)
    assert (most_alike == stream.test.y).mean() > 0.8


@pytest.mark.filterwarnings("ignore")
def test_missing_and_damaged_recordings_are_refused(tonic, tmp_path):
    with pytest.raises(ValueError, match="NMNIST holds no training recordings; put them there"):
        ls.load_stream("nmnist", folder=str(tmp_path))
    with pytest.raises(ValueError, match="SHD does not hold SHD as tonic lays it out"):
        ls.load_stream("shd", folder=str(tmp_path))
    write_gestures(tmp_path, users=3)
    path = tmp_path / "DVSGesture" / "ibmGestureTrain" / "user01_fluorescent" / "3.npy"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match=r"recording \d+ in .* is damaged"):
        ls.load_stream("dvs-gesture", folder=str(tmp_path))
