"""A few of the damaged files that scripts/fuzz_inputs makes by the thousand."""

import importlib
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[3] / "scripts"


@pytest.mark.parametrize("kind", ["netx_files", "nir_files"])
def test_damaged_files_are_refused_or_are_other_valid_ones(kind, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    module, judged = (importlib.import_module(f"damage.{name}") for name in (kind, "case"))
    verdicts = {case.name: case.attempt() for case in module.cases(tmp_path, 40, seed=0)}
    assert not {name: one for name, one in verdicts.items() if one.outcome in judged.FAULTS}
    assert "refused" in {one.outcome for one in verdicts.values()}
