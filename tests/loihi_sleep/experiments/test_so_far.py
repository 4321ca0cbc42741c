"""Long cases keep what they have computed so far, and go on from there."""

import json
from threading import Thread

import numpy as np
import pytest
from interrupting import Interrupting
from small_runs import SMALL

from loihi_sleep import engine
from loihi_sleep.experiments import new_run, runner, so_far
from loihi_sleep.experiments.foraging import training
from loihi_sleep.experiments.so_far import SoFar
from loihi_sleep.progress import Silent
from loihi_sleep.results.checkpoint import Checkpoint
from loihi_sleep.results.report import Report
from loihi_sleep.run.executors.threads import Threads
from loihi_sleep.run.kept_state import as_arrays, from_arrays


@pytest.fixture
def often(monkeypatch):
    monkeypatch.setattr(so_far, "EVERY_S", 0.0)
    monkeypatch.setattr(training, "_PART_CYCLES", 8)
    monkeypatch.setattr(runner, "_report", lambda experiment, run: Report("", "", [], []))


class Listening(Silent):
    def __init__(self):
        self.steps = []

    def advance(self, steps, note=""):
        self.steps.append(steps)


def complete(out, settings, progress, **choices):
    experiment, config = runner.configure("foraging", settings=settings, **choices)
    folder = runner.begin(config, out) if not out.exists() else runner.reopen(out)[2]
    record, _ = runner.complete(experiment, config, folder, progress, Threads(1))
    metrics = json.loads(json.dumps(record["metrics"]))
    del metrics["cycles_per_second"]
    return metrics


@pytest.mark.parametrize("neuron", ["map", pytest.param("lif", marks=pytest.mark.slow)])
def test_foraging_goes_on_within_a_condition(neuron, often, tmp_path):
    settings = [
        *SMALL["foraging"], f"neuron={neuron}", "conditions=[interleaved, task1, sleep]",
        "phases.film=0", "phases.pruned_test=0",
    ]  # fmt: skip
    expected = complete(tmp_path / "whole", settings, Silent())
    out = tmp_path / "cut"
    # In learning features (60 cycles), in training with two worlds, and in sleep.
    for left in (25, 90, 100, 75):
        with pytest.raises(KeyboardInterrupt):
            complete(out, settings, Interrupting(left + done(out)))
        assert new_run.is_anything_done(runner.RunFolder(out))
    last = Listening()
    assert complete(out, settings, last) == expected
    # The training with sleep, of 40 cycles awake and 40 asleep, had only its tests left.
    assert 80 in last.steps
    assert not (out / so_far.UNFINISHED).exists()


def done(out):
    """Cycles that a run has done and kept."""
    if not out.exists():
        return 0
    experiment, config, folder = runner.reopen(out)
    kept = (out / so_far.UNFINISHED).glob("*.h5")
    whole = sum(
        condition.work
        for condition in experiment.study(config).conditions
        if folder.checkpoint.has(f"seed_0/{condition.name}")
    )
    parts = [SoFar(out, path.stem.replace(".", "/", 1), None).read() for path in kept]
    return whole + sum(int(part["done"]) for part in parts)


def test_what_other_settings_made_is_not_gone_on_with(often, tmp_path):
    made = SoFar(tmp_path, "seed_0/one", {"steps": 3})
    made.keep(lambda: {"done": np.array(7)})
    assert SoFar(tmp_path, "seed_0/one", {"steps": 3}).read()["done"] == 7
    assert SoFar(tmp_path, "seed_0/one", {"steps": 4}).read() is None
    assert SoFar(tmp_path, "seed_1/one", {"steps": 3}).read() is None
    (path,) = (tmp_path / so_far.UNFINISHED).iterdir()
    path.write_bytes(path.read_bytes()[:-100])
    assert SoFar(tmp_path, "seed_0/one", {"steps": 3}).read() is None
    made.forget()
    assert not list(tmp_path.iterdir())


def test_it_is_kept_now_and_then_and_its_time_is_told(monkeypatch, tmp_path):
    now = [1000.0]
    monkeypatch.setattr(so_far.time, "monotonic", lambda: now[0])
    kept, made = SoFar(tmp_path, "seed_0/one", None), []
    for now[0] in (1001.0, 1016.0, 1017.0):
        kept.keep(lambda: made.append(now[0]) or {"done": np.array(len(made))})
    assert made == [1016.0]
    again = SoFar(tmp_path, "seed_0/one", None)
    assert again.read().keys() == {"done"}
    assert again.seconds_before == 16.0
    again.keep(lambda: None)


def test_a_case_that_is_done_leaves_the_folder_to_one_that_writes(monkeypatch, tmp_path):
    monkeypatch.setattr(so_far, "EVERY_S", 0.0)
    case, done = (SoFar(tmp_path, name, None) for name in "ab")
    write = Checkpoint.write

    def write_while_the_other_ends(checkpoint, *arguments):
        other = Thread(target=done.forget)
        other.start()
        other.join(0.2)
        write(checkpoint, *arguments)

    monkeypatch.setattr(Checkpoint, "write", write_while_the_other_ends)
    case.keep(lambda: {"x": np.zeros(3)})
    assert case.read()["x"].shape == (3,)


def test_a_state_that_arrays_cannot_hold_is_left_out():
    state = engine.State(5, {"reals": np.ones(3)}, (np.zeros(2),), ())
    back = from_arrays(as_arrays(state))
    assert (back.time_step, back.layers, back.models) == (5, (), None)
    assert (back.arrays["reals"] == 1).all()
    assert (back.kept[0] == 0).all()
    assert as_arrays(engine.State(5, {}, ("text",), ())) is None
    assert as_arrays(engine.State(5, {}, (), ({},))) is None
    with pytest.raises(ValueError, match="there is no state of a network"):
        from_arrays({"done": np.array(1)})
