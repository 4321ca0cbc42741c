"""What docstrings write in Sphinx's way, for a site that reads Markdown."""

import re
import textwrap

import griffe
from latex2mathml.converter import convert

ROLE = re.compile(r":(?:class|func|meth|mod|attr|obj|exc):`~?([^`]+)`")
MATH = re.compile(r":math:`([^`]+)`")
FORMULA = re.compile(r"^( *)\.\. math::\n((?:\1 +.*\n|\n)+)", re.MULTILINE)
# Three lines of = and the lines between them.
TABLE = re.compile(r"^( *)(=+(?: +=+)+)\n(.+?)\n\1\2\n(.+?)\n\1\2$", re.MULTILINE | re.DOTALL)


class ReadSphinx(griffe.Extension):
    """Turn roles, formulas and tables of Sphinx into Markdown."""

    def on_instance(self, *, obj: griffe.Object, **_: object) -> None:
        """Change the docstring of an object that was read."""
        if obj.docstring:
            obj.docstring.value = to_markdown(obj.docstring.value)


def to_markdown(text: str) -> str:
    """Return a docstring's text with what is Sphinx's own in Markdown."""
    text = FORMULA.sub(_formula, text)
    text = TABLE.sub(_table, text)
    text = MATH.sub(lambda math: convert(" ".join(math[1].split())), text)
    return ROLE.sub(lambda role: f"`{role[1].rpartition('.')[2]}`", text)


def _formula(found: re.Match[str]) -> str:
    latex = textwrap.dedent(found[2]).strip()
    return f"{found[1]}{convert(latex, display='block')}\n\n"


def _table(found: re.Match[str]) -> str:
    """Turn a simple table, whose columns the lines of = show, into one of Markdown."""
    indent, rule = found[1], found[2]
    starts = [bar.start() for bar in re.finditer("=+", rule)]
    ends = [*starts[1:], None]

    def cells(line: str) -> list[str]:
        line = line[len(indent) :]
        return [line[start:end].strip() for start, end in zip(starts, ends, strict=True)]

    rows: list[list[str]] = []
    for line in found[4].splitlines():
        row = cells(line)
        if rows and not row[0]:  # goes on with the row above
            rows[-1] = [f"{old} {new}".strip() for old, new in zip(rows[-1], row, strict=True)]
        else:
            rows.append(row)
    head = [
        " ".join(words).strip() for words in zip(*map(cells, found[3].splitlines()), strict=True)
    ]
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"{indent}| {' | '.join(row)} |" for row in lines)
