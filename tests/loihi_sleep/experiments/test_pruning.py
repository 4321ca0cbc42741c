"""`pruning` end to end, with a network that learns in seconds."""

import re

import numpy as np
import pytest
from drawn_once import drawn_once
from interrupting import copy_without, resume
from made_images import write_images, write_subset

from loihi_sleep.experiments import registry, runner
from loihi_sleep.progress import Silent
from loihi_sleep.pruning.equal_accuracy import NoOverlapError, Reached, weights_ratio

SMALL = (
    "hidden=[12, 10]",
    "data.task_images=60",
    "wake.epochs=1",
    "night.steps=12",
    "kept=[0.5, 0.1]",
    "cycles=[5, 1]",
    "learners={cycles: 2, epochs: 1, steps: 12, kept: [0.5, 0.1], sleep: {steps: 20}}",
    "spiking.kept=[]",
)


_NETWORKS = {
    "packnet": 1, "memory": 1, "sleep": 1, "multinet": 5, "naive": 1, "awake": 1, "replay": 1,
}  # fmt: skip


def configured(*settings, **values):
    return runner.configure("pruning", settings=[*SMALL, *settings], **values)[1]


def completed(config, out):
    folder = runner.begin(config, out)
    return runner.complete(registry.by_name("pruning"), config, folder, Silent())


def measured(config, out):
    """Run without drawing figures."""
    folder = runner.begin(config, out)
    experiment = registry.by_name("pruning")
    return runner.measure(experiment, config, folder, Silent(), on_validation=False)["metrics"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "pruning"
    with drawn_once():
        record, report = completed(configured(seeds=[0, 1]), out)
    return out, record, report


def without_seconds(metrics):
    return {name: entry for name, entry in metrics.items() if not name.startswith("seconds")}


def test_every_night_ends_at_the_same_synapses(finished):
    out, record, _ = finished
    checkpoint = runner.RunFolder.open(out).checkpoint
    for share, kept in (("0.5", [384, 60, 100]), ("0.9", [77, 12, 100])):
        for cycles in (1, 5):
            night = checkpoint.read(f"seed_1/pruned_{share}_cycles_{cycles}")
            assert night["kept"].tolist() == night["synapses"].tolist() == kept
            assert night["synapses_of_inputs"].sum() == kept[0]
            assert (
                night["through"][:, 0].tolist()
                == {
                    1: [0, 0, 12],
                    5: [0, 0, 2, 2, 4, 4, 6, 6, 8, 8, 12],
                }[cycles]
            )
    unpruned = checkpoint.read("seed_1/unpruned")
    assert unpruned["kept"].tolist() == [768, 120, 100]


def test_the_best_number_of_cycles_is_chosen_on_validation_images(finished):
    out, record, _ = finished
    metrics = record["metrics"]
    checkpoint, data = runner.RunFolder.open(out).checkpoint, configured().data
    errors = {}
    for split in ("validation", "test"):
        for cycles in (1, 5):
            errors[split, cycles] = [
                (
                    checkpoint.read(f"seed_{seed}/pruned_0.9_cycles_{cycles}")[f"predicted_{split}"]
                    != getattr(data.load(seed), split).y
                ).mean()
                for seed in (0, 1)
            ]
    best = min((1, 5), key=lambda cycles: (np.mean(errors["validation", cycles]), cycles))
    assert metrics["best_cycles_0.9"]["values"] == [best]
    assert metrics["worst_cycles_0.9"]["values"] == [6 - best]
    assert metrics["error_best_0.9"]["values"] == pytest.approx(errors["test", best], abs=1e-6)
    assert metrics["error_by_cycles_0.9"]["5"]["values"] == pytest.approx(
        errors["test", 5], abs=1e-6
    )
    chances = [metrics["chance_best_0.9"][cycles]["mean"] for cycles in ("1", "5")]
    assert sum(chances) == pytest.approx(1)
    assert 0 <= metrics["p_worst_over_best_0.9"]["mean"] <= 1
    # Without a share: of the most pruned network.
    for name in ("error_by_cycles", "best_cycles", "error_best", "error_worst"):
        assert metrics[name] == metrics[f"{name}_0.9"]
    assert metrics["seconds_0.9"]["5"]["mean"] > 0


def test_learners_are_compared_at_equal_numbers_of_synapses(finished):
    metrics = finished[1]["metrics"]
    for share, synapses in (("0.5", 444), ("0.9", 89)):
        for learner, networks in _NETWORKS.items():
            name = f"{learner}_{share}"
            assert metrics[f"synapses_{name}"]["values"] == [networks * synapses] * 2
            assert metrics[f"accuracy_{name}"]["mean"] == pytest.approx(
                np.mean(metrics[f"accuracy_by_task_{name}"]["mean"]), abs=1e-6
            )
            among_all = f"accuracy_class_incremental_{name}"
            if learner in ("packnet", "multinet"):
                assert among_all not in metrics
            else:
                assert metrics[among_all]["mean"] <= metrics[f"accuracy_{name}"]["mean"]


def test_weights_for_equal_accuracy_are_told_where_there_is_one(finished):
    metrics, report = finished[1]["metrics"], finished[2]
    (caption,) = (one.caption for one in report.figures if one.path.stem == "learners")
    for other, text in (("memory", "all samples stored"), ("sleep", "sleep"), ("awake", "dreams")):
        try:
            expected = [
                weights_ratio(
                    *(
                        Reached(
                            [metrics[f"synapses_{n}_{s}"]["values"][i] for s in ("0.5", "0.9")],
                            [metrics[f"accuracy_{n}_{s}"]["values"][i] for s in ("0.5", "0.9")],
                        )
                        for n in ("packnet", other)
                    )
                )
                for i in (0, 1)
            ]
        except NoOverlapError:
            assert f"weights_ratio_packnet_over_{other}" not in metrics
            assert re.search(f"no accuracy in common with .*{text}.* at these shares", caption)
            continue
        got = metrics[f"weights_ratio_packnet_over_{other}"]
        assert got["values"] == pytest.approx([ratio.mean for ratio in expected], rel=1e-3)
        lowest, highest = metrics[f"weights_ratio_packnet_over_{other}_range"]["values"][0]
        assert lowest <= got["values"][0] <= highest


def test_the_report_shows_every_figure(finished):
    out, _, report = finished
    assert len(report.figures) == 5
    assert all(figure.path.stat().st_size > 2000 for figure in report.figures)
    text = (out / "report.html").read_text()
    assert all(name in text for name, _ in report.rows)
    assert "A night of 12 optimizer steps prunes 90% of the weights" in report.lead
    assert "Were the seeds drawn anew, the best number would be" in report.lead


@pytest.mark.slow
def test_an_interrupted_run_goes_on_to_the_same_numbers(finished, tmp_path):
    out, whole, _ = finished
    missing = ["seed_0/pruned_0.5_cycles_5", "seed_1/pruned_0.9_cycles_1", "seed_1/sleep_0.5"]
    record = resume(copy_without(out, tmp_path / "again", missing))
    assert without_seconds(record["metrics"]) == without_seconds(whole["metrics"])


def test_mnist_comes_from_the_folder_that_is_named(tmp_path):
    config = configured(
        "data.task_images=48",
        "seeds=[0]",
        "prune_output=true",
        "learners.names=[]",
        preset="paper",
        data_dir=write_images(tmp_path / "data"),
    )
    # 784 * 12 + 12 * 10 + 10 * 10 = 9628 weights
    assert sum(measured(config, tmp_path / "run")["synapses_0.9"]["mean"]) == 963


def configured_for_cifar_10(place, *settings):
    return configured(
        "channels=[4, 4]",
        "hidden=[8]",
        "data.task_images=30",
        "kept=[0.1]",
        "learners={cycles: 2, epochs: 1, steps: 12, names: [packnet, memory], kept: [0.1]}",
        *settings,
        preset="cifar10",
        seeds=[0],
        data_dir=write_subset(place),
    )


@pytest.mark.parametrize(
    ("across", "score"),
    [
        ("layers", "magnitude"),
        pytest.param("network", "lamp", marks=pytest.mark.slow),
        pytest.param("network", "magnitude", marks=pytest.mark.slow),
    ],
)
def test_convolutions_are_pruned(tmp_path, across, score):
    chosen = (f"prune_across={across}", f"prune_by={score}")
    metrics = measured(configured_for_cifar_10(tmp_path / "data", *chosen), tmp_path / "run")
    folder = runner.RunFolder.open(tmp_path / "run")
    # 6 * 4 * 9, 4 * 4 * 9, 4 * 16 * 16 * 8 weights, and the output's.
    assert folder.checkpoint.read("seed_0/unpruned")["kept"].tolist() == [216, 144, 8192, 80]
    for cycles in (1, 5):
        night = folder.checkpoint.read(f"seed_0/pruned_0.9_cycles_{cycles}")
        assert night["kept"].tolist() == night["synapses"].tolist()
        assert sum(night["kept"]) == 855 + 80
        if across == "layers":
            assert night["kept"].tolist() == [22, 14, 819, 80]
        assert (night["neurons_left"] > 0).all()
        assert (night["neurons_left"] <= 1).all()
    assert metrics["synapses_packnet_0.9"]["mean"] == 855
    assert '"device": "cpu"' in (tmp_path / "run" / "log.jsonl").read_text()


@pytest.mark.slow
def test_the_report_on_convolutions_has_no_picture_of_inputs(tmp_path):
    with drawn_once():
        _, report = completed(configured_for_cifar_10(tmp_path / "data"), tmp_path / "run")
    # No picture of the synapses of each pixel: a convolution shares them.
    assert [figure.path.stem for figure in report.figures] == [
        "error_by_cycles", "through_the_night", "kept_by_layer", "learners",
    ]  # fmt: skip
    assert "CIFAR-10" in report.title


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("channels=[0]", "channels.0 is 0; input should be greater than or equal to 1"),
        ("channels=[2, 2, 2, 2, 2, 2, 2, 2]", "one of 8 x 8 allows 7"),
        ("wake.device=gpu", "wake.device is 'gpu'; input should be 'cpu', 'cuda' or 'auto'"),
        ("night.steps=4", "cycles holds 5 and night.steps is 4; a cycle needs at least one"),
        ("kept=[0.001]", "kept_share is 0.001, which leaves none of the 120 weights of layer 1"),
        ("learners.kept=[0.02]", "learners.kept holds 0.02, which leaves 3 weights in a layer; p"),
        ("learners.kept=[0.5, 0.5]", "names a share twice"),
        ("learners.names=[sleep, sleep]", "names a learner twice"),
        ("learners.cycles=13", "learners.cycles is 13 and learners.steps is 12; a cycle needs at"),
        ("channels=[2]", "learners.names holds 'sleep', which sleeps in spikes, and channels is"),
        ("learners.sleep.window=9", "window is 9; it must be at most 8, as inputs have 8 x 8"),
        ("prune_by=lamp", "prune_by is 'lamp' and prune_across is 'layers'; within a layer LAMP's"),
        ("kept=[0.1, 0.1]", "names a share twice"),
        ("cycles=[2, 2]", "names a number of cycles twice"),
        ("kept=[1.0]", "kept.0 is 1.0; input should be less than 1"),
        (
            "wake.varied.shift=1",
            "wake.varied is {.*'shift': 1} and channels is ..; images are varied",
        ),
        ("learners.varied.shift=1", "learners.varied is {.*'shift': 1} and channels is ..; images"),
        ("wake.varied.shift=-1", "wake.varied.shift is -1; input should be greater than or equal"),
        (
            "data.name=letters",
            "data.name is 'letters'; input should be one of digits, mnist, fashion, cifar, cifar10",
        ),
    ],
)
def test_settings_that_do_not_fit_are_refused(setting, message):
    with pytest.raises(ValueError, match=message):
        configured(setting)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("wake.varied.mirrored=true", "wake.varied.mirrored is true and data.name is 'digits'; a"),
        (
            "wake.varied.shift=5",
            "wake.varied.shift is 5; it must be at most 4, half of the image's",
        ),
    ],
)
def test_digits_are_not_mirrored_and_not_shifted_out_of_sight(setting, message):
    with pytest.raises(ValueError, match=message):
        configured("channels=[2]", "learners.names=[]", setting)


def test_settings_are_compared_on_validation_images_alone(tmp_path):
    experiment, config = runner.configure("pruning", settings=SMALL, seeds=[0, 1])
    folder = runner.begin(config, tmp_path / "run")
    record = runner.measure(experiment, config, folder, Silent(), on_validation=True)
    assert next(iter(record["metrics"])) == "validation_accuracy"
    assert len(record["metrics"]["validation_accuracy_best_0.5"]["values"]) == 2
    assert 0 < record["metrics"]["validation_accuracy"]["mean"] < 1
    arrays = {name for group in folder.checkpoint.names() for name in folder.checkpoint.read(group)}
    assert "predicted_validation" in arrays
    assert "predicted_test" not in arrays
