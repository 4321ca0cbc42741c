"""Cases as pure functions: sent to another process, they leave what they leave here."""

import pickle

import cloudpickle
import numpy as np
import pytest
from made_images import write_images
from small_runs import SMALL

from loihi_sleep.errors import EngineUnavailable
from loihi_sleep.experiments import remote_case, runner
from loihi_sleep.experiments.study import Condition, Study
from loihi_sleep.progress import Silent
from loihi_sleep.results.report import Report
from loihi_sleep.run.executors.threads import InThisThread, Threads
from loihi_sleep.run.select import select

# Of each kind of condition one.
CHOSEN = {"foraging": ["conditions=[task1,sequential,sleep,freeze_0.01]"]}


class Pickling(InThisThread):
    """Does to calls what a cluster does: nothing of this process goes with them."""

    elsewhere = True

    def run(self, calls, listener):
        sent = {name: cloudpickle.dumps(call) for name, call in calls.items()}
        # Data and common values of other runs are not those of this one.
        remote_case._DATA._values.clear()
        remote_case._SHARED._values.clear()
        calls = {name: pickle.loads(content) for name, content in sent.items()}
        returned = {n: lambda c=call: pickle.loads(pickle.dumps(c())) for n, call in calls.items()}
        super().run(returned, listener)


@pytest.fixture
def complete(monkeypatch, tmp_path):
    """Make a function that runs a small experiment with an executor, without figures."""
    monkeypatch.setattr(runner, "_report", lambda experiment, run: Report("", "", [], []))

    def run(name, executor, **choices):
        if name == "src":
            choices["data_dir"] = write_images(tmp_path / f"data{executor.elsewhere}")
        experiment, config = runner.configure(
            name, settings=[*SMALL[name], *CHOSEN.get(name, ())], **choices
        )
        folder = runner.begin(config, tmp_path / f"{name}{executor.elsewhere}")
        return runner.complete(experiment, config, folder, Silent(), executor)[0], folder

    return run


@pytest.mark.parametrize(
    "name",
    [
        "digits",
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in ("src", "foraging", "slow-wave", "pruning")
        ),
    ],
)
def test_cases_are_pure_functions(name, complete):
    here, folder = complete(name, Threads(2))
    elsewhere, other = complete(name, Pickling())
    assert elsewhere["processor"] == here["processor"]
    assert len(other.events("case")) == len(other.checkpoint.names())
    assert other.checkpoint.names() == folder.checkpoint.names()
    for group in folder.checkpoint.names():
        kept, others = folder.checkpoint.read(group), other.checkpoint.read(group)
        assert kept.keys() == others.keys()
        for array, values in kept.items():
            if "seconds" not in array:
                np.testing.assert_array_equal(values, others[array], f"{group}/{array}")


def test_what_a_condition_reads_it_must_need(tmp_path):
    config = runner.configure("digits")[1]
    conditions = [
        Condition("first", lambda case: {"a": np.array(1)}),
        Condition("second", lambda case: case.read("first")),
    ]
    folder = runner.begin(config, tmp_path / "run")
    with pytest.raises(ValueError, match="second reads seed_0/first, which is not among what it n"):
        Study(config, conditions, lambda results: {}).run(
            select("compiled"), folder, Silent(), Pickling()
        )
    assert (
        '"condition": "second", "error": "condition second reads'
        in (folder.path / "log.jsonl").read_text()
    )


def test_values_that_cases_have_in_common_are_computed_once_a_seed(tmp_path):
    computed = tmp_path / "computed"

    def compute(case):
        def note():
            with computed.open("a") as file:
                file.write("x")
            return case.seed

        return {"a": np.array(case.shared("seed", note))}

    config = runner.configure("digits", seeds=[3, 4])[1]
    conditions = [Condition(name, compute) for name in ("a", "b", "c")]
    folder = runner.begin(config, tmp_path / "run")
    Study(config, conditions, lambda results: {}).run(
        select("compiled"), folder, Silent(), Pickling()
    )
    assert computed.read_text() == "xx"
    assert folder.checkpoint.read("seed_4/c")["a"] == 4


@pytest.mark.parametrize("executor", [Pickling(), Threads(2)])
def test_an_engine_that_has_to_be_watched_is_refused(executor, complete):
    with pytest.raises(EngineUnavailable, match="engine 'lava' runs case by case, in this process"):
        complete("digits", executor, engine="lava")
