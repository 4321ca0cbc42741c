"""Networks of Lava Processes as plain, printable values.

:func:`build` makes fresh Processes from a :class:`Graph`, once for each engine that is compared;
:func:`observed_vars` names what to compare afterwards.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from lava.magma.core.learning.constants import GradedSpikeCfg
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule, Loihi3FLearningRule
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var
from lava.proc.atrlif.process import ATRLIF
from lava.proc.clp.prototype_lif.process import PrototypeLIF
from lava.proc.conv.process import Conv
from lava.proc.conv_in_time.process import ConvInTime
from lava.proc.dense.process import DelayDense, Dense, LearningDense
from lava.proc.graded.process import GradedReluVec, GradedVec, InvSqrt, NormVecDelay
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source
from lava.proc.lif.process import LIF, LearningLIF, LIFRefractory, LIFReset, TernaryLIF
from lava.proc.monitor.process import Monitor
from lava.proc.prodneuron.process import ProdNeuron
from lava.proc.resfire.process import RFZero
from lava.proc.rf.process import RF
from lava.proc.rf_iz.process import RF_IZ
from lava.proc.sdn.process import Delta, Sigma, SigmaDelta
from lava.proc.sparse.process import DelaySparse, LearningSparse, Sparse
from lava.utils.weightutils import SignMode
from scipy.sparse import csr_matrix

from loihi_sleep.processes.competing_lif.process import CompetingLIF
from loihi_sleep.processes.current_drive.process import CurrentDrive
from loihi_sleep.processes.feedback_lif.process import FeedbackLIF
from loihi_sleep.processes.forager.process import Forager
from loihi_sleep.processes.frame_drive.process import FrameDrive
from loihi_sleep.processes.gated_dense.process import GatedDense
from loihi_sleep.processes.image_drive.process import ImageDrive
from loihi_sleep.processes.map_neuron.process import MapNeuron
from loihi_sleep.processes.phase_gate.process import PhaseGate
from loihi_sleep.processes.receptive_synapses.process import ReceptiveSynapses
from loihi_sleep.processes.residual_dense.process import ResidualDense
from loihi_sleep.processes.residual_lif.process import ResidualLIF
from loihi_sleep.processes.rewarded_synapses.process import RewardedSynapses
from loihi_sleep.processes.shuffled_dense.process import ShuffledDense
from loihi_sleep.processes.sleep.process import Sleep
from loihi_sleep.processes.sparse_lif.process import SparseLIF
from loihi_sleep.processes.spike_drive.process import SpikeDrive
from loihi_sleep.processes.spike_probe.process import SpikeProbe
from loihi_sleep.processes.taught_lif.process import TaughtLIF

KINDS = {
    kind.__name__: kind
    for kind in (
        LIF,
        LIFReset,
        LIFRefractory,
        TernaryLIF,
        LearningLIF,
        PrototypeLIF,
        *(ATRLIF, Sigma, Delta, SigmaDelta, RF, RF_IZ, RFZero),
        *(GradedVec, GradedReluVec, ProdNeuron, NormVecDelay, InvSqrt),
        Dense,
        LearningDense,
        DelayDense,
        Sparse,
        LearningSparse,
        DelaySparse,
        Conv,
        ConvInTime,
        SpikeDrive,
        CurrentDrive,
        Sleep,
        PhaseGate,
        SpikeProbe,
        ImageDrive,
        FrameDrive,
        GatedDense,
        ShuffledDense,
        ResidualLIF,
        SparseLIF,
        CompetingLIF,
        TaughtLIF,
        FeedbackLIF,
        ResidualDense,
        MapNeuron,
        ReceptiveSynapses,
        RewardedSynapses,
        Forager,
    )
} | {"Source": Source, "Sink": Sink}
NEURONS = ("LIF", "LIFReset", "LIFRefractory", "TernaryLIF", "LearningLIF", "PrototypeLIF")
OTHER_NEURONS = (
    *("ATRLIF", "Sigma", "Delta", "SigmaDelta", "RF", "RF_IZ", "RFZero"),
    *("GradedVec", "GradedReluVec", "ProdNeuron", "NormVecDelay", "InvSqrt"),
)
OWN_NEURONS = ("ResidualLIF", "SparseLIF", "MapNeuron", "CompetingLIF", "TaughtLIF", "FeedbackLIF")
# With a matrix of weights.
SYNAPSES = ("Dense", "LearningDense", "DelayDense", "Sparse", "LearningSparse", "DelaySparse")
STATIC = ("Dense", "DelayDense", "Sparse", "DelaySparse")
SPARSE = ("Sparse", "LearningSparse", "DelaySparse")
DELAYED = ("DelayDense", "DelaySparse")
PLASTIC = ("LearningDense", "LearningSparse")
# Arguments that a Process takes as an array; all others are scalars, tuples or names.
ARRAYS = {
    *("data", "weights", "weight", "delays", "tag_1", "tag_2", "rates", "mean", "std"),
    *("frames", "sources", "frozen", "worth", "bias"),
    *("u", "v", "du", "dv", "vth", "vth_hi", "vth_lo", "bias_mant", "bias_exp"),
    *("i", "theta", "r", "delta_i", "delta_v", "delta_theta", "delta_r"),
    *("period", "alpha", "freqs", "decay_tau"),
    *("norm", "wins"),
}
# Rules are rewritten by strings, which is another matter than numbers.
_NOT_OBSERVED = {"dw", "dd", "dt"}
# Lava's builder keeps what it was given. Its get() waits for ever on a float, and fails on several
# numbers where it has declared one.
_SCALARS = {
    *("du", "dv", "vth", "vth_hi", "vth_lo", "sin_decay", "cos_decay"),
    *("delta_i", "delta_v", "delta_theta", "delta_r", "theta_0", "theta_step"),
}


@dataclass(frozen=True)
class Rule:
    """A learning rule: its strings by target, its settings, and how many factors it has."""

    texts: dict[str, str]
    settings: dict[str, Any]
    factors: int = 2

    def build(self) -> Loihi2FLearningRule | Loihi3FLearningRule:
        """Make the rule object."""
        kind = {2: Loihi2FLearningRule, 3: Loihi3FLearningRule}[self.factors]
        return kind(**self.texts, **self.settings)


@dataclass(frozen=True)
class Node:
    """A Process, by the name of its class and its arguments."""

    name: str
    kind: str
    arguments: dict[str, Any] = field(default_factory=dict)
    rule: Rule | None = None
    starts: dict[str, Any] = field(default_factory=dict)
    """Start values of Vars that have no argument."""

    def build(self, rule: Loihi2FLearningRule | Loihi3FLearningRule | None) -> AbstractProcess:
        """Make the Process, with an already made rule where it has one."""
        arguments = {name: _argument(name, value) for name, value in self.arguments.items()}
        if self.kind in SPARSE:
            for name in {"weights", "tag_1", "tag_2", "delays"} & arguments.keys():
                if isinstance(arguments[name], np.ndarray):
                    arguments[name] = csr_matrix(arguments[name])
        if rule is not None:
            arguments["learning_rule"] = rule
        process = KINDS[self.kind](**arguments)
        for name, values in self.starts.items():
            getattr(process, name).init = np.array(values)
        return process


@dataclass(frozen=True)
class Link:
    """A connection ``node.port`` to ``node.port``, through reshape and transpose ports."""

    sender: str
    receiver: str
    through: tuple[tuple[str, tuple[int, ...]], ...] = ()


@dataclass(frozen=True)
class Write:
    """A Var ``node.var`` that is set after one of the runs."""

    after_run: int
    var: str
    values: Any


@dataclass(frozen=True)
class Graph:
    """A network, what is recorded of it, and how it is run.

    Attributes
    ----------
    nodes, links : tuple
        The network.
    monitors : tuple of str
        A Monitor each on the named Vars and OutPorts, ``node.member``.
    runs : tuple of int
        Steps of each run.
    writes : tuple of Write
        Vars set between two runs.
    shares_rules : bool
        Equal rules are one object, which Lava's constructors and models may change.
    """

    nodes: tuple[Node, ...]
    links: tuple[Link, ...] = ()
    monitors: tuple[str, ...] = ()
    runs: tuple[int, ...] = (1,)
    writes: tuple[Write, ...] = ()
    shares_rules: bool = False


def _argument(name: str, value: Any) -> Any:
    if name in ARRAYS and isinstance(value, list):
        return np.array(value)
    if name == "sign_mode":
        return SignMode[value]
    if name == "graded_spike_cfg":
        return GradedSpikeCfg[value]
    return value


@dataclass
class BuiltGraph:
    """Connected Processes, none of them run yet."""

    processes: dict[str, AbstractProcess]
    monitors: dict[str, Monitor]

    def member(self, path: str) -> Any:
        """The Var or port ``node.member``."""
        name, member = path.split(".")
        return getattr(self.processes[name], member)

    @property
    def first(self) -> AbstractProcess:
        """A Process to run the network by."""
        return next(iter(self.processes.values()))


def build(graph: Graph) -> BuiltGraph:
    """Make fresh, connected Processes; equal graphs give equal networks."""
    built = BuiltGraph({}, {})
    rules: dict[str, Any] = {}
    for node in graph.nodes:
        rule = None
        if node.rule is not None:
            # Without sharing, the name makes the key a new one.
            key = repr(node.rule) + ("" if graph.shares_rules else node.name)
            rule = rules.setdefault(key, node.rule.build())
        built.processes[node.name] = node.build(rule)
    for link in graph.links:
        port = built.member(link.sender)
        for method, argument in link.through:
            port = getattr(port, method)(argument)
        port.connect(built.member(link.receiver))
    for path in graph.monitors:
        built.monitors[path] = Monitor()
        built.monitors[path].probe(built.member(path), sum(graph.runs))
    return built


def observed_vars(built: BuiltGraph) -> list[tuple[str, Var]]:
    """Every Var that a host can read and a run can change, by its name ``node.var``."""
    return [
        (f"{name}.{var.name}", var)
        for name, process in built.processes.items()
        for var in process.vars
        if var.name not in _NOT_OBSERVED
        and not isinstance(process, Source)
        and (var.name not in _SCALARS or _can_be_read(var))
    ]


def _can_be_read(var: Var) -> bool:
    """Tell whether Lava's get() works on a Var that it declares as one number."""
    return isinstance(var.init, np.ndarray) and var.init.size == 1


def connected(graph: Graph) -> Graph:
    """Keep what is connected to the first neuron: Lava runs connected Processes only."""
    neighbors: dict[str, set[str]] = {node.name: set() for node in graph.nodes}
    for link in graph.links:
        sender, receiver = node_of(link.sender), node_of(link.receiver)
        neighbors[sender].add(receiver)
        neighbors[receiver].add(sender)
    neurons = (*NEURONS, *OTHER_NEURONS, *OWN_NEURONS)
    start = next(
        (node.name for node in graph.nodes if node.kind in neurons),
        graph.nodes[0].name,
    )
    kept, waiting = {start}, [start]
    while waiting:
        new = neighbors[waiting.pop()] - kept
        kept |= new
        waiting += new
    return keep(graph, kept)


def keep(graph: Graph, names: set[str]) -> Graph:
    """Only the named nodes, and what refers to no other."""
    return dataclasses.replace(
        graph,
        nodes=tuple(node for node in graph.nodes if node.name in names),
        links=tuple(
            link for link in graph.links if {node_of(link.sender), node_of(link.receiver)} <= names
        ),
        monitors=tuple(path for path in graph.monitors if node_of(path) in names),
        writes=tuple(write for write in graph.writes if node_of(write.var) in names),
    )


def node_of(path: str) -> str:
    return path.split(".")[0]
