"""Configurations of experiments: typed, checked, changed by ``--set``, saved with each run."""

from __future__ import annotations

import functools
import hashlib
import json
import operator
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import AfterValidator, Field, ValidationError, model_validator

from loihi_sleep.complaints import first_complaint, shortened
from loihi_sleep.errors import BadParameter
from loihi_sleep.files import plain_yaml
from loihi_sleep.numerics.names import Numerics
from loihi_sleep.processes.checks import SEED_MAX
from loihi_sleep.settings import Settings

Seed = Annotated[int, Field(ge=0, le=SEED_MAX)]
SEEDS_MAX = 1000
Folder = Annotated[str, Field(min_length=1, max_length=4096)]
# Of a setting: characters, and names between dots.
_LONGEST_SETTING, _DEEPEST_PATH = 10_000, 8


def distinct(noun: str) -> AfterValidator:
    """Let a field of a configuration refuse items that are there twice.

    Parameters
    ----------
    noun : str
        What one item is called.

    Examples
    --------
    >>> names: Annotated[tuple[str, ...], distinct("name")]
    """

    def check(items: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(set(items)) < len(items):
            raise ValueError(f"{list(items)} names a {noun} twice; each {noun} must be there once")
        return items

    return AfterValidator(check)


class ExperimentConfig(Settings):
    """What every experiment's configuration holds; all fields have defaults."""

    # Settings that an experiment got after others had been run, as ``part.name`` or as whole parts,
    # and their defaults.
    newer_settings: ClassVar[dict[str, Any]] = {}

    experiment: str = ""
    preset: str = "quick"
    engine: Literal["auto", "lava", "compiled", "loihi2"] = Field(
        "auto", description="what runs the networks"
    )
    numerics: Numerics = Field("fixed", description="reals, or the integers of Loihi")
    seeds: Annotated[tuple[Seed, ...], distinct("seed")] = Field(
        (0,), min_length=1, max_length=SEEDS_MAX, description="all conditions run with each"
    )

    @classmethod
    def defaults(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Return the defaults over which values are laid; they may hang on some of the values.

        Parameters
        ----------
        values : dict
            What a user gives, by setting; checked later.

        Returns
        -------
        dict
            By setting, of types that JSON has.
        """
        return cls().model_dump(mode="json")

    @model_validator(mode="after")
    def _folder_is_read(self) -> ExperimentConfig:
        folder = getattr(getattr(self, "data", None), "folder", None)
        if folder is not None and self.folder_unused is not None:
            raise ValueError(f"data.folder is {shortened(folder)}; {self.folder_unused}")
        return self

    @property
    def folder_unused(self) -> str | None:
        """Why no data set is read from a folder that the user names; None where one is."""
        return f"{self.experiment} reads no data set"

    def digest(self) -> str:
        """Hash of the whole configuration, 16 hexadecimal digits.

        Settings in ``newer_settings`` count only where they differ from their defaults, so that a
        configuration without them keeps its hash.

        Returns
        -------
        str
        """
        values = self.model_dump(mode="json")
        for path, default in self.newer_settings.items():
            *parts, name = path.split(".")
            holder = functools.reduce(operator.getitem, parts, values)
            if holder[name] == default:
                del holder[name]
        text = json.dumps(values, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


Config = TypeVar("Config", bound=ExperimentConfig)


Part = TypeVar("Part", bound=Settings)


def checked(kind: type[Part], values: Mapping[str, Any]) -> Part:
    """Make settings of values; what they leave out keeps its default.

    Raises
    ------
    ValueError
        One line that names the first wrong field, its value and what would be right.
    """
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise ValueError(first_complaint(error, kind)) from None


def load(kind: type[Config], values: dict[str, Any]) -> Config:
    """Check values and make a configuration of them; what they leave out keeps its default.

    Raises
    ------
    ValueError
        One line that names the first wrong field, its value and what would be right.
    """
    return checked(kind, _over(kind.defaults(values), values))


@contextmanager
def name_settings(part: str, **others: str) -> Iterator[None]:
    """Let an error about a parameter name the setting that gave it.

    Parameters
    ----------
    part : str
        Part of the configuration whose settings have the names of the parameters: ``data``.
    **others : str
        Settings of other names, by parameter.

    Raises
    ------
    ValueError
        In place of a BadParameter.
    """
    try:
        yield
    except BadParameter as error:
        setting = others.get(error.parameter, f"{part}.{error.parameter}")
        raise ValueError(f"{setting} {error.complaint}") from None


def with_settings(values: dict[str, Any], settings: Iterable[str]) -> dict[str, Any]:
    """Change values by settings ``key.key=value``; the value is YAML (``3``, ``0.5``, ``[1, 2]``).

    Raises
    ------
    ValueError
        A setting without ``=``, or whose value is not valid YAML.
    """
    changed: dict[str, Any] = json.loads(json.dumps(values))
    for setting in settings:
        shown = shortened(setting)
        path, separator, text = setting.partition("=")
        if not separator or not path:
            raise ValueError(f"--set {shown} has no value; write key=value, as sleep.steps=500")
        *parents, last = path.split(".")
        if len(setting) > _LONGEST_SETTING or len(parents) >= _DEEPEST_PATH:
            raise ValueError(f"--set {shown} is too long for a setting")
        try:
            value = plain_yaml.read(text)
        except ValueError as error:
            raise ValueError(f"--set {shown}: its value cannot be read; {error}") from None
        place = changed
        for parent in parents:
            place = place.setdefault(parent, {})
            if not isinstance(place, dict):
                raise ValueError(f"--set {shown}: {parent} has no settings below it")
        place[last] = value
    return changed


def _over(defaults: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Lay a tree of values over a tree of defaults."""
    merged = dict(defaults)
    for key, value in values.items():
        default = defaults.get(key)
        if isinstance(default, dict) and isinstance(value, dict):
            merged[key] = _over(default, value)
        else:
            merged[key] = value
    return merged
