"""Things by name, ours and those of other packages, imported when they are asked for."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar

from loihi_sleep.errors import ExtensionFailed

Thing = TypeVar("Thing")


class Registry(Generic[Thing]):
    """Things of one kind by name.

    A package brings its own by an entry point, without touching a file of ours; in its
    ``pyproject.toml``:

    .. code-block:: toml

        [project.entry-points."loihi_sleep.datasets"]
        letters = "my_package.letters:LETTERS"

    A script that is not installed calls :meth:`register`.

    Parameters
    ----------
    noun : str
        What one of them is called in messages: ``data set``.
    group : str
        Group of the entry points, behind ``loihi_sleep.``: ``datasets``.
    own : mapping of str to str
        Ours by name, each as ``module:attribute``; in the order in which people see them.
    kind : type, optional
        What each must be an instance of.
    """

    def __init__(
        self, noun: str, group: str, own: Mapping[str, str], kind: type | None = None
    ) -> None:
        self._noun = noun
        self._group = f"loihi_sleep.{group}"
        self._own = dict(own)
        self._kind = kind
        self._registered: dict[str, Thing] = {}

    def names(self) -> tuple[str, ...]:
        """Names of all that are there: ours, those of other packages, those of this script."""
        return tuple(dict.fromkeys([*self._own, *self._points(), *self._registered]))

    def module_of(self, name: str) -> str:
        """Module that one of them is imported from; none where a script registered it."""
        if name in self._own:
            return self._own[name].partition(":")[0]
        return next((point.module for point in self._points().get(name, ())), "")

    def register(self, name: str, thing: Thing) -> None:
        """Add one for the time of this process.

        Raises
        ------
        ValueError
            The name is that of one of ours or of another package, or it is something else. What a
            script has registered itself is replaced, as when a cell of a notebook runs again.
        """
        if name in self._own or name in self._points():
            raise ValueError(f"{self._noun} {name!r} is there already; choose another name")
        if self._kind is not None and not isinstance(thing, self._kind):
            raise ValueError(
                f"{self._noun} {name!r} is {thing!r}; it must be a {self._kind.__name__}"
            )
        self._registered[name] = thing

    def __contains__(self, name: object) -> bool:
        # What is no text may have no hash, or an equality of its own.
        return isinstance(name, str) and name in self.names()

    def __getitem__(self, name: str) -> Thing:
        """Find one by name.

        Raises
        ------
        ValueError
            There is none of that name.
        ExtensionFailed
            The package that brings it cannot be imported, or brings something else.
        """
        if name not in self:
            raise ValueError(
                f"{self._noun} is {name!r}; it must be one of {', '.join(self.names())}"
            )
        if name in self._registered:
            return self._registered[name]
        self._check_claims(name)
        if name in self._own:
            module, _, attribute = self._own[name].partition(":")
            thing: Thing = getattr(importlib.import_module(module), attribute)
            return thing
        return self._loaded(self._points()[name][0])

    def _points(self) -> dict[str, list[EntryPoint]]:
        return _points_of(self._group)

    def _check_claims(self, name: str) -> None:
        """Refuse a name that several bring."""
        points = self._points().get(name, [])
        if len(points) + (name in self._own) > 1:
            packages = " and ".join(_package_of(point) for point in points)
            raise ExtensionFailed(
                f"{self._noun} {name!r} is brought by {packages}"
                f"{', and is one of ours' if name in self._own else ''}; names must differ: remove "
                "a package, or rename what it brings"
            )

    def _loaded(self, point: EntryPoint) -> Any:
        try:
            thing = point.load()
        except Exception as error:
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            raise ExtensionFailed(
                f"{self._noun} {point.name!r} of {_package_of(point)} cannot be imported: {reason}"
            ) from error
        if self._kind is not None and not isinstance(thing, self._kind):
            raise ExtensionFailed(
                f"{self._noun} {point.name!r} of {_package_of(point)} is {thing!r}; it must be a "
                f"{self._kind.__name__}"
            )
        return thing


@functools.cache
def _points_of(group: str) -> dict[str, list[EntryPoint]]:
    """Entry points of the packages that are installed; reading them takes milliseconds."""
    points: dict[str, list[EntryPoint]] = {}
    for point in entry_points(group=group):
        points.setdefault(point.name, []).append(point)
    return points


def _package_of(point: EntryPoint) -> str:
    package = f"package {point.dist.name}" if point.dist is not None else "a package"
    return f"{package} ({point.value})"
