import numpy as np
import pytest

from processes import checks


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
    ],
)
def test_a_message_names_field_value_and_what_would_be_right(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_scalar_is_spread():
    assert checks.array("rates", 0.5, (3,)).tolist() == [0.5, 0.5, 0.5]
