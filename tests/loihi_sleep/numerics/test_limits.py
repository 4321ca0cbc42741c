"""The table of limits, and what the guide says of it."""

from pathlib import Path

from loihi_sleep.numerics.limits import ROWS, TARGETS, limits

GUIDE = Path(__file__).parents[3] / "docs" / "loihi2.md"


def test_the_guide_shows_every_limit():
    text = GUIDE.read_text()
    for name, limit in ROWS:
        (row,) = (
            line
            for line in text.splitlines()
            if line.startswith(f"| {limit.quantity} (`{name}`)")
            and f"{limit.lowest:,.0f} .. {limit.highest:,.0f}" in line
        )
        assert f"| {limit.grade} | {limit.source} |" in row


def test_each_quantity_has_one_limit_a_chip():
    for target in TARGETS:
        names = [name for name, limit in ROWS if target in limit.targets]
        assert sorted(names) == sorted(limits(target))
    assert limits("loihi1")["num_message_bits"].highest == 0
    assert limits("loihi2")["num_message_bits"].highest == 24
    assert "synapses" not in limits("loihi1")


def test_ranges_are_in_order():
    assert all(limit.lowest <= limit.highest for _, limit in ROWS)
