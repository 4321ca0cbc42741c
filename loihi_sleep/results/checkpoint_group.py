"""One group of a checkpoint in HDF5: arrays, the settings that made them, a digest of it all.

Every array is stored with Fletcher-32, so that HDF5's own tools notice damage too; scalars cannot
have it. The digest covers all that is read: names, types, shapes, values and settings.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from loihi_sleep.files.hdf5 import StoredGroup

# Of the form below; in each group.
FORM = "loihi-sleep group 1"
_FORM, _SETTINGS, _RUN_SECONDS, _DIGEST = "form", "settings", "run_seconds", "sha256"
# Booleans, integers, real and complex numbers: what HDF5 holds without references to elsewhere.
_KINDS = "biufc"
_COMPRESSED_FROM = 1000
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


def write_group(file: h5py.File, root: StoredGroup, name: str, group: Group) -> None:
    """Add a group to a file, or replace it.

    Parameters
    ----------
    file : h5py.File
    root : StoredGroup
        The same file, to look at what is there.
    name : str
    group : Group

    Raises
    ------
    StoredValueRefused
        What the file holds leads elsewhere.
    """
    if name in root:
        root.group(name)
        del file[name]
    node = file.create_group(name)
    for key, values in group.arrays.items():
        node.create_dataset(key, data=values, **_storage(values))
    settings, run_seconds = json.dumps(group.settings), repr(float(group.run_seconds))
    texts = {_FORM: FORM, _SETTINGS: settings, _RUN_SECONDS: run_seconds}
    for key, text in {**texts, _DIGEST: _digest(name, texts, group.arrays)}.items():
        # Of fixed length: HDF5 keeps the others in a heap, without a checksum.
        node.attrs.create(key, np.bytes_(text.encode()))


def read_settings(root: StoredGroup, name: str) -> Mapping[str, Any]:
    """Read the settings that made a group, without its arrays.

    Raises
    ------
    DamagedGroup
        They cannot be read.
    StoredValueRefused
        What the file holds leads elsewhere.
    OlderForm
        There are none.
    MissingGroup
    """
    settings = json.loads(_texts(_group(root, name))[_SETTINGS])
    if not isinstance(settings, dict):
        raise DamagedGroup("its settings are none")
    return settings


def read_group(root: StoredGroup, name: str) -> Group:
    """Read a group and compare its digest.

    Raises
    ------
    DamagedGroup, StoredValueRefused
        Anything in it is not as it was written.
    OlderForm
        It keeps no settings.
    MissingGroup
    """
    stored = _group(root, name)
    texts = _texts(stored)
    arrays = {key: stored.array(key, _KINDS) for key in stored.names()}
    kept = texts.pop(_DIGEST)
    if _digest(name, texts, arrays) != kept:
        raise DamagedGroup("its values are not those that were written")
    return Group(arrays, json.loads(texts[_SETTINGS]), float(texts[_RUN_SECONDS]))


def group_names(root: StoredGroup) -> list[str]:
    """Names of all groups that hold arrays.

    Raises
    ------
    StoredValueRefused
        There is something else than groups.
    """
    names = []
    for outer in root.names():
        group = root.group(outer)
        inner = [key for key in group.names() if group.holds_group(key)]
        if inner:
            names += [f"{outer}/{key}" for key in inner]
        elif group.names() or group.attribute(_FORM, _LARGEST_TEXT) is not None:
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


def _group(root: StoredGroup, name: str) -> StoredGroup:
    if name not in root:
        raise MissingGroup(name)
    return root.group(name)


def _texts(stored: StoredGroup) -> dict[str, str]:
    keys = (_FORM, _SETTINGS, _RUN_SECONDS, _DIGEST)
    found = {key: stored.attribute(key, _LARGEST_TEXT) for key in keys}
    if found[_FORM] is None and found[_DIGEST] is None:
        raise OlderForm
    texts = {key: text for key, text in found.items() if text is not None}
    lacking = [key for key in keys if key not in texts]
    if lacking:
        raise DamagedGroup(f"it lacks {lacking[0]}")
    if texts[_FORM] != FORM:
        raise DamagedGroup(f"it is of the form {texts[_FORM][:40]!r} and not {FORM!r}")
    return texts
