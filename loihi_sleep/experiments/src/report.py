"""Report of `src`."""

from __future__ import annotations

from typing import Any

from loihi_sleep.results.report import Report


def report(record: dict[str, Any], folder: Any) -> Report:
    rows = [
        (n, n)
        for n in record["metrics"]
        if n.startswith("accuracy_") and isinstance(record["metrics"][n]["mean"], float)
    ]
    return Report("src", "", rows, [])
