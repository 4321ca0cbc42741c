"""Run the notebooks of the documentation, and turn them into pages.

    python scripts/documentation/notebooks.py docs/notebooks/*.ipynb    # runs them, keeps outputs

A notebook is JSON: cells of Markdown and of Python, with what the latter put out. Here they are run
in this process, without Jupyter; what they put out is kept as Jupyter keeps it.
"""

from __future__ import annotations

import ast
import base64
import io
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

Cell = dict[str, Any]


def read(path: Path) -> dict[str, Any]:
    """Read a notebook."""
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def write(path: Path, notebook: dict[str, Any]) -> None:
    """Write a notebook as Jupyter does."""
    text = json.dumps(notebook, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def run(notebook: dict[str, Any]) -> dict[str, Any]:
    """Run all cells from top to bottom in an empty folder, and return it with their outputs."""
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    mpl.use("agg")
    # Figures that somebody else has left open are none of a cell's.
    plt.close("all")
    names: dict[str, Any] = {"__name__": "__main__"}
    cells, count = [], 0
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            for cell in notebook["cells"]:
                if cell["cell_type"] == "code":
                    count += 1
                    outputs = list(_outputs("".join(cell["source"]), names, count))
                    cell = {**cell, "execution_count": count, "outputs": outputs}
                cells.append(cell)
        finally:
            os.chdir(here)
    return {**notebook, "cells": cells}


def _outputs(source: str, names: dict[str, Any], count: int) -> Iterator[Cell]:
    """Run a cell; yield what it printed, the value of its last line, and its figures."""
    from matplotlib import pyplot as plt

    tree = ast.parse(source)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = ast.Expression(tree.body.pop().value)  # type: ignore[attr-defined]
    printed, value = io.StringIO(), None
    with redirect_stdout(printed):
        exec(compile(tree, f"<cell {count}>", "exec"), names)
        if last is not None:
            value = eval(compile(last, f"<cell {count}>", "eval"), names)
    if printed.getvalue():
        text = printed.getvalue().splitlines(keepends=True)
        yield {"name": "stdout", "output_type": "stream", "text": text}
    # A semicolon at the end keeps a value to itself, as in Jupyter.
    if value is not None and not source.rstrip().endswith(";"):
        data = {"text/plain": repr(value).splitlines(keepends=True)}
        if (html := getattr(value, "_repr_html_", lambda: None)()) is not None:
            plain = f"<{type(value).__name__}>"  # its repr may hold whole arrays
            data = {"text/html": html.splitlines(keepends=True), "text/plain": [plain]}
        result = {"data": data, "execution_count": count, "metadata": {}}
        yield {**result, "output_type": "execute_result"}
    for number in plt.get_fignums():
        picture = io.BytesIO()
        plt.figure(number).savefig(picture, format="png", dpi=80, bbox_inches="tight")
        data = {"image/png": base64.b64encode(picture.getvalue()).decode("ascii")}
        yield {"data": data, "metadata": {}, "output_type": "display_data"}
    plt.close("all")


def to_markdown(notebook: dict[str, Any], name: str) -> tuple[str, dict[str, bytes]]:
    """Turn a notebook into a page, and its pictures by the names that the page gives them."""
    lines: list[str] = []
    pictures: dict[str, bytes] = {}
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            lines += [source, ""]
            continue
        lines += ["```python", source, "```", ""]
        for output in cell["outputs"]:
            data = output.get("data", {"text/plain": output.get("text", [])})
            if "image/png" in data:
                picture = f"{name}-{len(pictures) + 1}.png"
                pictures[picture] = base64.b64decode("".join(data["image/png"]))
                lines += [f"![What the cell above draws]({picture})", ""]
            elif "text/html" in data:
                lines += ["".join(data["text/html"]), ""]
            else:
                lines += ["```text", "".join(data["text/plain"]).rstrip("\n"), "```", ""]
    lines += [f"[Download this notebook]({name}.ipynb)", ""]
    return "\n".join(lines), pictures


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        file = Path(argument).resolve()
        write(file, run(read(file)))
