"""What the nights and the read-out of an experiment cost."""

import pytest
from small_runs import SMALL as SMALL_RUNS

from loihi_sleep import engine, sleep
from loihi_sleep.experiments import runner
from loihi_sleep.experiments.cost import IMAGE, NIGHT, TASK_AWAKE, cost_of
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
    assert [(one.name, one.times) for one in cost.means] == [(NIGHT, 5), (IMAGE, 360)]
    night, image = cost.of(NIGHT).activity, cost.of(IMAGE).activity
    assert night.steps == 50
    assert night.total("neuron_updates") == 50 * (20 + 20 + 10)
    # Plastic synapses are all there: 64 x 20, 20 x 20 and 20 x 10.
    assert night.total("visits") == 50 * (64 * 20 + 20 * 20 + 20 * 10)
    # The image's 8 steps, and a 360th of the three in which the first one arrives.
    assert image.steps == pytest.approx(8 + 3 / 360)
    assert image.total("visits") == 0
    assert 0 < image.total("operations") <= image.total("arrivals") * 20
    # No model of LIFReset for the chip is known; it is counted all the same, with its synapses.
    energy = cost.of(IMAGE).cost.energy["Loihi 1"].by_operation
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
    known = "digits, src, foraging and slow-wave"
    with pytest.raises(ValueError, match=f"'pruning'; its cost is known for {known}"):
        cost_of("pruning")


def test_cycles_of_foraging_and_its_nights_are_told_apart():
    small = [each for each in SMALL_RUNS["foraging"] if "_steps" not in each and "rate" not in each]
    cost = cost_of("foraging", settings=[each for each in small if "output_weight" not in each])
    cycle, night = cost.means
    # 40 cycles awake and as many asleep, in blocks of 10, of 16 steps each.
    assert (cycle.name, cycle.times) == ("a cycle awake", 40)
    assert (night.name, night.times) == ("a night of 10 cycles", 4)
    assert (cycle.activity.steps, night.activity.steps) == (16, 160)
    assert night.activity.total("visits") == pytest.approx(10 * cycle.activity.total("visits"))
    # Asleep the world is not seen, and noise is heard.
    arrivals = [one.activity.of("input synapses").arrivals for one in cost.means]
    assert arrivals[0] > 0 == arrivals[1]
    arrivals = [one.activity.of("replay synapses").arrivals for one in cost.means]
    assert arrivals[0] == 0 < arrivals[1]


def test_frames_and_nights_of_a_dictionary_are_told_apart():
    cost = cost_of("slow-wave", settings=SMALL_RUNS["slow-wave"])
    assert [(one.name, one.times) for one in cost.means] == [("a frame awake", 4), ("a night", 4)]
    frame, night = (one.activity for one in cost.means)
    assert (frame.steps, night.steps) == (100, 500)
    assert night.of("residual neurons").spikes > frame.of("residual neurons").spikes > 0
    assert "Loihi 2: 0 J: nothing of it would run there" in cost.text()


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
    assert [one.times for one in cost.means] == [5, 5, 360]
    # From a fifth of the presentations in the first night to all of them in the last.
    assert cost.of(NIGHT).activity.steps == 30 * 8
    assert cost.of(TASK_AWAKE).activity.of("bottom up").visits > 0
    assert "a task learned awake in spikes, mean of 5\n" in cost.text()
