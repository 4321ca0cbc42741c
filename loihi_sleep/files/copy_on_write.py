"""A file to write to that leaves what is on the disk as it is."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator
from typing import Any, BinaryIO

_PAGE = 1 << 16


class CopyOnWrite(io.RawIOBase):
    """A file whose changes are kept in memory until they are asked for.

    HDF5 writes to it in place of the disk: behind a write that failed its library may crash.

    Parameters
    ----------
    base : BinaryIO, optional
        What the file holds at first; it is read and never written. Without it the file is empty.
    """

    def __init__(self, base: BinaryIO | None = None) -> None:
        self._base = base
        self._size = 0 if base is None else os.fstat(base.fileno()).st_size
        self._pages: dict[int, bytearray] = {}
        self._position = 0

    def save(self, target: BinaryIO) -> None:
        """Write the whole file to `target`, which is empty."""
        if self._base is not None:
            _copy(self._base, target)
        for offset, content in self._changes():
            target.seek(offset)
            target.write(content)
        target.truncate(self._size)

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self._size

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a position, as of any file."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def truncate(self, size: int | None = None) -> int:
        """Cut or extend the file."""
        self._size = self._position if size is None else size
        return self._size

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer; returns the bytes read."""
        view = memoryview(buffer).cast("B")
        wanted = max(0, min(len(view), self._size - self._position))
        for number, inside, place in self._parts(wanted):
            page = self._pages[number] if number in self._pages else self._page_of_base(number)
            view[place : place + len(inside)] = page[inside.start : inside.stop]
        self._position += wanted
        return wanted

    def write(self, content: Any) -> int:
        """Write at the position; returns the bytes written."""
        view = memoryview(content).cast("B")
        for number, inside, place in self._parts(len(view)):
            if number not in self._pages:
                self._pages[number] = self._page_of_base(number)
            self._pages[number][inside.start : inside.stop] = view[place : place + len(inside)]
        self._position += len(view)
        self._size = max(self._size, self._position)
        return len(view)

    def _parts(self, count: int) -> Iterator[tuple[int, range, int]]:
        """Divide so many bytes by pages: number of a page, bytes inside, place among all."""
        place = 0
        while place < count:
            number, first = divmod(self._position + place, _PAGE)
            inside = range(first, min(_PAGE, first + count - place))
            yield number, inside, place
            place += len(inside)

    def _page_of_base(self, number: int) -> bytearray:
        content = b""
        if self._base is not None:
            self._base.seek(number * _PAGE)
            content = self._base.read(_PAGE)
        return bytearray(content.ljust(_PAGE, b"\0"))

    def _changes(self) -> Iterator[tuple[int, bytearray]]:
        for number in sorted(self._pages):
            offset = number * _PAGE
            if offset < self._size:
                yield offset, self._pages[number][: self._size - offset]


def _copy(source: BinaryIO, target: BinaryIO) -> None:
    """Copy a file, in the system's kernel where it offers that."""
    copy_range = getattr(os, "copy_file_range", None)
    if copy_range is not None:
        done = 0
        try:
            while part := copy_range(source.fileno(), target.fileno(), 1 << 30, done, done):
                done += part
            return
        except OSError:
            pass  # Not on this file system; what a full disk refuses, it refuses again below.
    source.seek(0)
    target.seek(0)
    shutil.copyfileobj(source, target, 1 << 20)
