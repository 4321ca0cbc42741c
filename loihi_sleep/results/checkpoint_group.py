"""One group of a checkpoint in HDF5: arrays, the settings that made them, a digest of it all.

Every array is stored with Fletcher-32, so that HDF5's own tools notice damage too; scalars cannot
have it. The digest covers all that is read: names, types, shapes, values and settings.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, prod
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

# Of the form below; in each group.
FORM = "loihi-sleep group 1"
_FORM, _SETTINGS, _RUN_SECONDS, _DIGEST = "form", "settings", "run_seconds", "sha256"
# Booleans, integers, real and complex numbers: what HDF5 holds without references to elsewhere.
_KINDS = "biufc"
_COMPRESSED_FROM = 1000
# The most that deflate makes of a byte.
_INFLATION = 1032
_LARGEST_TEXT = 1 << 20


class DamagedGroup(Exception):  # noqa: N818 - the checkpoint says it in a sentence
    """What is stored is not what was written; the message says what is wrong."""


class MissingGroup(Exception):  # noqa: N818
    """There is no group of that name."""


class OlderForm(Exception):  # noqa: N818
    """A group that keeps no settings, as early versions wrote it."""


@dataclass(frozen=True)
class Group:
    """A completed part of a run.

    Parameters
    ----------
    arrays : mapping of str to ndarray
    settings : mapping
        The configuration that made them, of types that JSON has.
    run_seconds : float
        How long the run had taken when they were done.
    """

    arrays: Mapping[str, NDArray[Any]]
    settings: Mapping[str, Any]
    run_seconds: float


def check_arrays(name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Refuse what a group cannot keep.

    Raises
    ------
    ValueError
        An array of something else than numbers.
    """
    for key, values in arrays.items():
        if values.dtype.kind not in _KINDS:
            raise ValueError(f"{name}/{key} is of type {values.dtype}; arrays of numbers are kept")


def write_group(file: h5py.File, name: str, group: Group) -> None:
    """Add a group to a file, or replace it.

    Raises
    ------
    DamagedGroup
        What the file holds leads elsewhere.
    """
    try:
        _node(file, name)
    except MissingGroup:
        pass
    else:
        del file[name]
    node = file.create_group(name)
    for key, values in group.arrays.items():
        node.create_dataset(key, data=values, **_storage(values))
    settings, run_seconds = json.dumps(group.settings), repr(float(group.run_seconds))
    texts = {_FORM: FORM, _SETTINGS: settings, _RUN_SECONDS: run_seconds}
    for key, text in {**texts, _DIGEST: _digest(name, texts, group.arrays)}.items():
        # Of fixed length: HDF5 keeps the others in a heap, without a checksum.
        node.attrs.create(key, np.bytes_(text.encode()))


def read_settings(file: h5py.File, name: str) -> Mapping[str, Any]:
    """Read the settings that made a group, without its arrays.

    Raises
    ------
    DamagedGroup
        They cannot be read.
    OlderForm
        There are none.
    MissingGroup
    """
    settings = json.loads(_texts(_node(file, name))[_SETTINGS])
    if not isinstance(settings, dict):
        raise DamagedGroup("its settings are none")
    return settings


def read_group(file: h5py.File, name: str, file_bytes: int) -> Group:
    """Read a group and compare its digest.

    Parameters
    ----------
    file : h5py.File
    name : str
    file_bytes : int
        Size of the file, which bounds what arrays may claim.

    Raises
    ------
    DamagedGroup
        Anything in it is not as it was written.
    OlderForm
        It keeps no settings.
    MissingGroup
    """
    node = _node(file, name)
    texts = _texts(node)
    arrays = {key: _array(node, key, file_bytes) for key in node}
    kept = texts.pop(_DIGEST)
    if _digest(name, texts, arrays) != kept:
        raise DamagedGroup("its values are not those that were written")
    return Group(arrays, json.loads(texts[_SETTINGS]), float(texts[_RUN_SECONDS]))


def group_names(file: h5py.File) -> list[str]:
    """Names of all groups that hold arrays.

    Raises
    ------
    DamagedGroup
        There is something else than groups.
    """
    names = []
    for outer in file:
        node = _node(file, outer)
        inner = [key for key in node if _is_group(node, key)]
        if inner:
            names += [f"{outer}/{key}" for key in inner]
        elif len(node) or len(node.attrs):
            names.append(outer)
    return names


def _storage(values: NDArray[Any]) -> dict[str, Any]:
    if not values.size or not values.ndim:
        return {}
    return {
        "fletcher32": True,
        "chunks": True,
        "compression": "gzip" if values.size > _COMPRESSED_FROM else None,
    }


def _digest(name: str, texts: Mapping[str, str], arrays: Mapping[str, NDArray[Any]]) -> str:
    digest = hashlib.sha256()

    def add(part: bytes | memoryview) -> None:
        # With its length, so that no two sequences of parts are one sequence of bytes.
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)

    for text in (name, *(texts[key] for key in (_FORM, _SETTINGS, _RUN_SECONDS))):
        add(text.encode())
    for key in sorted(arrays):
        values = arrays[key]
        add(key.encode())
        add(values.dtype.str.encode())
        add(repr(values.shape).encode())
        add(np.ascontiguousarray(values).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def _node(file: h5py.File, name: str) -> h5py.Group:
    """Walk to a group by hard links: others may lead out of the file, or nowhere."""
    node: h5py.Group = file
    for part in name.split("/"):
        if not node.id.links.exists(part.encode()):
            raise MissingGroup(name)
        _check_hard_link(node, part)
        node = node[part]
        if not isinstance(node, h5py.Group):
            raise DamagedGroup(f"{part} is no group")
    return node


def _is_group(node: h5py.Group, key: str) -> bool:
    _check_hard_link(node, key)
    return isinstance(node[key], h5py.Group)


def _check_hard_link(node: h5py.Group, key: str) -> None:
    if node.id.links.get_info(key.encode()).type != h5py.h5l.TYPE_HARD:
        raise DamagedGroup(f"{key} is a link to elsewhere")


def _texts(node: h5py.Group) -> dict[str, str]:
    if _FORM not in node.attrs and _DIGEST not in node.attrs:
        raise OlderForm
    texts = {}
    for key in (_FORM, _SETTINGS, _RUN_SECONDS, _DIGEST):
        if key not in node.attrs:
            raise DamagedGroup(f"it lacks {key}")
        attribute = node.attrs.get_id(key)
        kind = attribute.dtype
        if attribute.shape != () or kind.kind != "S" or kind.itemsize > _LARGEST_TEXT:
            raise DamagedGroup(f"its {key} is no text")
        texts[key] = node.attrs[key].decode()
    if texts[_FORM] != FORM:
        raise DamagedGroup(f"it is of the form {texts[_FORM][:40]!r} and not {FORM!r}")
    return texts


def _array(node: h5py.Group, key: str, file_bytes: int) -> NDArray[Any]:
    _check_hard_link(node, key)
    dataset = node[key]
    if not isinstance(dataset, h5py.Dataset):
        raise DamagedGroup(f"{key} is no array")
    _check_storage(dataset, key, file_bytes)
    return np.asarray(dataset[()])


def _check_storage(dataset: h5py.Dataset, key: str, file_bytes: int) -> None:
    """Let an array claim no more than its file can hold, nor lie in another file."""
    if dataset.is_virtual or dataset.external:
        raise DamagedGroup(f"{key} lies in another file")
    if dataset.shape is None or dataset.dtype.kind not in _KINDS:
        raise DamagedGroup(f"{key} holds no numbers")
    stored = dataset.id.get_storage_size()
    size = prod(dataset.shape) * dataset.dtype.itemsize
    if stored > file_bytes:
        raise DamagedGroup(f"{key} claims {stored:,} bytes of a file that has {file_bytes:,}")
    if dataset.chunks is None:
        if stored != size:
            raise DamagedGroup(f"{key} claims {size:,} bytes and has {stored:,}")
        return
    chunks = prod(ceil(n / c) for n, c in zip(dataset.shape, dataset.chunks, strict=True))
    chunk = prod(dataset.chunks) * dataset.dtype.itemsize
    if chunk > _INFLATION * file_bytes or chunks * chunk > _INFLATION * file_bytes:
        raise DamagedGroup(f"{key} claims {size:,} bytes of a file that has {file_bytes:,}")
    if dataset.id.get_num_chunks() != chunks:
        raise DamagedGroup(f"{key} is not whole")
