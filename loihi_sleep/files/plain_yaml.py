"""Values as YAML text: what a configuration needs of YAML, and nothing that could do harm."""

from __future__ import annotations

import re
from typing import Any

import yaml

LONGEST = 100_000
DEEPEST = 20
_DIGITS = 1000
_KEPT_TAGS = ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:null")
_INT, _FLOAT = "tag:yaml.org,2002:int", "tag:yaml.org,2002:float"
# Those of YAML 1.2: 1e-3 is a number, 1:30 and 010 are not those of a clock and of base 8.
_INTEGER = re.compile(r"[-+]?[0-9][0-9_]*$")
_NUMBER = re.compile(
    r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$"
    r"|[-+]?\.(?:inf|Inf|INF)$|\.(?:nan|NaN|NAN)$"
)


def _resolvers() -> dict[str, list[tuple[str, Any]]]:
    """Tags by first character, as PyYAML keeps them: no dates, no merging of mappings."""
    kept = {
        first: [(tag, pattern) for tag, pattern in entries if tag in _KEPT_TAGS]
        for first, entries in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    for tag, pattern, firsts in (
        (_INT, _INTEGER, "-+0123456789"),
        (_FLOAT, _NUMBER, "-+.0123456789"),
    ):
        for first in firsts:
            kept.setdefault(first, []).append((tag, pattern))
    return kept


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers = _resolvers()

    def integer(self, node: yaml.ScalarNode) -> int:
        """Read an integer in base 10."""
        digits = self.construct_scalar(node)
        if len(digits) > _DIGITS:
            raise ValueError(f"an integer has {len(digits):,} digits")
        return int(digits)

    def mapping(self, node: yaml.MappingNode) -> dict[Any, Any]:
        """Read a mapping whose keys differ."""
        made: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = self.construct_object(key_node, deep=True)
            try:
                known = key in made
            except TypeError:
                raise ValueError("a key is a list or a mapping") from None
            if known:
                raise ValueError(f"the key {key!r} is there twice")
            made[key] = self.construct_object(value_node, deep=True)
        return made


_Loader.add_constructor(_INT, _Loader.integer)
_Loader.add_constructor("tag:yaml.org,2002:map", _Loader.mapping)


class _Dumper(yaml.SafeDumper):
    yaml_implicit_resolvers = _resolvers()


def read(text: str) -> Any:
    """Read one value.

    Parameters
    ----------
    text : str
        YAML of at most 100,000 characters and 20 lists and mappings in each other, without
        anchors, aliases and tags.

    Returns
    -------
    None, bool, int, float, str, list or dict

    Raises
    ------
    ValueError
        Anything else; the message says what, but not where the text comes from.
    """
    if len(text) > LONGEST:
        raise ValueError(f"it has {len(text):,} characters; at most {LONGEST:,} are read")
    try:
        _check_events(text)
        return yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise ValueError(f"it is not valid YAML: {_in_one_line(error)}") from None


def write(values: dict[str, Any]) -> str:
    """Write values so that :func:`read` returns the same."""
    return yaml.dump(values, Dumper=_Dumper, sort_keys=False)


def _check_events(text: str) -> None:
    """Refuse, before anything is made of the text, what could multiply or nest without end."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise ValueError("it has an anchor (&) or an alias (*); write the value itself")
        tag = getattr(event, "tag", None)
        if tag:
            raise ValueError(f"it has the tag {tag[:60]}; leave it out")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise ValueError(f"more than {DEEPEST} lists or mappings are in each other")


def _in_one_line(error: yaml.YAMLError) -> str:
    what = getattr(error, "problem", None) or str(error).splitlines()[0]
    mark = getattr(error, "problem_mark", None)
    return what if mark is None else f"{what}, line {mark.line + 1}, column {mark.column + 1}"
