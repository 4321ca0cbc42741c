"""Configurations of experiments: typed, checked, changed by ``--set``, saved with each run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from processes.checks import SEED_MAX

Seed = Annotated[int, Field(ge=0, le=SEED_MAX)]


Item = TypeVar("Item")


def each_once(items: tuple[Item, ...], one: str) -> tuple[Item, ...]:
    """Return items, or raise a ValueError that calls what is there twice `one`."""
    if len(set(items)) < len(items):
        raise ValueError(f"{list(items)} names a {one} twice; each {one} must be there once")
    return items


class ExperimentConfig(BaseModel):
    """What every experiment's configuration holds; all fields have defaults."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    experiment: str = ""
    preset: str = "quick"
    engine: Literal["auto", "lava", "compiled", "loihi2"] = "auto"
    numerics: Literal["float", "fixed"] = "fixed"
    seeds: tuple[Seed, ...] = Field((0,), min_length=1)

    @classmethod
    def defaults(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Return the defaults over which values are laid; they may hang on some of the values."""
        return cls().model_dump(mode="json")

    @field_validator("seeds")
    @classmethod
    def _each_seed_once(cls, seeds: tuple[int, ...]) -> tuple[int, ...]:
        return each_once(seeds, "seed")

    def digest(self) -> str:
        """Hash of the whole configuration, 16 hexadecimal digits."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


Config = TypeVar("Config", bound=ExperimentConfig)


def load(kind: type[Config], values: dict[str, Any]) -> Config:
    """Check values and make a configuration of them; what they leave out keeps its default.

    Raises
    ------
    ValueError
        One line that names the first wrong field, its value and what would be right.
    """
    try:
        return kind.model_validate(_over(kind.defaults(values), values))
    except ValidationError as error:
        raise ValueError(_first_line(error, kind)) from None


def with_settings(values: dict[str, Any], settings: Iterable[str]) -> dict[str, Any]:
    """Change values by settings ``key.key=value``; the value is YAML (``3``, ``0.5``, ``[1, 2]``).

    Raises
    ------
    ValueError
        A setting without ``=``, or whose value is not valid YAML.
    """
    changed: dict[str, Any] = json.loads(json.dumps(values))
    for setting in settings:
        path, separator, text = setting.partition("=")
        if not separator or not path:
            raise ValueError(f"--set {setting!r} has no value; write key=value, as sleep.steps=500")
        try:
            value = yaml.safe_load(text)
        except yaml.YAMLError:
            raise ValueError(f"--set {setting!r}: {text!r} is not a value (YAML is read)") from None
        *parents, last = path.split(".")
        place = changed
        for parent in parents:
            place = place.setdefault(parent, {})
            if not isinstance(place, dict):
                raise ValueError(f"--set {setting!r}: {parent} has no settings below it")
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


def _first_line(error: ValidationError, kind: type[BaseModel]) -> str:
    """Write pydantic's first complaint as one sentence."""
    first, *others = error.errors()
    for other in others:
        # Of a field that may be one thing or another, the complaint that goes deepest.
        if other["loc"][: len(first["loc"]) - 1] == first["loc"][:-1]:
            first = max(first, other, key=lambda complaint: len(complaint["loc"]))
    path, parent = _walk(kind, first["loc"])
    field = ".".join(path)
    if first["type"] == "extra_forbidden":
        return f"{field} is not a setting; there are {', '.join(parent.model_fields)}"
    if first["type"] == "missing":
        return f"{field} is missing"
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "value_error":  # from a check of ours, which names the value itself
        return f"{field}: {message}" if field else message
    return f"{field} is {first['input']!r}; {message[0].lower()}{message[1:]}"


def _walk(
    kind: type[BaseModel], location: tuple[int | str, ...]
) -> tuple[list[str], type[BaseModel]]:
    """Follow a location of pydantic's through the tree of models.

    Returns
    -------
    list of str, type of BaseModel
        The path as a user writes it, without the names that pydantic gives the members of a union;
        and the model that holds, or should hold, its last field.
    """
    path: list[str] = []
    parent, here = kind, kind
    members: dict[Any, type[BaseModel]] = {}
    inside = True
    for part in location:
        if members:
            here, members = members.get(part, here), {}
            continue
        if not inside:
            # Below a field that is no model only places in a sequence are the user's words.
            path += [str(part)] if isinstance(part, int) else []
            continue
        path.append(str(part))
        parent = here
        field = here.model_fields.get(str(part))
        models = [] if field is None else _models_of(field.annotation)
        if field is not None and isinstance(field.discriminator, str):
            members = {m.model_fields[field.discriminator].default: m for m in models}
        elif models:
            here = models[0]
        inside = bool(models)
    return path, parent


def _models_of(annotation: Any) -> list[type[BaseModel]]:
    """Models that a field may hold."""
    options = get_args(annotation) or (annotation,)
    return [o for o in options if isinstance(o, type) and issubclass(o, BaseModel)]
