"""The report of a run: one HTML file that holds all it shows."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loihi_sleep.files.atomic import write_text

# Of a long table; the others are folded.
_FIRST_ROWS = 12


@dataclass(frozen=True)
class Figure:
    """A picture and what it shows.

    Parameters
    ----------
    path : Path
        PNG or GIF file.
    caption : str
    """

    path: Path
    caption: str


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
    """

    title: str
    lead: str
    rows: Sequence[tuple[str, str]]
    figures: Sequence[Figure]


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
    """Write report.html, with figures and style inside.

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

    environment = Environment(
        loader=PackageLoader("loihi_sleep.results"), autoescape=True, undefined=StrictUndefined
    )
    html = environment.get_template("report.html.jinja").render(
        report=report,
        record=record,
        rows=table_rows(report, record),
        first_rows=_FIRST_ROWS,
        origin=_origin(record),
        images=[
            (
                figure.path.suffix.removeprefix("."),
                base64.b64encode(figure.path.read_bytes()).decode(),
                figure.caption,
            )
            for figure in report.figures
        ],
        config_text=config_text,
    )
    write_text(path, html)
