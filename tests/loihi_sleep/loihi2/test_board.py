"""Which variables say where a chip is."""

import pytest

from loihi_sleep.loihi2 import place

pytestmark = pytest.mark.usefixtures("no_board")
SLURM = """case "$*" in
*Node*) echo 'og-04 oheogulch* idle'; echo 'og-04 oheogulch_2h idle'; echo 'kp-1 kp down*';;
*) echo 'oheogulch* 1 idle'; echo 'oheogulch_2h 1 idle'; echo 'kp 1 down*';;
esac"""


def placed(environment=None, **options):
    environment = dict(environment or {})
    place(**options, environment=environment)
    return environment


@pytest.mark.parametrize(
    ("before", "options", "after"),
    [
        # Nothing said: SLURM is asked, as Lava's own set-up does.
        ({}, {}, {"SLURM": "1", "LOIHI_GEN": "N3B3"}),
        ({"NOSLURM": "1"}, {}, {"NOSLURM": "1", "LOIHI_GEN": "N3B3"}),
        ({"NXSDKHOST": "b"}, {}, {"NXSDKHOST": "b", "LOIHI_GEN": "N3B3"}),
        (
            {"PARTITION": "kp", "LOIHI_GEN": "N3C1"},
            {},
            {"SLURM": "1", "PARTITION": "kp", "LOIHI_GEN": "N3C1"},
        ),
        (
            {"NOSLURM": "1", "NXSDKHOST": "b", "HOST_BINARY": "x", "BOARD": "kp-1"},
            {"partition": "oheogulch"},
            {"SLURM": "1", "PARTITION": "oheogulch", "LOIHI_GEN": "N3B3"},
        ),
        # A board alone: the partition of before might be another's.
        (
            {"PARTITION": "kp"},
            {"board": "og-04", "generation": "N3D1"},
            {"SLURM": "1", "BOARD": "og-04", "LOIHI_GEN": "N3D1"},
        ),
        (
            {},
            {"partition": "oheogulch_2h", "board": "og-04"},
            {"SLURM": "1", "PARTITION": "oheogulch_2h", "BOARD": "og-04", "LOIHI_GEN": "N3B3"},
        ),
        (
            {"SLURM": "1", "PARTITION": "kp", "BOARD": "kp-1"},
            {"host": "10.0.0.5"},
            {
                "NOSLURM": "1",
                "NXSDKHOST": "10.0.0.5",
                "HOST_BINARY": "nxcore/bin/nx_driver_server",
                "LOIHI_GEN": "N3B3",
            },
        ),
        (
            {"HOST_BINARY": "/opt/driver"},
            {"host": "b"},
            {"NOSLURM": "1", "NXSDKHOST": "b", "HOST_BINARY": "/opt/driver", "LOIHI_GEN": "N3B3"},
        ),
    ],
)
def test_what_is_said_becomes_variables(sinfo, before, options, after):
    sinfo(SLURM)
    assert placed(before, **options) == after


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"host": "b", "partition": "kp"},
            "host is 'b' and partition is 'kp'; a board is reached either over Ethernet",
        ),
        ({"host": "b", "board": "og-04"}, "host is 'b' and board is 'og-04'; a board is reached"),
        ({"host": " "}, "host is ' '; it must be the address of a board"),
        ({"partition": "og"}, "partition is 'og'; sinfo lists oheogulch, oheogulch_2h, kp"),
        ({"partition": "kp"}, "partition is 'kp', of which no node is up"),
        ({"board": "og-4"}, "board is 'og-4'; sinfo lists og-04, kp-1"),
        ({"board": "kp-1"}, "board is 'kp-1', which is not up"),
        (
            {"partition": "oheogulch", "board": "kp-1"},
            "board is 'kp-1', which is not up",
        ),
        ({"generation": "N1A1"}, "LOIHI_GEN is 'N1A1'; it must be one of N2A2, N3B2, N3B3"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(sinfo, options, said):
    sinfo(SLURM)
    environment = {"SLURM": "1", "PARTITION": "oheogulch"}
    with pytest.raises(ValueError, match=said):
        place(**options, environment=environment)
    assert environment == {"SLURM": "1", "PARTITION": "oheogulch"}


def test_a_board_of_another_partition_is_refused(sinfo):
    sinfo(SLURM.replace("down*", "idle"))
    with pytest.raises(ValueError, match="'kp'; the board belongs to oheogulch, oheogulch_2h"):
        placed(partition="kp", board="og-04")


def test_an_unknown_generation_in_the_environment_is_refused():
    with pytest.raises(ValueError, match="LOIHI_GEN is 'Loihi 2'; it must be one of N2A2"):
        placed({"LOIHI_GEN": "Loihi 2"})


def test_where_sinfo_does_not_answer_names_are_taken_as_they_are(sinfo):
    sinfo("exit 1")
    assert placed(partition="kp", board="kp-7")["BOARD"] == "kp-7"
