"""`residual_tag`: its rules in Loihi's grammar."""

import pytest

from loihi_sleep.rules.residual_tag import residual_tag
from loihi_sleep.rules.rule import Trace

# The mean of both products at the rate of reference is 1.
AMOUNTS = {
    "before": 0.5, "after": 0.25, "reference": 1 / (0.5 * 16 + 0.25 * 32), "decay": 2.0**-7,
    "halvings": 5, "t_epoch": 4, "doublings": 9, "seed": 1,
    "residual_trace": Trace(impulse=16, tau=1e-3), "sparse_trace": Trace(impulse=32, tau=1e-3),
}  # fmt: skip


def test_both_directions_change_by_the_same_amounts():
    up = residual_tag(residual="pre", **AMOUNTS)
    down = residual_tag(residual="post", **AMOUNTS)
    assert up.dt_str == "1*2^-1*y0*x1+1*2^-2*x0*y1-1*2^0*y0-1*2^-7*y0*w-1*2^0*u9*t"
    assert down.dt_str == "-1*2^-1*x0*y1-1*2^-2*y0*x1+1*2^0*x0-1*2^-7*x0*w-1*2^0*u9*t"
    assert up.dw_str == down.dw_str == "1*2^-5*u9*t"
    assert (up.x1_impulse, up.y1_impulse) == (down.y1_impulse, down.x1_impulse) == (16, 32)


def test_amounts_of_0_leave_their_products_out():
    rule = residual_tag(residual="pre", **AMOUNTS | {"after": 0.0, "decay": 0.0, "reference": 0.0})
    assert rule.dt_str == "1*2^-1*y0*x1-1*2^0*u9*t"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"residual": "both"}, "residual is 'both'"),
        ({"halvings": 8}, "halvings is 8"),
        ({"doublings": 10}, "doublings is 10"),
        ({"t_epoch": 64}, "t_epoch is 64"),
        ({"decay": 0.001}, "the scale -0.001 is no sum"),
    ],
)
def test_what_loihi_cannot_hold_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        residual_tag(**{"residual": "pre", **AMOUNTS, **wrong})
