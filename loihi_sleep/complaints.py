"""What is wrong with settings, as one line for the user."""

from __future__ import annotations

import shlex
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from loihi_sleep.errors import BadParameter

_SHOWN = 80


def first_complaint(error: ValidationError, kind: type[BaseModel]) -> str:
    """Write pydantic's first complaint as one sentence.

    Parameters
    ----------
    error : ValidationError
    kind : type of BaseModel
        What could not be made.

    Returns
    -------
    str
        It names the field, its value and what would be right.
    """
    first, *others = error.errors()
    for other in others:
        # Of a field that may be one thing or another, the complaint of what the user meant.
        if other["loc"][: len(first["loc"]) - 1] == first["loc"][:-1]:
            first = max(first, other, key=_closeness)
    path, parent = _walk(kind, first["loc"])
    field = ".".join(path)
    if first["type"] in ("extra_forbidden", "invalid_key"):
        known = ", ".join(parent.model_fields)
        return f"{_cut(field)} is not a setting; there are {known}"
    if first["type"] == "missing":
        return f"{field} is missing"
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "value_error":  # from a check of ours, which names the value itself
        cause = first["ctx"]["error"]
        if isinstance(cause, BadParameter):
            return _cut(f"{field}.{cause.parameter} {cause.complaint}".lstrip("."), 500)
        return _cut(f"{field}: {message}" if field else message, 500)
    if first["type"] == "union_tag_invalid":  # of parts that a name tells apart, as forms of sleep
        name, tag = (str(first["ctx"][key]).strip("'") for key in ("discriminator", "tag"))
        known = first["ctx"]["expected_tags"].replace("'", "")
        return f"{_cut(f'{field}.{name}')} is {shortened(tag)}; it must be one of {known}"
    if first["type"] == "tuple_type":
        default = parent.model_fields[path[-1]].default if path[-1] in parent.model_fields else None
        example = f", such as {list(default)}" if isinstance(default, tuple) and default else ""
        message = f"it must be a list{example}"
    if first["type"] in ("model_type", "model_attributes_type"):
        message = "it must be settings by name, as {name: value}"
    wanted = _cut(message[0].lower() + message[1:], 500)
    given = list(first["input"]) if isinstance(first["input"], tuple) else first["input"]
    return f"{_cut(field)} is {shortened(given)}; {wanted}"


def _closeness(complaint: Any) -> tuple[int, bool]:
    """Tell how much of a value was right, to the last thing that was looked at."""
    return len(complaint["loc"]), not complaint["type"].endswith("_type")


def _cut(text: str, longest: int = 100) -> str:
    return text if len(text) <= longest else f"{text[:longest]} ..."


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
        if isinstance(part, int):
            continue  # of a sequence of models
        parent = here
        field = here.model_fields.get(str(part))
        models = [] if field is None else _models_of(field.annotation)
        if field is not None and isinstance(field.discriminator, str):
            members = {m.model_fields[field.discriminator].default: m for m in models}
        elif models:
            here = models[0]
        inside = bool(models)
    return path, parent


def _models_of(annotation: object) -> list[type[BaseModel]]:
    """Models that a field may hold."""
    options = get_args(annotation) or (annotation,)
    return [o for o in options if isinstance(o, type) and issubclass(o, BaseModel)]


def command(*words: object) -> str:
    """Write a command of loihi-sleep for a message, as a shell reads it.

    Parameters
    ----------
    *words : object
        Such as ``"resume"`` and a path.
    """
    text = shlex.join(["loihi-sleep", *map(str, words)])
    return f"`{text}`" if "'" in text else f"'{text}'"


def shortened(value: object) -> str:
    """Write a value for a message, its middle left out where it is long."""
    text = repr(value)
    if len(text) <= _SHOWN:
        return text
    return f"{text[: _SHOWN - 20]} ... {text[-10:]}"
