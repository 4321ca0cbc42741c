"""HDF5 files whose structure was changed: missing, wrong, endless, and stored elsewhere."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import h5py
import numpy as np

Change = Callable[[h5py.File, str, np.random.Generator], None]


def _replacing(make: Callable[[h5py.Dataset, np.random.Generator], object]) -> Change:
    """Return a change that puts another value in a dataset's place."""

    def change(file: h5py.File, name: str, random: np.random.Generator) -> None:
        value = make(file[name], random)
        del file[name]
        file[name] = value

    return change


def _with_one(value: float) -> Change:
    """Return a change of one value of a dataset."""

    def make(dataset: h5py.Dataset, random: np.random.Generator) -> object:
        stored = np.asarray(dataset[()])
        if stored.dtype.kind not in "biuf":
            return value
        changed = stored.astype(np.float64)
        changed.flat[int(random.integers(changed.size))] = value
        return changed

    return _replacing(make)


def _remove(file: h5py.File, name: str, random: np.random.Generator) -> None:
    del file[name]


def _remove_group(file: h5py.File, name: str, random: np.random.Generator) -> None:
    del file[name.rsplit("/", 1)[0]]


def _add_unknown(file: h5py.File, name: str, random: np.random.Generator) -> None:
    file[f"{name}_{random.integers(100)}"] = 1.0


def _make_group(file: h5py.File, name: str, random: np.random.Generator) -> None:
    del file[name]
    file.create_group(f"{name}/inner")


def _make_loop(file: h5py.File, name: str, random: np.random.Generator) -> None:
    del file[name]
    file[name] = h5py.SoftLink(f"/{name}")


def _link_softly(file: h5py.File, name: str, random: np.random.Generator) -> None:
    file.move(name, "elsewhere")
    file[name] = h5py.SoftLink("/elsewhere")


def _link_outside(file: h5py.File, name: str, random: np.random.Generator) -> None:
    del file[name]
    file[name] = h5py.ExternalLink("other.h5", "x")


def _link_to_itself(file: h5py.File, name: str, random: np.random.Generator) -> None:
    del file[name]
    file[name] = file[name.rsplit("/", 1)[0]]


def _store_outside(file: h5py.File, name: str, random: np.random.Generator) -> None:
    shape = file[name].shape or (1,)
    del file[name]
    file.create_dataset(name, shape, "f8", external=[("/dev/zero", 0, 8 * int(np.prod(shape)))])


def _make_virtual(file: h5py.File, name: str, random: np.random.Generator) -> None:
    shape = file[name].shape or (1,)
    del file[name]
    layout = h5py.VirtualLayout(shape, "f8")
    layout[...] = h5py.VirtualSource("other.h5", "x", shape)
    file.create_virtual_dataset(name, layout)


def _claim_4_tib(file: h5py.File, name: str, random: np.random.Generator) -> None:
    del file[name]
    options = [{}, {"chunks": (2**16,), "compression": "gzip"}, {"chunks": (2**20,)}]
    file.create_dataset(name, (2**39,), "f8", **options[int(random.integers(3))])


def _make_compound(file: h5py.File, name: str, random: np.random.Generator) -> None:
    del file[name]
    file[name] = np.zeros(2, dtype=[("a", "f8"), ("b", "i4")])


def _make_references(file: h5py.File, name: str, random: np.random.Generator) -> None:
    del file[name]
    file.create_dataset(name, data=np.array([file.ref], dtype=h5py.ref_dtype))


def _make_rows_of_any_length(file: h5py.File, name: str, random: np.random.Generator) -> None:
    del file[name]
    file.create_dataset(name, (2,), dtype=h5py.vlen_dtype(np.float64))


# What no reader may believe, whichever dataset it befalls.
NEVER_RIGHT: dict[str, Change] = {
    "nan": _with_one(np.nan),
    "infinite": _with_one(np.inf),
    "1e300": _with_one(1e300),
    "-1e300": _with_one(-1e300),
    "complex": _replacing(lambda dataset, _: np.full(dataset.shape, 1j)),
    "nothing": _replacing(lambda dataset, _: h5py.Empty("f8")),
    "empty": _replacing(lambda dataset, _: np.zeros((0, 3))),
    "a longer text": _replacing(lambda dataset, _: "x" * 100_000),
    "bytes of no text": _replacing(lambda dataset, _: np.array(b"\xff\xfe", dtype="S2")),
    "five axes": _replacing(lambda dataset, _: np.ones((2, 1, 2, 1, 2))),
    "a group": _make_group,
    "a loop of links": _make_loop,
    "a soft link": _link_softly,
    "a link to another file": _link_outside,
    "a link to its own group": _link_to_itself,
    "stored in another file": _store_outside,
    "a virtual dataset": _make_virtual,
    "4 TiB": _claim_4_tib,
    "a compound": _make_compound,
    "references": _make_references,
    "rows of any length": _make_rows_of_any_length,
}
# What may be another valid file, or not.
SOMETIMES_RIGHT: dict[str, Change] = {
    "missing": _remove,
    "its group missing": _remove_group,
    "an unknown name beside it": _add_unknown,
    "-1": _with_one(-1.0),
    "0.5": _with_one(0.5),
    "2**62": _with_one(2.0**62),
    "the largest integer": _replacing(lambda dataset, _: np.uint64(2**64 - 1)),
    "true": _replacing(lambda dataset, _: np.ones(dataset.shape, dtype=bool)),
    "a text": _replacing(lambda dataset, _: "Delay"),
    "one number": _replacing(lambda dataset, random: float(random.integers(4))),
    "one more axis": _replacing(lambda dataset, _: np.asarray(dataset[()])[np.newaxis]),
    "turned around": _replacing(lambda dataset, _: np.asarray(dataset[()]).T),
    "doubled": _replacing(lambda dataset, _: np.repeat(np.atleast_1d(dataset[()]), 2, axis=0)),
    "another dataset of the file": _replacing(
        lambda dataset, random: _any_dataset(dataset.file, random)[()]
    ),
}


def _names(file: h5py.File) -> list[str]:
    found: list[str] = []
    file.visititems(
        lambda name, item: found.append(name) if isinstance(item, h5py.Dataset) else None
    )
    return sorted(found)


def _any_dataset(file: h5py.File, random: np.random.Generator) -> h5py.Dataset:
    names = _names(file)
    return file[names[int(random.integers(len(names)))]]


def changed_copies(
    path: Path, count: int, seed: int, unread: tuple[str, ...] = ()
) -> Iterator[tuple[str, bytes, bool]]:
    """Change one dataset of a file in several ways by turns.

    Parameters
    ----------
    path : Path
        An HDF5 file.
    count : int
        Copies.
    seed : int
    unread : tuple of str
        Datasets that its reader does not look at, and that stay as they are.

    Yields
    ------
    str, bytes, bool
        What was done; the changed copy; whether it can be another valid file.
    """
    random = np.random.default_rng(seed)
    content = path.read_bytes()
    changes = [(name, change, False) for name, change in NEVER_RIGHT.items()]
    changes += [(name, change, True) for name, change in SOMETIMES_RIGHT.items()]
    for number in range(count):
        what, change, may_be_right = changes[number % len(changes)]
        image = io.BytesIO(content)
        with h5py.File(image, "r+") as file:
            names = [name for name in _names(file) if name not in unread]
            name = names[int(random.integers(len(names)))]
            change(file, name, random)
        yield f"{name}: {what}", image.getvalue(), may_be_right
