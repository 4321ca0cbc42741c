"""What one model holds between two steps, copied so that it can be kept, and put back.

Kept are arrays, sparse matrices, numbers, texts, random generators, and lists, tuples, deques, sets
and dicts of these. Values that are the same object, or arrays that are parts of another array of
the model, are so again after they have been put back. Ports and functions stay as they are.
Anything else is refused by name.
"""

from __future__ import annotations

import copy
import random
import types
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from lava.magma.core.model.py.ports import AbstractPyPort
from numpy.typing import NDArray
from scipy.sparse import issparse

_PLAIN = (bool, int, float, complex, str, bytes, np.generic, type(None))
_SEQUENCES = (list, tuple, deque)
_SETS = (set, frozenset)
_DICTS = (dict, OrderedDict, defaultdict, Counter)
_GENERATORS = (
    np.random.Generator,
    np.random.RandomState,
    np.random.BitGenerator,
    random.Random,
)

_CODE = (types.FunctionType, types.MethodType, types.BuiltinFunctionType, type, types.ModuleType)
_STAYING = (AbstractPyPort, *_CODE)

# Where a value is: the name of an attribute, and keys from there.
Place = tuple[Any, ...]


@dataclass(frozen=True)
class GeneratorState:
    """State of a random generator.

    Parameters
    ----------
    kind : str
        Name of its class.
    state : Any
        As the generator gives it.
    """

    kind: str
    state: Any


@dataclass(frozen=True)
class Staying:
    """Stands for a port or a function among other values, which stays as it is."""


@dataclass(frozen=True)
class Part:
    """An array that is a part of another one, which the model holds as well.

    Parameters
    ----------
    whole : tuple
        Place of the other.
    offset : int
        Bytes from its beginning.
    shape, strides : tuple of int
    kind : dtype
    """

    whole: Place
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    kind: np.dtype[Any]

    def of(self, whole: NDArray[Any]) -> NDArray[Any]:
        """Make it a part of an array; a ValueError where it is beyond that."""
        flat = whole if whole.flags.c_contiguous else whole.T
        return np.ndarray(self.shape, self.kind, flat, self.offset, self.strides)


# What may be kept beside arrays with parts, generators and containers.
_KEPT = (*_PLAIN, *_SETS, np.ndarray, Staying)


def is_state(value: Any) -> bool:
    """Tell whether an attribute belongs to the state of a model."""
    return not isinstance(value, _STAYING)


def take(values: Mapping[str, Any], owner: str) -> dict[str, Any]:
    """Copy what a model holds.

    Parameters
    ----------
    values : dict of str to object
        Its attributes.
    owner : str
        For messages.

    Raises
    ------
    ValueError
        One of them cannot be kept.
    """
    copier = _Copier(owner, _parts_among(values, owner))
    return {name: copier.copied(value, (name,)) for name, value in values.items()}


def check(values: Mapping[str, Any], owner: str) -> None:
    """Refuse what cannot be put into a model, as from a damaged file.

    Raises
    ------
    ValueError
    """
    for name, value in values.items():
        for place, kept in _all_within(value, (name,)):
            try:
                if isinstance(kept, Part):
                    kept.of(_at(values, kept.whole))
                elif isinstance(kept, GeneratorState):
                    _set_state(_new_generator(kept), kept)
                elif not isinstance(kept, _KEPT) and not issparse(kept):
                    raise TypeError(f"a {type(kept).__name__}")
            except Exception as error:
                wrong = f"{_named(place, owner)}: {error}"
                raise ValueError(f"the state is damaged: {wrong}") from error


def put(held: dict[str, Any], kept: Mapping[str, Any]) -> None:
    """Put values that have been taken back among the attributes of a model."""
    putter = _Putter(held, kept)
    for name in kept:
        held[name] = putter.put((name,))


@dataclass
class _Copier:
    owner: str
    parts: dict[int, Part]
    copies: dict[int, Any] = field(default_factory=dict)
    under_way: set[int] = field(default_factory=set)

    def copied(self, value: Any, place: Place) -> Any:
        if isinstance(value, _PLAIN):
            return value
        if isinstance(value, _STAYING):
            return Staying()
        if id(value) in self.under_way:
            raise ValueError(f"{_named(place, self.owner)} contains itself, and cannot be kept")
        if id(value) not in self.copies:
            self.under_way.add(id(value))
            self.copies[id(value)] = self._copy(value, place)
            self.under_way.remove(id(value))
        return self.copies[id(value)]

    def _copy(self, value: Any, place: Place) -> Any:
        if id(value) in self.parts:
            return self.parts[id(value)]
        if isinstance(value, np.ndarray) and not value.dtype.hasobject:
            return value.copy(order="A")
        if issparse(value):
            return value.copy()
        if isinstance(value, _GENERATORS):
            return GeneratorState(_kind_of(value), copy.deepcopy(_state_of(value)))
        if type(value) in _SEQUENCES:
            parts = [self.copied(part, (*place, i)) for i, part in enumerate(value)]
            return deque(parts, value.maxlen) if type(value) is deque else type(value)(parts)
        if type(value) in _SETS and all(isinstance(part, _PLAIN) for part in value):
            return type(value)(value)
        if type(value) in _DICTS:
            new = copy.copy(value)
            for key, part in value.items():
                new[key] = self.copied(part, (*place, key))
            return new
        kind = "ndarray of objects" if isinstance(value, np.ndarray) else type(value).__name__
        raise ValueError(
            f"{_named(place, self.owner)} is a {kind}; the state of a model in Python can be kept "
            "where it holds arrays, numbers, texts, random generators, and lists, tuples, deques, "
            "sets and dicts of them"
        )


class _Putter:
    """Writes into the objects that a model holds, where it can: others may have them as well."""

    def __init__(self, held: dict[str, Any], kept: Mapping[str, Any]) -> None:
        self._held, self._kept = held, kept
        # Arrays that others are parts of, which must stay as they are in memory.
        self._wholes = {
            id(_at(kept, part.whole))
            for name, value in kept.items()
            for _, part in _all_within(value, (name,))
            if isinstance(part, Part)
        }
        self._done: dict[int, Any] = {}
        # What has been written into; two values must not be written into the same.
        self._taken: list[Any] = []

    def put(self, place: Place) -> Any:
        """Return what is to be at a place."""
        return self._put(_at(self._kept, place), _at(self._held, place), place)

    def _put(self, kept: Any, now: Any, place: Place) -> Any:
        if isinstance(kept, (*_PLAIN, *_SETS)):
            return copy.copy(kept)
        if isinstance(kept, Staying):
            return now
        if id(kept) not in self._done:
            self._done[id(kept)] = self._new(kept, now, place)
        return self._done[id(kept)]

    def _new(self, kept: Any, now: Any, place: Place) -> Any:
        if isinstance(kept, Part):
            whole = self._done.get(id(_at(self._kept, kept.whole)))
            if whole is None:
                whole = self.put(kept.whole)
            part = kept.of(whole)
            return now if _is_same_memory(now, part) else part
        if isinstance(kept, np.ndarray):
            if self._may_be_written(now, kept):
                self._taken.append(now)
                now[...] = kept
                return now
            return kept.copy(order="A")
        if isinstance(kept, GeneratorState):
            is_free = _kind_of(now) == kept.kind and not self._is_taken(now)
            generator = now if is_free else _new_generator(kept)
            self._taken.append(generator)
            _set_state(generator, kept)
            return generator
        if isinstance(kept, (list, tuple, deque)):
            parts = [self._put(part, _at(now, (i,)), (*place, i)) for i, part in enumerate(kept)]
            if isinstance(kept, tuple):
                return tuple(parts)
            new: Any = deque(parts, kept.maxlen) if isinstance(kept, deque) else parts
            return self._filled(now, new)
        if isinstance(kept, Mapping):
            values = copy.copy(kept)
            for key, part in kept.items():
                values[key] = self._put(part, _at(now, (key,)), (*place, key))  # type: ignore[index]
            return self._filled(now, values)
        return kept.copy()

    def _filled(self, now: Any, new: Any) -> Any:
        """Fill the container that there is, if it is of the same kind."""
        is_alike = type(now) is type(new) and not self._is_taken(now)
        if not is_alike or getattr(now, "maxlen", None) != getattr(new, "maxlen", None):
            return new
        self._taken.append(now)
        now.clear()
        now.update(new) if isinstance(new, dict) else now.extend(new)
        return now

    def _may_be_written(self, now: Any, kept: NDArray[Any]) -> bool:
        if type(now) is not type(kept) or (now.shape, now.dtype) != (kept.shape, kept.dtype):
            return False
        if id(kept) in self._wholes and now.strides != kept.strides:
            return False
        if not now.flags.writeable:
            return False
        return not any(
            isinstance(other, np.ndarray) and np.may_share_memory(now, other)
            for other in self._taken
        )

    def _is_taken(self, now: Any) -> bool:
        return any(other is now for other in self._taken)


def _all_within(
    value: Any, place: Place, seen: set[int] | None = None
) -> Iterator[tuple[Place, Any]]:
    """All values that are no containers, however deep, with their places.

    With `seen`, the ids of objects that have been met, each object comes once, and plain values are
    left out: what a model holds may contain itself.
    """
    if seen is not None:
        if isinstance(value, _PLAIN) or id(value) in seen:
            return
        seen.add(id(value))
    if type(value) in _SEQUENCES:
        for i, part in enumerate(value):
            yield from _all_within(part, (*place, i), seen)
    elif type(value) in _DICTS:
        for key, part in value.items():
            yield from _all_within(part, (*place, key), seen)
    else:
        yield place, value


def _parts_among(values: Mapping[str, Any], owner: str) -> dict[int, Part]:
    """Find arrays that are parts of others, by their id.

    Raises
    ------
    ValueError
        Two of them overlap, and neither contains the other.
    """
    arrays: list[tuple[int, int, Place, NDArray[Any]]] = []
    seen: set[int] = set()
    for name, held in values.items():
        for place, value in _all_within(held, (name,), seen):
            if type(value) is np.ndarray and value.size:
                arrays.append((*_bounds(value), place, value))
    # The widest of those that begin together comes first, one that is whole before others.
    arrays.sort(key=lambda one: (one[0], -one[1], not one[3].flags.forc, len(one[2])))
    parts: dict[int, Part] = {}
    whole: tuple[int, int, Place, NDArray[Any]] | None = None
    for one in arrays:
        first, end, place, value = one
        if whole is None or first >= whole[1]:
            whole = one
            continue
        if end > whole[1] or not whole[3].flags.forc:
            raise ValueError(
                f"{_named(place, owner)} shares memory with {_named(whole[2], owner)}, and is no "
                "part of it: that cannot be kept"
            )
        offset = value.__array_interface__["data"][0] - whole[0]
        parts[id(value)] = Part(whole[2], offset, value.shape, value.strides, value.dtype)
    return parts


def _bounds(array: NDArray[Any]) -> tuple[int, int]:
    """Addresses of the first byte of an array and of the one behind its last."""
    first = end = array.__array_interface__["data"][0]
    for size, stride in zip(array.shape, array.strides, strict=True):
        first += min(0, (size - 1) * stride)
        end += max(0, (size - 1) * stride)
    return first, end + array.itemsize


def _is_same_memory(now: Any, part: NDArray[Any]) -> bool:
    return (
        isinstance(now, np.ndarray)
        and now.__array_interface__["data"] == part.__array_interface__["data"]
        and (now.shape, now.strides, now.dtype) == (part.shape, part.strides, part.dtype)
    )


def _at(values: Any, place: Place) -> Any:
    """Return what is at a place; None where there is nothing."""
    for key in place:
        try:
            values = values[key]
        except (LookupError, TypeError):
            return None
    return values


def _named(place: Place, owner: str) -> str:
    return f"{place[0]} of {owner}"


def _kind_of(generator: Any) -> str:
    return type(generator).__name__


def _state_of(generator: Any) -> Any:
    if isinstance(generator, np.random.Generator):
        return generator.bit_generator.state
    if isinstance(generator, np.random.RandomState):
        return generator.get_state(legacy=False)
    return generator.getstate() if isinstance(generator, random.Random) else generator.state


def _set_state(generator: Any, kept: GeneratorState) -> None:
    if isinstance(generator, np.random.Generator):
        generator.bit_generator.state = kept.state
    elif isinstance(generator, np.random.RandomState):
        generator.set_state(kept.state)
    elif isinstance(generator, random.Random):
        generator.setstate(kept.state)
    else:
        generator.state = kept.state


def _new_generator(kept: GeneratorState) -> Any:
    """Make a generator of the kind whose state has been kept."""
    if kept.kind == "Random":
        return random.Random()
    if kept.kind == "RandomState":
        bits = getattr(np.random, kept.state["bit_generator"])
        return np.random.RandomState(bits())
    if kept.kind == "Generator":
        return np.random.Generator(getattr(np.random, kept.state["bit_generator"])())
    return getattr(np.random, kept.kind)()
