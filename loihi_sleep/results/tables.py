"""Tables of text, as a report shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """A table of text.

    Parameters
    ----------
    title : str
    head : sequence of str
        Above the columns; the first one is above the names of the rows.
    rows : sequence of sequence of str
        A name and its values.
    """

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def as_sentence(self) -> str:
        """Say all of it in one line, for those who cannot see it."""
        rows = []
        for name, *values in self.rows:
            named = zip(self.head[1:], values, strict=True)
            parts = [f"{column} = {value}" if column else value for column, value in named]
            rows.append(f"{name}: {', '.join(parts)}" if name else ", ".join(parts))
        return f"{self.title}: {'; '.join(rows)}" if self.title else "; ".join(rows)
