"""The report of a run: one HTML file that holds all it shows."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from loihi_sleep.files.atomic import write_text
from loihi_sleep.results.origin import address_of_commit
from loihi_sleep.results.player import Player, as_json
from loihi_sleep.results.tables import Table

# Of a long table; the others are folded.
_FIRST_ROWS = 12
# Characters of a figure as SVG above which its PNG is shown, and of the text for those who cannot
# see it; all of its numbers are below it.
_LARGEST_SVG = 400_000
_LONGEST_TEXT = 1500
# A whole report has at most so many; above, figures are shown as PNG.
_LARGEST = 4_500_000


@dataclass(frozen=True)
class Figure:
    """A picture and what it shows.

    Parameters
    ----------
    path : Path
        PNG or GIF file.
    caption : str
    svg, narrow : str, optional
        The same as SVG, for a wide page and for a phone.
    numbers : sequence of Table
        What it shows, in numbers.
    """

    path: Path
    caption: str
    svg: str = ""
    narrow: str = ""
    numbers: Sequence[Table] = ()

    @property
    def text(self) -> str:
        """Caption and numbers, for those who cannot see the picture."""
        said = " ".join([self.caption, *(f"{table.as_sentence()}." for table in self.numbers)])
        return said if len(said) <= _LONGEST_TEXT else f"{said[:_LONGEST_TEXT]} ..."


@dataclass(frozen=True)
class Report:
    """What a report shows.

    Parameters
    ----------
    title : str
    lead : str
        The result in two or three sentences.
    rows : sequence of (str, str)
        Names of metrics to show, with a plain description, in order.
    figures : sequence of Figure
        In the order in which a person would look at them.
    player : Player, optional
        Nights to play.
    """

    title: str
    lead: str
    rows: Sequence[tuple[str, str]]
    figures: Sequence[Figure]
    player: Player | None = None


@dataclass(frozen=True)
class _Image:
    """A figure as the page has it."""

    wide: str
    narrow: str
    figure: Figure


def table_rows(report: Report, record: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Name, description and mean with deviation of each metric that the report shows."""
    return [
        (name, description, format_metric(record["metrics"][name]))
        for name, description in report.rows
    ]


def format_metric(metric: dict[str, Any]) -> str:
    """Mean and standard deviation over seeds, as text."""
    count = len(metric["values"])
    spread = f" ± {metric['sd']:.3f}" if count > 1 else ""
    return f"{metric['mean']:.3f}{spread}"


def _origin(record: dict[str, Any]) -> list[tuple[str, str]]:
    """Say when, where and by what a run was made, as far as its metrics tell."""
    sessions = record.get("sessions", 1)
    finished = record.get("date", "")
    if finished and sessions > 1:
        finished = f"{finished}, begun {record.get('began', '?')}, in {sessions} sessions"
    found = {
        "finished": finished,
        "command": record.get("command", ""),
        "commit": record.get("commit", ""),
        "versions": record.get("versions", ""),
        "host": record.get("host", ""),
        "processor": record.get("processor", ""),
    }
    return [(what, str(text)) for what, text in found.items() if text]


def write_report(path: Path, report: Report, record: dict[str, Any], config_text: str) -> None:
    """Write report.html, with figures, style and script inside; it asks nobody for anything.

    Parameters
    ----------
    path : Path
        The HTML file.
    report : Report
    record : dict
        Content of metrics.json.
    config_text : str
        Content of config.yaml.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("loihi_sleep.results"), autoescape=True, undefined=StrictUndefined
    )
    style, script = (_template(name) for name in ("report.css", "player.js"))
    player = None if report.player is None else as_json(report.player)
    html = environment.get_template("report.html.jinja").render(
        report=report,
        record=record,
        rows=table_rows(report, record),
        first_rows=_FIRST_ROWS,
        origin=_origin(record),
        commit_address=address_of_commit(record.get("commit", "")),
        images=_images(report.figures, _LARGEST - len(player or "")),
        style=Markup(style),
        script=Markup(script),
        player=None if player is None else Markup(player),
        policy=_policy(style, None if player is None else script),
        config_text=config_text,
    )
    write_text(path, html)


def _template(name: str) -> str:
    return (files("loihi_sleep.results") / "templates" / name).read_text(encoding="utf-8")


def _policy(style: str, script: str | None) -> str:
    """Say what the page may do: nothing but what is in it."""

    def allowed(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    scripts = "" if script is None else f"; script-src {allowed(script)}"
    return f"default-src 'none'; img-src data:; style-src {allowed(style)}{scripts}"


def _images(figures: Sequence[Figure], room: int) -> list[_Image]:
    """Put figures into addresses; as SVG where they and the whole stay small."""
    as_files = [
        _Image(_address(each.path.suffix.removeprefix("."), each.path.read_bytes()), "", each)
        for each in figures
    ]
    made = [
        _Image(_of_svg(each.figure.svg) or each.wide, _of_svg(each.figure.narrow), each.figure)
        for each in as_files
    ]
    small = sum(len(image.wide) + len(image.narrow) for image in made) <= room
    return made if small else as_files


def _of_svg(svg: str) -> str:
    """Return the address that holds an SVG; empty where there is none, or a large one."""
    return _address("svg+xml", svg.encode()) if 0 < len(svg) <= _LARGEST_SVG else ""


def _address(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
