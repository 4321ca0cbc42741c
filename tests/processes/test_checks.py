import numpy as np
import pytest

from loihi_sleep.processes import checks


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: checks.array("rates", [0.5, 1.2], (2,), 0, 1),
            "rates holds 1.2; it must be from 0 to 1",
        ),
        (lambda: checks.array("rates", [0.5, np.nan], (2,)), "rates holds nan; it must be finite"),
        (
            lambda: checks.array("rates", [0.5], (2,)),
            r"rates has shape \(1,\); it must have shape \(2,\)",
        ),
        (lambda: checks.array("rates", "many", (2,)), "rates is 'many'; it must be numeric"),
        (lambda: checks.integer("steps", 2.5, 1), "steps is 2.5; it must be an integer from 1"),
        (
            lambda: checks.integer("window", 9, 0, 8),
            "window is 9; it must be an integer from 0 to 8",
        ),
        (lambda: checks.seed("seed", -1), "seed is -1; it must be an integer from 0 to"),
        (
            lambda: checks.layer_shape("shape", (2, 3)),
            r"shape is \(2, 3\); it must be a tuple of one",
        ),
        (lambda: checks.plane("plane", (3, 3), 8), r"rows \* columns = 8"),
        (lambda: checks.array("rates", "0.5", None), "rates is '0.5'; it must be numeric"),
        (lambda: checks.array("rates", None, None), "rates is None; it must be numeric"),
        (lambda: checks.array("rates", np.array([1j]), None), "rates is array.*; it must be num"),
        (lambda: checks.array("rates", np.ma.masked, None), "rates is masked; it must be numeric"),
        (lambda: checks.array("rates", 10**400, None), r"rates is 10*\.\.\.; it must be numeric"),
        (lambda: checks.array("rates", 10**5000, None), "rates is of type int; it must be numeric"),
        (lambda: checks.number("rate", True, 0), "rate is True; it must be a number"),
        (lambda: checks.one_of("engine", ["lava"], ("lava",)), r"engine is \['lava'\]; it must be"),
        (lambda: checks.instance("name", 1, str, "a string"), "name is 1; it must be a string"),
        (lambda: checks.boolean("gated", 1), "gated is 1; it must be True or False"),
        (lambda: checks.function("on_progress", 1), "on_progress is 1; it must be callable"),
        (lambda: checks.sequence("vth", "12", 2), "vth is '12'; it must be a sequence of values"),
        (lambda: checks.sequence("vth", [1], 2), "vth has 1 values; it must have 2"),
        (lambda: checks.sequence("vth", []), "vth has 0 values; it must have at least one"),
    ],
)
def test_a_message_names_field_value_and_what_would_be_right(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_scalar_is_spread():
    assert checks.array("rates", 0.5, (3,)).tolist() == [0.5, 0.5, 0.5]


def test_numbers_of_numpy_and_sequences_of_any_kind_are_taken():
    assert checks.number("rate", np.float32(0.5), 0) == 0.5
    assert checks.boolean("gated", np.True_) is True
    assert checks.sequence("vth", np.array([1, 2]), 2) == checks.sequence("vth", (1, 2)) == [1, 2]
    assert checks.array("rates", [[True], [False]], None).tolist() == [[1.0], [0.0]]
