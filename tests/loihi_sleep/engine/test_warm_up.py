"""Compiling ahead: which process compiles what."""

from loihi_sleep.engine import warm_up
from loihi_sleep.engine.nodes import NODES


def test_every_node_is_compiled_by_one_process():
    modules = warm_up.modules_of_nodes()
    names = [name for names in modules.values() for name in names]
    assert sorted(names) == sorted(NODES.names())
    steps = [{step for name in names for step in NODES[name].steps} for names in modules.values()]
    assert sum(map(len, steps)) == len(set.union(*steps))
    assert list(modules)[: len(warm_up._LARGEST)] == list(warm_up._LARGEST)


def test_all_that_processes_call_is_compiled_too():
    parts = warm_up.parts_of_work(("fixed",))
    # A process reads the number of a part as one byte.
    assert len(parts) < 256
    names = {name for part in parts for name in part.args if isinstance(name, str)}
    assert {f"loihi_sleep.processes.kernels.{name}" for name in ("drive", "shuffle")} <= names
