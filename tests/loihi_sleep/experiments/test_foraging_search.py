"""Choosing the parameters of `foraging`, in a life that takes seconds."""

import optuna
import pytest

from loihi_sleep.configuration import with_settings
from loihi_sleep.experiments.foraging import search
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
