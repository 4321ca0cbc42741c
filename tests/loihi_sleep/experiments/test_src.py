import json
import os
from typing import get_args

import numpy as np
import pytest
import small_runs
from drawn_once import drawn_once
from interrupting import copy_without, resume
from made_images import write_images

from loihi_sleep.configuration import load
from loihi_sleep.datasets import folder as data_folder
from loihi_sleep.datasets.stream import Samples
from loihi_sleep.experiments import registry, runner
from loihi_sleep.experiments.src import (
    measures,
    prototype_controls,
    replay_controls,
    study,
    training,
)
from loihi_sleep.experiments.src.config import ConditionName, SrcConfig
from loihi_sleep.experiments.src.validation import validation_study
from loihi_sleep.hippocampus import Prototypes
from loihi_sleep.progress import Silent
from loihi_sleep.results.metrics import backward_transfer, forgetting
from loihi_sleep.run.select import select

SMALL = small_runs.SMALL["src"]
ALL_CONDITIONS = get_args(ConditionName)


def configured(folder, *settings, variant="chip", arms=ALL_CONDITIONS, **values):
    small = SMALL if variant == "chip" else sorted({*SMALL} - {*small_runs.RULES_OF_SRC})
    chosen = [*small, f"variant={variant}", f"arms={list(arms)}", f"data.folder={folder}"]
    return runner.configure("src", settings=[*chosen, *settings], **values)[1]


def completed(config, out):
    folder = runner.begin(config, out)
    return runner.complete(registry.by_name("src"), config, folder, Silent())


def made_case(config, seed=0):
    run_cfg = select("compiled", config.numerics)
    return study(config).case("sleep", seed, run_cfg, config.data.load(seed))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_images(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def finished(data, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "src"
    # All conditions, with two tasks; those of single conditions below have five.
    with drawn_once():
        record, report = completed(configured(data, "data.classes_per_task=5"), out)
    return out, record, report


def test_metrics_have_the_names_agreed_on(finished):
    _, record, _ = finished
    metrics = record["metrics"]
    for arm in ("sequential", "sleep", "rehearsal_0.1", "sleep_rehearsal_0.1", "ewc", "si"):
        for measure in ("accuracy", "forgetting", "backward_transfer"):
            entry = metrics[f"{measure}_{arm}"]
            assert len(entry["values"]) == 1
            assert entry["unit"] == "fraction"
    for name in ("accuracy_joint", "accuracy_sleep_spiking", "gain_kept_shuffled_pre"):
        assert isinstance(metrics[name]["mean"], float)
    for name in ("prototypes", "prototypes_spiking", "nearest_prototype", "raw_images"):
        assert len(metrics[f"accuracy_{name}"]["values"]) == 1
    for name in ("accuracy_prototypes_k1", "accuracy_nearest_prototype_k1", "least_wins_k1"):
        assert isinstance(metrics[name]["mean"], float)
    matrix = np.array(metrics["accuracy_by_task_sleep"]["values"][0])
    assert metrics["forgetting_sleep"]["values"][0] == pytest.approx(forgetting(matrix), abs=1e-6)
    assert metrics["backward_transfer_sleep"]["values"][0] == pytest.approx(
        backward_transfer(matrix), abs=1e-6
    )
    # Tasks are of equal size, so that the whole is the mean of its parts.
    assert metrics["accuracy_sleep"]["values"][0] == pytest.approx(matrix[:, -1].mean(), abs=1e-6)
    assert np.array(metrics["confusion_joint"]["mean"]).sum(axis=1) == pytest.approx(1, abs=1e-4)


def test_the_report_shows_every_figure(finished):
    out, record, report = finished
    assert len(report.figures) == 17
    assert all(figure.path.stat().st_size > 2000 for figure in report.figures)
    text = (out / "report.html").read_text()
    assert all(name in text for name, _ in report.rows)
    assert record["peak_memory_mib"] > 50


def test_nights_of_prototypes_are_played_as_they_begin_and_as_they_end(data, tmp_path):
    night = "prototypes.night={steps: 32, presentations: 30, gain: 20}"
    record, report = completed(configured(data, night, arms=("prototypes",)), tmp_path / "src")
    nights = report.player.recordings
    assert [one.name for one in nights[-2:]] == ["night 5 of 5 begins", "night 5 of 5 ends"]
    assert len(nights) == 10
    for task, (begins, ends) in enumerate(zip(nights[::2], nights[1::2], strict=True)):
        # The same prototypes wake, and only of classes that have been seen.
        assert (begins.rasters[0] == ends.rasters[0]).all()
        assert begins.rasters[0].any()
        assert not begins.rasters[0][:, 2 * task + 2 :].any()
        assert begins.marks == ends.marks
        replayed = begins.table.head[1:]
        assert [mark for _, mark in begins.marks] == list(replayed)
        assert len(begins.table.rows[0]) == len(ends.table.rows[0]) == len(replayed) + 1
        shapes = [raster.shape[1] for raster in begins.rasters]
        assert shapes == [10, begins.rasters[1].shape[1], 12, 10]
    assert len(replayed) == 8
    assert [step for step, _ in begins.marks] == list(range(0, 256, 32))
    # The cortex learned in between.
    assert (begins.rasters[-1] != ends.rasters[-1]).any()
    known = record["metrics"]["accuracy_prototypes"]["values"][0]
    assert f"The network knows {known:.0%} of" in ends.text


def test_an_interrupted_run_goes_on_to_the_same_numbers(data, tmp_path):
    arms = ("sequential", "sleep", "rehearsal", "joint")
    config = configured(data, arms=arms, seeds=[0, 1])
    run = runner.begin(config, tmp_path / "whole").path
    whole = resume(run)
    missing = ["seed_0/sequential", "seed_0/joint"]
    missing += [f"seed_1/{name}" for name in ("sleep", "sleep_spiking", "rehearsal_0.1")]
    again = copy_without(run, tmp_path / "again", missing)
    assert resume(again)["metrics"] == whole["metrics"]


def test_settings_are_compared_without_a_look_at_test_images(data, tmp_path):
    arms = ("sequential", "sleep", "rehearsal", "sleep_rehearsal", "ewc", "si", "prototypes")
    measured = []
    for name, folder in (("run", data), ("other", write_images(tmp_path, test_seed=2))):
        config = configured(folder, "data.classes_per_task=5", arms=arms)
        run = runner.begin(config, tmp_path / name)
        by_name = registry.by_name("src")
        measured.append(runner.measure(by_name, config, run, Silent(), on_validation=True))
    metrics = measured[0]["metrics"]
    assert metrics == measured[1]["metrics"]
    assert next(iter(metrics)) == "validation_accuracy_sleep"
    learned = [f"validation_accuracy_{name}" for name in (*arms, "prototypes_spiking")]
    assert sorted(metrics) == sorted(learned)
    assert all(0 < metrics[name]["mean"] <= 1 for name in learned)


def test_a_sweep_needs_something_that_is_learned(data):
    config = configured(data, arms=("joint",))
    with pytest.raises(ValueError, match="arms names none of sleep, ewc, .*, sequential, which"):
        validation_study(config)


@pytest.mark.lava
@pytest.mark.timeout(240)
def test_lava_and_the_engine_come_to_the_same_numbers(data, tmp_path):
    metrics = []
    for engine in ("lava", "compiled"):
        config = configured(data, engine=engine, arms=("sequential", "sleep"))
        run_cfg = select(engine, config.numerics)
        folder = runner.begin(config, tmp_path / engine)
        metrics.append(study(config).run(run_cfg, folder, Silent()))
    assert metrics[0] == metrics[1]


def test_the_released_form_runs_in_float_without_being_told(data, tmp_path):
    config = configured(data, "sleep.vth=[0.5, 1, 1]", variant="paper", arms=("sleep",))
    assert config.numerics == "float"
    assert config.sleep.form == "released"
    assert config.wake.hidden_scale == 0.75
    folder = runner.begin(config, tmp_path / "paper")
    by_name = registry.by_name("src")
    record = runner.measure(by_name, config, folder, Silent(), on_validation=False)
    rates = np.array(record["metrics"]["spike_rate_sleep"]["mean"])
    assert (rates[:, 1] > 0).any()


def test_days_are_alike_and_rehearsal_stores_what_it_says(data):
    config = configured(data)
    case = made_case(config)
    days = []
    sequential = training.train_sequentially(case, lambda day, weights: days.append(day))
    slept = training.train_with_sleep(case)
    assert days == [0, 1, 2, 3, 4]
    first, second = sequential.run.before[:2], slept.run.before[:2]
    assert all((w == v).all() for w, v in zip(first[0], second[0], strict=True))
    assert any((w != v).any() for w, v in zip(first[1], second[1], strict=True))
    assert len(slept.nights) == 5
    # 80 training images a task, 48 of which are learned from.
    assert training.count_samples(case.data, 0, "data_set") == 80
    assert training.count_samples(case.data, 0, "learned") == 48


def test_flat_and_shuffled_drives_keep_the_mean_rate(data):
    config = configured(data)
    case = made_case(config)
    prepared = training.train_with_sleep(case).nights[0].prepared
    rates = np.asarray(prepared.drive.rates)
    flat = np.asarray(replay_controls.flat_drive(prepared, 3).drive.rates)
    shuffled = np.asarray(replay_controls.shuffled_drive(prepared, 3).drive.rates)
    assert np.ptp(flat) == 0
    assert flat.mean() == pytest.approx(rates.mean())
    assert sorted(shuffled) == sorted(rates)
    assert (shuffled != rates).any()
    assert replay_controls.shuffled_pre(prepared, 3).network.shuffled


def test_norm_ratios_give_the_evening_the_norms_of_the_morning():
    rng = np.random.default_rng(0)
    evening = [rng.normal(size=(4, 6)), np.zeros((3, 4))]
    morning = [rng.normal(size=(4, 6)), np.zeros((3, 4))]
    for by_neuron, axis in ((True, 1), (False, None)):
        ratios = replay_controls.norm_ratios(evening, morning, by_neuron=by_neuron)
        scaled = evening[0] * ratios[0]
        assert np.linalg.norm(scaled, axis=axis) == pytest.approx(
            np.linalg.norm(morning[0], axis=axis)
        )
        assert (ratios[1] == 1).all()


def test_what_is_replayed_instead_of_prototypes():
    weights = np.arange(24).reshape(4, 6)
    zeros = np.zeros(4)
    prototypes = Prototypes(weights, np.array([0, 0, 1, 1]), np.array([5, 3, 2, 0]), zeros, zeros)
    images = Samples(np.linspace(0, 1, 60).reshape(10, 6), np.repeat([0, 1], 5))
    # Two of class 0 and one of class 1 are in use; a prototype takes six bytes, as does an image.
    raw = prototype_controls.store_images(prototypes, images, 3, bits=8)
    assert raw.labels.tolist() == [0, 0, 1]
    assert all((np.abs(row - 254 * images.x) < 1.1).all(axis=1).any() for row in raw.weights)
    halved = prototype_controls.store_images(prototypes, images, 3, bits=4)
    assert halved.labels.tolist() == [0, 0, 0, 0, 1, 1]
    assert len(np.unique(halved.weights)) <= 16
    mean = prototype_controls.replace_by_mean(prototypes, images, 3)
    assert (mean.weights == weights[:3].mean(axis=0)).all()
    pixels = prototype_controls.permute_pixels(prototypes, images, 3)
    assert (np.sort(pixels.weights, axis=1) == weights).all()
    labels = prototype_controls.permute_labels(prototypes, images, 3)
    assert sorted(labels.labels) == [0, 0, 1]


def test_correlation_and_sparseness_by_pencil_and_paper():
    y = np.array([0, 0, 1, 1])
    activity = np.array([[1.0, 0, 0, 0], [2, 0, 0, 0], [0, 1, 0, 0], [0, 3, 0, 0]])
    correlation = measures._class_correlation(activity, y)
    assert correlation == pytest.approx(np.array([[1, -1 / 3], [-1 / 3, 1]]))
    assert measures._sparseness(activity) == pytest.approx(1)
    assert measures._sparseness(np.ones((2, 5))) == pytest.approx(0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["variant=cloud"], "variant is 'cloud'; input should be 'paper', 'chip' or 'best_float'"),
        (
            ["data.name=imagenet"],
            "data.name is 'imagenet'; input should be one of digits, mnist",
        ),
        (["data.task_order=[1, 2]"], r"data.task_order is \[1, 2\]; it must name each class"),
        (["sleep.steps=0"], "sleep.steps is 0; input should be greater than or equal to 1"),
        (["sleep.vth=[1, 1, 1]"], "sleep.vth is not a setting; there are form, steps, more_steps"),
        (["sleep.depression=[1, 300, 1]"], "sleep.depression.* is 300; input should be less than"),
        (["sleep.window=29"], "window is 29; it must be at most 28, as inputs have 28 x 28 values"),
        (["wake.varied.shift=1"], "wake: varied is {.*'shift': 1}; images are varied for networks"),
        (["rehearsal.wake.varied.mirrored=true"], "rehearsal.wake: varied is {'mirrored': True, "),
        (["arms=[sleep, dream]"], "arms.1 is 'dream'; input should be 'sequential', 'sleep'"),
        (["rehearsal.fractions=[0]"], "rehearsal.fractions.0 is 0; input should be greater than 0"),
        (
            ["variant=paper", "numerics=fixed"],
            "variant is 'paper', which calculates in floats, and",
        ),
        (
            ["variant=best_float", "arms=[prototypes]"],
            "arms names prototypes, whose neurons calculate in integers, and numerics is 'float'",
        ),
        (
            ["prototypes.hidden=[20, 10]"],
            "prototypes: night.threshold_factors has 2 values; it must have 3",
        ),
        (["variant=paper", "sleep.headroom=2"], "sleep.headroom is not a setting; there are form"),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        runner.configure("src", settings=settings)


def test_the_folder_of_the_data_is_a_setting(tmp_path):
    _, config = runner.configure("src", data_dir=tmp_path, settings=["data.name=fashion"])
    assert config.data.folder == str(tmp_path)
    assert config.data.name == "fashion"


def test_a_missing_data_set_ends_the_run_before_anything_is_computed(tmp_path, monkeypatch):
    monkeypatch.setenv(data_folder.VARIABLE, str(tmp_path))
    _, config = runner.configure("src")
    folder = runner.begin(config, tmp_path / "run")
    with pytest.raises(ValueError, match="train-images-idx3-ubyte is not there"):
        study(config).run(select(), folder, Silent())
    events = [json.loads(line)["event"] for line in (tmp_path / "run/log.jsonl").open()]
    assert events == ["created"]


def _mnist():
    folder = os.environ.get(data_folder.VARIABLE)
    if not folder or not os.path.isdir(os.path.join(folder, "MNIST")):
        pytest.skip(f"MNIST is not here: {data_folder.VARIABLE} names no folder that holds it")
    return folder


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_sleep_brings_back_what_was_forgotten_on_mnist():
    folder = _mnist()
    for variant, least in (("chip", 0.55), ("paper", 0.38)):
        config = load(SrcConfig, {"variant": variant, "data": {"folder": folder}})
        case = made_case(config, seed=100)  # of the search, on validation
        stream = case.data
        slept, sequential = (
            measures.measure_training(train(case), stream.validation, stream.tasks)
            for train in (training.train_with_sleep, training.train_sequentially)
        )
        accuracy = (slept["predicted"] == stream.validation.y).mean()
        assert accuracy >= least, variant
        assert (sequential["predicted"] == stream.validation.y).mean() <= 0.22
        assert (slept["accuracy_morning"][:, -1] > 0).all()
