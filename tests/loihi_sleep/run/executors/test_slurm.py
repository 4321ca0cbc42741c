"""What is asked of SLURM: the file of settings, and the job scripts that dask-jobqueue makes."""

import sys

import pytest

from loihi_sleep.configuration import checked
from loihi_sleep.errors import EngineUnavailable
from loihi_sleep.run.executors import slurm
from loihi_sleep.run.executors.slurm import SlurmSettings, read_settings

SETTINGS = """
partition: cpu
account: lab
cores: 4
memory: 16GB
walltime: "1-02:00"
directives: ["--exclude=node7"]
prologue: ["module load gcc"]
logs: logs
scratch: /scratch
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "slurm.yaml"
    path.write_text(SETTINGS)
    return path


def test_a_job_script_is_as_dask_jobqueue_documents_it(file):
    pytest.importorskip("dask_jobqueue", reason="dask-jobqueue is not installed: extra 'cluster'")
    cluster = slurm.make_cluster(read_settings(file))
    script = cluster.job_script()
    cluster.close()
    lines = script.splitlines()
    # https://jobqueue.dask.org/en/latest/generated/dask_jobqueue.SLURMCluster.html
    assert lines[0] == "#!/usr/bin/env bash"
    assert [line for line in lines if line.startswith("#SBATCH")] == [
        "#SBATCH -J dask-worker",
        "#SBATCH -e logs/dask-worker-%J.err",
        "#SBATCH -o logs/dask-worker-%J.out",
        "#SBATCH -p cpu",
        "#SBATCH -A lab",
        "#SBATCH -n 1",
        "#SBATCH --cpus-per-task=4",
        "#SBATCH --mem=15G",
        "#SBATCH -t 1-02:00",
        "#SBATCH --exclude=node7",
    ]
    without_pause, prologue, command = lines[-3:]
    assert without_pause == "export DASK_DISTRIBUTED__WORKER__MEMORY__PAUSE=False"
    assert prologue == "module load gcc"
    assert command.startswith(f"{sys.executable} -m distributed.cli.dask_worker tcp://")
    # A process a core with one thread, ended before its job is.
    options = command.split()
    for name, value in (
        ("--nthreads", "1"),
        ("--nworkers", "4"),
        ("--local-directory", "/scratch"),
        ("--lifetime", f"{26 * 3600 - 120}s"),
        ("--lifetime-stagger", "60s"),
    ):
        assert options[options.index(name) + 1] == value


@pytest.mark.parametrize(
    ("walltime", "seconds"),
    [("00:30:00", 1800), ("90:00", 5400), ("90", 5400), ("2-00:00:01", 172801), ("1-12", 129600)],
)
def test_walltimes_are_those_of_sbatch(walltime, seconds):
    assert checked(SlurmSettings, {"walltime": walltime}).seconds == seconds


def test_a_short_job_has_no_time_to_end_before_it_is_ended():
    assert slurm._lifetime(150) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("cores: 0", "slurm.yaml: cores is 0; input should be greater than or equal to 1"),
        ("walltime: soon", "slurm.yaml: walltime is 'soon'; it must be hours:minutes:seconds"),
        ("queue: cpu", "slurm.yaml: queue is not a setting; there are partition, account, cores"),
        ("[1]", "slurm.yaml is not settings of SLURM: it holds no settings by name"),
        ("{", "slurm.yaml cannot be read: it is not valid YAML"),
        (None, "slurm.yaml cannot be read: "),
    ],
)
def test_a_wrong_file_is_named(tmp_path, content, message):
    path = tmp_path / "slurm.yaml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ValueError, match="slurm.yaml") as refusal:
        read_settings(path)
    assert message in str(refusal.value)


def test_without_slurm_a_person_hears_what_to_do(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(EngineUnavailable, match="its sbatch is not on PATH: run this on a login"):
        with slurm.start_slurm(SlurmSettings(), 2):
            pass
