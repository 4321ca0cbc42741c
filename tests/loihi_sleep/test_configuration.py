import pytest

from loihi_sleep.configuration import load, with_settings
from loihi_sleep.experiments.runner import configure
from loihi_sleep.experiments.src.digits import DigitsConfig


def configured(*settings):
    return load(DigitsConfig, with_settings({"preset": "quick"}, settings))


def test_settings_change_the_tree():
    config = configured("sleep.steps=7", "hidden=[3, 4]", "sleep.gated=true", "seeds=[5]")
    assert (config.sleep.steps, config.hidden, config.sleep.gated) == (7, (3, 4), True)
    assert config.seeds == (5,)
    assert config.wake == DigitsConfig().wake


def test_a_setting_changes_nothing_but_itself():
    _, config = configure(
        "digits", settings=["wake.batch_size=7", "sleep.threshold_factors=[1,1,1]"]
    )
    default = DigitsConfig()
    assert config.wake == default.wake.model_copy(update={"batch_size": 7})
    assert config.sleep == default.sleep.model_copy(update={"threshold_factors": (1, 1, 1)})


def test_a_part_of_a_tree_leaves_the_rest_of_it():
    config = load(DigitsConfig, {"wake": {"batch_size": 7}})
    assert config.wake == DigitsConfig().wake.model_copy(update={"batch_size": 7})


def test_the_digest_follows_every_setting():
    assert configured().digest() == configured().digest()
    assert configured().digest() != configured("sleep.steps=7").digest()


@pytest.mark.parametrize("setting", ["sleep={form: nope}", "sleep.form=nope"])
def test_a_wrong_name_of_a_part_is_answered_with_those_that_there_are(setting):
    with pytest.raises(ValueError, match="^sleep.form is 'nope'; it must be one of chip, released"):
        configure("src", settings=[setting])


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("sleep.stepz=3", "sleep.stepz is not a setting; there are form, steps, more_steps"),
        ("dream=3", "dream is not a setting; there are experiment, preset"),
        ("sleep.steps=0", "sleep.steps is 0; input should be greater than or equal to 1"),
        ("sleep.steps=many", "sleep.steps is 'many'; input should be a valid integer"),
        ("sleep.max_rate=1.5", "sleep.max_rate is 1.5; input should be less than or equal to 1"),
        ("sleep.max_rate=.nan", "sleep.max_rate is nan; input should be"),
        ("seeds=[-1]", "seeds.0 is -1; input should be greater than or equal to 0"),
        ("seeds=[]", "seeds is .*; tuple should have at least 1 item"),
        ("seeds=[1, 1]", "seeds: .1, 1. names a seed twice"),
        ("hidden=[3]", "hidden.1 is missing"),
        ("sleep={potentiation: 0, depression: 1.0e-5}", "sleep: potentiation 0 with .* cannot be"),
        ("wake.loss=hinge", "wake.loss is 'hinge'; input should be 'squared_error' or"),
        ("sleep=3", "sleep is 3; it must be settings by name, as {name: value}$"),
        ("sleep.steps", "has no value; write key=value"),
        ("sleep=[", "its value cannot be read; it is not valid YAML: expected the node content"),
        ("preset.x=1", "preset has no settings below it"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(setting, message):
    with pytest.raises(ValueError, match=message) as refusal:
        configured(setting)
    assert "\n" not in str(refusal.value)
