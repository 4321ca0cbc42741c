"""How much of `foraging` depends on each parameter, in runs that take seconds."""

import json

import foraging_sensitivity as sensitivity
import pytest

from loihi_sleep.configuration import with_settings
from loihi_sleep.results.checkpoint import Checkpoint

SMALL = with_settings(
    {},
    [
        "neuron=lif",
        "network.hidden=40",
        "network.cycle_steps=60",
        "network.decision_steps=60",
        "network.lif.cycle_steps=20",
        "network.output_weight=0.3",
        "world.size=20",
        "world.particles=20",
        "world.feature_particles=8",
        "phases.features=60",
        "phases.task=40",
        "phases.block=10",
        "phases.test=30",
        "phases.samples=5",
    ],
)


def test_each_neuron_has_its_free_parameters(tmp_path, monkeypatch):
    monkeypatch.setattr(sensitivity, "measure", measured_by_formula)
    out = tmp_path / "sensitivity.json"
    levels = sensitivity.screen(["neuron=lif"], 1.25, 32, out, str)["levels"]
    assert levels["network.lif.vth"] == [128, 200]
    assert levels["network.lif.du"] == [2048, 3200]


@pytest.mark.slow
def test_features_are_kept_and_change_no_number(tmp_path):
    bank, settings = tmp_path / "features.h5", {"sleep.reward": 0.1}
    first = sensitivity.measure(SMALL, settings, 100, bank)
    features = Checkpoint(bank).read("seed_100/features")["weights"]
    assert sensitivity.measure(SMALL, settings, 100, bank) == first
    assert (Checkpoint(bank).read("seed_100/features")["weights"] == features).all()
    assert "t1_gain_of_replay" in first


def measured_by_formula(base, settings, seed, bank):
    """What takes the place of lives: the seed, and twice what becomes of the learning rate."""
    name = "network.learning_rate"
    now = sensitivity.present(base, [name])[name]
    value = seed + 2 * (settings["network.learning_rate"] / now)
    return {"t1_sleep": [value], "t2_sleep": [0.5]}


def test_screening_tells_what_each_parameter_does_and_goes_on_from_its_file(tmp_path, monkeypatch):
    monkeypatch.setattr(sensitivity, "measure", measured_by_formula)
    said, out = [], tmp_path / "sensitivity.json"
    outcome = sensitivity.screen(["phases.task=100"], 1.25, 16, out, said.append)
    assert outcome["levels"]["phases.task"] == [80, 125]
    # What inhibition leaves of excitation is moved: 0.15 to 0.1875 and to 0.12.
    assert outcome["levels"]["network.inhibition"] == pytest.approx([0.8125, 0.88])
    of_rate = outcome["effects"]["t1_sleep"].pop("network.learning_rate")
    assert of_rate["mean"] == pytest.approx(2 * (1.25 - 0.8), abs=1e-4)
    assert all(effect["mean"] == 0 for effect in outcome["effects"]["t1_sleep"].values())
    assert len(said) == 16

    def not_again(*arguments):
        raise AssertionError("what the file holds is run again")

    monkeypatch.setattr(sensitivity, "measure", not_again)
    again = sensitivity.screen(["phases.task=100"], 1.25, 16, out, said.append)
    assert again == json.loads(out.read_text())
    with pytest.raises(ValueError, match="holds runs of other settings; name another file"):
        sensitivity.screen(["phases.task=100"], 1.5, 16, out, said.append)


def test_a_factor_that_moves_nothing_is_refused(tmp_path):
    with pytest.raises(ValueError, match="factor is 1; it must be above 1"):
        sensitivity.screen([], 1, 16, tmp_path / "sensitivity.json", print)
