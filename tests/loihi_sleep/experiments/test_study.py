"""Conditions and seeds become cases; what each case leaves is kept, and summarized at the end."""

import sys
from importlib.metadata import EntryPoint

import numpy as np
import pytest

from loihi_sleep import registry as names
from loihi_sleep.configuration import ExperimentConfig
from loihi_sleep.errors import ExtensionFailed, RunFailed
from loihi_sleep.experiments import registry, runner
from loihi_sleep.experiments.study import Case, Condition, Loaded, Study, group_name
from loihi_sleep.progress import Silent
from loihi_sleep.results.report import Report
from loihi_sleep.results.run_folder import RunFolder
from loihi_sleep.run.select import select

USES = ("numbers", "others")


class DoublingConfig(ExperimentConfig):
    experiment: str = "doubling"
    fails: bool = False


def draw(case):
    case.advance(1)
    return {"number": np.array(case.seed_for("numbers") % 100 + case.data)}


def double(case):
    shared = case.shared("two", lambda: [2])
    shared.append(case.condition)
    return {"number": shared[0] * case.read("drawn")["number"]}


def note(case):
    case.shared("two", list).append("doubled again")
    return {}


def show(case):
    if case.config.fails:
        raise ValueError("nothing to show")
    doubled = case.read("doubled")
    assert case.shared("two", lambda: None)[-1] == "doubled again"
    return {"number": doubled["number"]}


def summarize(results):
    return {
        "mean": results.summary("doubled", "number", "one", np.mean),
        **results.summarize(
            lambda seed: {"half": (results.read(seed, "drawn")["number"] + results.data[seed], "1")}
        ),
    }


CONDITIONS = (
    Condition("shown", show, needs=("doubled", "again"), first_seed_only=True),
    Condition("doubled", double, needs=("drawn",), work=10),
    Condition(
        "again",
        lambda case: case.shared("two", list).append("doubled again") or {},
        ("drawn", "doubled"),
    ),
    Condition("drawn", draw, work=3),
)


def study(config):
    return Study(
        config,
        CONDITIONS,
        summarize,
        USES,
        lambda config: Loaded(dict.fromkeys(config.seeds, 1000), {"name": "thousand"}),
    )


EXPERIMENT = registry.Experiment(
    config=DoublingConfig,
    presets={"quick": {"seeds": (0, 1)}},
    study=study,
    report=lambda run: Report("doubling", f"{run.mean('half')}", [("half", "half")], []),
    network=lambda config: None,
)


class Listener(Silent):
    def __init__(self):
        self.total, self.units, self.notes = 0, 0, []

    def start(self, total):
        self.total = total

    def advance(self, steps, note=""):
        self.units += steps
        self.notes.append(note)


@pytest.fixture
def brought(monkeypatch):
    """Let another package bring the experiment by an entry point."""

    def bring(name):
        point = EntryPoint(name, f"{__name__}:EXPERIMENT", "loihi_sleep.experiments")
        points = {name: [point]}
        monkeypatch.setattr(
            names, "_points_of", lambda group: points if group == point.group else {}
        )

    return bring


def test_each_condition_comes_after_those_that_it_needs_the_longest_first():
    waves = study(DoublingConfig()).waves()
    assert [[c.name for c in wave] for wave in waves] == [
        ["drawn"],
        ["doubled"],
        ["again"],
        ["shown"],
    ]


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ([Condition("a", draw), Condition("a", draw)], "conditions name one twice"),
        ([Condition("a", draw, ("b",))], "a needs b, which is not there before it"),
        ([Condition("a", draw, ("b",)), Condition("b", draw, ("a",))], "a needs b, which is not"),
    ],
)
def test_conditions_that_cannot_be_ordered_are_refused(conditions, message):
    with pytest.raises(ValueError, match=message):
        Study(DoublingConfig(), conditions, summarize).waves()


def test_a_run_keeps_what_cases_leave_and_reports_all_their_work(tmp_path):
    config = DoublingConfig(seeds=(3, 4))
    folder, progress = runner.begin(config, tmp_path / "run"), Listener()
    metrics = study(config).run(select("compiled"), folder, progress)
    # Of two seeds, but what is shown, of the first alone.
    assert progress.units == progress.total == 2 * (100 + 10 + 3) + 100
    assert "seed 4, doubled" in progress.notes
    drawn = [folder.checkpoint.read(group_name(seed, "drawn")) for seed in (3, 4)]
    assert metrics["half"]["values"] == [float(kept["number"]) + 1000 for kept in drawn]
    assert metrics["mean"]["mean"] == 2 * np.mean([kept["number"] for kept in drawn])
    assert all(kept["seconds"] > 0 for kept in drawn)
    assert folder.checkpoint.has("seed_3/shown")
    assert not folder.checkpoint.has("seed_4/shown")
    assert '"event": "data", "name": "thousand"' in (folder.path / "log.jsonl").read_text()


def test_a_run_goes_on_from_the_cases_that_are_done(tmp_path):
    config = DoublingConfig(seeds=(3, 4), fails=True)
    folder = runner.begin(config, tmp_path / "run")
    with pytest.raises(ValueError, match="nothing to show"):
        study(config).run(select("compiled"), folder, Silent())
    log = (folder.path / "log.jsonl").read_text()
    assert '"seed": 3, "condition": "shown", "error": "nothing to show"' in log
    assert {name for name in folder.checkpoint.names() if name.startswith("seed_3")} == {
        "seed_3/drawn", "seed_3/doubled", "seed_3/again",
    }  # fmt: skip
    progress = Listener()
    with pytest.raises(ValueError, match="nothing to show"):
        study(config).run(select("compiled"), folder, progress)
    # What is done is reported at once, and nothing is computed again.
    assert progress.units == progress.total - 100
    assert not any("drawn" in note or "doubled" in note for note in progress.notes)


@pytest.mark.parametrize(
    ("experiment", "uses"),
    [
        ("digits", ("initial", "wake", "night", "readout", "joint")),
        ("src", ("initial", "wake", "night", "joint", "store", "readout", "control")),
        ("foraging", ("features", "training", "test", "film", "pruned")),
        ("slow-wave", ("features", "images", "noise", "rounding", "probe")),
        ("pruning", ("initial", "wake", "night", "course", "spiking", "spiking_night")),
    ],
)
def test_the_uses_of_seeds_have_their_places(experiment, uses):
    found, config = runner.configure(experiment)
    assert found.study(config).uses == uses


def test_seeds_by_use_are_those_that_runs_have_always_had():
    case = study(DoublingConfig()).case("drawn", 0, None, None)
    assert case.seed_for("numbers") == 4334430513956379144
    assert case.seed_for("others") == 2440950710608614359
    third = Case(DoublingConfig(), "", 0, None, Silent(), None, uses=("a", "b", "c"))
    assert third.seed_for("c", 3) == 1752850533999793981
    with pytest.raises(ValueError, match="use is 'dream'; the study has numbers, others"):
        case.seed_for("dream")


def test_another_package_brings_an_experiment(brought, tmp_path):
    brought("doubling")
    experiment, config = runner.configure("doubling")
    assert config.seeds == (0, 1)
    record, report = runner.complete(
        experiment, config, runner.begin(config, tmp_path / "run"), Silent()
    )
    assert record["experiment"] == "doubling"
    assert runner.reopen(tmp_path / "run")[0] is EXPERIMENT
    assert float(report.lead) == record["metrics"]["half"]["mean"]


def test_an_experiment_must_have_the_name_of_its_entry_point(brought):
    brought("halving")
    with pytest.raises(ExtensionFailed, match="'halving' of another package calls itself 'doubli"):
        runner.configure("halving")


@pytest.mark.parametrize(
    ("compute", "error", "message"),
    [
        (lambda case: sys.exit(3), RunFailed, r"condition one of seed 0 called sys.exit\(3\)"),
        (lambda case: None, ValueError, "condition one returned None; it must return arrays by"),
    ],
)
def test_a_condition_that_ends_the_program_or_returns_no_arrays_is_named_and_logged(
    compute, error, message, tmp_path
):
    config = DoublingConfig(seeds=(0,))
    folder = RunFolder.create(tmp_path / "run", config.model_dump(mode="json"))
    alone = Study(config, [Condition("one", compute)], summarize)
    with pytest.raises(error, match=message):
        alone.run(select("compiled"), folder, Silent())
    assert '"event": "failed"' in (tmp_path / "run" / "log.jsonl").read_text()
