import gzip

import numpy as np
import pytest
from made_images import classes_of_images, write_idx, write_images

from loihi_sleep.datasets import folder as data_folder
from loihi_sleep.datasets import load_stream
from loihi_sleep.datasets.stream import order_classes


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(("name", "folder"), [("mnist", "MNIST"), ("fashion", "FashionMNIST")])
def test_images_are_read_in_torchvisions_layout(tmp_path, packed, name, folder):
    write_images(tmp_path, folder, packed=packed)
    stream = load_stream(name, task_images=48, folder=str(tmp_path))
    x, y = classes_of_images(400, 28, seed=0)
    assert np.allclose(stream.joint.x, x.reshape(400, -1) / 255)
    assert (stream.joint.y == y).all()
    assert len(stream.test) == 100
    assert stream.tasks == ((0, 1), (2, 3), (4, 5), (6, 7), (8, 9))
    assert stream.plane == (28, 28)


def test_a_task_has_the_first_images_and_validation_the_next(tmp_path):
    stream = load_stream("mnist", task_images=48, folder=str(write_images(tmp_path)))
    x, y = classes_of_images(400, 28, seed=0)
    own = np.flatnonzero(np.isin(y, (4, 5)))
    assert (stream.train_by_task()[2].x == (x[own[:48]].reshape(48, -1) / np.float32(255))).all()
    held_out = stream.validation.of_classes((4, 5))
    assert (held_out.x == (x[own[48:56]].reshape(8, -1) / np.float32(255))).all()


def test_classes_come_in_the_order_asked_for(tmp_path):
    order = (9, 0, 8, 1, 7, 2, 6, 3, 5, 4)
    stream = load_stream(
        "mnist", task_order=order, task_images=20, folder=str(write_images(tmp_path))
    )
    assert stream.tasks == ((9, 0), (8, 1), (7, 2), (6, 3), (5, 4))
    assert set(stream.train_by_task()[0].y) == {0, 9}
    drawn = order_classes(3)
    assert sorted(drawn) == list(range(10))
    assert drawn == order_classes(3) != order_classes(4)


@pytest.mark.parametrize("order", [-1, (0, 1, 2), (0, 0, 1, 2, 3, 4, 5, 6, 7, 8)])
def test_an_order_that_is_none_is_refused(order):
    with pytest.raises(ValueError, match=r"task_order is .*; it must"):
        order_classes(order)


def test_too_few_images_are_refused(tmp_path):
    folder = str(write_images(tmp_path))
    with pytest.raises(ValueError, match="task_images is 80; classes 0 and 1 have 80 train"):
        load_stream("mnist", task_images=80, folder=folder)


def test_a_missing_file_is_named(tmp_path):
    write_images(tmp_path)
    (tmp_path / "MNIST/raw/t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(ValueError, match=r"raw/t10k-labels-idx1-ubyte is not there, nor .*gz; put"):
        load_stream("mnist", folder=str(tmp_path))
    with pytest.raises(ValueError, match="folder is '.*/nowhere', which is not a folder"):
        load_stream("mnist", folder=str(tmp_path / "nowhere"))


def _cut_packed(path):
    path.write_bytes(path.read_bytes()[:-30])


def _not_images(path):
    path.write_bytes(b"these are no images")


def _too_short(path):
    path.unlink()
    array = np.zeros((400, 28, 28), dtype=np.uint8)
    write_idx(path.with_suffix(""), array, packed=False)
    whole = path.with_suffix("").read_bytes()
    path.with_suffix("").write_bytes(whole[:-1])


def _other_size(path):
    write_idx(path, np.zeros((400, 20, 20), dtype=np.uint8), packed=True)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_cut_packed, r"train-images-idx3-ubyte.gz is damaged \(.*\); download it again"),
        (_not_images, r"train-images-idx3-ubyte.gz is damaged \(.*\); download it again"),
        (_too_short, "train-images-idx3-ubyte is damaged: it holds 313599 bytes of data where"),
        (_other_size, "holds 400 images of 20 x 20 pixels for 400 labels; there must be"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, damage, message):
    write_images(tmp_path)
    damage(tmp_path / "MNIST/raw/train-images-idx3-ubyte.gz")
    with pytest.raises(ValueError, match=message):
        load_stream("mnist", folder=str(tmp_path))


def test_labels_in_place_of_images_are_noticed(tmp_path):
    write_images(tmp_path)
    raw = tmp_path / "MNIST/raw"
    (raw / "train-images-idx3-ubyte.gz").write_bytes(
        (raw / "train-labels-idx1-ubyte.gz").read_bytes()
    )
    with pytest.raises(ValueError, match="does not begin as a file of bytes in 3 dimensions"):
        load_stream("mnist", folder=str(tmp_path))


def test_a_broken_download_leaves_nothing(tmp_path, monkeypatch):
    def breaks(url, root, filename, md5):
        from pathlib import Path

        (Path(root) / filename).write_bytes(b"half of it")
        raise OSError("the line went dead")

    monkeypatch.setattr("torchvision.datasets.utils.download_url", breaks)
    monkeypatch.delenv(data_folder.VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(ValueError, match=r"cannot be downloaded \(the line went dead\); put it"):
        load_stream("mnist")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_what_is_downloaded_is_kept_and_read(tmp_path, monkeypatch):
    source = write_images(tmp_path / "mirror", "MNIST") / "MNIST" / "raw"
    fetched = []

    def copy(url, root, filename, md5):
        from pathlib import Path

        fetched.append(filename)
        (Path(root) / filename).write_bytes((source / filename).read_bytes())

    monkeypatch.setattr("torchvision.datasets.utils.download_url", copy)
    monkeypatch.delenv(data_folder.VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for _ in range(2):
        assert len(load_stream("mnist", task_images=20).test) == 100
    assert sorted(fetched) == sorted(path.name for path in source.iterdir())


def damage_idx(path, change):
    content = bytearray(gzip.decompress(path.read_bytes()))
    path.write_bytes(gzip.compress(bytes(change(content))))


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        # A dimension of -400 times one of -28.
        ("train-images-idx3", lambda b: b[:4] + b"\xff\xff\xfe\x70\xff\xff\xff\xe4" + b[12:],
         "its header announces -400 x -28 x 28"),
        ("train-labels-idx1", lambda b: b[:-1] + b"\x0b", "holds the label 11; labels are 0 .. 9"),
        ("t10k-labels-idx1", lambda b: b.replace(b"\x03", b"\x04"), "no test images of class 3"),
    ],
)  # fmt: skip
def test_damaged_contents_are_refused(tmp_path, file, change, message):
    folder = write_images(tmp_path)
    damage_idx(folder / f"MNIST/raw/{file}-ubyte.gz", change)
    with pytest.raises(ValueError, match=message):
        load_stream("mnist", task_images=40, folder=str(folder))


def test_a_damaged_packed_file_is_named(tmp_path):
    path = write_images(tmp_path) / "MNIST/raw/train-images-idx3-ubyte.gz"
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 100] = bytes(100)
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"train-images-idx3-ubyte.gz is damaged"):
        load_stream("mnist", folder=str(tmp_path))


def test_a_folder_name_that_is_too_long_is_refused():
    with pytest.raises(ValueError, match="folder is 'aaa.*File name too long"):
        load_stream("mnist", folder="a" * 300)


def test_a_folder_that_the_environment_names_is_called_by_the_variable(tmp_path, monkeypatch):
    monkeypatch.setenv(data_folder.VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(ValueError, match="^LOIHI_SLEEP_DATA is '.*/nowhere', which is not a fold"):
        load_stream("mnist")
