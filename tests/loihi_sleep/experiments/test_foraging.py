"""`foraging` end to end, in a world and a life that take seconds."""

import json

import numpy as np
import pytest
import small_runs
from drawn_once import drawn_once
from interrupting import copy_without, resume
from PIL import Image

from loihi_sleep.experiments import runner
from loihi_sleep.experiments.finished_run import FinishedRun
from loihi_sleep.experiments.foraging import analyses, study, training
from loihi_sleep.experiments.foraging.conditions import TRAININGS
from loihi_sleep.experiments.foraging.config import PRUNED_SHARES
from loihi_sleep.experiments.foraging.report import report
from loihi_sleep.progress import Silent
from loihi_sleep.results.metrics import read_metrics
from loihi_sleep.run.select import select
from loihi_sleep.run.session import Session

CONDITIONS = tuple(TRAININGS)
SMALL = small_runs.SMALL["foraging"]


def configure(*settings, conditions=CONDITIONS, **choices):
    chosen = [*SMALL, f"conditions={list(conditions)}", *settings]
    return runner.configure("foraging", settings=chosen, **choices)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run of all conditions."""
    experiment, config = configure("seeds=[3]")
    folder = runner.begin(config, tmp_path_factory.mktemp("foraging") / "run")
    runner.measure(experiment, config, folder, Silent(), on_validation=False)
    return config, folder


def test_metrics_have_the_names_agreed_on(finished):
    _, folder = finished
    metrics = read_metrics(folder.metrics_path)["metrics"]
    for condition in CONDITIONS:
        for number in TRAININGS[condition].tested:
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
    config, folder = finished
    with drawn_once():
        made = report(FinishedRun(config, read_metrics(folder.metrics_path), folder))
    pictures = {figure.path.name: figure.path for figure in made.figures}
    with Image.open(pictures.pop("agent.gif")) as animation:
        assert animation.n_frames == 7
    for path in pictures.values():
        assert path.stat().st_size > 2000
    assert {"trajectories.png", "task_weights.png", "pruned.png", "four_tasks.png"} <= set(pictures)
    assert "on the two tasks" in made.lead
    nights = made.player.recordings
    assert len(nights) == 5
    assert nights[0].name == "before it"
    assert [raster.shape for raster in nights[-1].rasters] == [(180, n) for n in (49, 40, 8)]
    input_, hidden, _ = nights[-1].rasters
    # Asleep the world is not seen, and hidden neurons are driven by noise.
    assert input_[:60].any()
    assert not input_[60:].any()
    assert hidden[60:].any()


@pytest.mark.parametrize("condition", ["task2", "freeze_0.01"])
def test_the_report_leaves_out_what_was_not_run(condition, tmp_path):
    experiment, config = configure("phases.film=0", "phases.pruned_test=0", conditions=[condition])
    folder = runner.begin(config, tmp_path / "run")
    runner.measure(experiment, config, folder, Silent(), on_validation=False)
    with drawn_once():
        made = report(FinishedRun(config, read_metrics(folder.metrics_path), folder))
    names = {figure.path.stem for figure in made.figures}
    assert "conditions" in names
    assert not names & {"output_fields", "weight_paths", "task_weights", "trajectories"}


def test_without_hidden_neurons_an_agent_knows_nothing(finished):
    _, folder = finished
    metrics = read_metrics(folder.metrics_path)["metrics"]
    values = metrics["t1_pruned_task1"]["values"]
    assert np.shape(values) == (1, len(PRUNED_SHARES))


def test_an_agent_is_filmed_square_by_square(finished):
    config, folder = finished
    kept = folder.checkpoint.read("seed_3/film")
    for name in ("untrained_1", "task1_1", "task1_2", "sleep_1", "sleep_2"):
        places, particles = kept[f"{name}_places"], kept[f"{name}_particles"]
        assert particles.shape == (7, 20, 3)
        moves = (np.diff(places, axis=0) + 1) % config.world.size - 1
        assert (np.abs(moves).max(axis=1) == 1).all()
        assert (np.diff(kept[f"{name}_eaten"], axis=0).sum(axis=1) <= 1).all()


def test_conditions_differ_in_what_they_say(finished):
    _, folder = finished
    kept = {name: folder.checkpoint.read(f"seed_3/{name}") for name in CONDITIONS}
    features = folder.checkpoint.read("seed_3/features")
    assert features["weights"].shape == (40, 9)
    first = kept["task1"]["weights"]
    assert (kept["sequential"]["weights"] != first).any()
    assert (kept["sleep"]["weights"] != kept["sleep_no_plasticity"]["weights"]).any()
    for share in ("0.01", "0.05", "0.10"):
        marked = analyses.strongest(first, float(share))
        assert marked.sum() == round(float(share) * 320)
        assert (kept[f"freeze_{share}"]["weights"][marked] == first[marked]).all()
        assert (kept[f"freeze_{share}"]["weights"][~marked] != first[~marked]).any()


def test_an_interrupted_run_goes_on_to_the_same_numbers(finished, tmp_path):
    _, whole = finished
    missing = ["seed_3/task1", "seed_3/sleep", "seed_3/freeze_0.10", "seed_3/film"]
    again = copy_without(whole.path, tmp_path / "run", missing)
    record = resume(again)
    expected = read_metrics(whole.metrics_path)["metrics"]
    metrics = json.loads(json.dumps(record["metrics"]))
    del metrics["cycles_per_second"], expected["cycles_per_second"]
    assert metrics == expected
    assert read_metrics(again / "metrics.json")["metrics"].keys() > expected.keys()


@pytest.mark.lava
@pytest.mark.parametrize(
    ("choice", "tolerance"),
    [
        ("neuron=map", 1e-9),
        pytest.param("neuron=lif", 0, id="lif, exactly"),
        pytest.param("form=chip", 0, id="chip, exactly"),
    ],
)
def test_lava_and_the_engine_come_to_the_same_numbers(choice, tolerance, tmp_path):
    settings = ["phases.features=8", "phases.task=6", "phases.block=2", "phases.test=6"]
    settings += ["phases.film=0", "phases.pruned_test=0", choice]
    settings += ["network.lif.cycle_steps=20", "network.lif.vth=100"]
    numbers = []
    for engine in ("lava", "compiled"):
        experiment, config = configure(
            *settings, "phases.samples=2", conditions=("task1", "sleep"), engine=engine
        )
        folder = runner.begin(config, tmp_path / engine)
        study(config).run(runner.select_engine(experiment, config), folder, Silent())
        numbers.append(folder.checkpoint.read("seed_0/sleep"))
    of_lava, of_engine = numbers
    np.testing.assert_allclose(of_engine["weights"], of_lava["weights"], rtol=tolerance)
    for name in ("test_1", "test_2", "performance", "rates_1", "rates_2"):
        assert (of_engine[name] == of_lava[name]).all(), name


def test_what_a_condition_begins_with_is_trained_before_it():
    def waves(*names):
        settings = ["phases.film=0", "phases.pruned_test=0"]
        config = configure(*settings, conditions=names)[1]
        features, *trained = study(config).waves()
        assert [condition.name for condition in features] == ["features"]
        return [[condition.name for condition in wave] for wave in trained]

    assert waves("sequential") == [["task1"], ["sequential"]]
    assert waves("untrained_sleep", "sleep_after_both") == [
        ["task1"],
        ["untrained_sleep", "sequential"],
        ["sleep_after_both"],
    ]
    assert waves("sleep_4", "task2", "freeze_0.01", "sleep") == [
        ["task1", "task2"],
        ["sleep", "freeze_0.01"],
        ["sleep_3"],
        ["sleep_4"],
    ]


def test_features_are_learned_in_long_parts_that_are_all_reported(monkeypatch):
    parts, run = [], Session.run

    def noted(self, steps):
        parts.append(steps)
        run(self, steps)

    monkeypatch.setattr(Session, "run", noted)
    config = configure("phases.features=700")[1]
    case = study(config).case("features", 3, select("compiled", config.numerics), None)
    training.learn_features(case)
    assert parts == [500 * 60, 200 * 60]
    assert case.progress.units == 700


CHIP_CONDITIONS = [name for name in CONDITIONS if not TRAININGS[name].frozen]


@pytest.mark.parametrize(
    "names",
    [
        ["task1", "sleep"],
        pytest.param(CHIP_CONDITIONS, marks=pytest.mark.slow),
    ],
    ids=["two", "all"],
)
def test_the_form_for_the_chip_runs_conditions_that_freeze_nothing(names, tmp_path):
    settings = ["form=chip", "phases.features=30", "seeds=[3]"]
    experiment, config = configure(*settings, conditions=names)
    folder = runner.begin(config, tmp_path / "run")
    runner.measure(experiment, config, folder, Silent(), on_validation=False)
    metrics = read_metrics(folder.metrics_path)["metrics"]
    assert {f"t1_{name}" for name in names} <= metrics.keys()
    weights = folder.checkpoint.read("seed_3/sleep")["weights"]
    assert (weights == np.rint(weights)).all()
    assert 0 <= weights.min() < weights.max() <= 255
    paper = runner.configure("foraging", preset="paper", settings=["form=chip"])[1]
    assert "sleep" in paper.conditions
    assert "freeze_0.01" not in paper.conditions


def test_of_equally_strong_synapses_the_first_are_marked():
    marked = analyses.strongest(np.array([[0.1, 0.3], [0.3, 0.3]]), 0.5)
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
        (["form=chip", "neuron=map"], "neuron is 'map'; with form 'chip' it must be 'lif'"),
        (["form=chip", "conditions=[freeze_0.01]"], "no synapse can be frozen with form 'chip'"),
        (["network.fan_in=49"], "network.fan_in is 49"),
        (["network.output_least=2"], "output_least is 2.0; it must be below output_largest"),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        runner.configure("foraging", settings=[*SMALL, *settings])
