import numpy as np
import pytest

from loihi_sleep import run_configs
from loihi_sleep.configuration import load
from loihi_sleep.experiments.digits import protocol
from loihi_sleep.experiments.digits.config import DigitsConfig
from loihi_sleep.progress import Silent
from loihi_sleep.results.checkpoint import Checkpoint
from loihi_sleep.sleep import wake
from loihi_sleep.tasks.digits import digits
from loihi_sleep.tasks.stream import Samples


def configured(**values):
    return load(DigitsConfig, {"preset": "quick", "engine": "lava", **values})


class Listener:
    def __init__(self):
        self.steps, self.notes = 0, []

    def start(self, total):
        pass

    def advance(self, steps, note=""):
        self.steps += steps
        self.notes.append(note)


def test_memory_is_a_running_mean_and_running_maxima():
    rng = np.random.default_rng(0)
    weights = wake.initial_weights((4, 3, 2), 1.0, seed=0)
    parts = [Samples(rng.random((n, 4)), np.zeros(n, int)) for n in (5, 8)]
    memory = protocol.Memory(np.zeros(4), 0, np.zeros(2))
    for part in parts:
        memory = memory.after(part, weights)
    together = np.vstack([part.x for part in parts])
    assert np.allclose(memory.mean_image, together.mean(axis=0))
    assert memory.images == 13
    largest = [a.max() for a in wake.activations(weights, together)]
    assert np.allclose(memory.maxima, np.maximum(largest, 0))


def test_a_life_goes_on_from_its_last_night(tmp_path):
    config = configured(hidden=(12, 8), sleep={"steps": 20})
    stream = digits(100)
    run_cfg = run_configs.select("lava", "fixed")
    checkpoint = Checkpoint(tmp_path / "nights.h5")
    first, second = Listener(), Listener()
    life = protocol.live_with_sleep(config, stream, 100, run_cfg, checkpoint, first)
    again = protocol.live_with_sleep(config, stream, 100, None, checkpoint, second)
    assert first.steps == second.steps == 100
    assert "seed 100, night 5/5, spikes/step 0." in first.notes[-1]
    for one, two in zip(life.after, again.after, strict=True):
        assert all((w == v).all() for w, v in zip(one, two, strict=True))
    assert all((units % 2 == 0).all() for units in life.units)
    # The first day is the same with and without sleep; from the first night on they differ.
    sequential = protocol.live_without_sleep(config, stream, 100)
    assert (sequential[0][0] == life.before[0][0]).all()
    assert (sequential[1][0] != life.before[1][0]).any()


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("numerics", ["fixed", "float"])
def test_sleep_brings_back_what_was_forgotten(tmp_path, numerics):
    config = configured(numerics=numerics)
    run_cfg = run_configs.select("lava", numerics)
    measured = []
    for seed in (100, 101):  # seeds of the search, on the validation split
        stream = digits(seed)
        checkpoint = Checkpoint(tmp_path / f"{seed}.h5")
        life = protocol.live_with_sleep(config, stream, seed, run_cfg, checkpoint, Silent())
        measured.append(protocol.measure(config, stream, stream.validation, seed, life, run_cfg))
    mean = {name: np.mean([values[name] for values in measured]) for name in measured[0]}
    assert mean["accuracy_sequential"] <= 0.25
    assert mean["accuracy_sleep"] >= 0.55
    assert abs(mean["accuracy_sleep_spiking"] - mean["accuracy_sleep"]) <= 0.05
    assert mean["accuracy_joint"] >= 0.92
    assert mean["backward_transfer_sleep"] > mean["backward_transfer_sequential"] + 0.3
