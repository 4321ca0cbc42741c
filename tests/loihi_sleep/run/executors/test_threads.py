"""Calls in threads: all are told, the first failure stops the others, what was done is told."""

import threading

import pytest

from loihi_sleep.run.executors.threads import InThisThread, Threads


class Listener:
    def __init__(self):
        self.results, self.failures, self.stopped = {}, {}, threading.Event()

    def done(self, name, result):
        self.results[name] = result

    def failed(self, name, error):
        self.failures[name] = error

    def stop(self):
        self.stopped.set()

    def check(self):
        pass


@pytest.mark.parametrize("executor", [InThisThread(), Threads(1), Threads(2)])
def test_what_calls_return_is_told(executor):
    listener = Listener()
    executor.run({f"call {i}": (lambda i=i: i) for i in range(5)}, listener)
    assert listener.results == {f"call {i}": i for i in range(5)}
    assert not listener.stopped.is_set()


def test_a_failing_call_stops_the_others_and_what_was_done_is_told():
    listener, done = Listener(), threading.Event()

    def quick():
        done.set()
        return 1

    def fails():
        done.wait(10)
        raise ValueError("this one fails")

    def goes_on():
        assert listener.stopped.wait(10)
        return 2

    calls = {"quick": quick, "fails": fails, "long": goes_on, "never begun": quick}
    with pytest.raises(ValueError, match="this one fails"):
        Threads(3).run(calls, listener)
    assert listener.results.items() >= {"quick": 1, "long": 2}.items()
    assert set(listener.failures) == {"fails"}


def test_a_call_that_fails_in_this_thread_is_named():
    listener = Listener()
    calls = {"first": lambda: 1, "fails": lambda: 1 / 0, "last": lambda: 2}
    with pytest.raises(ZeroDivisionError):
        InThisThread().run(calls, listener)
    assert (listener.results, set(listener.failures)) == ({"first": 1}, {"fails"})


def test_calls_in_threads_compute_with_one_core():
    import torch

    listener = Listener()
    Threads(1).run({"threads": torch.get_num_threads}, listener)
    assert listener.results == {"threads": 1}


def test_workers_out_of_range_are_refused():
    with pytest.raises(ValueError, match="workers is 0; it must be an integer from 1 to 1024"):
        Threads(0)
