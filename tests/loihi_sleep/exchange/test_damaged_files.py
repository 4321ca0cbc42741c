"""A few of the damaged files that scripts/fuzz_inputs makes by the thousand."""

import importlib
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[3] / "scripts"


@pytest.mark.parametrize("kind", ["netx_files", "nir_files"])
def test_damaged_files_are_refused_or_are_other_valid_ones(kind, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    module = importlib.import_module(f"damage.{kind}")
    verdicts = {case.name: case.attempt() for case in module.cases(tmp_path, 40, seed=0)}
    faults = {
        name: one
        for name, one in verdicts.items()
        if one.outcome in importlib.import_module("damage.case").FAULTS
    }
    assert not faults
    assert "refused" in {one.outcome for one in verdicts.values()}
