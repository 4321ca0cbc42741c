"""The guide's first program does what it says."""

import re
from pathlib import Path

import numpy as np
from rasters import write_by_hand

from loihi_sleep import exchange

GUIDE = Path(__file__).parents[3] / "docs" / "exchange.md"


def test_the_first_program_of_the_guide_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    layers = [{"weight": 2 * rng.integers(-20, 40, shape)} for shape in ((20, 784), (10, 20))]
    write_by_hand("trained.net", layers)
    program = re.search(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)[1]
    exec(compile(program, str(GUIDE), "exec"), {})
    trained, slept = exchange.read_net("trained.net"), exchange.read_net("slept.net")
    assert (trained.weights[0] != slept.weights[0]).any()
    assert (exchange.read_nir("slept.nir").weights[1] == slept.weights[1]).all()
