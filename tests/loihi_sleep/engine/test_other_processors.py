"""Integers do not depend on the processor: docs/explanation/reproducibility.md promises it."""

import json
import os
import subprocess
import sys

import pytest

# Instruction sets that every x86 processor of the last twenty years has; without effect elsewhere.
PLAIN_PROCESSOR = {
    "NUMBA_CPU_NAME": "generic",
    "NUMBA_CPU_FEATURES": "",
    "MKL_CBWR": "COMPATIBLE",
    "ATEN_CPU_CAPABILITY": "default",
}

SLEEP_A_NIGHT = """
import json
import numpy as np
from loihi_sleep import networks, rules, sleep
from loihi_sleep.run.select import select

rng = np.random.default_rng(0)
weights = [2 * rng.integers(-50, 60, shape) for shape in ((40, 30), (20, 40))]
network = networks.layered((30, 40, 20), weights, vth=(100, 60), rule=rules.sleep_hebb(0.7, 0.9))
night = sleep.Night(steps=400, drive=sleep.Poisson(rates=rng.random(30)), seed=4)
record = sleep.run_night(network, night, select("compiled", "fixed"), raster_steps=400)
print(json.dumps([[matrix.tolist() for matrix in record.weights],
                  [raster.astype(int).tolist() for raster in record.rasters]]))
"""


def sleep_a_night_in_a_child(environment):
    child = subprocess.run(
        [sys.executable, "-c", SLEEP_A_NIGHT],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(child.stdout)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_night_in_fixed_is_the_same_on_a_plain_processor(tmp_path):
    caches = {"NUMBA_CACHE_DIR": str(tmp_path), "LOIHI_SLEEP_CACHE": str(tmp_path)}
    here = sleep_a_night_in_a_child({})
    there = sleep_a_night_in_a_child({**PLAIN_PROCESSOR, **caches})
    weights, rasters = here
    assert any(any(spikes) for spikes in rasters[-1])
    assert weights == there[0]
    assert rasters == there[1]
