"""`foraging` end to end, in a world and a life that take seconds."""

import json

import numpy as np
import pytest

from loihi_sleep.experiments import runner
from loihi_sleep.experiments.foraging import protocol
from loihi_sleep.experiments.foraging.config import CONDITIONS
from loihi_sleep.experiments.foraging.report import report
from loihi_sleep.progress import Silent
from loihi_sleep.results.metrics import read_metrics

SMALL = [
    "network.hidden=40",
    "network.cycle_steps=60",
    "network.decision_steps=60",
    "network.output_weight=0.3",
    "world.size=20",
    "world.particles=20",
    "world.feature_particles=8",
    "phases.features=60",
    "phases.task=40",
    "phases.block=10",
    "phases.test=30",
    "phases.samples=5",
    "sleep.rate_scale=20",
]


def configure(*settings, conditions=CONDITIONS, **choices):
    chosen = [*SMALL, f"conditions={list(conditions)}", *settings]
    return runner.configure("foraging", settings=chosen, **choices)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run of all conditions."""
    experiment, config = configure("seeds=[3]")
    folder = runner.begin(config, tmp_path_factory.mktemp("foraging") / "run")
    runner.complete(experiment, config, folder, Silent())
    return config, folder


def test_metrics_have_the_names_agreed_on(finished):
    _, folder = finished
    metrics = read_metrics(folder.metrics_path)["metrics"]
    for condition in CONDITIONS:
        for number in (1, 2):
            values = metrics[f"t{number}_{condition}"]["values"]
            assert len(values) == 1
            assert all(0 <= value <= 1 for value in values)
        assert np.shape(metrics[f"performance_{condition}"]["values"]) == (1, 5)
    assert metrics["cycles_per_second"]["mean"] > 0
    assert metrics["t1_gain_of_replay"]["mean"] == pytest.approx(
        metrics["t1_sleep"]["mean"] - metrics["t1_sleep_no_plasticity"]["mean"], abs=1e-5
    )


def test_a_classifier_tells_the_tasks_apart(finished):
    _, folder = finished
    metrics = read_metrics(folder.metrics_path)["metrics"]
    assert metrics["svm_distance_task1"]["mean"] < metrics["svm_distance_sequential"]["mean"]
    assert "svm_distance_sleep" in metrics


def test_the_report_has_its_figures(finished):
    _, folder = finished
    made = report(read_metrics(folder.metrics_path), folder)
    for figure in made.figures:
        assert figure.path.stat().st_size > 5000
    assert "on the two tasks" in made.lead


def test_conditions_differ_in_what_they_say(finished):
    _, folder = finished
    kept = {name: folder.checkpoint.read(f"seed_3/{name}") for name in CONDITIONS}
    features = folder.checkpoint.read("seed_3/features")
    assert features["weights"].shape == (40, 9)
    first = kept["task1"]["weights"]
    assert (kept["sequential"]["weights"] != first).any()
    assert (kept["sleep"]["weights"] != kept["sleep_no_plasticity"]["weights"]).any()
    for share in ("0.01", "0.05", "0.10"):
        marked = protocol.strongest(first, float(share))
        assert marked.sum() == round(float(share) * 320)
        assert (kept[f"freeze_{share}"]["weights"][marked] == first[marked]).all()
        assert (kept[f"freeze_{share}"]["weights"][~marked] != first[~marked]).any()


class Interrupting(Silent):
    """Progress that is interrupted at some point."""

    def __init__(self, after):
        self.left = after

    def advance(self, steps, note=""):
        self.left -= steps
        if self.left < 0:
            raise KeyboardInterrupt


def test_an_interrupted_run_goes_on_to_the_same_numbers(finished, tmp_path):
    config, whole = finished
    folder = runner.begin(config, tmp_path / "run")
    with pytest.raises(KeyboardInterrupt):
        protocol.run(config, folder, Interrupting(700))
    assert folder.checkpoint.has("seed_3/features")
    assert not folder.checkpoint.has("seed_3/freeze_0.10")
    metrics = protocol.run(config, folder, Silent())
    expected = read_metrics(whole.metrics_path)["metrics"]
    del metrics["cycles_per_second"], expected["cycles_per_second"]
    assert json.loads(json.dumps(metrics)) == expected


def test_lava_and_the_engine_come_to_the_same_numbers(tmp_path):
    settings = ["phases.features=8", "phases.task=6", "phases.block=2", "phases.test=6"]
    numbers = []
    for engine in ("lava", "compiled"):
        experiment, config = configure(
            *settings, "phases.samples=2", conditions=("task1", "sleep"), engine=engine
        )
        folder = runner.begin(config, tmp_path / engine)
        protocol.run(config, folder, Silent())
        numbers.append(folder.checkpoint.read("seed_0/sleep"))
    of_lava, of_engine = numbers
    np.testing.assert_allclose(of_engine["weights"], of_lava["weights"], rtol=1e-9)
    for name in ("test_1", "test_2", "performance", "rates_1", "rates_2"):
        assert (of_engine[name] == of_lava[name]).all(), name


def test_of_equally_strong_synapses_the_first_are_marked():
    marked = protocol.strongest(np.array([[0.1, 0.3], [0.3, 0.3]]), 0.5)
    assert marked.tolist() == [[False, True], [True, False]]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["conditions=[task1,dream]"], "conditions.1 is 'dream'"),
        (["conditions=[task1,task1]"], "names a condition twice"),
        (["network.decision_steps=100"], "network.decision_steps is 100; it must be at most"),
        (["sleep.reward=-1"], "sleep.reward is -1"),
        (["neuron=adex"], "neuron is .adex."),
        (["neuron=lif", "numerics=float"], "lif neurons need .fixed."),
        (["network.fan_in=49"], "network.fan_in is 49"),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        runner.configure("foraging", settings=[*SMALL, *settings])
