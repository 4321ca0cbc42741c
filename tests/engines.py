"""The engine that tests of other matters than the engine run on: the compiled one, or Lava's.

``conftest.py`` sets it from ``--engine`` or ``--lava``, before tests are collected.
"""

from __future__ import annotations

from typing import Any

import pytest

from loihi_sleep.engine.attach import CompiledNetwork, compile_network
from loihi_sleep.run import select as run_select

chosen = "compiled"

BOTH = (pytest.param("lava", marks=pytest.mark.lava), "compiled")
"""To parametrize a test by, where Lava's side is shown by other tests of the default run too."""

MODELS_TOO = ("models", "compiled")
"""To parametrize a test by, where ProcessModels are to do as compiled nodes do; see `named`."""


class _ModelsOnly(run_select.CompiledRunConfig):
    """Runs each Process by the ProcessModel that Lava's simulator would run, in this process."""

    def compile_network(self, process: Any) -> CompiledNetwork:
        return compile_network(process, self.choosing_models, "all")


def select(numerics: str = "fixed", rounding: str = "per_synapse") -> Any:
    """Run configuration on the chosen engine."""
    return run_select.select(chosen, numerics, rounding)


def models(numerics: str = "fixed", rounding: str = "per_synapse") -> Any:
    """Run configuration by which the ProcessModels run themselves, Lava's and ours.

    They run in this process, which starts in milliseconds; on Lava's simulator, which starts a
    process for each of them, with ``--lava``.
    """
    if chosen == "lava":
        return run_select.select("lava", numerics, rounding)
    return _ModelsOnly(numerics, rounding)


def named(engine: str, numerics: str = "fixed", rounding: str = "per_synapse") -> Any:
    """Run configuration of :func:`models`, or of an engine."""
    if engine == "models":
        return models(numerics, rounding)
    return run_select.select(engine, numerics, rounding)
