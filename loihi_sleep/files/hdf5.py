"""HDF5 files of unknown origin: read what is stored in the file itself, and nothing else.

An HDF5 file can point at other files, contain itself, and claim arrays of any size. Here links are
hard links, data are stored in the file, and an array is only made when the file is large enough to
hold it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any, NoReturn

import h5py
import numpy as np
from numpy.typing import NDArray

from loihi_sleep.files.hdf5_strings import read_strings

# Deflate cannot make data smaller than this: one bit for at most 129 bytes.
GZIP_RATIO = 1032
LONGEST_TEXT = 200
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
# Kinds of numbers, as NumPy abbreviates them, without complex ones.
REAL_NUMBERS = "biuf"
# What h5py writes with compression="gzip", shuffle=True and fletcher32=True.
_FILTERS = (h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32)


class StoredValueRefused(ValueError):  # noqa: N818 - the message says what is wrong
    """Something in an HDF5 file is missing, damaged, of another kind, or not stored in the file.

    Parameters
    ----------
    path : Path
        Path of the file.
    place : str
        Where in the file.
    reason : str
        What follows the place in a sentence.
    """

    def __init__(self, path: Path, place: str, reason: str) -> None:
        super().__init__(f"{path}: {place} {reason}")
        self.place, self.reason = place, reason


@contextmanager
def open_hdf5(path: str | Path, kind: str = "an HDF5 file") -> Iterator[StoredGroup]:
    """Open an HDF5 file to read from it.

    Parameters
    ----------
    path : str or Path
        A regular file. Folders, pipes and devices are refused before they are opened.
    kind : str
        What the file should be, for messages: ``"a NIR file"``.

    Yields
    ------
    StoredGroup
        The root group.

    Raises
    ------
    ValueError
        There is no such file, it is no regular file, a Git LFS pointer, or no HDF5 file.
    """
    path = file_path(path)
    size = _size_of_regular(path, kind)
    try:
        file = h5py.File(path, "r")
    except Exception as error:  # h5py has no exception of its own for a damaged file
        raise ValueError(f"{path} cannot be read as {kind}: {printable(error)}") from None
    with file:
        yield StoredGroup(file, "", path, size)


def file_path(path: str | Path) -> Path:
    """Return a path that a caller gave.

    Raises
    ------
    ValueError
        It is neither a path nor a text.
    """
    if not isinstance(path, str | os.PathLike):
        raise ValueError(f"path is {printable(repr(path))}; it must be a path or its text")
    text: object = os.fspath(path)
    if not isinstance(text, str) or "\0" in text:
        raise ValueError(f"path is {printable(repr(path))}; it must be a path of text")
    return Path(text)


def _size_of_regular(path: Path, kind: str) -> int:
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            what = "a folder" if stat.S_ISDIR(status.st_mode) else "no regular file"
            raise ValueError(f"{path} is {what}; it must be {kind}")
        with path.open("rb") as file:
            beginning = file.read(len(_LFS_POINTER))
    except OSError as error:
        reason = error.strerror or str(error)
        raise ValueError(f"{printable(path)} cannot be read as {kind}: {reason}") from None
    if beginning == _LFS_POINTER:
        raise ValueError(f"{path} is a Git LFS pointer, not the file; run git lfs pull")
    return status.st_size


class StoredGroup:
    """A group of an open file; see :func:`open_hdf5`.

    Every method raises a :class:`StoredValueRefused` where something is missing, damaged, of
    another kind, or not stored in the file itself.

    Parameters
    ----------
    group : h5py.Group
    name : str
        From the root of the file, without a leading slash; empty for the root.
    path : Path
        Path of the file.
    file_size : int
        Bytes.
    """

    def __init__(self, group: h5py.Group, name: str, path: Path, file_size: int) -> None:
        self.name, self.path = name, path
        self._group, self._file_size = group, file_size

    def names(self) -> list[str]:
        """Return the names of groups and datasets in this group, sorted."""
        try:
            return sorted(self._group)
        except Exception as error:
            self._refuse("", f"is damaged: {printable(error)}")

    def _link(self, name: str) -> h5py.h5l.LinkInfo | None:
        """Return what is known of a link without following it; None where there is none."""
        links, stored = self._group.id.links, name.encode("utf-8", "surrogateescape")
        try:
            return links.get_info(stored) if links.exists(stored) else None
        except Exception as error:
            self._refuse(name, f"is damaged: {printable(error)}")

    def __contains__(self, name: str) -> bool:
        """Tell whether there is a link of this name, which may be a path: ``"layer/0"``."""
        group = self
        *above, last = name.split("/")
        for one in above:
            if not group.holds_group(one):
                return False
            group = group.group(one)
        return group._link(last) is not None

    def holds_group(self, name: str) -> bool:
        """Tell whether there is a group of this name."""
        return self._link(name) is not None and isinstance(self._object(name), h5py.Group)

    def group(self, name: str) -> StoredGroup:
        """Return a group by its name or path."""
        found = self
        for one in name.split("/"):
            inner = found._object(one)
            if not isinstance(inner, h5py.Group):
                found._refuse(one, "is an array; it must be a group")
            found = StoredGroup(inner, found._place(one), self.path, self._file_size)
        return found

    def array(self, name: str, kinds: str = REAL_NUMBERS) -> NDArray[Any]:
        """Return a dataset of numbers or truth values.

        Parameters
        ----------
        name : str
        kinds : str
            Kinds of numbers, as NumPy abbreviates them.

        Returns
        -------
        ndarray
            Of the shape and type that are stored; a scalar has shape ().
        """
        dataset = self._dataset(name)
        if self._of(name, dataset, "dtype").kind not in kinds:
            self._refuse(name, "is not numeric")
        return np.asarray(self._contents(name, dataset))

    def attribute(self, name: str, largest: int) -> str | None:
        """Return an attribute that is a text of a fixed length; None where there is none.

        Parameters
        ----------
        name : str
        largest : int
            Bytes that it may have.
        """
        try:
            if name not in self._group.attrs:
                return None
            stored = self._group.attrs.get_id(name)
            fits = stored.shape == () and stored.dtype.kind == "S"
            value = (
                self._group.attrs[name].decode()
                if fits and stored.dtype.itemsize <= largest
                else None
            )
        except Exception as error:
            self._refuse("", f"has a damaged {name}: {printable(error)}")
        if value is None:
            self._refuse("", f"has a {name} that is no text")
        return str(value)

    def holds_text(self, name: str) -> bool:
        """Tell whether there is a dataset of strings of that name."""
        if name not in self or self.holds_group(name):
            return False
        return _is_text(self._of(name, self._dataset(name), "dtype"))

    def text(self, name: str, longest: int = LONGEST_TEXT) -> str:
        """Return a dataset that holds one string of at most so many characters."""
        texts = self.texts(name, longest)
        if texts.size != 1:
            self._refuse(name, f"holds {texts.size} strings; it must be one")
        return str(texts.flat[0])

    def texts(self, name: str, longest: int = LONGEST_TEXT) -> NDArray[np.object_]:
        """Return a dataset of strings of at most so many characters each, in its shape."""
        dataset = self._dataset(name)
        dtype = self._of(name, dataset, "dtype")
        if not _is_text(dtype):
            self._refuse(name, "is not text")
        if dtype.kind == "S":
            stored = np.asarray(self._contents(name, dataset), dtype=object)
        else:
            try:
                stored = read_strings(dataset, longest, self._file_size)
            except ValueError as error:
                self._refuse(name, str(error))
            except Exception as error:
                self._refuse(name, f"is damaged: {printable(error)}")
        decoded = np.empty(stored.shape, dtype=object)
        for place, value in np.ndenumerate(stored):
            try:
                decoded[place] = value.decode() if isinstance(value, bytes) else str(value)
            except UnicodeDecodeError:
                self._refuse(name, "is not text")
            if len(decoded[place]) > longest:
                self._refuse(name, f"holds a text of more than {longest} characters")
        return decoded

    def _object(self, name: str) -> h5py.Group | h5py.Dataset:
        """Return what a hard link leads to."""
        link = self._link(name)
        if link is None:
            self._refuse(name, "is missing")
        if link.type != h5py.h5l.TYPE_HARD:
            self._refuse(name, "is a link to another place or file; links are not followed")
        try:
            return self._group[name]
        except Exception as error:
            self._refuse(name, f"is damaged: {printable(error)}")

    def _dataset(self, name: str) -> h5py.Dataset:
        """Return a dataset whose values are stored in the file."""
        dataset = self._object(name)
        if not isinstance(dataset, h5py.Dataset):
            self._refuse(name, "is no array")
        try:
            layout = dataset.id.get_create_plist()
            filters = [layout.get_filter(place)[0] for place in range(layout.get_nfilters())]
            elsewhere = layout.get_layout() == h5py.h5d.VIRTUAL or layout.get_external_count() > 0
            stored = dataset.id.get_storage_size()
            in_memory = prod(dataset.shape or ()) * dataset.dtype.itemsize
            chunk = prod(dataset.chunks or ()) * dataset.dtype.itemsize
            null = dataset.shape is None
        except Exception as error:
            self._refuse(name, f"is damaged: {printable(error)}")
        if null:
            self._refuse(name, "holds nothing")
        if elsewhere:
            self._refuse(name, "is stored in other files, which are not opened")
        if any(number not in _FILTERS for number in filters):
            self._refuse(name, "is compressed; only gzip is read")
        ratio = GZIP_RATIO if h5py.h5z.FILTER_DEFLATE in filters else 1
        largest = ratio * min(stored, self._file_size)
        if in_memory > largest or (in_memory > 0 and chunk > max(largest, in_memory)):
            self._refuse(
                name,
                f"should have shape {printable(dataset.shape)}, {in_memory} bytes; {stored} are "
                "stored: it is damaged or was never written",
            )
        return dataset

    def _contents(self, name: str, dataset: h5py.Dataset) -> Any:
        try:
            return dataset[()]
        except Exception as error:
            self._refuse(name, f"is damaged: {printable(error)}")

    def _of(self, name: str, dataset: h5py.Dataset, attribute: str) -> Any:
        try:
            return getattr(dataset, attribute)
        except Exception as error:
            self._refuse(name, f"is damaged: {printable(error)}")

    def _place(self, name: str) -> str:
        return "/".join(part for part in (self.name, name) if part)

    def _refuse(self, name: str, reason: str) -> NoReturn:
        place = printable(self._place(name)) or "the root group"
        raise StoredValueRefused(self.path, place, reason) from None


def _is_text(dtype: np.dtype[Any]) -> bool:
    return dtype.kind == "S" or h5py.check_string_dtype(dtype) is not None


def printable(value: object) -> str:
    """Return a text for a message: one line, printable, at most 200 characters."""
    text = "".join(one if one.isprintable() else ascii(one)[1:-1] for one in str(value))
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 3] + "..."
