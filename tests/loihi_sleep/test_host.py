"""Free memory: the least of what the computer, control groups and limits of the process allow."""

import resource

import pytest

from loihi_sleep import host

MIB = 2**20


def write(folder, **files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(f"{text}\n")


@pytest.fixture
def system(tmp_path, monkeypatch):
    """A computer with 8 GiB free, without control groups."""
    (tmp_path / "meminfo").write_text(f"MemTotal: 1 kB\nMemAvailable:  {8 * 2**20} kB\n")
    (tmp_path / "cgroup").write_text("")
    monkeypatch.setattr(host.sys, "platform", "linux")
    monkeypatch.setattr(host, "_MEMORY_INFO", tmp_path / "meminfo")
    monkeypatch.setattr(host, "_GROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(host, "_GROUPS_ROOT", tmp_path / "fs")
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (resource.RLIM_INFINITY,) * 2)
    return tmp_path


def test_without_limits_it_is_what_the_computer_has(system):
    assert host.free_memory() == 8 * 2**30


def test_a_control_group_allows_less(system):
    (system / "cgroup").write_text("0::/jobs/one\n")
    files = {"memory__current": 600 * MIB, "memory__stat": f"inactive_file {50 * MIB}\nanon 3"}
    write(system / "fs/jobs/one", memory__max="max", **files)
    write(system / "fs/jobs", memory__max=1000 * MIB, **files)
    # The limit is that of the group above; what is kept of files would be given back.
    assert host.free_memory() == 450 * MIB


def test_a_control_group_of_the_first_version(system):
    (system / "cgroup").write_text("3:cpuset:/\n2:cpu,memory:/outside/of/the/container\n")
    write(
        system / "fs/memory",
        memory__limit_in_bytes=100 * MIB,
        memory__usage_in_bytes=70 * MIB,
        memory__stat="total_inactive_file 0",
    )
    assert host.free_memory() == 30 * MIB


def test_more_than_the_limit_is_taken(system):
    (system / "cgroup").write_text("0::/\n")
    write(system / "fs", memory__max=MIB, memory__current=2 * MIB, memory__stat="")
    assert host.free_memory() == 0


def test_the_system_does_not_tell(system):
    (system / "meminfo").unlink()
    assert host.free_memory() is None


def test_macos(system, monkeypatch):
    said = (
        "Mach Virtual Memory Statistics: (page size of 16384 bytes)\n"
        "Pages free:                  100.\nPages active:   5.\nPages inactive:   20.\n"
        "Pages speculative:             3.\n"
    )
    monkeypatch.setattr(host.sys, "platform", "darwin")
    monkeypatch.setattr(
        host.subprocess, "run", lambda command, **options: type("Ran", (), {"stdout": said})
    )
    assert host.free_memory() == 123 * 16384
