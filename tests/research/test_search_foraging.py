"""Choosing the parameters of `foraging`, in a life that takes seconds."""

import json

import foraging_sensitivity as sensitivity
import optuna
import pytest
import search_foraging as search

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


def test_each_neuron_has_its_free_parameters():
    assert "network.lif.vth" not in search.present({})
    assert search.present({"neuron": "lif"})["network.lif.vth"] == 160


def test_suggestions_lie_around_the_present_values_and_within_bounds():
    suggest = search.suggestion({"neuron": "lif"}, width=2.0)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for _ in range(30):
        chosen = suggest(study.ask())
        assert 80 <= chosen["network.lif.vth"] <= 320
        assert isinstance(chosen["network.lif.du"], int)
        assert chosen["network.lif.du"] <= 4095
        assert 0.425 <= chosen["network.inhibition"] <= 1.0
        assert -1.2 <= chosen["world.punishment"] <= -0.3


@pytest.mark.slow
def test_settings_are_worth_the_mean_of_what_they_lie_above_the_bars(tmp_path):
    bank, heard = tmp_path / "features.h5", []
    value = search.objective(SMALL, bank)
    settings = {"sleep.reward": 0.1}
    worth = value(settings, 100, lambda stage, so_far: heard.append(so_far))
    assert len(heard) == len(search.CONDITIONS)
    assert heard[-1] == worth
    kept = Checkpoint(bank)
    features = kept.read("seed_100/features")["weights"]
    measured = search.measure(SMALL, settings, [100], bank)
    # Features come from the bank the second time, and all numbers are the same.
    assert (kept.read("seed_100/features")["weights"] == features).all()
    bars = {"t1_task1": (0.68, 1), "t2_task1": (0.58, -1)}
    margins = [min(sign * (measured[name][0] - bar), 0.08) for name, (bar, sign) in bars.items()]
    assert heard[0] == pytest.approx(sum(margins) / 2, abs=1e-4)


def measured_by_formula(base, settings, seeds, bank):
    """What takes the place of lives: the seed, and twice what becomes of the learning rate."""
    now = search.present(base)["network.learning_rate"]
    value = seeds[0] + 2 * (settings["network.learning_rate"] / now)
    return {"t1_sleep": [value], "t2_sleep": [0.5]}


def test_screening_tells_what_each_parameter_does_and_goes_on_from_its_file(tmp_path, monkeypatch):
    monkeypatch.setattr(search, "measure", measured_by_formula)
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

    monkeypatch.setattr(search, "measure", not_again)
    again = sensitivity.screen(["phases.task=100"], 1.25, 16, out, said.append)
    assert again == json.loads(out.read_text())
    with pytest.raises(ValueError, match="holds runs of other settings; name another file"):
        sensitivity.screen(["phases.task=100"], 1.5, 16, out, said.append)


def test_a_factor_that_moves_nothing_is_refused(tmp_path):
    with pytest.raises(ValueError, match="factor is 1; it must be above 1"):
        sensitivity.screen([], 1, 16, tmp_path / "sensitivity.json", print)
