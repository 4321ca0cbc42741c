"""The notebooks of the documentation run, and print what they are kept with."""

import re
from pathlib import Path

import pytest

from scripts.documentation import notebooks

FOLDER = Path(__file__).parents[1] / "docs" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def without_numbers(text):
    # What depends on the time of a run has other digits in each, other blanks before them where
    # there are columns, and other units.
    return re.sub(r" *-?\d[\d,.]*(?: [nµm]?(?=[Js]\b))?", " N", text)


def outputs_of(notebook):
    """Kinds of outputs, and what is printed, cell by cell."""
    return [
        [
            (sorted(output.get("data", ())), without_numbers("".join(output.get("text", ()))))
            for output in cell["outputs"]
        ]
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    ]


def made(*sources):
    cells = [{"cell_type": "code", "source": [source], "outputs": []} for source in sources]
    return {"cells": [{"cell_type": "markdown", "source": ["# Title"]}, *cells]}


def test_there_are_four_of_them():
    assert [path.stem for path in NOTEBOOKS] == [
        "first-night",
        "foraging",
        "lava-network",
        "torch-model",
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_are_kept_and_small(path):
    cells = [cell for cell in notebooks.read(path)["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert any(cell["outputs"] for cell in cells)
    assert path.stat().st_size < 500_000


def test_cells_put_out_what_they_print_their_last_value_and_figures():
    notebook = notebooks.run(
        made(
            "x = 2\nprint(x)",
            "x + 1",
            "x;",
            "from matplotlib import pyplot as plt\nplt.figure();",
            "class A:\n    def _repr_html_(self):\n        return '<b>a</b>'\nA()",
        )
    )
    _, *cells = notebook["cells"]
    kinds = [[output["output_type"] for output in cell["outputs"]] for cell in cells]
    assert kinds == [["stream"], ["execute_result"], [], ["display_data"], ["execute_result"]]
    page, pictures = notebooks.to_markdown(notebook, "name")
    assert page.startswith("# Title\n\n```python\nx = 2\nprint(x)\n```\n\n```text\n2\n```\n")
    assert "```text\n3\n```" in page
    assert "<b>a</b>" in page
    assert "![What the cell above draws](name-1.png)" in page
    assert pictures["name-1.png"].startswith(b"\x89PNG")


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_they_run_and_put_out_what_is_kept(path):
    kept = notebooks.read(path)
    assert outputs_of(notebooks.run(kept)) == outputs_of(kept)
