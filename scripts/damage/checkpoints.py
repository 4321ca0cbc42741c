"""Checkpoints of a finished run: bytes, structure, links, and what is no file at all."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from damage.byte_changes import damaged_copies
from damage.case import Case, Verdict, judge
from loihi_sleep.results.checkpoint import Checkpoint

_SETTINGS = (
    "hidden=[12, 8]",
    "sleep.steps=20",
    "wake.epochs=1",
    "joint_epochs=1",
    "readout.steps=3",
)
_GROUP, _ARRAY, _OTHER = "seed_0/sleep", "seed_0/sleep/weights_0", "seed_0/sequential"
Arrays = dict[str, dict[str, np.ndarray]]


def cases(folder: Path, count: int, seed: int) -> Iterator[Case]:
    whole = _finished_run(folder / "run")
    expected = {group: whole.read(group) for group in whole.names()}
    content = whole.path.read_bytes()
    number = 0

    def case(what: str, make: Callable[[Path], None], *, and_write: bool = False) -> Case:
        nonlocal number
        number += 1
        place = folder / f"{number}"
        place.mkdir()
        path = place / "checkpoint.h5"
        make(path)
        attempt = partial(_attempt, Checkpoint(path, whole.settings), expected, and_write)
        return Case(what, attempt)

    for what, change in _STRUCTURAL.items():
        yield case(what, partial(_changed, content, change))
    for what, make in _NO_FILE.items():
        yield case(what, make)
    left = max(0, count - len(_STRUCTURAL) - len(_NO_FILE))
    for what, copy in damaged_copies(content, left, seed):
        yield case(what, partial(Path.write_bytes, data=copy))
        if number % 4 == 0:
            yield case(
                f"{what}, then a write", partial(Path.write_bytes, data=copy), and_write=True
            )
        shutil.rmtree(folder / f"{number}")


def _finished_run(path: Path) -> Checkpoint:
    from loihi_sleep.experiments import runner
    from loihi_sleep.progress import Silent

    experiment, config = runner.configure("digits", settings=_SETTINGS)
    folder = runner.begin(config, path)
    experiment.study(config).run(runner.select_engine(experiment, config), folder, Silent())
    return folder.checkpoint


def _attempt(checkpoint: Checkpoint, expected: Arrays, and_write: bool) -> Verdict:
    def load() -> Arrays:
        if and_write:
            checkpoint.write("seed_1/night_0", {"weights_0": np.arange(3000.0)})
        checkpoint.verify()
        return {group: checkpoint.read(group) for group in expected}

    verdict = judge(load, lambda found: _equal(found, expected))
    if verdict.outcome == "refused" and str(checkpoint.path) not in verdict.detail:
        return Verdict("traceback", f"the message does not name the file: {verdict.detail}")
    return verdict


def _equal(found: Arrays, expected: Arrays) -> bool:
    return all(
        found[group].keys() == arrays.keys()
        and all(
            found[group][name].dtype == values.dtype and np.array_equal(found[group][name], values)
            for name, values in arrays.items()
        )
        for group, arrays in expected.items()
    )


def _changed(content: bytes, change: Callable[[h5py.File], Any], path: Path) -> None:
    path.write_bytes(content)
    with h5py.File(path, "r+") as file:
        change(file)


def _in_place_of_array(file: h5py.File, **dataset: Any) -> None:
    del file[_ARRAY]
    file.create_dataset(_ARRAY, **dataset)


def _value(file: h5py.File) -> None:
    file[_ARRAY][0, 0] += 2


def _type(file: h5py.File) -> None:
    _in_place_of_array(file, data=file[_ARRAY][()].astype(np.float32))


def _shape(file: h5py.File) -> None:
    _in_place_of_array(file, data=file[_ARRAY][()].T)


def _rows(file: h5py.File) -> None:
    _in_place_of_array(file, data=file[_ARRAY][()][::-1])


def _no_values(file: h5py.File) -> None:
    _in_place_of_array(file, data=np.zeros((0, 4)))


def _null_space(file: h5py.File) -> None:
    _in_place_of_array(file, data=h5py.Empty("f8"))


def _link(file: h5py.File, link: Any, name: str = _ARRAY) -> None:
    if name in file:
        del file[name]
    file[name] = link


def _virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((12, 64), "f8")
    layout[:] = h5py.VirtualSource(file.filename, f"{_OTHER}/predicted", (12, 64))
    del file[_ARRAY]
    file.create_virtual_dataset(_ARRAY, layout)


def _external_storage(file: h5py.File) -> None:
    _in_place_of_array(file, shape=(12, 64), dtype="f8", external=[("/etc/passwd", 0, 6144)])


def _reference(file: h5py.File) -> None:
    _in_place_of_array(file, data=file.ref, dtype=h5py.ref_dtype)


def _named_type(file: h5py.File) -> None:
    del file[_GROUP]
    file[_GROUP] = np.dtype("f8")


def _array_for_group(file: h5py.File) -> None:
    del file[_GROUP]
    file[_GROUP] = np.arange(5.0)


def _group_for_array(file: h5py.File) -> None:
    del file[_ARRAY]
    file.create_group(_ARRAY)


def _swapped(file: h5py.File) -> None:
    file.move(_GROUP, "seed_0/other")
    file.move(_OTHER, _GROUP)
    file.move("seed_0/other", _OTHER)


def _older_form(file: h5py.File) -> None:
    for key in list(file[_GROUP].attrs):
        del file[_GROUP].attrs[key]


def _attribute(file: h5py.File, key: str, value: Any) -> None:
    del file[_GROUP].attrs[key]
    if value is not None:
        file[_GROUP].attrs.create(key, value)


def _settings(file: h5py.File) -> None:
    text = file[_GROUP].attrs["settings"].replace(b'"steps": 20', b'"steps": 5')
    _attribute(file, "settings", np.bytes_(text))


_STRUCTURAL: dict[str, Callable[[h5py.File], Any]] = {
    "a value": _value,
    "a type": _type,
    "a shape": _shape,
    "rows in another order": _rows,
    "an array without values": _no_values,
    "an array without a space": _null_space,
    "an array missing": lambda file: file.__delitem__(_ARRAY),
    "an array more": lambda file: file.create_dataset(f"{_GROUP}/more", data=np.arange(3)),
    "an array renamed": lambda file: file.move(_ARRAY, f"{_GROUP}/weights_7"),
    "NaN in an array": partial(_in_place_of_array, data=np.full((12, 64), np.nan)),
    "texts in an array": partial(_in_place_of_array, data=["one", "two"]),
    "records in an array": partial(_in_place_of_array, data=np.zeros(3, "i4,f8")),
    "a reference in an array": _reference,
    "4 TiB, contiguous": partial(_in_place_of_array, shape=(1 << 39,), dtype="f8"),
    "4 TiB, in chunks": partial(
        _in_place_of_array, shape=(1 << 39,), dtype="f8", chunks=(1 << 20,)
    ),
    "4 TiB, in large chunks": partial(
        _in_place_of_array, shape=(1 << 39,), dtype="f8", chunks=(1 << 28,), compression="gzip"
    ),
    "a soft link": lambda file: _link(file, h5py.SoftLink(f"/{_OTHER}/predicted")),
    "a soft link to itself": lambda file: _link(file, h5py.SoftLink(f"/{_ARRAY}")),
    "a soft link to nothing": lambda file: _link(file, h5py.SoftLink("/nothing")),
    "an external link": lambda file: _link(file, h5py.ExternalLink("/etc/passwd", "/")),
    "a group by soft link": lambda file: _link(file, h5py.SoftLink(f"/{_OTHER}"), _GROUP),
    "a group by external link": lambda file: _link(
        file, h5py.ExternalLink("elsewhere.h5", "/"), _GROUP
    ),
    "all by external link": lambda file: _link(
        file, h5py.ExternalLink("elsewhere.h5", "/"), "seed_0"
    ),
    "a group that holds itself": lambda file: _link(file, file[_GROUP], f"{_GROUP}/again"),
    "groups in a circle": lambda file: _link(file, file["seed_0"], "seed_0/again"),
    "virtual storage": _virtual,
    "external storage": _external_storage,
    "a type for a group": _named_type,
    "an array for a group": _array_for_group,
    "a group for an array": _group_for_array,
    "two groups swapped": _swapped,
    "a group missing": lambda file: file.__delitem__(_GROUP),
    "a group of the older form": _older_form,
    "an empty group": lambda file: file.create_group("seed_0/more"),
    "an array beside the groups": lambda file: file.create_dataset("weights", data=np.arange(3)),
    "other settings": _settings,
    "settings that are a list": lambda file: _attribute(file, "settings", np.bytes_(b"[1]")),
    "settings that are no JSON": lambda file: _attribute(file, "settings", np.bytes_(b"{")),
    "settings that are deep": lambda file: _attribute(file, "settings", np.bytes_(b"[" * 20_000)),
    "settings that are a number": lambda file: _attribute(file, "settings", 5),
    "settings that are no UTF-8": lambda file: _attribute(file, "settings", np.bytes_(b"\xff")),
    "no settings": lambda file: _attribute(file, "settings", None),
    "a text of any length": lambda file: _attribute(file, "settings", "{}"),
    "another form": lambda file: _attribute(file, "form", np.bytes_(b"another")),
    "another digest": lambda file: _attribute(file, "sha256", np.bytes_(b"0" * 64)),
    "no digest": lambda file: _attribute(file, "sha256", None),
    "NaN seconds": lambda file: _attribute(file, "run_seconds", np.bytes_(b"nan")),
    "seconds that are text": lambda file: _attribute(file, "run_seconds", np.bytes_(b"long")),
}


def _socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # The whole path may be too long for a socket.
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)
    os.chdir(here)


def _other_file(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["values"] = np.arange(3)


_NO_FILE: dict[str, Callable[[Path], Any]] = {
    "nothing": lambda path: None,
    "an empty file": lambda path: path.touch(),
    "a text file": lambda path: path.write_text("checkpoint\n" * 100),
    "another HDF5 file": _other_file,
    "a folder": lambda path: path.mkdir(),
    "a named pipe": lambda path: os.mkfifo(path),
    "a socket": _socket,
    "an endless device": lambda path: path.symlink_to("/dev/zero"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link to nothing": lambda path: path.symlink_to("nothing.h5"),
}
