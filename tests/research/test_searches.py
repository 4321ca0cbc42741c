"""The searches of settings find their way to the experiments."""

import os
from pathlib import Path

import optuna
import pytest
import search_digits
import search_src
import two_stage_search
from made_images import write_images
from small_runs import SMALL

from loihi_sleep.configuration import with_settings

RESEARCH = Path(two_stage_search.__file__).parent


def ignore(step, value):
    pass


def test_scripts_can_be_executed():
    for script in RESEARCH.glob("*.py"):
        if script.read_text().startswith("#!"):
            assert os.access(script, os.X_OK), script


def test_digits_are_searched_on_validation_images():
    small = {"hidden": [12, 8], "sleep": {"steps": 20}, "wake": {"epochs": 1}}
    accuracy = search_digits.validation_accuracy(small, 100, "compiled")
    assert set(accuracy) == {"sleep", "sequential"}
    study = optuna.create_study()
    study.enqueue_trial(search_digits.default_parameters())
    chosen = search_digits.suggest(study.ask())
    assert chosen["sleep"]["steps"] == 550


@pytest.mark.parametrize("space", search_src.SPACES)
def test_src_is_searched_on_validation_images(space, tmp_path):
    settings = [*SMALL["src"], f"data.folder={write_images(tmp_path)}"]
    base = with_settings({}, settings)
    present = search_src.present_parameters(space, base)
    study = optuna.create_study()
    study.enqueue_trial(present)
    chosen = search_src.suggestion(space, base)(study.ask())
    if space in ("sleep", "rehearsal"):
        chosen.pop("sleep", None)
        chosen.pop("rehearsal", None)
    heard = []
    value = search_src.objective(space, base)
    worth = value(chosen, 100, lambda task, so_far: heard.append(so_far))
    assert len(heard) == 5
    assert worth == heard[-1]


def test_the_best_settings_are_run_on_further_seeds(tmp_path):
    study = two_stage_search.open_study(tmp_path / "study.db", "line", 0)

    def suggest(trial):
        return {"x": trial.suggest_float("x", 0, 1)}

    def value(settings, seed, report):
        return settings["x"]

    two_stage_search.try_settings(study, 4, suggest, value, {"x": 0.9}, lambda trial: [100])
    two_stage_search.choose(study, 2, 3, value, tmp_path / "outcome.json", space="line")
    assert '"space": "line"' in (tmp_path / "outcome.json").read_text()
