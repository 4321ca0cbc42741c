"""scripts/benchmark: rows are printed and kept one by one; large networks are measured apart."""

import json
import sys

import pytest
from running_scripts import run

# The measurement itself is replaced: of three rows one is measured, one lacks something, and the
# third one is cut.
CUT = """
import sys
from benchmarks import bandwidth, lava_and_engine
from benchmarks.__main__ import app

class Measured:
    def __init__(self, row):
        self.row = row

    def as_json(self, cached, memory):
        return {
            "network": self.row.network.name, "kind": self.row.kind, "lava_us": 100.0,
            "engine_us": 1.0, "ratio": 100.0, "ratios": [90.0, 110.0], "bar": 50.0, "met": True,
            "bytes_read": 1000, "bytes_updated": 0, "bound_us": 0.1, "bound_in_memory_us": 0.2,
            "times_bound": 10.0, "engine_rates": [0.05, 0.01], "equal_after_steps": 320,
        }

def measure(row, repeats):
    if "1200" in row.name:
        raise ImportError("No module named 'away'")
    if "49" in row.name:
        raise KeyboardInterrupt
    return Measured(row)

lava_and_engine.measure = measure
bandwidth.measure = lambda size: bandwidth.Bandwidth(size, 1e9, 1e9)
app(["engine", "--rows", "10 static,49-784-9 static", "--out", sys.argv[1]])
"""


@pytest.mark.slow
def test_rows_are_kept_when_a_run_is_cut(tmp_path):
    out = tmp_path / "engine.json"
    ran = run("-c", CUT, str(out))
    assert ran.returncode != 0
    lines = [line.split() for line in ran.stdout.splitlines()]
    assert next(line[:8] for line in lines if line[:1] == ["784-400-10"]) == [
        "784-400-10",
        "static",
        "100",
        "1.00",
        "100",
        "90",
        "-",
        "110",
    ]
    assert "784-1200-1200-10" in ran.stdout
    assert "skipped: ImportError: No module named 'away'" in ran.stdout
    rows = json.loads(out.read_text())["rows"]
    assert [row["network"] for row in rows] == ["784-400-10", "784-1200-1200-10"]
    assert rows[1]["skipped"] == "ImportError: No module named 'away'"
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")
def test_a_large_network_is_measured_in_a_process_of_its_own():
    case = {"kind": "LearningSparse", "neurons": 2_000, "fan_out": 50, "rate": 0.02}
    ran = run("-m", "benchmarks.large", json.dumps(case))
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout.splitlines()[-1])
    assert found["synapses"] == 100_000
    # Spikes come about as often as they are asked for, and each reaches its 50 synapses.
    assert 0.5 * 40 < found["spikes"] < 1.5 * 40
    assert found["operations"] == pytest.approx(50 * found["spikes"], rel=0.1)
