"""Energies follow from counts, by hand."""

import dataclasses
from pathlib import Path

import pytest

from loihi_sleep.cost.activity import Activity, ProcessActivity, mean_of
from loihi_sleep.cost.energy import ENERGIES, OPERATIONS, estimate, joules

NOISE = ProcessActivity("noise", "SpikeDrive", "spikes are drawn by the host", False, spikes=50)
SYNAPSES = ProcessActivity(
    "synapses",
    "LearningDense",
    "",
    True,
    synapses=12,
    arrivals=50,
    operations=150,
    updates=40,
    visits=1200,
    active_rows=50,
)
NEURONS = ProcessActivity("neurons", "LIF", "", True, neurons=3, neuron_updates=300, spikes=10)
NIGHT = Activity(100, 0.002, (NOISE, SYNAPSES, NEURONS))


def test_loihi_1_by_hand():
    found = estimate(NIGHT).energy["Loihi 1"]
    assert found.low == pytest.approx((150 * 23.6 + 40 * 120 + 300 * 52 + 50 * 1.7) * 1e-12)
    # At most every plastic synapse is evaluated in each epoch, and spikes go to another tile.
    assert found.high == pytest.approx((150 * 23.6 + 1200 * 120 + 300 * 81 + 50 * 8.7) * 1e-12)


def test_loihi_2_is_between_peak_rates_at_full_power_and_loihi_1():
    found = estimate(NIGHT).energy["Loihi 2"]
    operation, neuron = 2600 / 380e12, 2600 / 240e12
    assert found.by_operation["operations"] == pytest.approx((150 * operation, 150 * 23.6e-12))
    assert found.by_operation["neuron_updates"] == pytest.approx((300 * neuron, 300 * 81e-12))
    share = operation / 23.6e-12
    assert found.by_operation["updates"] == pytest.approx((40 * 120e-12 * share, 1200 * 120e-12))
    assert found.high == pytest.approx(estimate(NIGHT).energy["Loihi 1"].high)


def test_a_cpu_does_not_look_at_synapses_of_silent_neurons():
    found = estimate(NIGHT).energy["CPU"]
    assert found.by_operation["updates"] == pytest.approx((40 * 8.2e-12, 40 * 8600e-12))
    assert found.by_operation["operations"][0] == pytest.approx(150 * 2.6e-12)


def test_time_times_watts():
    assert estimate(NIGHT).this_computer == pytest.approx(0.002 * 65)
    assert estimate(NIGHT, watts=10).this_computer == pytest.approx(0.02)
    with pytest.raises(ValueError, match=r"watts is 0; it must be a number above 0"):
        estimate(NIGHT, watts=0)


def test_what_stays_on_the_host_costs_the_chip_nothing():
    host = {"host": "its rule has an exponential function", "for_the_chip": False}
    gated = dataclasses.replace(SYNAPSES, **host, updates=None)
    found = estimate(dataclasses.replace(NIGHT, parts=(NOISE, gated, NEURONS))).energy
    assert found["Loihi 1"].by_operation["operations"] == (0, 0)
    assert found["CPU"].by_operation["operations"][0] > 0


def test_what_has_no_known_model_is_counted_and_named():
    reset = dataclasses.replace(NEURONS, kind="LIFReset", host="no model for the chip is known")
    cost = estimate(dataclasses.replace(NIGHT, parts=(SYNAPSES, reset)))
    assert cost.energy["Loihi 1"].by_operation["neuron_updates"][1] == pytest.approx(300 * 81e-12)
    assert cost.text().endswith("counted as if a chip ran them: LIFReset")


def test_every_operation_has_an_energy_with_a_source():
    for target, table in ENERGIES.items():
        assert table.keys() == OPERATIONS.keys(), target
        for one in table.values():
            assert 0 < one.low <= one.high
            assert one.source


def test_the_documented_table_is_the_one_in_use():
    page = (Path(__file__).parents[3] / "docs" / "guide" / "cost.md").read_text()
    for target, table in ENERGIES.items():
        for name, one in table.items():
            figures = f"{one.low:.3g} | {one.high:.4g} | {one.grade} | {one.source}"
            assert f"| {target} | {OPERATIONS[name]} | {figures} |" in page


def test_the_text_says_what_it_is():
    text = estimate(NIGHT).text()
    assert "not measured on a chip" in text
    assert "without static power" in text
    assert "Loihi 1: 24 nJ to 170 nJ: synaptic operations 3.5 nJ" in text
    assert "this engine: 0.002 s, at 65 W (assumed) 130 mJ" in text
    assert "40 plastic updates of 1,200 synapses times epochs" in text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 J"), (2, "2 J"), (0.0123, "12 mJ"), (123e-6, "120 µJ"), (4.56e-9, "4.6 nJ")],
)
def test_energies_have_two_digits(value, text):
    assert joules(value) == text


def test_networks_that_are_alike_are_averaged():
    other = dataclasses.replace(NEURONS, neuron_updates=100, spikes=5)
    shorter = dataclasses.replace(NIGHT, steps=50, parts=(NOISE, SYNAPSES, other))
    found = mean_of([NIGHT, shorter])
    assert found.steps == 75
    assert (found.of("neurons").neuron_updates, found.of("neurons").spikes) == (200, 7.5)
    assert found.of("synapses").operations == 150
    assert found.total("spikes") == 57.5
    assert found.total("spikes", chip_only=True) == 7.5


def test_others_are_not():
    with pytest.raises(ValueError, match="not built alike"):
        mean_of([NIGHT, dataclasses.replace(NIGHT, parts=(NEURONS,))])
    with pytest.raises(ValueError, match="no activity to average"):
        mean_of([])
