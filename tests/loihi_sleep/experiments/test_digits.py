import engines
import numpy as np
import pytest
from small_runs import SMALL

from loihi_sleep.configuration import load
from loihi_sleep.experiments import runner
from loihi_sleep.experiments.src import measures, training
from loihi_sleep.experiments.src.digits import DigitsConfig, study
from loihi_sleep.progress import Silent
from loihi_sleep.results.metrics import backward_transfer
from loihi_sleep.training import sgd


def configured(**values):
    return load(DigitsConfig, {"preset": "quick", "engine": engines.chosen, **values})


def made_case(config, seed=100):
    made = study(config)
    run_cfg = engines.select(config.numerics)
    return made.case("sleep", seed, run_cfg, made.config.data.load(seed))


def test_the_first_day_is_the_same_with_and_without_sleep():
    case = made_case(configured(hidden=(12, 8), sleep={"steps": 20}))
    slept, sequential = training.train_with_sleep(case), training.train_sequentially(case)
    assert (sequential.run.after[0][0] == slept.run.before[0][0]).all()
    assert (sequential.run.after[1][0] != slept.run.before[1][0]).any()
    assert all((units % 2 == 0).all() for units in slept.nights[-1].record.weights)


def test_progress_is_reported_day_by_day_and_night_by_night(tmp_path):
    notes, units = [], []

    class Listener(Silent):
        def start(self, total):
            units.append(-total)

        def advance(self, steps, note=""):
            units.append(steps)
            notes.append(note)

    _, config = runner.configure("digits", settings=SMALL["digits"])
    folder = runner.begin(config, tmp_path / "run")
    study(config).run(engines.select("fixed"), folder, Listener())
    assert sum(units) == 0
    assert "seed 0, sequential, task 5/5" in notes
    assert any(note.startswith("seed 0, sleep, night 5, spikes/step 0.") for note in notes)


def test_a_configuration_becomes_one_of_src_with_the_seeds_that_digits_has():
    config = configured(joint_epochs=3)
    made = study(config)
    assert made.config.data.name == "digits"
    assert made.config.joint.epochs == 3
    assert made.config.wake == config.wake
    assert load(DigitsConfig, {}).digest() == "4ec12b93c885e8a7"
    # In `src` these two uses have each other's places.
    case = made.case("joint", 0, None, None)
    assert case.seed_for("readout") == 6619194650426729951
    assert case.seed_for("joint") == 8366031049750315900


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("numerics", ["fixed", "float"])
def test_sleep_brings_back_what_was_forgotten(numerics):
    measured = []
    for seed in (100, 101):  # seeds of the search, on the validation split
        case = made_case(configured(numerics=numerics), seed)
        samples, tasks = case.data.validation, case.data.tasks
        matrices = [
            measures.measure_training(train(case), samples, tasks)["accuracy_morning"]
            for train in (training.train_sequentially, training.train_with_sleep)
        ]
        joint = training.train_jointly(case)
        accuracies = [matrix[:, -1].mean() for matrix in matrices]
        accuracies.append((sgd.predict(joint, samples.x) == samples.y).mean())
        measured.append([*accuracies, *map(backward_transfer, matrices)])
    sequential, slept, joint, transfer, transfer_with_sleep = np.mean(measured, axis=0)
    assert sequential <= 0.25
    assert slept >= 0.55
    assert joint >= 0.92
    assert transfer_with_sleep > transfer + 0.3


def test_images_of_a_network_without_convolutions_are_not_varied():
    with pytest.raises(ValueError, match="wake: varied is {.*'shift': 1}; images are varied for"):
        runner.configure("digits", settings=["wake.varied.shift=1"])
