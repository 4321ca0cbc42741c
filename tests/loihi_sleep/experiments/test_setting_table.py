"""Every setting is listed with what it may be, and the page in docs is up to date."""

from pathlib import Path

import pytest

from loihi_sleep.experiments import registry, runner
from loihi_sleep.experiments.setting_table import as_markdown, settings_of

OURS = ("digits", "src", "foraging", "slow-wave", "pruning")


@pytest.fixture(scope="module")
def tables():
    return {name: settings_of(runner.configure(name)[1]) for name in OURS}


def test_the_page_of_settings_is_up_to_date(tables):
    page = Path(__file__).parents[3] / "docs" / "reference" / "settings.md"
    if page.read_text() != as_markdown(tables):
        pytest.fail("run: loihi-sleep settings --markdown > docs/reference/settings.md")


def test_every_setting_says_what_it_means(tables):
    silent = [
        (name, one.name) for name, table in tables.items() for one in table if not one.meaning
    ]
    assert silent == []


def test_settings_are_those_that_can_be_set(tables):
    for name, table in tables.items():
        settings = [f"{one.name}={one.default}" for one in table]
        assert runner.configure(name, settings=settings)[1] == runner.configure(name)[1]


def test_what_is_allowed_is_said_in_words(tables):
    by_name = {one.name: one.allowed for one in tables["src"]}
    assert by_name["sleep.form"] == "chip or released"
    assert by_name["sleep.max_rate"] == "number > 0, <= 1"
    assert by_name["readout.threshold_factors"] == "list of 3: number > 0, <= 1000"
    assert by_name["data.folder"] == "text or null"
    assert by_name["sleep.gated"] == "true or false"


def test_defaults_are_those_behind_a_choice():
    _, config = runner.configure("src", numerics="float", settings=["variant=paper"])
    defaults = {one.name: one.default for one in settings_of(config)}
    assert defaults["sleep.form"] == '"released"'
    assert "sleep.vth" in defaults
    assert registry.by_name("src").config is type(config)
