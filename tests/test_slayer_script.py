"""The script that trains with lava-dl and sleeps runs on any data in MNIST's format."""

import re
import subprocess
import sys
from pathlib import Path

import h5py
import nir
import pytest
from made_images import write_images

SCRIPT = Path(__file__).parents[1] / "scripts" / "examples" / "slayer_mnist.py"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_slayer_learns_sleeps_and_its_files_are_equal_everywhere(tmp_path):
    write_images(tmp_path / "data", train=1500, test=60)
    command = [sys.executable, "-W", "ignore", str(SCRIPT), "--data-dir", str(tmp_path / "data")]
    command += ["--images", "200", "--epochs", "2", "--learning-rate", "0.005"]
    command += ["--out", str(tmp_path / "out")]
    result = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert result.returncode == 0, result.stderr
    assert len(re.findall(r"^task \d: +[\d.]+ % +[\d.]+ % +[\d.]+ %$", result.stdout, re.M)) == 5
    spikes = re.search(r"(\d+) output spikes, equal in SLAYER, NetX and here: True", result.stdout)
    assert int(spikes[1]) > 0
    with h5py.File(tmp_path / "out" / "slept.net") as file:
        assert file["layer/0/weight"].shape == (400, 784)
    assert len(nir.read(tmp_path / "out" / "slept.nir").nodes) == 6
