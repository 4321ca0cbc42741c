"""The tools that draw their own inputs find their way about the repository, and find no fault."""

import pytest
from running_scripts import SCRIPTS, run


@pytest.mark.slow
def test_the_engine_is_compared_with_lava_on_a_network_drawn_at_random():
    chosen = ["--graphs", "1", "--seed", "4", "--rules", "1", "--rounding", "per_layer"]
    result = run(str(SCRIPTS / "fuzz_engine"), *chosen)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "1 graphs ran, 0 differed" in result.stdout


@pytest.mark.parametrize(
    "kind", [pytest.param("checkpoints", marks=pytest.mark.slow), "netx_files"]
)
def test_damaged_inputs_are_refused_or_harmless(kind):
    result = run("-m", "damage", "--kinds", kind, "--count", "3", "--seed", "3")
    assert result.returncode == 0, result.stdout + result.stderr
    *_, counts = result.stdout.splitlines()
    name, refused, harmless, believed, traceback, slow = counts.split()
    assert (name, believed, traceback, slow) == (kind, "0", "0", "0")
    assert int(refused) + int(harmless) >= 3
