'''Nodes: all that the engine knows of one kind of Process, each in a file or folder of its own.

A node has a row of named fields, a compiled step that reads it, and a function that builds both
for a Process. Nothing else in the engine knows of it: the loop calls its step by an address, and it
is found by the name of the ProcessModel that it stands for. Another package brings its own in one
file:

.. code-block:: python

    from loihi_sleep.engine.nodes import (
        COUNT, EVENTS, SIZE, VALUES, Node, Step, clear, kernel, list_events, message, row
    )

    # Where the parts of a node begin in the memory, and constants, by name.
    ROW = row("Amplifier", message("out"), message("a_in"), "factor", "state")


    @kernel
    def step(p, b, t, k, m):
        """Send what arrives, times the factor; add up what was sent."""
        clear(p, b + ROW.out, m)
        for j in range(p[b + ROW.out + SIZE]):
            sent = m.values[p[b + ROW.a_in + VALUES] + j] * m.values[p[b + ROW.factor]]
            m.values[p[b + ROW.out + VALUES] + j] = sent
            m.values[p[b + ROW.state] + j] += sent
        list_events(p, b + ROW.out, m)


    STEP = Step("Amplifier", ROW, fixed=step, float=step)


    def build(builder, process):
        builder.add(
            STEP,
            out=builder.sent(process.s_out),
            a_in=builder.receive(process.a_in),
            factor=builder.store_value(process.factor),
            state=builder.store_value(process.total),
        )


    NODE = Node(build, steps=(STEP,), sends=("s_out",), receives=("a_in",))

and names it in its ``pyproject.toml``, by the full names of the ProcessModels:

.. code-block:: toml

    [project.entry-points."loihi_sleep.nodes"]
    "my_package.amplifier.models.PyAmplifierFixed" = "my_package.amplifier_node:NODE"
    "my_package.amplifier.models.PyAmplifierFloat" = "my_package.amplifier_node:NODE"

A script that is not installed calls ``NODES.register(name, NODE)``.

**The step** is called once in every time step with ``p``, the rows of all nodes, of which its own
begins at ``p[b]``; the time step ``t``, from 1; ``k``, the number of the step in the chunk that is
under way; and ``m``, the :class:`~loihi_sleep.engine.memory.Memory`, whose arrays are flat. A field
of the row is ``p[b + ROW.name]``; of a message ``p[b + ROW.name + VALUES]`` is where its values
begin in ``m.values``, ``EVENTS`` where its list of events does in ``m.index``, ``COUNT`` its cell
in ``m.counters`` and ``SIZE`` its length (:mod:`loihi_sleep.engine.kernels.messages`). It writes
``m.values[...]`` directly (arrays that are given names at the top of a function cost reference
counting in each call) and raises nothing: ``m.counters[FAILED] = 1`` ends the run with the step's
`failure`. ``m.flags`` is scratch.

**build** is called once for each Process, when all messages have been reserved and all senders of
the same step have been built. It stores every Var (``store_value``, ``store_real``,
``store_count``, ``store``, ``expose``, ``keep``) so that hosts can read and set it and checkpoints
keep it, reserves scratch (``builder.storage.reserve``), and adds nodes. Integers in ``index`` and
``counters`` that
lead the step through the arrays, and are no Vars with a range, get a ``builder.bound`` or are a
``builder.constant``: a checkpoint may come from a damaged file. What it cannot run it refuses with
:class:`loihi_sleep.errors.UnsupportedGraph`.
'''

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loihi_sleep.engine.kernels.loop import FAILED
from loihi_sleep.engine.kernels.messages import clear, list_events, send_flags
from loihi_sleep.engine.rows import COUNT, EVENTS, SIZE, VALUES, message, row
from loihi_sleep.engine.steps import Step, kernel
from loihi_sleep.registry import Registry

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess
    from lava.magma.core.process.variable import Var

    from loihi_sleep.engine.builder import Builder
    from loihi_sleep.engine.domains import Range

__all__ = [
    "COUNT",
    "EVENTS",
    "FAILED",
    "NODES",
    "SIZE",
    "VALUES",
    "Node",
    "Step",
    "clear",
    "kernel",
    "list_events",
    "message",
    "row",
    "send_flags",
]


def no_ranges(process: AbstractProcess, fixed: bool) -> Mapping[str, Range]:
    """Say that Vars may be set to any number."""
    return {}


def bytes_of_vars(process: AbstractProcess, fixed: bool) -> int:
    """Bytes that the Vars of a Process take in the memory, as potentials do."""
    return (4 if fixed else 8) * sum(map(elements_of, process.vars.members))


def elements_of(var: Var) -> int:
    """Numbers that a Var holds: the entries of a sparse matrix."""
    return int(getattr(var.init, "nnz", var.size))


@dataclass(frozen=True)
class Node:
    """How a ProcessModel becomes a node; the protocol is in :mod:`loihi_sleep.engine.nodes`.

    Parameters
    ----------
    build : callable
        ``build(builder, process)`` adds a Process to a program.
    steps : tuple of Step
        Those that it may use, to be compiled ahead.
    sends, receives : tuple of str
        Ports on which Lava's model sends and receives in every step, and no others.
    lists_events : bool
        Whether it lists the events of what it sends.
    delayed : bool
        It sends what arrived in the step before, as synapses do.
    ranges : callable
        ``ranges(process, fixed)``: from where to where Vars may be set, by name, as pairs of
        numbers or arrays. Needed where the step uses a Var as an index, a count or a divisor.
    memory : callable
        ``memory(process, fixed)``: about how many bytes it takes in the memory, so that a network
        that does not fit is refused before it is built.
    """

    build: Callable[[Builder, Any], None]
    steps: tuple[Step, ...] = ()
    sends: tuple[str, ...] = ()
    receives: tuple[str, ...] = ()
    lists_events: bool = True
    delayed: bool = False
    ranges: Callable[[Any, bool], Mapping[str, Range]] = no_ranges
    memory: Callable[[Any, bool], int] = bytes_of_vars


_LAVA, _OURS = "lava.proc", "loihi_sleep.processes"
# Process, module of its models, their names, its node.
_MODELS = f"""
LIF {_LAVA}.lif.models PyLifModelFloat,PyLifModelBitAcc lif.build:LIF
LearningLIF {_LAVA}.lif.models PyLearningLifModelFloat,PyLearningLIFModelFixed lif.build:LEARNING_LIF
LearningLIF {_OURS}.learning_lif.models PyThirdFactorLIFModelFixed lif.build:THIRD_FACTOR_LIF
LIFReset {_LAVA}.lif.models PyLifResetModelFloat,PyLifResetModelBitAcc lif.build:LIF_RESET
TernaryLIF {_LAVA}.lif.models PyTernLifModelFloat,PyTernLifModelFixed lif.build:TERNARY_LIF
LIFRefractory {_LAVA}.lif.models PyLifRefractoryModelFloat lif.build:REFRACTORY_LIF
PrototypeLIF {_LAVA}.clp.prototype_lif.models PrototypeLIFBitAcc lif.build:PROTOTYPE_LIF
ATRLIF {_LAVA}.atrlif.models PyATRLIFModelFloat,PyATRLIFModelFixed atrlif.build:NODE
Sigma {_LAVA}.sdn.models PySigmaModelFloat,PySigmaModelFixed sigma_delta.build:SIGMA
Delta {_LAVA}.sdn.models PyDeltaModelFloat,PyDeltaModelFixed sigma_delta.build:DELTA
SigmaDelta {_LAVA}.sdn.models PySigmaDeltaModelFloat,PySigmaDeltaModelFixed sigma_delta.build:SIGMA_DELTA
RF {_LAVA}.rf.models PyRFModelFloat,PyRFModelFixed resonators.build:RF
RF_IZ {_LAVA}.rf_iz.models PyRF_IZModelFloat,PyRF_IZModelFixed resonators.build:RF_IZ
RFZero {_LAVA}.resfire.models PyRFZeroModelFixed resonators.build:RF_ZERO
GradedVec {_LAVA}.graded.models PyGradedVecModelFixed graded.build:VEC
GradedReluVec {_LAVA}.graded.models PyGradedReluVecModelFixed graded.build:RELU
ProdNeuron {_LAVA}.prodneuron.models PyProdNeuronModelFixed graded.build:PROD
NormVecDelay {_LAVA}.graded.models NormVecDelayModel graded.build:NORM
InvSqrt {_LAVA}.graded.models InvSqrtModelFloat,InvSqrtModelFP graded.build:INV_SQRT
Dense {_LAVA}.dense.models PyDenseModelFloat,PyDenseModelBitAcc synapses.build:DENSE
DelayDense {_LAVA}.dense.models PyDelayDenseModelFloat,PyDelayDenseModelBitAcc synapses.build:DELAY_DENSE
Sparse {_LAVA}.sparse.models PySparseModelFloat,PySparseModelBitAcc synapses.sparse:SPARSE
DelaySparse {_LAVA}.sparse.models PyDelaySparseModelFloat,PyDelaySparseModelBitAcc synapses.sparse:DELAY_SPARSE
Conv {_LAVA}.conv.models PyConvModelFloat,PyConvModelFixed conv.build:CONV
ConvInTime {_LAVA}.conv_in_time.models PyConvInTimeFloat synapses.build:IN_TIME
LearningDense {_LAVA}.dense.models PyLearningDenseModelFloat,PyLearningDenseModelBitApproximate plastic.build:DENSE
LearningSparse {_LAVA}.sparse.models PyLearningSparseModelFloat,PyLearningSparseModelBitApproximate plastic.build:SPARSE
LearningDense {_OURS}.learning_dense.models PyLearningDenseModelPerSynapse* plastic.build:DENSE_PER_SYNAPSE
LearningSparse {_OURS}.learning_sparse.models PyLearningSparseModelPerSynapse* plastic.build:SPARSE_PER_SYNAPSE
ShuffledDense {_OURS}.shuffled_dense.models PyShuffledDenseModel* plastic.build:DENSE_PER_SYNAPSE
RingBuffer {_LAVA}.io.source PySendModelFloat,PySendModelFixed ring_buffer:SOURCE
RingBuffer {_LAVA}.io.sink PyReceiveModelFloat,PyReceiveModelFixed ring_buffer:SINK
Monitor {_LAVA}.monitor.models PyMonitorModel monitor:NODE
GatedDense {_OURS}.gated_dense.models PyGatedDenseModelFloat gated_dense:NODE
SpikeDrive {_OURS}.spike_drive.models PySpikeDriveModel* spike_drive:NODE
ImageDrive {_OURS}.image_drive.models PyImageDriveModel* image_drive:NODE
CurrentDrive {_OURS}.current_drive.models PyCurrentDriveModel* current_drive:NODE
FrameDrive {_OURS}.frame_drive.models PyFrameDriveModel* frame_drive:NODE
PhaseGate {_OURS}.phase_gate.models PyPhaseGateModel* phase_gate:NODE
SpikeProbe {_OURS}.spike_probe.models PySpikeProbeModel* spike_probe:NODE
MapNeuron {_OURS}.map_neuron.models PyMapNeuronModelFloat map_neuron:NODE
Forager {_OURS}.forager.models PyForagerModel* forager:NODE
ReceptiveSynapses {_OURS}.receptive_synapses.models PyReceptiveSynapsesModelFloat receptive_synapses:NODE
RewardedSynapses {_OURS}.rewarded_synapses.models PyRewardedSynapsesModel* rewarded_synapses:NODE
ResidualLIF {_OURS}.residual_lif.models PyResidualLIFModel* residual_lif:NODE
SparseLIF {_OURS}.sparse_lif.models PySparseLIFModel* sparse_lif:NODE
CompetingLIF {_OURS}.competing_lif.models PyCompetingLIFModelFixed competing_lif:NODE
TaughtLIF {_OURS}.taught_lif.models PyTaughtLIFModelFixed taught_lif:NODE
FeedbackLIF {_OURS}.feedback_lif.models PyFeedbackLIFModelFixed feedback_lif:NODE
ResidualDense {_OURS}.residual_dense.models PyResidualDenseModel* residual_dense:NODE
"""  # noqa: E501


def _own() -> tuple[set[str], dict[str, str]]:
    """Names of the Processes of the table, and nodes by the full names of their models."""
    processes, nodes = set(), {}
    for line in _MODELS.split("\n")[1:-1]:
        process, module, models, node = line.split()
        processes.add(process)
        for model in models.split(","):
            ends = ("Fixed", "Float") if model.endswith("*") else ("",)
            for end in ends:
                nodes[f"{module}.{model.rstrip('*')}{end}"] = f"{__name__}.{node}"
    return processes, nodes


def model_name(model: type[Any]) -> str:
    """Full name of a ProcessModel class, by which its node is found."""
    return f"{model.__module__}.{model.__qualname__}"


_processes, _nodes = _own()
# Lava's and our own Processes that have a node.
PROCESSES = tuple(sorted(_processes))
# Nodes by the full names of their ProcessModels.
NODES: Registry[Node] = Registry("node", "nodes", _nodes, Node)
