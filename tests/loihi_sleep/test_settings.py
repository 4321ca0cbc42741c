"""Every setting of every experiment: what may stand in it, and what may not."""

import types
import typing

import annotated_types
import numpy as np
import pytest
from pydantic import BaseModel

from loihi_sleep.configuration import load
from loihi_sleep.consolidation.chip import ChipSleep
from loihi_sleep.experiments import registry
from loihi_sleep.experiments.runner import configure
from loihi_sleep.experiments.src.digits import DigitsConfig
from loihi_sleep.settings import Settings


def settings_of(model, path=""):
    for name, field in model.model_fields.items():
        yield from parts_of(field.annotation, field.metadata, f"{path}{name}")


def parts_of(kind, limits, path):
    """Yield path, type and limits of all that a setting may hold."""
    origin = typing.get_origin(kind)
    if origin is typing.Annotated:
        yield from parts_of(typing.get_args(kind)[0], [*limits, *kind.__metadata__], path)
    elif origin in (typing.Union, types.UnionType):
        for option in typing.get_args(kind):
            yield from parts_of(option, limits, path)
    elif origin is tuple:
        items = typing.get_args(kind)
        yield path, kind, [*flat(limits)]
        for item in items:
            if item is not Ellipsis:
                yield from parts_of(item, [], f"{path}[]")
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        assert issubclass(kind, Settings), path
        yield from settings_of(kind, f"{path}.")
    else:
        yield path, kind, [*flat(limits)]


def flat(limits):
    for limit in limits:
        if isinstance(limit, annotated_types.GroupedMetadata):
            yield from limit
        else:
            yield from flat(limit.metadata) if hasattr(limit, "metadata") else [limit]


def has(limits, *kinds):
    return any(isinstance(limit, kinds) for limit in limits)


@pytest.mark.parametrize("experiment", registry.EXPERIMENTS.names())
def test_every_number_has_bounds_and_every_list_and_text_a_length(experiment):
    low, high = (annotated_types.Ge, annotated_types.Gt), (annotated_types.Le, annotated_types.Lt)
    for path, kind, limits in settings_of(registry.by_name(experiment).config):
        if kind in (int, float):
            assert has(limits, *low), path
            assert has(limits, *high), path
        elif typing.get_origin(kind) is tuple and Ellipsis in typing.get_args(kind):
            # Of a few words, each once, there can be no more than there are words.
            of_words = typing.get_origin(typing.get_args(kind)[0]) is typing.Literal
            assert of_words or has(limits, annotated_types.MaxLen), path
        elif kind is str and path != "experiment":
            assert has(limits, annotated_types.MaxLen), path


class Example(Settings):
    whole: int = 1
    real: float = 1.0
    switch: bool = False
    several: tuple[float, ...] = ()
    text: str = ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"whole": True}, {"whole": "3"}, {"whole": 3.0}, {"whole": None}, {"real": True},
        {"real": "0.5"}, {"real": float("nan")}, {"real": float("inf")}, {"real": 10**400},
        {"real": 1e-300}, {"several": [1.0, -1e-300]}, {"several": [True]}, {"several": 1.0},
        {"switch": 1}, {"switch": "true"}, {"text": 3}, {"text": "a\0b"}, {"text": "a\ud800"},
        {"other": 3}, {3: 3},
    ],
)  # fmt: skip
def test_nothing_is_taken_for_what_it_is_not(wrong):
    with pytest.raises(ValueError, match="1 validation error"):
        Example.model_validate(wrong)


def test_lists_and_the_numbers_of_numpy_are_taken():
    made = Example(whole=np.int64(3), real=np.float32(0.5), several=[1, np.float64(2)])
    assert made == Example(whole=3, real=0.5, several=(1.0, 2.0))
    assert type(made.whole) is int
    # A whole number is a number.
    assert Example(real=2).real == 2.0


@pytest.mark.parametrize(
    ("experiment", "setting", "message"),
    [
        ("digits", "hidden=10", r"hidden is 10; it must be a list, such as \[200, 200\]"),
        ("digits", "hidden=[true, true]", "hidden.0 is True; input should be a valid integer"),
        ("digits", "sleep.steps=true", "sleep.steps is True; input should be a valid integer"),
        ("digits", "sleep.headroom=.inf", "sleep.headroom is inf; input should be"),
        (
            "digits",
            "sleep.leak=1e-300",
            "leak is 1e-300; input should be 0 or at least 1e-09",
        ),
        ("digits", "wake.init_gain=1e300", r"wake.init_gain is 1e\+300; input should be less than"),
        ("digits", "sleep.steps=1000000000000", "sleep.steps is 1000000000000; input should be l"),
        ("digits", "sleep.threshold_factors=[1]", "factors has 1 values; it must have 3"),
        (
            "digits",
            "sleep.threshold_factors=[1, 1, 1, 1, 1]",
            "has 5 values; it must have 3, one a",
        ),
        ("digits", "sleep.potentiation=[1, 1]", "sleep: potentiation has 2 values; it must have 3"),
        ("src", "rehearsal.sleep.depression=[1]", "rehearsal.sleep.depression has 1 values; it mu"),
        ("src", "arms=[sleep, sleep]", "names a arm twice"),
        ("src", "second_task_epochs=[2, 2]", "names a number of epochs twice"),
        ("src", "rehearsal.fractions=[0.1, 0.1]", "names a fraction twice"),
        ("src", "readout.threshold_factors=[1]", "readout.threshold_factors.1 is missing"),
        (
            "src",
            "data.task_order=[0, 1]",
            r"data.task_order is \[0, 1\]; it must name each class",
        ),
        ("src", "data.folder=''", "data.folder is ''; string should have at least 1 character"),
        ("src", "data.folder=/nope", "data.folder is '/nope', which is not a folder that exists"),
        ("pruning", "learners.sleep.threshold_factors=[1, 1]", "has 2 values; it must have 3, one"),
        (
            "pruning",
            "data.folder=/nope",
            "folder is '/nope'; data.name is 'digits', which are bundled",
        ),
        (
            "slow-wave",
            "data.folder=/nope",
            "folder is '/nope'; data.images is 'bundled'; only",
        ),
        ("slow-wave", "sleep.frames=1000", "frames of 256 pixels are too many to keep"),
        ("slow-wave", "preset=paper", "preset is no setting"),
        ("foraging", "world.particles=100000", "particles is 100000; it must be at most 162"),
        ("foraging", "world.size=10", "particles is 125; it must be at most 6, as more find no"),
        ("foraging", "phases.task=10", "samples is 40; it must be at most task, 10"),
    ],
)
def test_what_could_not_run_is_refused(experiment, setting, message):
    settings = ["phases.images=90000", setting] if "frames=" in setting else [setting]
    with pytest.raises(ValueError, match=message) as refusal:
        configure(experiment, settings=settings)
    assert "\n" not in str(refusal.value)


def test_factors_by_layer_follow_the_layers_where_nothing_is_said_of_them():
    _, config = configure("pruning", settings=["hidden=[50, 40, 30]", "learners.kept=[0.1]"])
    assert config.learners.sleep.threshold_factors == (0.29, 0.79, 0.79, 2.1)
    assert ChipSleep(threshold_factors=[1, 2]).threshold_factors == (1.0, 2.0)


def test_a_folder_of_data_is_named_once(tmp_path):
    (tmp_path / "data").mkdir()
    _, config = configure("src", data_dir=tmp_path / "data")
    assert config.data.folder == str(tmp_path / "data")
    with pytest.raises(ValueError, match="data_dir is .*data and data.folder is .*; name one"):
        configure("src", data_dir=tmp_path / "data", settings=[f"data.folder={tmp_path}"])
    with pytest.raises(ValueError, match="data_dir is .*; foraging reads no data set: leave it"):
        configure("foraging", data_dir=tmp_path)


def test_there_may_be_a_thousand_seeds():
    assert len(configure("digits", seeds=range(1000))[1].seeds) == 1000
    for seeds in ((), range(1001)):
        with pytest.raises(ValueError, match=f"seeds are {len(seeds)}; there must be 1 to 1,000"):
            configure("digits", seeds=seeds)


def test_a_message_stays_short():
    with pytest.raises(ValueError, match=r"^sleep.steps is 'aaaa.*a \.\.\. a*'; input") as refusal:
        load(DigitsConfig, {"sleep": {"steps": "a" * 100_000}})
    assert len(str(refusal.value)) < 200
    with pytest.raises(ValueError, match="^bbb.* is not a setting; there are") as refusal:
        load(DigitsConfig, {"b" * 100_000: 3})
    assert len(str(refusal.value)) < 500


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"potentiation": -1}, "potentiation is -1; input should be greater than or equal to 0"),
        ({"nap": 1}, "nap is not a setting; there are form, steps, more_steps, rounding, max_rate"),
        ({"max_rate": "much"}, "max_rate is 'much'; input should be a valid number"),
    ],
)
def test_settings_in_python_are_refused_in_one_line(settings, message):
    with pytest.raises(ValueError, match=f"^{message}") as refusal:
        ChipSleep(**settings)
    assert "\n" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_a_part_that_is_wrong_is_named_with_where_it_stands():
    with pytest.raises(ValueError, match=r"^sleep\.steps is 0; input should be greater"):
        DigitsConfig(sleep={"form": "chip", "steps": 0})
