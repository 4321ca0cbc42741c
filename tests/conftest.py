"""Options of the tests; makes the helper modules of this folder importable."""

import functools
import gc
import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.internal.conjecture import providers

sys.path.insert(0, str(Path(__file__).parent))

# With more threads torch.compile would leave processes behind that wait for something to compile.
# Torch reads it when the first module imports its compiler, which may be long before.
os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = "1"

# Hypothesis also draws constants that it finds in the code of the modules loaded so far. What it
# draws must not depend on which tests ran before: answers to it are recorded.
providers._get_local_constants = lambda: providers._local_constants

# Other work on the machine, or code that is compiled first, must not fail a property.
settings.register_profile("few", deadline=None, max_examples=40)
settings.register_profile("many", deadline=None, max_examples=100)  # with --lava


def pytest_addoption(parser):
    group = parser.getgroup("loihi-sleep")
    group.addoption(
        "--lava",
        action="store_true",
        help="run Lava's simulator itself wherever the default run does not: recordings are "
        "compared and completed, more learning rules are tried, and --engine is lava",
    )
    group.addoption(
        "--engine",
        choices=("compiled", "lava"),
        help="that tests of other matters run on (default: compiled)",
    )


def pytest_configure(config):
    # Imports leave hardly any garbage; see below.
    gc.disable()
    _share_cores()
    # A shell lets what it runs in the background ignore Ctrl-C, and tests that send it would wait.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    import engines
    import typer.main
    import typer.testing
    from recorded import RECORDINGS
    from recording_report import RecordingReport

    lava = config.getoption("--lava")
    engines.chosen = config.getoption("--engine") or ("lava" if lava else "compiled")
    RECORDINGS.renews = lava
    settings.load_profile("many" if lava else "few")
    # It would make all commands anew for each that a test runs, in a tenth of a second.
    get_command = functools.cache(typer.main.get_command)
    typer.main.get_command = typer.testing._get_command = get_command
    config.pluginmanager.register(RecordingReport())
    config.addinivalue_line("markers", "lava: runs Lava's simulator for long, with --lava only")


def _share_cores():
    """Let each worker of pytest-xdist have cores of its own, on two cores one.

    What a worker starts in threads would wait for the lock of the interpreter on one core while it
    is held on another.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker and hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        first = int(worker.removeprefix("gw")) % len(cores)
        workers = int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
        os.sched_setaffinity(0, cores[first::workers])


def pytest_collection_finish(session):
    # What has been imported stays: it need not be looked through for garbage again and again, as
    # so many objects are made by numba when it compiles, and by matplotlib.
    gc.freeze()
    gc.set_threshold(1_000_000, 20, 20)
    gc.enable()


def pytest_runtest_teardown(item):
    """Take what the test has made off Lava's lists, which each network that is run goes through."""
    from lava.magma.core.process.process import ProcessServer
    from lava.magma.core.process.variable import VarServer

    ProcessServer().processes.clear()
    VarServer().vars.clear()


def pytest_collection_modifyitems(config, items):
    if config.getoption("--lava"):
        return
    left_out = [item for item in items if item.get_closest_marker("lava")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("lava")]


@pytest.fixture
def extended_lava():
    """Let `run` of Lava's own Processes take our run configurations, for one test."""
    from lava.magma.core.process.process import AbstractProcess

    from loihi_sleep.run.select import extend_lava

    before = AbstractProcess.compile, AbstractProcess.create_runtime
    extend_lava()
    yield before
    AbstractProcess.compile, AbstractProcess.create_runtime = before
