import engines
import numpy as np
import pytest

from loihi_sleep.configuration import load
from loihi_sleep.datasets.digits import load_digits
from loihi_sleep.experiments import runner
from loihi_sleep.experiments.digits import protocol
from loihi_sleep.experiments.digits.config import DigitsConfig
from loihi_sleep.progress import Silent
from loihi_sleep.results.checkpoint import Checkpoint


def configured(**values):
    return load(DigitsConfig, {"preset": "quick", "engine": engines.chosen, **values})


class Listener:
    def __init__(self):
        self.steps, self.notes = 0, []

    def start(self, total):
        pass

    def advance(self, steps, note=""):
        self.steps += steps
        self.notes.append(note)


def test_a_life_goes_on_from_its_last_night(tmp_path):
    config = configured(hidden=(12, 8), sleep={"steps": 20})
    stream = load_digits(seed=100)
    run_cfg = engines.select("fixed")
    checkpoint = Checkpoint(tmp_path / "nights.h5")
    first, second = Listener(), Listener()
    slept = protocol.live_with_sleep(config, stream, 100, run_cfg, checkpoint, first)
    again = protocol.live_with_sleep(config, stream, 100, None, checkpoint, second)
    assert first.steps == second.steps == 100
    assert "seed 100, night 5/5, spikes/step 0." in first.notes[-1]
    for one, two in zip(slept.life.after, again.life.after, strict=True):
        assert all((w == v).all() for w, v in zip(one, two, strict=True))
    assert all((units % 2 == 0).all() for units in slept.units)
    # The first day is the same with and without sleep; from the first night on they differ.
    sequential = protocol.live_without_sleep(config, stream, 100)
    assert (sequential[0][0] == slept.life.before[0][0]).all()
    assert (sequential[1][0] != slept.life.before[1][0]).any()


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("numerics", ["fixed", "float"])
def test_sleep_brings_back_what_was_forgotten(tmp_path, numerics):
    config = configured(numerics=numerics)
    run_cfg = engines.select(numerics)
    measured = []
    for seed in (100, 101):  # seeds of the search, on the validation split
        stream = load_digits(seed=seed)
        checkpoint = Checkpoint(tmp_path / f"{seed}.h5")
        slept = protocol.live_with_sleep(config, stream, seed, run_cfg, checkpoint, Silent())
        measured.append(protocol.measure(config, stream, stream.validation, seed, slept, run_cfg))
    mean = {name: np.mean([values[name] for values in measured]) for name in measured[0]}
    assert mean["accuracy_sequential"] <= 0.25
    assert mean["accuracy_sleep"] >= 0.55
    assert abs(mean["accuracy_sleep_spiking"] - mean["accuracy_sleep"]) <= 0.05
    assert mean["accuracy_joint"] >= 0.92
    assert mean["backward_transfer_sleep"] > mean["backward_transfer_sequential"] + 0.3


def test_images_of_a_network_without_convolutions_are_not_varied():
    with pytest.raises(ValueError, match="wake: varied is {.*'shift': 1}; images are varied for"):
        runner.configure("digits", settings=["wake.varied.shift=1"])
