"""Tables of HTML, which notebooks show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


def html_table(
    title: str, head: Sequence[str], rows: Iterable[Sequence[object]], note: str = ""
) -> str:
    """Return a table as HTML, its text escaped.

    Parameters
    ----------
    title : str
        Stands above it.
    head : sequence of str
        Names of the columns.
    rows : iterable of sequence
        Cells; numbers are grouped by thousands.
    note : str
        Stands below it.
    """
    cells = "".join(
        f"<tr>{''.join(f'<td>{escape(_text(cell))}</td>' for cell in row)}</tr>" for row in rows
    )
    return (
        f"<div><b>{escape(title)}</b><table><thead><tr>"
        f"{''.join(f'<th>{escape(name)}</th>' for name in head)}</tr></thead>"
        f"<tbody>{cells}</tbody></table>{f'<p>{escape(note)}</p>' if note else ''}</div>"
    )


def _text(cell: object) -> str:
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:,.3g}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)
