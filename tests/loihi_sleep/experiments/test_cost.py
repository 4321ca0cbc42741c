"""What the nights and the read-out of an experiment cost."""

import pytest

from loihi_sleep import engine, sleep
from loihi_sleep.experiments import runner
from loihi_sleep.experiments.cost import cost_of
from loihi_sleep.run.select import select
from loihi_sleep.training import sgd

SMALL = (
    "hidden=[20, 20]",
    "wake.epochs=1",
    "joint_epochs=1",
    "sleep.steps=50",
    "readout.steps=8",
)


def test_nights_and_the_readout_of_digits_are_told_apart():
    cost = cost_of("digits", settings=SMALL)
    assert (cost.nights, cost.images) == (5, 360)
    night, image = cost.night.activity, cost.readout.activity
    assert night.steps == 50
    assert night.total("neuron_updates") == 50 * (20 + 20 + 10)
    # Plastic synapses are all there: 64 x 20, 20 x 20 and 20 x 10.
    assert night.total("visits") == 50 * (64 * 20 + 20 * 20 + 20 * 10)
    # The image's 8 steps, and a 360th of the three in which the first one arrives.
    assert image.steps == pytest.approx(8 + 3 / 360)
    assert image.total("visits") == 0
    assert 0 < image.total("operations") <= image.total("arrivals") * 20
    # No model of LIFReset for the chip is known; it is counted all the same, with its synapses.
    energy = cost.readout.energy["Loihi 1"].by_operation
    assert energy["operations"][0] == pytest.approx(image.total("operations") * 23.6e-12)
    assert energy["neuron_updates"][0] == pytest.approx(image.total("neuron_updates") * 52e-12)
    assert "counted as if a chip ran them: Dense, LIFReset" in cost.text()
    assert "a night, mean of 5\n50 steps" in cost.text()
    assert "an image read out in spikes, mean of 360\n" in cost.text()


def test_a_night_is_what_its_record_says():
    _, config = runner.configure("digits", settings=SMALL)
    run_cfg = select("compiled", "fixed")
    network, _ = config.sleep.network(
        sgd.initial_weights((64, 20, 20, 10), config.wake, 0),
        [1.0, 1.0, 1.0],
        numerics="fixed",
    )
    night = sleep.Night(steps=300, drive=sleep.Poisson(0.3), seed=3)
    plain = sleep.run_night(network, night, run_cfg)
    with engine.counting() as counters:
        record = sleep.run_night(network, night, run_cfg)
    activity = counters[0].activity()
    spikes = [part.spikes for part in activity.parts if part.kind == "LIF"]
    assert spikes == [counts.sum() for counts in record.spikes]
    assert sum(spikes) > 0
    for before, after in zip(plain.weights, record.weights, strict=True):
        assert (before == after).all()
    # The rule acts at spikes of the post-synaptic neuron, on all of its synapses; the last step's
    # spikes are heard in it.
    assert [part.updates for part in activity.parts if part.synapses] == [
        spikes[0] * 64,
        spikes[1] * 20,
        spikes[2] * 20,
    ]


def test_other_experiments_are_refused():
    with pytest.raises(ValueError, match="'foraging'; its cost is known for digits and src"):
        cost_of("foraging")


def test_tasks_learned_awake_and_nights_of_prototypes_are_told_apart():
    cost = cost_of(
        "src",
        settings=(
            "data.name=digits",
            "arms=[prototypes]",
            "prototypes.hidden=[20]",
            "prototypes.per_class=2",
            "prototypes.hippocampus.steps=8",
            "prototypes.night.steps=8",
            "prototypes.night.presentations=50",
            "prototypes.readout_steps=8",
        ),
    )
    assert (cost.tasks, cost.nights, cost.images) == (5, 5, 360)
    # From a fifth of the presentations in the first night to all of them in the last.
    assert cost.night.activity.steps == 30 * 8
    assert cost.awake.activity.of("bottom up").visits > 0
    assert "a task learned awake in spikes, mean of 5\n" in cost.text()
