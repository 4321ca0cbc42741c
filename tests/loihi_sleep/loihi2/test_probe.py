"""What is found of a Loihi 2: SLURM's answers, good and bad, and Intel's extension."""

import pytest

from loihi_sleep.loihi2 import doctor, probe
from loihi_sleep.loihi2.adapters import ADAPTER_MODULE
from loihi_sleep.loihi2.probe import Board, Partition

pytestmark = pytest.mark.usefixtures("no_board")

# Lines as SLURM writes them for `--format="%P %D %t"` and `--Node --format="%N %P %t"`; partitions
# and boards are those that public scripts name.
PARTITIONS = """\
oheogulch* 2 idle
oheogulch* 1 mix
oheogulch* 1 idle*
oheogulch* 1 down*
oheogulch_20m 5 idle~

kp_stack 1 alloc
kp_build 1 drained
kp 1 comp
"""
BOARDS = """\
ncl-ext-og-04 oheogulch* idle
ncl-ext-og-04 oheogulch_20m idle

ncl-ext-og-05 oheogulch* down*
ncl-kp-01 kp_stack alloc
"""


def test_partitions_with_a_default_star_several_rows_and_blank_lines():
    assert probe.parse_sinfo(PARTITIONS) == (
        Partition("oheogulch", nodes=5, usable_nodes=3),
        Partition("oheogulch_20m", nodes=5, usable_nodes=5),
        Partition("kp_stack", nodes=1, usable_nodes=1),
        Partition("kp_build", nodes=1, usable_nodes=0),
        Partition("kp", nodes=1, usable_nodes=1),
    )


def test_boards_in_several_partitions():
    assert probe.parse_nodes(BOARDS) == (
        Board("ncl-ext-og-04", ("oheogulch", "oheogulch_20m"), usable=True),
        Board("ncl-ext-og-05", ("oheogulch",), usable=False),
        Board("ncl-kp-01", ("kp_stack",), usable=True),
    )


@pytest.mark.parametrize(
    "output",
    [
        "",
        "\n\n",
        "not a line of sinfo at all",
        "slurm_load_partitions: Unable to contact slurm controller (connect failure)",
        "kp two idle",
    ],
)
def test_what_is_no_table_lists_nothing(output):
    assert probe.parse_sinfo(output) == ()


def test_sinfo_is_asked_for_the_columns_that_are_read(sinfo):
    sinfo(
        'case "$*" in\n'
        "'--noheader --format=%P %D %t') echo 'kp* 2 idle';;\n"
        "'--noheader --Node --format=%N %P %t') echo 'ncl-kp-01 kp* idle';;\n"
        "*) exit 1;;\nesac"
    )
    assert probe.slurm_partitions() == (Partition("kp", 2, 2),)
    assert probe.slurm_boards() == (Board("ncl-kp-01", ("kp",), usable=True),)


@pytest.mark.parametrize(
    "script",
    [
        "exit 1",
        "echo 'kp* 2 idle'; exit 1",
        "echo",
        "echo 'Unable to contact slurm controller' >&2; exit 1",
        "kill -9 $$",
    ],
)
def test_a_sinfo_that_fails_is_no_error(sinfo, script):
    sinfo(script)
    assert probe.slurm_partitions() == ()
    assert probe.slurm_boards() == ()


def test_no_sinfo_is_no_error(tmp_path):
    assert probe.slurm_partitions() == ()


def test_a_file_that_cannot_be_run_is_no_error(sinfo, tmp_path):
    sinfo("")
    (tmp_path / "bin" / "sinfo").write_bytes(b"\x00 no program")
    assert probe.slurm_partitions() == ()


def test_a_slow_answer_is_waited_for_and_none_is_no_error(sinfo, monkeypatch):
    # Lava's own probe gives up after one second.
    sinfo("/bin/sleep 1.2; echo 'kp 2 idle'")
    assert probe.slurm_partitions() == (Partition("kp", 2, 2),)
    monkeypatch.setattr(probe, "SINFO_TIMEOUT_S", 0.2)
    sinfo("exec /bin/sleep 5")
    assert probe.slurm_partitions() == ()


@pytest.mark.parametrize(
    ("environment", "script", "missing"),
    [
        ({}, "", "no board was found"),
        ({}, "echo 'kp 1 down'", "no board was found"),
        ({}, "echo 'kp 1 idle'", None),
        ({"PARTITION": "kp"}, "echo 'kp 1 idle'", None),
        (
            {"PARTITION": "kp"},
            "echo 'kp 1 down'; echo 'oheogulch 1 idle'",
            "PARTITION is 'kp'; partitions with a node that is up: oheogulch",
        ),
        ({"NXSDKHOST": "board"}, "", None),
    ],
)
def test_what_is_missing_for_the_chip(extension, sinfo, environment, script, missing):
    sinfo(script)
    found = probe.probe(environment)
    assert not found.absent
    assert found.missing is None if missing is None else missing in found.missing


def test_an_extension_that_is_absent_or_not_whole_is_named(monkeypatch):
    found = probe.probe({"NXSDKHOST": "board"})
    assert found.absent == probe.EXTENSION_MODULES
    assert "(lava-loihi, from the Intel" in found.missing
    monkeypatch.setattr(probe, "_importable", lambda name: name != ADAPTER_MODULE)
    assert probe.probe({"NXSDKHOST": "board"}).missing.endswith(f"it lacks {ADAPTER_MODULE}")


def test_slurm_is_asked_only_where_its_answer_matters(sinfo, tmp_path, request):
    asked = tmp_path / "asked"
    sinfo(f"echo 'kp 1 idle'; echo >> {asked}")
    assert "is not installed" in probe.missing({})
    assert not asked.exists()
    request.getfixturevalue("extension")
    assert probe.missing({"NXSDKHOST": "board"}) is None
    assert not asked.exists()
    assert probe.missing({}) is None
    assert asked.exists()


def test_doctor_without_anything():
    report = "\n".join(doctor.lines())
    assert "engine loihi2    no: Intel's hardware extension" in report
    assert f"spike adapters ({ADAPTER_MODULE}): not found" in report
    assert "partitions, boards: none (sinfo is absent or lists none)" in report
    assert "environment: says nothing of a board" in report
    assert "not tested on a chip" in report


def test_doctor_with_slurm(extension, sinfo, monkeypatch):
    sinfo(f'case "$*" in *Node*) echo "{BOARDS}";; *) echo "{PARTITIONS}";; esac')
    monkeypatch.setenv("SLURM", "1")
    monkeypatch.setenv("PARTITION", "oheogulch")
    report = "\n".join(doctor.lines())
    for said in (
        "engine loihi2    yes: fixed",
        "extension (lava-loihi): whole",
        f"spike adapters ({ADAPTER_MODULE}): found",
        "partition oheogulch: 3 of 5 nodes up",
        "board ncl-ext-og-04 (oheogulch, oheogulch_20m): up",
        "board ncl-ext-og-05 (oheogulch): not up",
        "environment: SLURM=1 PARTITION=oheogulch",
        "not tested on a chip",
    ):
        assert said in report


def test_doctor_with_a_board_on_the_network(extension, monkeypatch):
    monkeypatch.setenv("NXSDKHOST", "10.0.0.5")
    report = "\n".join(doctor.lines())
    assert "board at 10.0.0.5 (NXSDKHOST)" in report
    assert "partitions" not in report
