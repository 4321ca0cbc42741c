#!/usr/bin/env python
"""Count what the nights and the read-out of an experiment cost; see docs/cost.md.

scripts/cost.py digits
scripts/cost.py src --data-dir FOLDER
"""

import argparse
import warnings
from pathlib import Path

from loihi_sleep.experiments.cost import SETTINGS, cost_of


def main() -> None:
    """Run the experiment on the compiled engine and print its cost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("experiment", choices=list(SETTINGS))
    parser.add_argument("--data-dir", type=Path, help="folder that holds the data set (src)")
    parser.add_argument("--set", action="append", default=[], help="change a setting")
    chosen = parser.parse_args()
    warnings.filterwarnings("ignore", module="lava|torch|networkx")
    print(cost_of(chosen.experiment, data_dir=chosen.data_dir, settings=chosen.set).text())


if __name__ == "__main__":
    main()
