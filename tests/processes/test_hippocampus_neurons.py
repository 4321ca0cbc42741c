"""Neurons that compete, are taught, or hear an error: cases worked out by hand, and messages."""

import numpy as np
import pytest
from lava.proc.dense.process import Dense
from lava.proc.io.source import RingBuffer

from loihi_sleep.processes.competing_lif.process import CompetingLIF
from loihi_sleep.processes.feedback_lif.process import FeedbackLIF
from loihi_sleep.processes.spike_probe.process import SpikeProbe
from loihi_sleep.processes.taught_lif.process import TaughtLIF
from loihi_sleep.run.select import select
from loihi_sleep.run.session import Session


def currents(values):
    """Send a row of currents in each step."""
    return RingBuffer(data=np.array(values).T)


def compete(drive, steps, **settings):
    """Let neurons compete for currents; Vars after each step."""
    source = currents(drive)
    neurons = CompetingLIF(shape=(len(drive[0]),), **settings)
    lateral = Dense(weights=1 - np.eye(len(drive[0]), dtype=int))
    source.s_out.connect(neurons.a_in)
    neurons.s_out.connect(lateral.s_in)
    lateral.a_out.connect(neurons.inhibition_in)
    names = ("v", "theta", "wins", "rate", "norm", "spiked", "won")
    found = []
    with Session(source, select("compiled", "fixed")) as session:
        for _ in range(steps):
            session.run(1)
            found.append({n: session.get(getattr(neurons, n)).tolist() for n in names})
    return found


def test_the_one_that_spikes_alone_wins_and_silences_the_other():
    steps = compete([[6, 4]] * 8, 8, vth=10, inhibition=20, interval=8)
    assert [step["spiked"] for step in steps[:4]] == [[0, 0], [1, 0], [1, 0], [1, 0]]
    # Its spike of the second step was answered by none: it has won in the third.
    assert [step["won"] for step in steps[:3]] == [[0, 0], [0, 0], [1, 0]]
    assert steps[-1]["wins"] == [1, 0]
    # The loser has been inhibited in each of the six steps after the winner's first spike.
    assert steps[-2]["v"] == [42, 4 * 7 - 20 * 5]


def test_those_that_spike_together_go_on_until_one_is_ahead():
    steps = compete([[6, 5]] * 20, 20, vth=10, inhibition=12, interval=30)
    assert steps[1]["spiked"] == [1, 0] or steps[2]["spiked"] == [1, 1]
    assert steps[-1]["won"] == [1, 0]
    tied = compete([[6, 6]] * 20, 20, vth=10, inhibition=12, interval=30)
    assert tied[-1]["won"] == [0, 0]


def test_a_win_lowers_the_rate_and_measures_what_the_neuron_wins_with():
    # Presentations of four steps begin in steps 4, 8 and so on: this one wins in each.
    steps = compete([[30]] * 20, 20, vth=40, inhibition=0, interval=4, least_rate=40, norm=6)
    by_wins = {step["wins"][0]: step for step in steps}
    assert [by_wins[n]["rate"][0] for n in (1, 2, 3, 4)] == [127, 63, 42, 40]
    # The first win leaves norm; the second, at a rate of 127 / 128, takes the mean input of 30.
    assert by_wins[1]["norm"] == [6]
    assert by_wins[2]["norm"] == [6 + 127 * (30 - 6) // 128]


def test_conscience_lets_the_loser_win_too():
    settings = {"vth": 20, "inhibition": 20, "interval": 24, "conscience": 13, "share": 6}
    steps = compete([[8, 6]] * 480, 480, **settings)
    wins = steps[-1]["wins"]
    assert sum(wins) > 15
    assert min(wins) > 6
    alone = compete([[8, 6]] * 480, 480, **(settings | {"conscience": 0, "share": 0}))
    assert alone[-1]["wins"][1] < 3


def test_without_learning_nothing_is_counted():
    steps = compete([[6, 4]] * 7, 7, vth=10, inhibition=20, interval=8, learns=False)
    assert steps[-1]["won"] == [1, 0]
    assert steps[-1]["wins"] == [0, 0]


def test_an_output_writes_its_error():
    spikes = currents([[15, 15, 15]] * 12)
    teacher = currents([[1, 0, 0]] * 12)
    outputs = TaughtLIF(shape=(3,), vth=25, target=4, gain=32, interval=6, offset=1)
    spikes.s_out.connect(outputs.a_in)
    teacher.s_out.connect(outputs.teacher_in)
    found = []
    with Session(spikes, select("compiled", "fixed")) as session:
        for _ in range(7):
            session.run(1)
            found.append((session.get(outputs.count).tolist(), session.get(outputs.y1).tolist()))
    # A spike in every second step; the teacher of the first asks for four, of the others for none.
    assert [count[0] for count, _ in found] == [0, 1, 1, 2, 2, 3, 0]
    assert [y1 for _, y1 in found[:2]] == [[72, 64, 64], [70, 62, 62]]
    assert found[5][1] == [66, 58, 58]
    assert found[6][1] == [72, 64, 64]


@pytest.mark.parametrize(("gain", "y1"), [(1, [64, 64]), (8, [66, 64]), (9, [66, 63])])
def test_small_errors_are_no_errors(gain, y1):
    spikes, teacher = currents([[15, 15]] * 2), currents([[1, 0]] * 2)
    outputs = TaughtLIF(shape=(2,), vth=25, target=4, gain=gain, interval=6)
    probe = SpikeProbe(shape=(2,))
    spikes.s_out.connect(outputs.a_in)
    teacher.s_out.connect(outputs.teacher_in)
    outputs.s_out.connect(probe.s_in)
    with Session(spikes, select("compiled", "fixed")) as session:
        session.run(2)
        # Each has spiked once; the first is asked for four.
        assert session.get(probe.count).tolist() == [1, 1]
        assert session.get(outputs.y1).tolist() == y1


def test_an_output_sends_its_error_to_other_layers():
    spikes, teacher = currents([[15, 15]] * 2), currents([[1, 0]] * 2)
    outputs = TaughtLIF(shape=(2,), vth=25, target=4, gain=64, interval=6)
    feedback = Dense(weights=np.array([[10, 20], [-2, 4]]), num_message_bits=8)
    spikes.s_out.connect(outputs.a_in)
    teacher.s_out.connect(outputs.teacher_in)
    outputs.error_out.connect(feedback.s_in)
    hidden = FeedbackLIF(shape=(2,), vth=0, gain=4096, interval=6)
    feedback.a_out.connect(hidden.feedback_in)
    with Session(spikes, select("compiled", "fixed")) as session:
        session.run(2)
        # Three spikes are missing in the first, and one is too many in the second.
        assert session.get(outputs.error).tolist() == [4 * 3, -4]
        assert session.get(feedback.a_buff).tolist() == [10 * 12 - 20 * 4, -2 * 12 - 4 * 4]


def test_only_neurons_that_have_spiked_in_the_presentation_hear_an_error():
    spikes, error = currents([[15, 0]] * 7), currents([[8, 8], *[[8, -100]] * 6])
    hidden = FeedbackLIF(shape=(2,), vth=25, gain=3 * 4096 // 2, interval=6, offset=1)
    spikes.s_out.connect(hidden.a_in)
    error.s_out.connect(hidden.feedback_in)
    found = []
    with Session(spikes, select("compiled", "fixed")) as session:
        for _ in range(7):
            session.run(1)
            found.append(session.get(hidden.y1).tolist())
    # The first spikes in its second step, and begins anew in the seventh.
    assert found == [[64, 64]] + [[64 + 12, 64]] * 5 + [[64, 64]]


@pytest.mark.parametrize(("error", "y1"), [(1000, 127), (-1000, 0), (1, 65), (-1, 64), (-2, 63)])
def test_an_error_is_rounded_and_kept_within_y1(error, y1):
    spikes, fed_back = currents([[15]] * 2), currents([[error]] * 2)
    hidden = FeedbackLIF(shape=(1,), vth=10, gain=2048, interval=6)
    spikes.s_out.connect(hidden.a_in)
    fed_back.s_out.connect(hidden.feedback_in)
    with Session(spikes, select("compiled", "fixed")) as session:
        session.run(1)
        assert session.get(hidden.y1).tolist() == [y1]


@pytest.mark.parametrize(
    ("process", "settings", "message"),
    [
        (CompetingLIF, {"vth": -1}, "vth is -1; it must be an integer from 0 to 8388607"),
        (CompetingLIF, {"interval": 1}, "interval is 1; it must be an integer from 2"),
        (CompetingLIF, {"least_rate": 128}, "least_rate is 128; it must be an integer"),
        (CompetingLIF, {"wins": -1}, "wins holds -1; it must be"),
        (TaughtLIF, {"target": -1}, "target is -1; it must be an integer from 0 to 65536"),
        (TaughtLIF, {"gain": 1.5}, "gain is 1.5; it must be an integer"),
        (FeedbackLIF, {"gain": -1}, "gain is -1; it must be an integer from 0 to 16777216"),
        (FeedbackLIF, {"interval": 0}, "interval is 0; it must be an integer from 1"),
    ],
)
def test_errors_name_the_parameter(process, settings, message):
    least = {"vth": 10, "interval": 4}
    least |= {CompetingLIF: {"inhibition": 5}, TaughtLIF: {"target": 3}, FeedbackLIF: {"gain": 3}}[
        process
    ]
    with pytest.raises(ValueError, match=message):
        process(shape=(2,), **(least | settings))
