"""Machine code on disk, which several processes write and read."""

import importlib.util
import shutil
import threading

import pytest
from numba import float64, int32, int64, njit

from loihi_sleep.files.locks import taking_turns

TEXT = """
from loihi_sleep.engine.steps import compiled


@compiled()
def halved(x):
    return x / 2 if isinstance(x, float) else x // 2
"""


@pytest.fixture
def load(tmp_path):
    """Return the function, as another process that imports its file would have it."""
    path = tmp_path / "halving.py"
    path.write_text(TEXT)

    def load():
        spec = importlib.util.spec_from_file_location("halving", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.halved

    return load


def codes(tmp_path):
    return sorted((tmp_path / "__pycache__").glob("*.nbc"))


def test_code_of_another_signature_is_not_taken(load, tmp_path):
    first = load()
    first.compile((int32,))
    first.compile((int64,))
    of_int32, of_int64 = codes(tmp_path)
    shutil.copy(of_int64, of_int32)
    again = load()
    again.compile((int32,))
    assert [*again.overloads] == [(int32,)]
    assert again.stats.cache_misses == {(int32,): 1}
    again.compile((int64,))
    assert again.stats.cache_hits == {(int64,): 1}


def test_processes_write_one_after_the_other(load, tmp_path):
    function = load()
    (tmp_path / "__pycache__").mkdir(exist_ok=True)
    writing = threading.Thread(target=function.compile, args=((int32,),))
    with taking_turns(tmp_path / "__pycache__"):
        writing.start()
        writing.join(timeout=2)
        assert writing.is_alive()
        assert not codes(tmp_path)
    writing.join(timeout=60)
    assert len(codes(tmp_path)) == 1


def test_a_function_is_compiled_once_for_all_constants(load):
    halved = load()

    @njit
    def halves(x):
        return halved(8) + halved(-6) + halved(x) + halved(0.5)

    assert halves(4) == 3.25
    assert {*halved.overloads} == {(int64,), (float64,)}
