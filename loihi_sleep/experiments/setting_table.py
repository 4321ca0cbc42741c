"""All settings of a configuration: default, what is allowed, what it means."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from loihi_sleep.configuration import ExperimentConfig

_PAGE = """# Settings

Every setting of the experiments, as `--set name=value` changes it and `config.yaml` of a run
holds it. Defaults are those of the preset that runs without `--preset`. This page is
what `loihi-sleep settings --markdown` prints.

`loihi-sleep settings src --set variant=paper --set numerics=float` prints those of another
variant, `--preset` those of another preset.
"""
# No settings: they choose them.
_CHOOSERS = ("experiment", "preset")


@dataclass(frozen=True)
class Setting:
    """One setting, as ``--set`` names it.

    Parameters
    ----------
    name : str
        Such as ``sleep.steps``.
    default : str
        As YAML has it.
    allowed : str
        Kind and range of its value.
    meaning : str
        Empty where the configuration says nothing.
    """

    name: str
    default: str
    allowed: str
    meaning: str


def settings_of(config: ExperimentConfig) -> list[Setting]:
    """List the settings of a configuration, with its values as defaults."""
    return list(_walk(config, ""))


def as_lines(experiment: str, settings: Iterable[Setting]) -> list[str]:
    """Write settings as lines for a terminal."""
    lines = [experiment]
    for one in settings:
        meaning = f"; {one.meaning}" if one.meaning else ""
        lines += [f"  {one.name} = {one.default}", f"      {one.allowed}{meaning}"]
    return lines


def as_markdown(by_experiment: Mapping[str, Iterable[Setting]]) -> str:
    """Write the settings of experiments as a page in Markdown."""
    lines = [_PAGE]
    for experiment, settings in by_experiment.items():
        lines += [f"## {experiment}", "", "| setting | default | allowed | meaning |"]
        lines += ["|---|---|---|---|"]
        for one in settings:
            cells = (f"`{one.name}`", f"`{one.default}`", one.allowed, one.meaning)
            lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
        lines.append("")
    return "\n".join(lines)


def _walk(
    model: BaseModel, prefix: str, tags: Mapping[str, str] | None = None
) -> Iterator[Setting]:
    """Yield the settings of a part; `tags` says of a field which names choose the part's form."""
    kind = type(model)
    schemas = kind.model_json_schema()["properties"]
    for name in kind.model_fields:
        value, schema = getattr(model, name), schemas[name]
        if isinstance(value, BaseModel):
            yield from _walk(value, f"{prefix}{name}.", _tags_of(schema))
            continue
        if f"{prefix}{name}" in _CHOOSERS:
            continue
        meaning = _meaning(kind, name)
        default = json.dumps(model.model_dump(mode="json", include={name})[name])
        yield Setting(
            f"{prefix}{name}", default, (tags or {}).get(name) or _allowed(schema), meaning
        )


def _tags_of(schema: Mapping[str, Any]) -> dict[str, str]:
    """Of a part that may have several forms: the field that tells them apart, and its values."""
    chooser = schema.get("discriminator")
    return {} if chooser is None else {chooser["propertyName"]: " or ".join(chooser["mapping"])}


def _meaning(kind: type[BaseModel], name: str) -> str:
    """Return what the field, or the one that it replaces in a base class, says of itself."""
    for base in kind.__mro__:
        field = getattr(base, "model_fields", {}).get(name)
        if field is not None and field.description:
            return str(field.description)
    return ""


def _allowed(schema: Mapping[str, Any]) -> str:
    """Say in words what a JSON schema allows."""
    if "anyOf" in schema:
        return " or ".join(_allowed(option) for option in schema["anyOf"])
    if "const" in schema:
        return str(schema["const"])
    if "enum" in schema:
        return ", ".join(str(value) for value in schema["enum"])
    match schema.get("type"):
        case "boolean":
            return "true or false"
        case "null":
            return "null"
        case "integer" | "number" as noun:
            return f"{noun}{_range(schema)}"
        case "array":
            return _list(schema)
        case _:
            return "text"


def _range(schema: Mapping[str, Any]) -> str:
    if "minimum" in schema and "maximum" in schema:
        return f" {_number(schema['minimum'])} .. {_number(schema['maximum'])}"
    bounds = []
    for key, sign in (
        ("exclusiveMinimum", ">"),
        ("minimum", ">="),
        ("exclusiveMaximum", "<"),
        ("maximum", "<="),
    ):
        if key in schema:
            bounds.append(f"{sign} {_number(schema[key])}")
    return f" {', '.join(bounds)}" if bounds else ""


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.12g}"


def _list(schema: Mapping[str, Any]) -> str:
    least, most = schema.get("minItems", 0), schema.get("maxItems")
    items = schema.get("items") or (schema.get("prefixItems") or [{}])[0]
    item = _allowed(items)
    if least == most:
        return f"list of {least}: {item}"
    count = f"{least} or more" if most is None else f"{least} to {most}"
    return f"list of {count}: {item}"
