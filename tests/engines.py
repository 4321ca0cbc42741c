"""The engine that tests of other matters than the engine run on: the compiled one, or Lava's.

``conftest.py`` sets it from ``--engine`` or ``--lava``, before tests are collected.
"""

from __future__ import annotations

from typing import Any

import pytest

from loihi_sleep.run import select as run_select

chosen = "compiled"

BOTH = (pytest.param("lava", marks=pytest.mark.lava), "compiled")
"""To parametrize a test by, where Lava's side is shown by other tests of the default run too."""


def select(numerics: str = "fixed", rounding: str = "per_synapse") -> Any:
    """Run configuration on the chosen engine."""
    return run_select.select(chosen, numerics, rounding)
