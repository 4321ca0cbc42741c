"""The table of limits."""

from loihi_sleep.numerics.limits import ROWS, TARGETS, limits


def test_each_quantity_has_one_limit_a_chip():
    for target in TARGETS:
        names = [name for name, limit in ROWS if target in limit.targets]
        assert sorted(names) == sorted(limits(target))
    assert limits("loihi1")["num_message_bits"].highest == 0
    assert limits("loihi2")["num_message_bits"].highest == 24
    assert "synapses" not in limits("loihi1")


def test_ranges_are_in_order():
    assert all(limit.lowest <= limit.highest for _, limit in ROWS)
