"""`rewarded_hebb`: its rules in Loihi's grammar."""

import pytest

from loihi_sleep.rules.rewarded import rewarded_hebb
from loihi_sleep.rules.rule import Trace

AMOUNTS = {
    "eligibility": 0.625, "forgetting": 0.25, "potentiation": 0.375, "depression": 1.5,
    "competition": 0.4375, "exploration": 0.0625, "rest": 0, "doublings": 4, "seed": 1,
    "x1": Trace(impulse=127, tau=2.0), "x2": Trace(impulse=64, tau=10.0),
}  # fmt: skip


def test_tag_and_weight_are_sums_of_products():
    rule = rewarded_hebb(**AMOUNTS)
    assert rule.dt_str == "5*2^-3*y0*x1-1*2^-2*u4*t"
    assert rule.dw_str == ("3*2^-3*u4*t*w*y2-3*2^-1*u4*t*w*y3-7*2^-4*u4*w*y1*y3+1*2^-4*u4*x2*y3")
    assert rule.decimate_exponent == 4
    assert {"x1", "x2", "y1", "y2", "y3"} == set(rule.active_traces)


def test_weights_return_to_rest():
    assert "-7*2^-4*u4*(w-80)*y1*y3" in rewarded_hebb(**AMOUNTS | {"rest": 80}).dw_str


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"rest": 81}, "rest is 81; constants beside w are even"),
        ({"rest": 128}, "rest is 128"),
        ({"doublings": 10}, "doublings is 10"),
        ({"potentiation": 0.001}, "the scale 0.001 is no sum"),
    ],
)
def test_what_loihi_cannot_hold_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        rewarded_hebb(**AMOUNTS | wrong)
