"""The spiking network of `pruning`: trained, pruned, deployed in integers, asleep."""

import numpy as np
import pytest
from drawn_once import drawn_once
from interrupting import copy_without, resume

from loihi_sleep.datasets import load_stream
from loihi_sleep.experiments import registry, runner
from loihi_sleep.experiments.pruning import USES, network
from loihi_sleep.fit import check
from loihi_sleep.networks import CubaNetwork, cuba_layer
from loihi_sleep.networks.readout import classify
from loihi_sleep.progress import Silent
from loihi_sleep.pruning import slayer
from loihi_sleep.run.select import select
from loihi_sleep.seeds import spawn_seeds

SMALL = (
    "hidden=[8, 8]",
    "wake.epochs=1",
    "night.steps=1",
    "kept=[0.5]",
    "cycles=[1]",
    "learners={names: [], cycles: 1}",
    "spiking.hidden=[20]",
    "spiking.kept=[0.2, 0.5]",
    "spiking.slayer={steps: 6, epochs: 4, gain: 1.0, batch_size: 40, learning_rate: 0.01}",
    "spiking.night_steps=20",
    "spiking.cycles=2",
    "spiking.asleep={steps: 60, rate: 0.5, potentiation: 8, depression: 3}",
)
ENDS = ("dense", "0.5", "0.8")
# Of seed 1.
READOUT_SEED = spawn_seeds(1, 3, USES.index("spiking"))[-1]


def configured(*settings, **values):
    return runner.configure("pruning", settings=[*SMALL, *settings], **values)[1]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "pruning"
    config = configured(seeds=[1])
    folder = runner.begin(config, out)
    with drawn_once():
        record, report = runner.complete(registry.by_name("pruning"), config, folder, Silent())
    return config, folder, record["metrics"], report


def night(folder, share, seed=1):
    return folder.checkpoint.read(f"seed_{seed}/spiking_{share}")


def test_the_integers_answer_as_torch_does(finished):
    _, folder, metrics, _ = finished
    for end in ENDS:
        group = night(folder, end)
        assert (group["predicted"] == group["predicted_torch"]).all()
        assert metrics[f"accuracy_spiking_{end}"] == metrics[f"accuracy_spiking_torch_{end}"]
    right = (night(folder, "0.8")["predicted"] == load_stream("digits", seed=1).test.y).mean()
    assert metrics["accuracy_spiking_0.8"]["values"][0] == pytest.approx(right, abs=1e-6)
    assert metrics["accuracy_spiking_dense"]["mean"] > 0.3
    # Without a share: of the most pruned network.
    for name in ("accuracy_spiking", "accuracy_spiking_torch", "synaptic_operations"):
        assert metrics[name] == metrics[f"{name}_0.8"]


def test_pruning_saves_synapses_operations_and_memory(finished):
    metrics = finished[2]
    for name in ("synapses_spiking", "synaptic_operations", "synaptic_memory_bytes"):
        dense, half, fifth = (metrics[f"{name}_{end}"]["mean"] for end in ENDS)
        assert dense > half > fifth > 0
    # 64 * 20 + 20 * 10 weights of a byte, one at least and two at most; the output is not pruned.
    assert metrics["synaptic_memory_bytes_dense"]["mean"] == 1480
    assert metrics["synaptic_memory_bytes_at_most_dense"]["mean"] == 2960
    hidden, output = metrics["synapses_spiking_by_layer_0.8"]["values"][0]
    # Weights that SLAYER rounds to 0 are no synapses either; a dense layer stores them.
    assert 200 < hidden <= 256
    assert 150 < output <= 200
    assert metrics["synaptic_memory_bytes_0.8"]["values"][0] == hidden + 200


def test_operations_are_those_of_the_spikes(finished):
    config, folder, metrics, _ = finished
    readout = READOUT_SEED
    shown = load_stream("digits", seed=1).test
    first = folder.checkpoint.read("seed_1/spiking_0.8")["units_0"].astype(float)
    inputs = sum(
        (raster.sum(axis=2) @ np.count_nonzero(first, axis=0)).sum()
        for raster in slayer.shown_spikes(shown.x * 1.0, 6, readout)
    )
    # Beside those of the inputs there are those of hidden neurons, ten each at most.
    operations = metrics["synaptic_operations_0.8"]["values"][0]
    assert inputs / len(shown) < operations < inputs / len(shown) + 6 * 20 * 10


def test_energy_is_that_of_operations_and_neuron_updates(finished):
    metrics = finished[2]
    for end in ENDS:
        operations = metrics[f"synaptic_operations_{end}"]["mean"]
        # 30 neurons, 6 steps an image; picojoules of docs/guide/cost.md, at least and at most.
        for name, operation, update in (("", 6.84, 10.83), ("_at_most", 23.6, 81.0)):
            picojoules = operation * operations + update * 30 * 6
            found = 1000 * metrics[f"energy_spiking{name}_{end}"]["mean"]
            # Spikes on their way are the rest: 64 inputs and 20 neurons at most, every step.
            assert picojoules < found < 1.01 * picojoules + 8.7 * 6 * 84
    dense, half, fifth = (metrics[f"energy_spiking_{end}"]["mean"] for end in ENDS)
    assert dense > half > fifth


def test_pruned_synapses_stay_pruned_asleep(finished):
    config, folder, metrics, _ = finished
    for share in ("0.5", "0.8"):
        held = night(folder, share)
        before, after = held["units_0"], held["slept_0"]
        assert not after[before == 0].any()
        assert (held["units_1"] == held["slept_1"]).all()
        changed = metrics[f"synapses_changed_asleep_{share}"]["values"][0]
        assert changed == (before != after).sum() > 20
    layers = (
        cuba_layer(held["slept_0"].astype(float), vth=64, dv=205 / 4096, sparse=True),
        cuba_layer(held["slept_1"].astype(float), vth=64, dv=205 / 4096),
    )
    classes = classify(
        CubaNetwork(layers),
        load_stream("digits", seed=1).test.x,
        select("compiled"),
        steps=6,
        gain=1.0,
        seed=READOUT_SEED,
    )
    assert (classes == held["predicted_slept"]).all()


def test_the_report_shows_the_spiking_network(finished):
    _, folder, _, report = finished
    assert folder.figure("spiking").stat().st_size > 2000
    names = [name for name, _ in report.rows]
    for end in ENDS:
        assert f"accuracy_spiking_{end}" in names
        assert f"synaptic_operations_{end}" in names
    assert "accuracy_spiking_slept_0.8" in names


def test_nights_are_played_of_each_pruned_network(finished):
    _, folder, metrics, report = finished
    nights = report.player.recordings
    assert [night.name for night in nights] == ["50% pruned", "80% pruned"]
    for one, share in zip(nights, ("0.5", "0.8"), strict=True):
        assert [raster.shape for raster in one.rasters] == [(60, 64), (60, 20), (60, 10)]
        changed = metrics[f"synapses_changed_asleep_{share}"]["values"][0]
        assert one.text.endswith(f"the night changed {changed:,.0f} of them.")
        assert (np.packbits(one.rasters[1], axis=1) == night(folder, share)["night_raster_1"]).all()
    # All hear the same noise, and answer it each in its own way.
    assert nights[0].rasters[0].any()
    assert (nights[0].rasters[0] == nights[1].rasters[0]).all()
    assert (nights[0].rasters[1] != nights[1].rasters[1]).any()


@pytest.mark.slow
def test_an_interrupted_run_goes_on_to_the_same_numbers(finished, tmp_path):
    _, folder, metrics, _ = finished
    missing = ["seed_1/spiking_0.5", "seed_1/spiking_0.8"]
    resumed = resume(copy_without(folder.path, tmp_path / "again", missing))["metrics"]
    names = [name for name in metrics if "spiking" in name or "synaptic" in name]
    assert len(names) > 20
    assert all(resumed[name] == metrics[name] for name in names)


def test_the_pruned_network_fits_on_a_chip():
    fit = check(network(configured()))
    assert fit.fits
    assert not fit.on_host
    kinds = {part.kind: part for part in fit.parts}
    assert sorted(kinds) == ["Dense", "LIF", "Sparse"]
    assert kinds["Sparse"].synapses == 256


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("spiking.cycles=21", "cycles is 21 and night_steps is 20; a cycle needs at least one"),
        ("spiking.kept=[0.5, 0.5]", "names a share twice"),
        ("spiking.kept=[0.0001]", "kept_share is 0.0001, which leaves none of the 1280 weights"),
        ("spiking.slayer.gain=2", "spiking.slayer.gain is 2; input should be less than or equal"),
    ],
)
def test_settings_that_do_not_fit_are_refused(setting, message):
    with pytest.raises(ValueError, match=message):
        configured(setting)
