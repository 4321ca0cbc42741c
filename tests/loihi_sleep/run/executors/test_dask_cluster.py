"""A Dask cluster of real worker processes: the same numbers, whatever becomes of a worker."""

import os
import signal
import subprocess
import sys
import time

import pytest
from interrupting import Interrupting
from made_images import write_images
from small_runs import SMALL

from loihi_sleep.datasets.folder import find_data_folder
from loihi_sleep.errors import BadParameter, RunFailed
from loihi_sleep.experiments import runner
from loihi_sleep.progress import Silent
from loihi_sleep.results.report import Report
from loihi_sleep.run.executors import dask_cluster
from loihi_sleep.run.executors.threads import Threads

pytest.importorskip("distributed", reason="distributed is not installed: the extra 'cluster'")


@pytest.fixture(scope="module")
def cluster():
    with dask_cluster.start_local(2) as started:
        yield started


@pytest.fixture(autouse=True)
def without_figures(monkeypatch):
    monkeypatch.setattr(runner, "_report", lambda experiment, run: Report("", "", [], []))


def complete(name, out, executor, progress=None, seeds=None, data_dir=None, settings=None):
    settings = SMALL[name] if settings is None else settings
    experiment, config = runner.configure(name, settings=settings, seeds=seeds, data_dir=data_dir)
    folder = runner.begin(config, out) if not out.exists() else runner.reopen(out)[2]
    return runner.complete(experiment, config, folder, progress or Silent(), executor)[0]


class Killing(Silent):
    """Kills a worker when the first case is done."""

    def __init__(self, client):
        self.client, self.killed = client, []

    def advance(self, steps, note=""):
        if steps and not self.killed:
            self.killed = sorted(self.client.run(os.getpid).values())[:1]
            os.kill(self.killed[0], signal.SIGKILL)


def test_workers_that_pause_for_ever_end_the_run(tmp_path, monkeypatch):
    import dask
    from distributed import Client, LocalCluster

    monkeypatch.setattr(dask_cluster, "_PAUSED_S", 1)
    options = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": ":0"}
    with (
        dask.config.set({"distributed.worker.memory.pause": 0.001}),
        LocalCluster(**options, memory_limit="4GiB") as workers,
        Client(workers, set_as_default=False) as client,
        pytest.raises(RunFailed, match="all workers of the Dask cluster have paused"),
    ):
        complete("digits", tmp_path / "run", dask_cluster.DaskCluster(client))


@pytest.mark.slow
def test_a_worker_that_is_killed_changes_no_number(cluster, tmp_path):
    data, seeds = write_images(tmp_path / "data"), range(5)
    expected = complete("src", tmp_path / "threads", Threads(2), seeds=seeds, data_dir=data)
    killing = Killing(cluster._client)
    record = complete("src", tmp_path / "dask", cluster, killing, seeds, data)
    assert record["metrics"] == expected["metrics"]
    assert killing.killed
    events = runner.RunFolder.open(tmp_path / "dask").events("case")
    assert len(events) == len({(event["seed"], event["condition"]) for event in events}) == 25
    # Another worker has come in the place of the one that was killed.
    deadline = time.monotonic() + 30
    while len(workers := set(cluster._client.run(os.getpid).values())) < 2:
        assert time.monotonic() < deadline
    assert not workers & set(killing.killed)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_worker_that_is_killed_changes_no_number_of_the_quick_preset(cluster, tmp_path):
    data, _ = find_data_folder()
    if not (data / "MNIST").is_dir():
        pytest.skip(f"{data} holds no MNIST: set LOIHI_SLEEP_DATA")
    expected = complete("src", tmp_path / "threads", None, None, range(5), data, settings=())
    killing = Killing(cluster._client)
    record = complete("src", tmp_path / "dask", cluster, killing, range(5), data, settings=())
    assert killing.killed
    assert record["metrics"] == expected["metrics"]
    print({name: made["wall_s"] for name, made in (("threads", expected), ("dask", record))})


@pytest.mark.slow
def test_nights_of_prototypes_are_the_same_on_workers(cluster, tmp_path):
    data = write_images(tmp_path / "data")
    settings = (*SMALL["src"], "arms=[prototypes, prototype_controls]")
    runs = [
        complete("src", tmp_path / name, executor, None, (3, 4), data, settings=settings)
        for name, executor in (("threads", Threads(2)), ("dask", cluster))
    ]
    assert runs[0]["metrics"] == runs[1]["metrics"]
    assert {"accuracy_prototypes", "accuracy_raw_images"} <= set(runs[0]["metrics"])


@pytest.mark.slow
def test_a_run_that_is_cut_goes_on_with_another_executor(cluster, tmp_path):
    expected = complete("digits", tmp_path / "threads", None)
    for first, second in ((cluster, None), (None, cluster)):
        out = tmp_path / f"cut by {first and 'dask'}"
        with pytest.raises(KeyboardInterrupt):
            complete("digits", out, first, Interrupting(250))
        kept = len(runner.RunFolder.open(out).checkpoint.names())
        assert 0 < kept < 4
        record = complete("digits", out, second)
        assert record["metrics"] == expected["metrics"]
        assert record["sessions"] == 2


class Listener:
    def __init__(self):
        self.results, self.failures = {}, {}

    def done(self, name, result):
        self.results[name] = result

    def failed(self, name, error):
        self.failures[name] = error

    def stop(self):
        pass

    check = stop


def test_a_call_that_fails_is_named_with_its_own_error(cluster):
    listener = Listener()

    def fails():
        raise BadParameter("rates", "are 3")

    with pytest.raises(BadParameter, match="rates are 3"):
        cluster.run({"one": os.getpid, "two": fails}, listener)
    assert set(listener.failures) == {"two"}


def test_a_call_with_which_all_workers_die_ends_the_run(cluster, monkeypatch):
    listener = Listener()
    monkeypatch.setattr(cluster._client.cluster.scheduler, "allowed_failures", 0)
    with pytest.raises(RunFailed, match="deadly: the worker that ran it died 1 times, at last tcp"):
        cluster.run({"deadly": lambda: os._exit(1)}, listener)


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch):
    monkeypatch.setattr(dask_cluster, "_CONNECT_S", 0.2)
    with pytest.raises(BadParameter, match="scheduler is 'tcp://127.0.0.1:9', where no scheduler"):
        with dask_cluster.connect("tcp://127.0.0.1:9"):
            pass


def test_workers_of_other_versions_are_refused(cluster, monkeypatch):
    monkeypatch.setattr(dask_cluster, "_versions", lambda: {"packages": str(os.getpid())})
    with pytest.raises(RunFailed, match="has packages .*install the same versions on both"):
        with dask_cluster.connect(cluster._client.scheduler.address):
            pass


def test_no_process_is_left(tmp_path):
    program = (
        "from loihi_sleep.run.executors.dask_cluster import start_local\n"
        "if __name__ == '__main__':\n"
        "    with start_local(1) as cluster:\n"
        "        print(*cluster._client.run(__import__('os').getpid).values(), flush=True)\n"
        "        __import__('time').sleep(60)\n"
    )
    path = tmp_path / "starts.py"
    path.write_text(program)
    process = subprocess.Popen(
        [sys.executable, str(path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    worker = int(process.stdout.readline())
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 20
    while os.path.exists(f"/proc/{worker}"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
