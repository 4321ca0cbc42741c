import math
import time

import pytest

from loihi_sleep.files import plain_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3), ("-3", -3), ("010", 10), ("10_000", 10_000), ("0.5", 0.5), ("1e-3", 0.001),
        ("2.5E+3", 2500.0), (".inf", math.inf), ("true", True), ("null", None), ("", None),
        ("[1, 2]", [1, 2]), ("{a: {b: 1}}", {"a": {"b": 1}}), ("text", "text"),
        # No clock, no date, no other base.
        ("1:30", "1:30"), ("2026-01-01", "2026-01-01"), ("0x10", "0x10"), ("e3", "e3"),
    ],
)  # fmt: skip
def test_values_are_read(text, value):
    read = plain_yaml.read(text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    "text", ["1e3", "010", "1:30", "true", "2026-01-01", "3", ".5", "null", ""]
)
def test_a_text_that_looks_like_something_else_stays_a_text(text):
    values = {"folder": text, "steps": 3, "rate": 1e-05, "list": [1, None, True]}
    assert plain_yaml.read(plain_yaml.write(values)) == values


def multiplying(levels):
    """Lists of ten of the list before; all written out they have 10 ** levels items."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, levels):
        lines.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]")
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (multiplying(9), r"it has an anchor \(&\) or an alias \(\*\)"),
        ("*a", r"it has an anchor \(&\) or an alias"),
        ("!!python/object/apply:os.system ['true']", "it has the tag .*os.system; leave it out"),
        ("!!timestamp x", "it has the tag .*timestamp"),
        ("!!bool x", "it has the tag .*bool"),
        ("[" * 5000, "more than 20 lists or mappings"),
        ("[" * 50_000 + "]" * 50_000, "more than 20 lists or mappings"),
        ("a: 1\na: 2", "the key 'a' is there twice"),
        ("{[1]: 2}", "a key is a list or a mapping"),
        ("x" * 100_001, "it has 100,001 characters; at most 100,000"),
        ("9" * 5000, "an integer has 5,000 digits"),
        ("a\0b", "it is not valid YAML: "),
        ("[1", "it is not valid YAML: .*, line 1, column 3"),
        ("1\n---\n2", "it is not valid YAML: "),
    ],
    ids=lambda text: repr(text)[:30],
)
def test_what_could_do_harm_is_refused_at_once(text, message):
    began = time.perf_counter()
    with pytest.raises(ValueError, match=message) as refusal:
        plain_yaml.read(text)
    assert time.perf_counter() - began < 2
    assert len(str(refusal.value)) < 200
    assert "\n" not in str(refusal.value)
