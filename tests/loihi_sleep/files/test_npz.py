import zipfile

import numpy as np
import pytest
from made_images import color_images, write_subset

from loihi_sleep.datasets.cifar import SUBSET, read_cifar
from loihi_sleep.files.npz import read_npz


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_come_back(tmp_path, save):
    arrays = {"a": np.arange(12).reshape(3, 4), "b": np.asfortranarray(np.eye(3)[:, :2])}
    save(tmp_path / "some.npz", **arrays)
    for name, read in read_npz(tmp_path / "some.npz", ["a", "b"]).items():
        assert read.dtype == arrays[name].dtype
        assert (read == arrays[name]).all()


def write_member(path, header, data):
    text = header.ljust(117) + "\n"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.npy", b"\x93NUMPY\x01\x00\x76\x00" + text.encode() + data)


@pytest.mark.parametrize(
    ("header", "data"),
    [
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 8), }", bytes(64)),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (-2, -4), }", bytes(64)),
        ("{'descr': '|O', 'fortran_order': False, 'shape': (8,), }", bytes(64)),
    ],
)
def test_no_array_is_made_that_is_not_in_the_file(tmp_path, header, data):
    write_member(tmp_path / "a.npz", header, data)
    with pytest.raises(ValueError, match="a.npz is damaged"):
        read_npz(tmp_path / "a.npz", ["a"])


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06" + bytes(18), b"\x93NUMPY\x01\x00"])
def test_what_is_no_file_of_arrays_is_refused(tmp_path, content):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(ValueError, match="a.npz is damaged"):
        read_npz(tmp_path / "a.npz", ["a"])


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        (
            "x_train",
            np.zeros((200, 32, 32), np.uint8),
            r"shape \(200, 32, 32\); they must be uint8",
        ),
        ("x_test", np.full((40, 32, 32, 3), np.nan), "images of type float64"),
        ("y_train", np.full(200, 10), "holds the label 10; labels are 0 .. 9"),
        ("y_train", np.zeros(199, int), r"shape \(199,\); there must be an integer for each of"),
        ("y_test", np.zeros(40), "labels of type float64"),
    ],
)
def test_images_and_labels_have_to_go_together(tmp_path, name, array, message):
    (x_train, y_train), (x_test, y_test) = color_images(200, 0), color_images(40, 1)
    arrays = {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}
    np.savez(tmp_path / SUBSET, **{**arrays, name: array})
    with pytest.raises(ValueError, match=message):
        read_cifar(tmp_path, False)


def test_a_flipped_bit_in_the_images_is_noticed(tmp_path):
    path = write_subset(tmp_path) / SUBSET
    content = bytearray(path.read_bytes())
    content[5000] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"cifar10-subset.npz is damaged .*Bad CRC-32"):
        read_cifar(tmp_path, False)
