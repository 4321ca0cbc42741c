"""Forms of sleep: ours by name, and one that is written here."""

from typing import Any, Literal

import numpy as np
import pytest
from pydantic import TypeAdapter

from loihi_sleep import networks, sleep
from loihi_sleep.consolidation import FORMS, ChipSleep, Memory, ReleasedSleep, SleepForm
from loihi_sleep.consolidation.form import form_field
from loihi_sleep.run.select import select
from loihi_sleep.settings import Settings

WEIGHTS = [np.array([[0.5, -0.25], [0.25, 0.5]]), np.array([[0.5, 0.5]])]
MEMORY = Memory(np.array([0.5, 1.0]), 4, np.array([2.0, 1.0]))


class PatternSleep(SleepForm):
    """A form that is no class of ours: replays two patterns in turn, in a static network."""

    form: Literal["patterns"] = "patterns"
    steps: int = 30

    def drive(self, memory, plane):
        rates = memory.rates(1.0)
        return sleep.Patterns([rates, rates[::-1]], pattern_steps=5)

    def network(self, weights, maxima, *, numerics):
        quantized = networks.quantize(weights, rounded=numerics == "fixed")
        return networks.layered((2, 2, 1), quantized.units, vth=100), quantized.unit


@pytest.fixture
def pattern_form(monkeypatch):
    monkeypatch.setattr(FORMS, "_registered", {})
    FORMS.register("patterns", PatternSleep)


def test_forms_are_found_by_name():
    assert (FORMS["chip"], FORMS["released"]) == (ChipSleep, ReleasedSleep)


def test_a_form_of_others_prepares_a_night(pattern_form):
    prepared = PatternSleep(more_steps=7).prepare(WEIGHTS, MEMORY, 2, numerics="fixed")
    assert prepared.steps == 30 + 2 * 7
    # The largest weight becomes 254 units.
    assert prepared.unit[0] == pytest.approx(0.5 / 254)
    record = sleep.run_night(prepared.network, prepared.night(3), select("compiled", "fixed"))
    real = prepared.real_weights(record.weights)
    assert [matrix.shape for matrix in real] == [(2, 2), (1, 2)]
    assert np.isfinite(real[0]).all()


def test_a_configuration_takes_a_form_of_others(pattern_form):
    Field: Any = form_field()

    class Config(Settings):
        sleep: Field = ChipSleep()

    assert isinstance(Config().sleep, ChipSleep)
    config = Config.model_validate({"sleep": {"form": "patterns", "steps": 9}})
    assert config.sleep == PatternSleep(steps=9)
    assert config.model_dump()["sleep"]["form"] == "patterns"
    with pytest.raises(ValueError, match="'chip', 'released', 'patterns'"):
        TypeAdapter(Field).validate_python({"form": "nap"})


def test_chip_and_released_give_the_rates_of_the_mean_image():
    chip = ChipSleep(max_rate=0.4).drive(MEMORY, None)
    assert np.asarray(chip.rates) == pytest.approx([0.2, 0.4])
    # Twice 100 Hz at steps of 1 ms.
    released = ReleasedSleep(max_rate=100, window=0).drive(MEMORY, None)
    assert np.asarray(released.rates) == pytest.approx([0.1, 0.2])


def test_a_form_must_say_what_it_replays():
    with pytest.raises(TypeError, match="abstract"):
        SleepForm()
