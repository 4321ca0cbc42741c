"""What `--set` of a sweep means."""

import json

import pytest

from loihi_sleep.sweeps.quantities import settings_of
from loihi_sleep.sweeps.space import Dimension, as_settings, grid, parse

DEFAULTS = {"sleep": {"steps": 550, "rate": 0.4, "gated": False}, "hidden": [200, 200]}


def parsed(*settings, ranges=False):
    return parse(settings, DEFAULTS, ranges)


@pytest.mark.parametrize(
    ("setting", "values"),
    [
        ("sleep.steps=200,400", (200, 400)),
        ("sleep.steps=lin:200:800:4", (200, 400, 600, 800)),
        ("sleep.steps=log:10:1000:3", (10, 100, 1000)),
        ("sleep.rate=lin:0:1:3", (0.0, 0.5, 1.0)),
        ("sleep.rate=log:0.1:1:3", (0.1, 0.316228, 1.0)),
        ("sleep.gated=true,false", (True, False)),
        ("hidden=[10, 20],[30, 40]", ([10, 20], [30, 40])),
        ("data.name=digits,'a,b'", ("digits", "a,b")),
    ],
)
def test_several_values_are_a_dimension(setting, values):
    fixed, (dimension,) = parsed(setting)
    assert fixed == []
    # As text: 1 is no 1.0.
    assert json.dumps(dimension.values) == json.dumps(values)


def test_one_value_is_of_all_points():
    fixed, dimensions = parsed("sleep.steps=200", "hidden=[1, 2]", "sleep.rate=1,2")
    assert fixed == ["sleep.steps=200", "hidden=[1, 2]"]
    assert [dimension.name for dimension in dimensions] == ["sleep.rate"]


def test_quantities_are_swept_whatever_their_number_of_values():
    fixed, (part, ratio) = parsed("hidden[1]=lin:10:30:3", "sleep.rate/sleep.steps=0.5")
    assert fixed == []
    assert part.values == (10, 20, 30)
    assert part.integer
    assert ratio.values == (0.5,)


def test_settings_follow_from_quantities():
    quantities = {"sleep.steps*sleep.rate": 80.3, "hidden[1]": 7, "sleep.rate/hidden[1]": 0.1}
    config = {**DEFAULTS, "a": 1}
    found = settings_of(quantities, config)
    assert found == {"hidden": [200, 7], "sleep.steps": 115, "sleep.rate": 0.7}
    assert config["hidden"] == [200, 200]


def test_a_value_in_a_list_that_is_given_can_be_swept():
    fixed, (dimension,) = parsed("hidden=[20, 20]", "hidden[0]=10,30")
    assert fixed == ["hidden=[20, 20]"]
    assert dimension.values == (10, 30)


def test_quantities_follow_in_whatever_order_they_are_named():
    quantities = {"sleep.rate/hidden[1]": 0.1, "hidden[1]/sleep.steps": 0.01}
    assert settings_of(quantities, DEFAULTS) == {"hidden": [200, 6], "sleep.rate": 0.6}


@pytest.mark.parametrize(
    ("quantities", "message"),
    [
        (["sleep.rate/sleep.rate"], "sleep.rate/sleep.rate cannot be known: it is of one setting"),
        (["sleep.rate/sleep.steps", "sleep.steps*sleep.rate"], "they follow from each other"),
    ],
)
def test_quantities_in_a_circle_are_refused(quantities, message):
    with pytest.raises(ValueError, match="cannot be known") as refusal:
        settings_of(dict.fromkeys(quantities, 2), DEFAULTS)
    assert message in str(refusal.value)


def test_a_range_is_drawn_from():
    _, (steps, rate) = parsed("sleep.steps=log:10:90", "sleep.rate=lin:0:0.5", ranges=True)
    assert steps == Dimension(name="sleep.steps", low=10.0, high=90.0, log=True, integer=True)
    assert rate == Dimension(name="sleep.rate", low=0.0, high=0.5)


def test_a_grid_has_all_combinations():
    _, dimensions = parsed("sleep.steps=1,2", "sleep.gated=true,false")
    points = grid(dimensions)
    assert [as_settings(point) for point in points] == [
        ["sleep.steps=1", "sleep.gated=true"],
        ["sleep.steps=1", "sleep.gated=false"],
        ["sleep.steps=2", "sleep.gated=true"],
        ["sleep.steps=2", "sleep.gated=false"],
    ]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["sleep.steps"], "--set 'sleep.steps' has no value"),
        (["sleep.steps=1,2", "sleep.steps=3,4"], "sleep.steps is swept already"),
        (["sleep.steps=1,2", "sleep.steps=3"], "sleep.steps is swept already"),
        (["sleep.steps=1,2", "sleep.steps/sleep.rate=3"], "sleep.steps is swept already"),
        (["seeds=[0],[1]"], "--set names seeds, with which all points run: use --seeds"),
        (["sleep.rate=1,1"], "--set 'sleep.rate=1,1' names a value twice"),
        (["sleep.rate=log:0:1:3"], "log needs bounds above 0, and the lower one is 0"),
        (["sleep.rate=lin:1:0:3"], "1 is not below 0"),
        (["sleep.rate=lin:a:1:3"], "'a' is no number"),
        (["sleep.rate=lin:0:1:1"], "'1' must be how many values, 2 to 10,000"),
        (["sleep.rate=lin:0:1:x"], "'x' must be how many values"),
        (["sleep.steps=lin:0.5:2:3"], "sleep.steps is an integer, and so must be its bounds"),
        (["sleep.rate=lin:0:1"], "a grid needs values, as lin:0:1:5, or say how many to try"),
        (["sleep.rate=1,[2"], "cannot be read"),
        (["sleep.steps=5", "sleep.steps=1,2"], "sleep.steps has one value already"),
        (["sleep.steps=5", "sleep.steps=6"], "sleep.steps is there already"),
        (["hidden=[1, 2],[3, 4]", "hidden[0]=1,2"], "hidden is swept already"),
        (["hidden[0]=1,2", "hidden=[1, 2],[3, 4]"], "hidden[0] is swept already"),
        (["hidden[0]=1,2", "hidden=[1, 2]"], "hidden[0] is swept already"),
        (["sleep.rate=log:1:3:9:4"], "cannot be read; write log:0.1:10:5, or with --trials"),
        (["sleep.rate=lin:1"], "cannot be read; write lin:0.1:10:5"),
        (["sleep.rate=1,2,"], "names a value that is empty; write null for none"),
        (["sleep.rate=,1"], "names a value that is empty"),
    ],
)
def test_what_cannot_be_swept_is_named(settings, message):
    with pytest.raises(ValueError, match="^--set ") as refusal:
        parsed(*settings)
    assert message in str(refusal.value)


def test_a_grid_without_end_is_refused():
    _, dimensions = parsed(*(f"a{i}=lin:0:1:100" for i in range(3)))
    with pytest.raises(ValueError, match="names 1,000,000 points; there must be at most 10,000"):
        grid(dimensions)
