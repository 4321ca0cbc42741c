import os
import re
import zlib

import h5py
import numpy as np
import pytest

from loihi_sleep.files.hdf5 import open_hdf5


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.h5"


def test_numbers_and_texts_are_read_as_they_are_stored(path):
    with h5py.File(path, "w") as file:
        file["a/b/numbers"] = np.arange(6, dtype=np.int16).reshape(2, 3)
        file["a/one"] = 0.5
        file["a/empty"] = np.zeros((0, 3))
        file["kinds"] = np.array([b"dense", b"conv"], dtype="S10")
        file["kind"] = "CUBA"
        options = {"compression": "gzip", "shuffle": True, "fletcher32": True}
        file.create_dataset("zeros", data=np.zeros(100_000), **options)
    with open_hdf5(path) as file:
        numbers = file.group("a/b").array("numbers")
        assert (numbers.dtype, numbers.tolist()) == (np.int16, [[0, 1, 2], [3, 4, 5]])
        assert file.group("a").array("one") == 0.5
        assert file.group("a").array("empty").shape == (0, 3)
        assert file.texts("kinds").tolist() == ["dense", "conv"]
        assert file.text("kind") == "CUBA"
        assert not file.array("zeros").any()
        assert file.names() == ["a", "kind", "kinds", "zeros"]
        assert "a/b" in file
        assert "a/c" not in file
        assert "kind/x" not in file


def outside(file):
    with h5py.File(os.path.join(os.path.dirname(file.filename), "other.h5"), "w") as other:
        other["x"] = 1.0
    file["x"] = h5py.ExternalLink("other.h5", "x")


def loop(file):
    file["x"] = h5py.SoftLink("/x")


def raw(file):
    file.create_dataset("x", (8,), "f8", external=[("/dev/zero", 0, 64)])


def virtual(file):
    layout = h5py.VirtualLayout((8,), "f8")
    layout[:] = h5py.VirtualSource("other.h5", "x", (8,))
    file.create_virtual_dataset("x", layout)


def claims_4_tib(file):
    file.create_dataset("x", (2**39,), "f8", chunks=(2**16,), compression="gzip")


def claims_4_tib_in_one_piece(file):
    file.create_dataset("x", (2**39,), "f8")


def claims_a_huge_chunk(file):
    file.create_dataset("x", (4,), "f8", chunks=(2**28,), maxshape=(None,), compression="gzip")
    file["x"].id.write_direct_chunk((0,), zlib.compress(bytes(32)))


def compressed_otherwise(file):
    file.create_dataset("x", data=np.zeros(100), compression="lzf")


def references(file):
    file["y"] = 1.0
    file.create_dataset("x", data=np.array([file["y"].ref], dtype=h5py.ref_dtype))


def bytes_of_no_text(file):
    file["x"] = np.array([b"\xff\xfe"], dtype="S4")


@pytest.mark.parametrize(
    ("make", "read", "message"),
    [
        (lambda file: None, "array", "x is missing"),
        (outside, "array", "x is a link to another place or file; links are not followed"),
        (loop, "array", "x is a link to another place or file"),
        (loop, "group", "x is a link to another place or file"),
        (raw, "array", "x is stored in other files, which are not opened"),
        (virtual, "array", "x is stored in other files"),
        (claims_4_tib, "array", "should have shape (549755813888,), 4398046511104 bytes; 0 are st"),
        (claims_4_tib_in_one_piece, "array", "4398046511104 bytes; 0 are stored"),
        (claims_a_huge_chunk, "array", "x should have shape"),
        (compressed_otherwise, "array", "x is compressed; only gzip is read"),
        (references, "array", "x is not numeric"),
        (lambda file: file.create_group("x"), "array", "x is no array"),
        (lambda file: file.create_dataset("x", data=1), "group", "x is an array; it must be a gro"),
        (lambda file: file.create_dataset("x", data=1), "text", "x is not text"),
        (lambda file: file.create_dataset("x", data="1"), "array", "x is not numeric"),
        (lambda file: file.create_dataset("x", data=h5py.Empty("f8")), "array", "x holds nothing"),
        (lambda file: file.create_dataset("x", data=[b"a", b"b"]), "text", "x holds 2 strings"),
        (lambda file: file.create_dataset("x", data="a" * 201), "text", "more than 200 characters"),
        (bytes_of_no_text, "text", "x is not text"),
    ],
)
def test_what_is_not_stored_in_the_file_is_refused_by_its_place(make, read, message, path):
    with h5py.File(path, "w") as file:
        make(file)
    with open_hdf5(path) as file, pytest.raises(ValueError, match=re.escape(message)) as error:
        getattr(file, read)("x")
    assert str(error.value).startswith(f"{path}: x ")


def test_a_damaged_dataset_is_refused_by_its_place(path):
    with h5py.File(path, "w") as file:
        options = {"compression": "gzip", "fletcher32": True}
        file.create_dataset("a/x", data=np.arange(1000.0), **options)
        where = file["a/x"].id.get_chunk_info(0).byte_offset
    content = bytearray(path.read_bytes())
    content[where + 40] ^= 1
    path.write_bytes(content)
    with open_hdf5(path) as file, pytest.raises(ValueError, match=r"a.h5: a/x is damaged: "):
        file.group("a").array("x")


def test_many_texts_are_read_from_many_chunks(path):
    texts = np.array([[f"node {number}", "é" * (number % 7)] for number in range(3000)], object)
    options = {"dtype": h5py.string_dtype(), "chunks": (700, 2)}
    with h5py.File(path, "w", userblock_size=512) as file:
        file.create_dataset("zipped", data=texts, compression="gzip", **options)
        file.create_dataset("plain", data=texts, **options)
        file.create_dataset("whole", data=texts, dtype=h5py.string_dtype())
    with open_hdf5(path) as file:
        for name in ("zipped", "plain", "whole"):
            assert (file.texts(name) == texts).all()


# A text is stored as its length (4 bytes), the address of a heap (8) and an index in it (4).
@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (0, 2**31, "x holds a text of more than 200 characters"),
        (0, 100, "x is damaged: a text is not in the file"),
        (4, 2**62, "x is damaged: a part of it is beyond the end of the file"),
        (4, 0, "x is damaged: there is no text where it should be"),
        (12, 9, "x is damaged: a text is not in the file"),
    ],
)
def test_a_text_that_is_not_in_the_file_is_refused_before_there_is_room_for_it(
    place, value, message, path
):
    with h5py.File(path, "w") as file:
        file["x"] = "CUBA"
        where = file["x"].id.get_offset()
    content = bytearray(path.read_bytes())
    size = 8 if place == 4 else 4
    content[where + place : where + place + size] = value.to_bytes(size, "little")
    path.write_bytes(content)
    with open_hdf5(path) as file, pytest.raises(ValueError, match=message):
        file.text("x")


def test_a_group_within_itself_is_listed_once(path):
    with h5py.File(path, "w") as file:
        file["a/a"] = file.create_group("b")
        file["b/b"] = file["b"]
    with open_hdf5(path) as file:
        assert file.group("b/b/b").names() == ["b"]


def test_what_is_no_hdf5_file_is_refused_before_it_is_opened(path, tmp_path):
    def refusal():
        with pytest.raises(ValueError, match="a.h5") as error, open_hdf5(path, "a NIR file"):
            pass
        return str(error.value).removeprefix(str(path))

    assert refusal() == " cannot be read as a NIR file: No such file or directory"
    path.mkdir()
    assert refusal() == " is a folder; it must be a NIR file"
    path.rmdir()
    os.mkfifo(path)
    assert refusal() == " is no regular file; it must be a NIR file"
    path.unlink()
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 6\n")
    assert refusal() == " is a Git LFS pointer, not the file; run git lfs pull"
    path.write_text("weights")
    assert refusal().startswith(" cannot be read as a NIR file: ")
