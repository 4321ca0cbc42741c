"""What Processes of ours, of Lava's and of strangers are."""

import ast
import importlib
from pathlib import Path

import numpy as np
import pytest
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var
from lava.proc.conv.process import Conv
from lava.proc.dense.process import Dense
from lava.proc.graded.process import InvSqrt
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source
from lava.proc.lif.process import LIF, LIFReset
from lava.proc.rf.process import RF
from lava.proc.sdn.process import Sigma, SigmaDelta
from lava.proc.sparse.process import Sparse
from scipy.sparse import csr_matrix

from loihi_sleep.fit.placement import is_place_known, might_be_on_chip, why_on_host
from loihi_sleep.fit.resources import part_of
from loihi_sleep.graphs import roles
from loihi_sleep.processes.role import NO_CHIP_MODEL, Role
from loihi_sleep.processes.sleep.process import Sleep


class Stranger(AbstractProcess):
    """Has what neurons and synapses have, and says nothing."""

    def __init__(self):
        super().__init__()
        self.a_in, self.s_out = InPort(shape=(3,)), OutPort(shape=(3,))
        self.v = Var(shape=(3,), init=0)
        self.weights = Var(shape=(3, 2), init=0)


class Membranes(AbstractProcess):
    """Neurons of a stranger's, which a chip of theirs runs."""

    role = Role.NEURONS
    on_host = ""
    neuron_var = "membrane"

    def __init__(self):
        super().__init__()
        self.a_in, self.s_out = InPort(shape=(5,)), OutPort(shape=(5,))
        self.membrane = Var(shape=(5,), init=0)


class MyLIF(LIF):
    """Derived from Lava's."""


def test_each_of_lavas_processes_in_the_table_is_there():
    for name in roles._LAVAS:
        module, kind = name.rsplit(".", 1)
        assert issubclass(getattr(importlib.import_module(module), kind), AbstractProcess)


@pytest.mark.parametrize(
    ("make", "role"),
    [
        (lambda: LIF(shape=(2,)), Role.NEURONS),
        (lambda: Dense(weights=np.eye(2)), Role.SYNAPSES),
        (lambda: Source(data=np.zeros((2, 1))), Role.DRIVE),
        (lambda: Sink(shape=(2,), buffer=1), Role.PROBE),
        (lambda: Sleep(shape=(2,), wake_steps=1, sleep_steps=1, seed=1, rates=0.1), Role.DRIVE),
        (lambda: MyLIF(shape=(2,)), Role.NEURONS),
        (Stranger, None),
    ],
)
def test_roles_are_found_by_class(make, role):
    assert roles.role_of(make()) is role


def test_what_declares_no_role_runs_on_the_host_and_counts_nothing():
    stranger = Stranger()
    assert why_on_host(stranger) == "it declares no role, and no model for the chip is known"
    assert not is_place_known(stranger)
    assert might_be_on_chip(stranger)
    part = part_of(stranger)
    assert (part.neurons, part.synapses) == (0, 0)


def test_a_stranger_that_declares_its_role_is_counted_where_it_says():
    assert why_on_host(Membranes()) == ""
    assert part_of(Membranes()).neurons == 5


def test_models_for_the_chip_are_not_inherited():
    assert why_on_host(LIF(shape=(2,))) == ""
    assert why_on_host(MyLIF(shape=(2,))) == NO_CHIP_MODEL
    assert why_on_host(LIFReset(shape=(2,), reset_interval=2, reset_offset=0)) == NO_CHIP_MODEL
    assert part_of(MyLIF(shape=(2,))).neurons == 2


def test_of_sparse_synapses_those_that_are_there_are_counted():
    weights = np.array([[0, 3], [0, 0]])
    assert part_of(Sparse(weights=csr_matrix(weights))).synapses == 1
    assert part_of(Dense(weights=weights)).synapses == 4


def test_neurons_are_counted_by_a_var_of_their_own():
    assert part_of(Sigma(shape=(2, 3))).neurons == 6
    assert part_of(SigmaDelta(shape=(4,), vth=1)).neurons == 4
    assert part_of(RF(shape=(5,), period=10, alpha=0.1)).neurons == 5
    # It has no Var a neuron.
    assert part_of(InvSqrt(shape=(5,))).neurons == 0


def test_a_kernel_is_no_matrix_of_synapses():
    conv = Conv(weight=np.ones((2, 3, 3, 1)), input_shape=(4, 4, 1))
    assert roles.kernel_var(conv) is conv.weight
    assert roles.weight_var(conv) is None
    assert part_of(conv).synapses == 0
    assert roles.kernel_var(Dense(weights=np.eye(2))) is None


def compared_names(path):
    """Lines of a file that compare the name of a class."""
    source = path.read_text()
    if "name__" not in source:  # to parse all files takes seconds
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            named = [part for part in ast.walk(node) if isinstance(part, ast.Attribute)]
            if any(part.attr in ("__name__", "__qualname__") for part in named):
                yield f"{path.name}:{node.lineno}"


def test_no_process_is_recognized_by_the_name_of_its_class():
    package = Path(roles.__file__).parents[1]
    files = [path for path in package.rglob("*.py") if "processes" not in path.parts]
    assert [line for path in files for line in compared_names(path)] == []
