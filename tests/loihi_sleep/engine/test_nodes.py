"""Nodes: found by the names of ProcessModels; one of somebody else's is a file of its own."""

import importlib
import subprocess
import sys
import textwrap
from pathlib import Path

import numba
import numpy as np
import pytest
from lava.magma.core.run_conditions import RunSteps
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source

from loihi_sleep import engine
from loihi_sleep.engine import nodes, steps
from loihi_sleep.engine.nodes import NODES
from loihi_sleep.errors import UnsupportedGraph

PROCESS = """
    import numpy as np
    from lava.magma.core.process.ports.ports import InPort, OutPort
    from lava.magma.core.process.process import AbstractProcess
    from lava.magma.core.process.variable import Var


    class Amplifier(AbstractProcess):
        def __init__(self, shape, factor):
            super().__init__(shape=shape, factor=factor)
            self.a_in, self.s_out = InPort(shape=shape), OutPort(shape=shape)
            self.factor, self.total = Var(shape=(1,), init=factor), Var(shape=shape, init=0)
"""
MODELS = """
    from amplifier.process import Amplifier
    from lava.magma.core.decorator import implements, requires, tag
    from lava.magma.core.model.py.model import PyLoihiProcessModel
    from lava.magma.core.resources import CPU
    from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol


    @implements(proc=Amplifier, protocol=LoihiProtocol)
    @requires(CPU)
    @tag("fixed_pt", "floating_pt")
    class PyAmplifier(PyLoihiProcessModel):
        pass
"""


def example():
    """The node in the documentation of nodes."""
    text = nodes.__doc__.split("code-block:: python\n")[1]
    lines = text.split("and names it")[0].splitlines()
    return textwrap.dedent("\n".join(lines))


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "amplifier"
    folder.mkdir()
    for name, text in {
        "__init__": "",
        "process": textwrap.dedent(PROCESS),
        "models": textwrap.dedent(MODELS),
    }.items():
        (folder / f"{name}.py").write_text(text)
    (tmp_path / "amplifier_node.py").write_text(example())
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("amplifier")]:
        del sys.modules[name]


def test_a_node_of_somebody_elses_runs_in_both_numerics(package, monkeypatch, capfd):
    monkeypatch.setattr(NODES, "_registered", {})
    process = importlib.import_module("amplifier.process")
    NODES.register("amplifier.models.PyAmplifier", importlib.import_module("amplifier_node").NODE)
    data = np.random.default_rng(0).integers(0, 3, (4, 10))
    for numerics in ("fixed", "float"):
        source, sink = Source(data=data), Sink(shape=(4,), buffer=10)
        amplifier = process.Amplifier(shape=(4,), factor=5)
        source.s_out.connect(amplifier.a_in)
        amplifier.s_out.connect(sink.a_in)
        engine.attach(amplifier, numerics)
        amplifier.run(condition=RunSteps(10))
        np.testing.assert_array_equal(sink.data.get(), 5 * data)
        np.testing.assert_array_equal(amplifier.total.get(), 5 * data.sum(axis=1))
        state = engine.state(amplifier)
        amplifier.factor.set(np.array([2]))
        engine.restore(amplifier, state)
        assert amplifier.factor.get() == 5
        amplifier.stop()
        said = capfd.readouterr().err
        assert "loihi-sleep: compiling" in said
        assert f"Amplifier for {numerics}; the first time only" in said


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("@kernel\ndef step", "def step"),
            "cannot be built: TypeError: the step of Amplifier is a",
        ),
        (('sends=("s_out",)', 'sends=("spikes",)'), "names a port 'spikes'; it has none"),
        (('receives=("a_in",)', 'receives=("b_in",)'), "names a port 'b_in'; it has none"),
        (
            ("builder.add(", "builder.put("),
            "cannot be built: AttributeError: 'Builder' object has no",
        ),
        (('"factor", "state")', '"factor")'), "TypeError: a row of Amplifier with unknown state"),
        (
            ("m.values[p[b + ROW.factor]]", "m.nothing[p[b + ROW.factor]]"),
            "(?s)the step of Amplifier cannot be compiled for fixed: .*nothing",
        ),
    ],
)
def test_mistakes_in_a_node_are_named(package, monkeypatch, change, message):
    old, new = change
    assert old in example()
    (package / "amplifier_node.py").write_text(example().replace(old, new))
    monkeypatch.setattr(NODES, "_registered", dict(NODES._registered))
    process = importlib.import_module("amplifier.process")
    node = importlib.import_module("amplifier_node").NODE
    NODES.register("amplifier.models.PyAmplifier", node)
    amplifier = process.Amplifier(shape=(2,), factor=3)
    # Not left to Python: nobody would look for the mistake.
    with pytest.raises(UnsupportedGraph, match=message):
        engine.attach(amplifier)


def test_every_node_of_ours_is_found_by_a_model_that_is_there():
    for name in NODES.names():
        module, _, model = name.rpartition(".")
        implemented = getattr(importlib.import_module(module), model).implements_process
        assert implemented.__name__ in nodes.PROCESSES
        assert NODES[name].sends or NODES[name].receives


def test_the_documentation_names_all_of_lavas_processes_that_have_a_node():
    text = (Path(engine.__file__).parents[2] / "docs" / "explanation" / "engine.md").read_text()
    lavas = {name for name in NODES.names() if name.startswith("lava.")}
    named = {
        implemented.__name__
        for module, _, model in (name.rpartition(".") for name in lavas)
        for implemented in [getattr(importlib.import_module(module), model).implements_process]
    }
    assert sorted(name for name in named if f"`{name}`" not in text) == []


def test_only_what_a_network_needs_is_imported():
    code = """
        import sys
        import numpy as np
        from lava.proc.dense.process import Dense
        from lava.proc.lif.process import LIF
        from loihi_sleep import engine

        dense, neurons = Dense(weights=np.ones((1, 1))), LIF(shape=(1,))
        dense.a_out.connect(neurons.a_in)
        engine.attach(neurons)
        ours = [name for name in sys.modules if name.startswith("loihi_sleep.engine.nodes.")]
        assert not [name for name in ours if "plastic" in name or "drive" in name], ours
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True)


def test_code_on_disk_depends_on_all_files_with_compiled_functions():
    folder = Path(engine.__file__).parent
    seen = {
        path
        for place in steps._CALLED
        for path in ([place] if place.is_file() else place.glob("*.py"))
    }
    compiled = {
        path
        for path in folder.rglob("*.py")
        if any(mark in path.read_text() for mark in ("@kernel", "@compiled", "numba.njit"))
    }
    # The functions of rules have digests of their own.
    assert compiled - seen <= {*(folder / "rules").glob("*.py")}


def test_compiled_code_alone_calls_a_kernel():
    @nodes.kernel
    def halved(x):
        return x / 2

    @numba.njit
    def quartered(x):
        return halved(halved(x))

    assert quartered(3.0) == 0.75
    with pytest.raises(TypeError, match="halved is a kernel, which only compiled code calls: call"):
        halved(3.0)
