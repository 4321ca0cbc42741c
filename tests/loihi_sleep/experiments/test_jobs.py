import threading

import numpy as np
import pytest

from loihi_sleep.experiments.jobs import Cancelled, SharedProgress, run_jobs
from loihi_sleep.progress import Silent
from loihi_sleep.results.checkpoint import Checkpoint


@pytest.mark.parametrize("workers", [1, 2])
def test_what_jobs_return_is_kept(tmp_path, workers):
    checkpoint = Checkpoint(tmp_path / "jobs.h5")
    jobs = {f"seed_{i}/arm": (lambda i=i: {"value": np.array(i)}) for i in range(5)}
    run_jobs(jobs, checkpoint, SharedProgress(Silent()), workers)
    assert [int(checkpoint.read(f"seed_{i}/arm")["value"]) for i in range(5)] == list(range(5))


def test_a_failing_job_stops_the_others_and_what_was_done_is_kept(tmp_path):
    checkpoint = Checkpoint(tmp_path / "jobs.h5")
    progress = SharedProgress(Silent())
    stopped, done = threading.Event(), threading.Event()

    def quick():
        done.set()
        return {"value": np.array(1)}

    def fails():
        done.wait(10)
        raise ValueError("this one fails")

    def goes_on():
        try:
            while True:
                progress.advance(0)
        except Cancelled:
            stopped.set()
            raise

    with pytest.raises(ValueError, match="this one fails"):
        run_jobs({"quick": quick, "fails": fails, "long": goes_on}, checkpoint, progress, 3)
    assert stopped.is_set()
    assert checkpoint.has("quick")
    assert not checkpoint.has("long")
