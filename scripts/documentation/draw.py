"""Run the programs of a page, and keep the pictures that they save among the figures.

    python scripts/documentation/draw.py docs/guide/first-night.md

The pictures of a page lie in docs/figures/NAME-OF-THE-PAGE.
"""

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

import matplotlib as mpl

PROGRAM = re.compile(r"```python\n(.*?)```", re.DOTALL)


def main() -> None:
    """Draw those of each page that is named."""
    mpl.use("agg")
    mpl.rcParams["savefig.dpi"] = 110
    mpl.rcParams["savefig.bbox"] = "tight"
    for name in sys.argv[1:]:
        page = Path(name).resolve()
        program = "\n".join(PROGRAM.findall(page.read_text()))
        figures = page.parents[1] / "figures" / page.stem
        figures.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            here = Path.cwd()
            os.chdir(folder)
            exec(compile(program, page.name, "exec"), {})
            os.chdir(here)
            for picture in Path(folder).glob("*.png"):
                shutil.copy(picture, figures)


if __name__ == "__main__":
    main()
