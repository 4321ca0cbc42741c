"""Random networks of Lava Processes, to compare two engines by.

A network is drawn as a :class:`Graph`: plain, printable values. :func:`build` makes fresh Processes
from it, once for each engine; :func:`observed_vars` names what to compare afterwards. The strategy
:func:`graphs` covers what Lava's CPU models accept, up to the limits of each parameter. What makes
Lava itself fail or hang is left out; the comments say why.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import prod
from typing import Any

import hypothesis
import numpy as np
from hypothesis import strategies as st
from lava.magma.core.learning.constants import GradedSpikeCfg
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule, Loihi3FLearningRule
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var
from lava.proc.clp.prototype_lif.process import PrototypeLIF
from lava.proc.dense.process import DelayDense, Dense, LearningDense
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source
from lava.proc.lif.process import LIF, LearningLIF, LIFRefractory, LIFReset, TernaryLIF
from lava.proc.monitor.process import Monitor
from lava.proc.sparse.process import LearningSparse, Sparse
from lava.utils.weightutils import SignMode
from scipy.sparse import csr_matrix

from processes.current_drive.process import CurrentDrive
from processes.phase_gate.process import PhaseGate
from processes.sleep.process import Sleep
from processes.spike_drive.process import SpikeDrive
from processes.spike_probe.process import SpikeProbe

# --- the description -------------------------------------------------------

KINDS = {
    kind.__name__: kind
    for kind in (
        LIF,
        LIFReset,
        LIFRefractory,
        TernaryLIF,
        LearningLIF,
        PrototypeLIF,
        Dense,
        LearningDense,
        DelayDense,
        Sparse,
        LearningSparse,
        SpikeDrive,
        CurrentDrive,
        Sleep,
        PhaseGate,
        SpikeProbe,
    )
} | {"Source": Source, "Sink": Sink}
NEURONS = ("LIF", "LIFReset", "LIFRefractory", "TernaryLIF", "LearningLIF", "PrototypeLIF")
SYNAPSES = ("Dense", "LearningDense", "DelayDense", "Sparse", "LearningSparse")
SPARSE = ("Sparse", "LearningSparse")
PLASTIC = ("LearningDense", "LearningSparse")
# As often as they are drawn.
SYNAPSES_DRAWN = (
    *("LearningDense",) * 3,
    *("Dense",) * 2,
    "DelayDense",
    "Sparse",
    "LearningSparse",
)

# Arguments that a Process takes as an array; all others are scalars, tuples or names.
_ARRAYS = {
    *("data", "weights", "delays", "tag_1", "tag_2", "rates", "mean", "std"),
    *("u", "v", "du", "dv", "vth", "vth_hi", "vth_lo", "bias_mant", "bias_exp"),
}
# Rules are rewritten by strings, which is another matter than numbers.
_NOT_OBSERVED = {"dw", "dd", "dt"}
# Lava's builder keeps the Python number it was given, and its get() waits for ever on a float.
_SCALARS = {"du", "dv", "vth", "vth_hi", "vth_lo"}
# Longer than the log of learning epochs, and than the random numbers drawn at once.
LONG_RUNS = ((150, 20), (300,), (20, 530))
RUNS = ((12,), (25,), (5, 12), (1, 10), (20, 20), (40,), (64, 3), (7, 1, 9), (150, 20))

# Lava hands over one element at a time, in about 35 microseconds.
_MONITORED_ELEMENTS = 1500


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
            for name in {"weights", "tag_1", "tag_2"} & arguments.keys():
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
    if name in _ARRAYS and isinstance(value, list):
        return np.array(value)
    if name == "sign_mode":
        return SignMode[value]
    if name == "graded_spike_cfg":
        return GradedSpikeCfg[value]
    return value


# --- Processes from a description ------------------------------------------


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
        and (var.name not in _SCALARS or isinstance(var.init, np.ndarray))
    ]


def connected(graph: Graph) -> Graph:
    """Keep what is connected to the first neuron: Lava runs connected Processes only."""
    neighbors: dict[str, set[str]] = {node.name: set() for node in graph.nodes}
    for link in graph.links:
        sender, receiver = _node_of(link.sender), _node_of(link.receiver)
        neighbors[sender].add(receiver)
        neighbors[receiver].add(sender)
    start = next((node.name for node in graph.nodes if node.kind in NEURONS), graph.nodes[0].name)
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
            link
            for link in graph.links
            if {_node_of(link.sender), _node_of(link.receiver)} <= names
        ),
        monitors=tuple(path for path in graph.monitors if _node_of(path) in names),
        writes=tuple(write for write in graph.writes if _node_of(write.var) in names),
    )


def _node_of(path: str) -> str:
    return path.split(".")[0]


# --- numbers ---------------------------------------------------------------


@st.composite
def integer_arrays(
    draw: st.DrawFn, shape: tuple[int, ...], low: int, high: int, density: float = 1.0
) -> Any:
    """Nested lists of integers: one value, the ends of the range, or random ones.

    Drawn from a seed, as an element each would exhaust what Hypothesis may draw.
    """
    how = draw(st.sampled_from(["random", "one value", "ends"]))
    if how == "one value":
        return np.full(shape, draw(st.integers(low, high))).tolist()
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    if how == "ends":
        ends = [value for value in (low, low + 1, -1, 0, 1, high - 1, high) if low <= value <= high]
        return rng.choice(ends, shape).tolist()
    values = rng.integers(low, high, shape, endpoint=True)
    return np.where(rng.random(shape) < density, values, np.clip(0, low, high)).tolist()


@st.composite
def float_arrays(draw: st.DrawFn, shape: tuple[int, ...], low: float, high: float) -> Any:
    """Nested lists of floats in general position, so that no threshold is met exactly."""
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    return rng.uniform(low, high, shape).tolist()


@st.composite
def rasters(draw: st.DrawFn, shape: tuple[int, ...], steps: int, magnitude: int) -> Any:
    """Data of a source: spikes, or graded values up to a magnitude; often shorter than the run."""
    length = draw(st.one_of(st.integers(1, steps + 3), st.just(steps)))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    spikes = rng.random((*shape, length)) < draw(st.sampled_from([0.3, 0.1, 0.02, 0.6, 1.0]))
    if magnitude == 1:
        return spikes.astype(int).tolist()
    low = draw(st.sampled_from([0, -magnitude]))
    return (spikes * rng.integers(low, magnitude, spikes.shape, endpoint=True)).tolist()


def _maybe(draw: st.DrawFn, share: float) -> bool:
    """True in about this share of the draws; shrinks to False."""
    return draw(st.integers(0, 99)) >= 100 - round(share * 100)


# --- learning rules --------------------------------------------------------

_TRACES = ("x1", "x2", "y1", "y2", "y3")
_SYNAPTIC = ("w", "d", "t")


@st.composite
def _constants(draw: st.DrawFn) -> str:
    return draw(
        st.one_of(
            st.integers(0, 15).map(str),
            st.integers(-3, 6).map(lambda exponent: f"2^{exponent}"),
            st.builds(lambda m, e: f"{m}*2^{e}", st.integers(1, 7), st.integers(-2, 4)),
        )
    )


@st.composite
def _factors(draw: st.DrawFn, numerics: str, sparse: bool) -> str:
    kinds = ["trace", "trace", "trace", "trace + c"]
    # Lava multiplies and adds sparse matrices as if they were dense, and fails.
    kinds += [] if sparse else ["w", "w + c", "sgn", "sgn + c"]
    # The floating-point applier refuses x0 and y0 as factors.
    kinds += ["x0"] if numerics == "fixed" else []
    kind = draw(st.sampled_from(kinds))
    if kind.startswith("sgn"):
        variable = draw(st.sampled_from(_SYNAPTIC))
        if kind == "sgn":
            return f"sgn({variable})"
        form = draw(st.sampled_from(["sgn({v}+{c})", "sgn({v}-{c})", "sgn({c}+{v})"]))
        return form.format(v=variable, c=draw(_constants()))
    names = {"trace": _TRACES, "w": _SYNAPTIC, "x0": ("x0", "y0")}[kind.split(" ")[0]]
    variable = draw(st.sampled_from(names))
    if kind.endswith("+ c") or (kind == "x0" and _maybe(draw, 0.3)):
        form = draw(st.sampled_from(["({v}+{c})", "({v}-{c})", "({c}-{v})", "(-{v}+{c})"]))
        return form.format(v=variable, c=draw(_constants()))
    # A bracket around a dependency drops it, and one around a variable drops its sign.
    return draw(st.sampled_from([variable, variable, variable, f"({variable})"]))


@st.composite
def _products(draw: st.DrawFn, numerics: str, sparse: bool, decimation: int) -> str:
    dependency = draw(st.sampled_from(["x0", "y0", f"u{decimation}"]))
    most = draw(st.sampled_from([3, 2, 2, 2, 6])) if numerics == "fixed" else 2
    factors = draw(st.lists(_factors(numerics, sparse), max_size=most))
    if numerics == "float":
        # More than one of them and weights explode, until nothing can be compared.
        multiplied = [f for f in factors if "sgn" not in f and set(f) & set(_SYNAPTIC)]
        for extra in multiplied[1:]:
            factors.remove(extra)
        scale = draw(st.sampled_from(["2^-7", "2^-5", "3*2^-6", "(-2^-6)"]))
    else:
        exponents = st.one_of(st.integers(-7, 2), st.sampled_from([-7, 8]))
        scale = draw(
            st.one_of(
                exponents.map(lambda e: f"2^{e}"),
                st.builds(lambda m, e: f"{m}*2^{e}", st.integers(0, 7), exponents),
                st.builds(lambda m, e: f"(-{m}*2^{e})", st.integers(1, 8), st.integers(-7, 5)),
                st.integers(0, 7).map(str),
                st.just("2*2^-3*3"),
                st.just(""),
            )
        )
    # Of several dependencies the first is one and the others are factors; u cannot be a factor.
    place = 0 if {"x0", "y0"} & set(factors) else draw(st.integers(0, len(factors)))
    parts = [*factors[:place], dependency, *factors[place:]]
    if scale:
        parts.insert(draw(st.integers(0, len(parts))), scale)
    return "*".join(parts)


@st.composite
def _series(draw: st.DrawFn, numerics: str, sparse: bool, decimation: int) -> str:
    products = draw(
        st.lists(
            st.tuples(st.sampled_from(["+", "-"]), _products(numerics, sparse, decimation)),
            min_size=1,
            max_size=draw(st.sampled_from([2, 3, 1, 5])),
        )
    )
    text = " ".join(f"{sign} {product}" for sign, product in products)
    return text.removeprefix("+ ")


@st.composite
def rule_texts(draw: st.DrawFn, numerics: str, sparse: bool = False) -> dict[str, str]:
    """Strings of a rule for one to all of dw, dd and dt, from the grammar that Lava accepts."""
    decimation = draw(st.sampled_from([0, 1, 2, 3, 5, 9]))
    targets = draw(
        st.sampled_from([("dw",), ("dw",), ("dw", "dt"), ("dd",), ("dt",), ("dw", "dd", "dt")])
    )
    texts = {target: draw(_series(numerics, sparse, decimation)) for target in targets}
    try:
        Loihi2FLearningRule(**texts)
    except ValueError:
        hypothesis.reject()
    return texts


def rules_pool(numerics: str, size: int = 24) -> list[dict[str, str]]:
    """Rules drawn from the grammar, the same in every process; the first third suits sparse ones.

    Each is the first that Hypothesis draws at random from a seed of its own: within one session it
    would vary what it has drawn.
    """
    found: list[dict[str, str]] = []
    seed = 0
    while len(found) < size:
        texts = _drawn_once(rule_texts(numerics, sparse=len(found) < size // 3), seed)
        seed += 1
        if texts not in found:
            found.append(texts)
    return found


def _drawn_once(strategy: st.SearchStrategy[Any], seed: int) -> Any:
    drawn = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=2,  # the first is the simplest of all
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(strategy)
    def collect(value: Any) -> None:
        drawn.append(value)

    collect()
    return drawn[-1]


@st.composite
def _rules(
    draw: st.DrawFn,
    numerics: str,
    sparse: bool,
    factors: int,
    pool: list[dict[str, str]] | None,
) -> Rule:
    if pool is None:
        texts = draw(rule_texts(numerics, sparse))
    else:
        texts = draw(st.sampled_from(pool[: len(pool) // 3] if sparse else pool))
    epoch = draw(st.sampled_from([1, 1, 2, 3, 4, 7, 16, 63]))
    seed = draw(st.one_of(st.integers(0, 2**31), st.just(2**40)))
    settings: dict[str, Any] = {"t_epoch": epoch, "rng_seed": seed}
    written = " ".join(texts.values())
    for trace in _TRACES if factors == 2 else _TRACES[:2]:
        if _maybe(draw, 0.1):
            continue  # Lava's defaults: impulse and tau 0
        impulse = draw(
            st.one_of(
                st.integers(0, 127),
                st.integers(0, 127 * 16).map(lambda sixteenths: sixteenths / 16),
                st.sampled_from([0.1, 1.999, 63.7, 126.998]),
            )
        )
        tau = draw(
            st.one_of(
                st.integers(1, 20),
                st.sampled_from([0, 1, 0.5, 2.5, 200, 65535]),
                st.floats(0.5, 100, allow_nan=False).map(lambda tau: round(tau, 3)),
            )
        )
        settings[f"{trace}_impulse"] = impulse if numerics == "fixed" else impulse / 8
        settings[f"{trace}_tau"] = tau
    if numerics == "float":
        for trace in _TRACES if factors == 2 else _TRACES[:2]:
            # Where the rule uses the trace, tau 0 makes weights NaN.
            if trace in written and not settings.get(f"{trace}_tau"):
                settings[f"{trace}_tau"] = 3
    return Rule(texts, settings, factors)


# --- nodes -----------------------------------------------------------------


class _Drawing:
    """A graph while it is drawn."""

    def __init__(
        self,
        draw: st.DrawFn,
        numerics: str,
        rounding: str,
        pool: list[dict[str, str]] | None,
        steps: int,
        kinds: tuple[str, ...],
        shapes: st.SearchStrategy[tuple[int, ...]],
    ) -> None:
        self.draw = draw
        self.numerics = numerics
        self.rounding = rounding
        self.pool = pool
        self.steps = steps
        self.kinds = kinds
        self.shapes = shapes
        self.nodes: dict[str, Node] = {}
        self.links: list[Link] = []
        # What can send spikes or graded values: port and shape.
        self.senders: dict[str, tuple[int, ...]] = {}
        # What a Monitor can record.
        self.targets: list[str] = []

    def add(
        self,
        kind: str,
        arguments: dict[str, Any],
        rule: Rule | None = None,
        starts: dict[str, Any] | None = None,
    ) -> str:
        name = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes[name] = Node(name, kind, arguments, rule, starts or {})
        return name

    def link(
        self, sender: str, shape: tuple[int, ...], receiver: str, wanted: tuple[int, ...]
    ) -> None:
        """Connect two ports of the same number of elements, through virtual ports."""
        assert prod(shape) == prod(wanted), (shape, wanted)
        through: list[tuple[str, tuple[int, ...]]] = []
        if len(shape) > 1 and self.maybe(0.4):
            axes = tuple(self.draw(st.permutations(range(len(shape)))))
            through.append(("transpose", axes))
            shape = tuple(shape[axis] for axis in axes)
        if shape != wanted:
            through.append(("reshape", wanted))
        self.links.append(Link(sender, receiver, tuple(through)))

    def maybe(self, share: float) -> bool:
        return _maybe(self.draw, share)

    @property
    def fixed(self) -> bool:
        return self.numerics == "fixed"

    # sources

    def raster(self, shape: tuple[int, ...], magnitude: int = 1) -> str:
        """Add a source and return its port."""
        name = self.add("Source", {"data": self.draw(rasters(shape, self.steps, magnitude))})
        self.targets.append(f"{name}.s_out")
        return f"{name}.s_out"

    def source(self) -> None:
        kind = self.draw(
            st.sampled_from(["Source", "Source", "graded", "SpikeDrive", "Sleep", "PhaseGate"])
        )
        if kind in ("Source", "graded"):
            shape = self.draw(self.shapes)
            magnitude = 1
            if kind == "graded":
                magnitude = self.draw(st.sampled_from([5, 127, 255, 4095, 2**20, 2**23 - 1]))
            self.senders[self.raster(shape, magnitude)] = shape
            return
        neurons = self.draw(st.integers(1, 12))
        if kind == "PhaseGate":
            name = self.phase_gate(neurons)
        else:
            name = self.add(kind, self.drive(kind, neurons))
        if kind == "Sleep" and self.maybe(0.5):
            self.feed(f"{name}.wake_in", neurons)
        self.senders[f"{name}.s_out"] = (neurons,)
        self.targets.append(f"{name}.s_out")
        if kind in ("Sleep", "PhaseGate"):
            self.senders[f"{name}.phase_out"] = (1,)
            self.targets.append(f"{name}.phase_out")

    def drive(self, kind: str, neurons: int) -> dict[str, Any]:
        """Arguments of a SpikeDrive, a CurrentDrive or a Sleep process."""
        arguments: dict[str, Any] = {
            "shape": (neurons,),
            "seed": self.draw(st.one_of(st.integers(0, 5), st.integers(0, 2**63 - 1))),
        }
        if self.maybe(0.4):
            arguments["wave_period"] = self.draw(st.sampled_from([1.0, 7.5, 20.0]))
            arguments["wave_depth"] = self.draw(st.sampled_from([0.0, 0.5, 1.0]))
        if kind == "Sleep":
            arguments |= self.schedule()
        if kind == "CurrentDrive" or (kind == "Sleep" and self.maybe(0.4)):
            top = self.draw(st.sampled_from([10, 300, 8_000_000]))
            arguments |= {
                "mean": self.draw(float_arrays((neurons,), -top, top)),
                "std": self.draw(float_arrays((neurons,), 0, top / 20)),
                "hold": self.draw(st.integers(1, 5)),
            }
            return arguments
        arguments["rates"] = self.draw(
            st.one_of(st.sampled_from([0.2, 0.0, 1.0]), float_arrays((neurons,), 0, 1))
        )
        if self.maybe(0.3):
            rows = self.draw(st.sampled_from([n for n in (1, 2, 3) if neurons % n == 0]))
            arguments["plane"] = (rows, neurons // rows)
            arguments["window"] = self.draw(st.integers(0, min(arguments["plane"])))
        return arguments

    def schedule(self) -> dict[str, int]:
        wake, sleep = self.draw(st.sampled_from([(3, 4), (0, 1), (1, 0), (10, 2), (1, 1)]))
        return {"wake_steps": wake, "sleep_steps": sleep}

    def phase_gate(self, neurons: int) -> str:
        name = self.add("PhaseGate", {"shape": (neurons,), **self.schedule()})
        for port in ("wake_in", "replay_in"):
            if self.maybe(0.8):
                self.feed(f"{name}.{port}", neurons)
        return name

    def feed(self, port: str, neurons: int) -> None:
        """Connect a port to what is there, or to a new source."""
        fitting = [sender for sender, shape in self.senders.items() if prod(shape) == neurons]
        if fitting and self.maybe(0.5):
            sender = self.draw(st.sampled_from(fitting))
            self.link(sender, self.senders[sender], port, (neurons,))
        else:
            magnitude = self.draw(st.sampled_from([1, 100]))
            self.links.append(Link(self.raster((neurons,), magnitude), port))

    # neurons

    def neuron(self) -> str:
        kinds = ["LIF", "LIF", "LIF", "LIFReset", "TernaryLIF", "LearningLIF"]
        kinds += ["PrototypeLIF"] if self.fixed else ["LIFRefractory"]
        kind = self.draw(st.sampled_from(kinds))
        shape = self.draw(self.shapes)
        if kind == "PrototypeLIF":
            shape = (prod(shape),)
        arguments: dict[str, Any] = {"shape": shape, **self.membrane(kind, shape)}
        rule = None
        if kind == "LIFReset":
            arguments["reset_interval"] = self.draw(st.sampled_from([1, 2, 5, 13]))
            arguments["reset_offset"] = self.draw(st.integers(0, 15))
        elif kind == "LIFRefractory":
            arguments["refractory_period"] = self.draw(st.integers(1, 6))
        elif kind in ("LearningLIF", "PrototypeLIF"):
            rule = Rule({"dw": "x0*y1"}, {"rng_seed": 1})
        name = self.add(kind, arguments, rule)
        if kind == "PrototypeLIF":
            self.prototype_inputs(name, shape)
        if self.maybe(0.3):
            self.current_into(name, shape)
        self.senders[f"{name}.s_out"] = shape
        self.targets += [f"{name}.{member}" for member in ("s_out", "u", "v")]
        return name

    def membrane(self, kind: str, shape: tuple[int, ...]) -> dict[str, Any]:
        """Decay, threshold, bias and start values."""
        draw = self.draw
        arguments: dict[str, Any] = {}
        if self.fixed:
            decays = st.one_of(st.sampled_from([4095, 0, 1, 2047]), st.integers(-1, 4095))
            thresholds = st.one_of(st.integers(1, 300), st.sampled_from([0, 131071]))
            # An array can be set between runs; a number cannot.
            as_array = self.maybe(0.15)
            for name in ("du", "dv", *_thresholds_of(kind)):
                value = draw(decays if name in ("du", "dv") else thresholds)
                value = -value if name == "vth_lo" else value
                arguments[name] = [value] if as_array else value
            if self.maybe(0.4):
                # Loihi's mantissa has 13 bits, Lava's 16.
                top = draw(st.sampled_from([64, 4095, 32767]))
                arguments["bias_mant"] = draw(integer_arrays(shape, -top, top))
                if self.maybe(0.6):
                    arguments["bias_exp"] = draw(
                        st.one_of(st.integers(0, 7), integer_arrays(shape, -3, 7))
                    )
            for name in ("u", "v"):
                if self.maybe(0.3):
                    top = draw(st.sampled_from([5000, 2**23 - 1]))
                    arguments[name] = draw(integer_arrays(shape, -top, top))
            return arguments
        unit = st.one_of(st.sampled_from([1.0, 0.0, 0.5]), st.floats(0, 1))
        as_array = self.maybe(0.15)
        for name in ("du", "dv", *_thresholds_of(kind)):
            value = draw(unit if name in ("du", "dv") else _GENERAL_FLOATS)
            value = -value if name == "vth_lo" else value
            arguments[name] = [value] if as_array else value
        for name in ("bias_mant", "u", "v"):
            if self.maybe(0.3):
                arguments[name] = draw(float_arrays(shape, -1, 1.5))
        return arguments

    def prototype_inputs(self, name: str, shape: tuple[int, ...]) -> None:
        if self.maybe(0.8):
            rng = np.random.default_rng(self.draw(st.integers(0, 2**16)))
            length = self.draw(st.integers(1, self.steps + 3))
            # Neuron numbers from 1, the same on every line; 0: no third factor.
            winners = rng.integers(0, shape[0], length, endpoint=True) * (rng.random(length) < 0.3)
            factor = self.add("Source", {"data": np.tile(winners, (shape[0], 1)).tolist()})
            self.links.append(Link(f"{factor}.s_out", f"{name}.a_third_factor_in"))
        if self.maybe(0.5):
            self.links.append(Link(self.raster(shape), f"{name}.reset_in"))
        self.targets += [f"{name}.s_out_bap", f"{name}.s_out_y1", f"{name}.y1"]

    def current_into(self, neuron: str, shape: tuple[int, ...]) -> None:
        """Drive a neuron without a synapse."""
        fitting = [port for port, other in self.senders.items() if prod(other) == prod(shape)]
        if fitting and self.maybe(0.3):
            sender = self.draw(st.sampled_from(fitting))
            self.link(sender, self.senders[sender], f"{neuron}.a_in", shape)
            return
        if self.maybe(0.5):
            sender = self.raster(shape, self.draw(st.sampled_from([100, 1, 2**20])))
            self.link(sender, shape, f"{neuron}.a_in", shape)
            return
        size = prod(shape)
        drive = self.add("CurrentDrive", self.drive("CurrentDrive", size))
        self.targets.append(f"{drive}.a_out")
        self.link(f"{drive}.a_out", (size,), f"{neuron}.a_in", shape)

    # synapses

    def synapses(self, sender: str, neuron: str) -> None:
        """Connect a sender to a neuron through one synapse Process."""
        earlier = dict(self.senders)
        pre_shape = self.senders[sender]
        post_shape = self.nodes[neuron].arguments["shape"]
        post, pre = prod(post_shape), prod(pre_shape)
        kind = self.draw(st.sampled_from(self.kinds))
        arguments = self.weights(kind, post, pre)
        if self.maybe(0.4):
            arguments["num_message_bits"] = self.draw(st.integers(1, 24))
        if kind == "DelayDense":
            arguments |= self.delays(post, pre)
        rule = None
        starts = {}
        if kind in PLASTIC:
            third = self.draw(st.sampled_from([False, False, True]))
            third = third or self.nodes[neuron].kind == "PrototypeLIF"
            rule = self.rule(kind, 3 if third else 2)
            starts = self.starts(post, pre)
            arguments |= self.tags(kind, np.array(arguments["weights"]))
            if self.rounding == "per_layer" and self.maybe(0.2):
                arguments["graded_spike_cfg"] = self.draw(
                    st.sampled_from([member.name for member in GradedSpikeCfg])
                )
                # Payloads become unsigned bytes; the cast of others is up to the processor.
                sender = self.raster(pre_shape, 255)
                data = self.nodes[_node_of(sender)].arguments["data"]
                self.nodes[_node_of(sender)] = dataclasses.replace(
                    self.nodes[_node_of(sender)], arguments={"data": np.abs(data).tolist()}
                )
        name = self.add(kind, arguments, rule, starts)
        self.link(sender, pre_shape, f"{name}.s_in", (pre,))
        if self.maybe(0.2) and "graded_spike_cfg" not in arguments:
            # Inputs of one port are added up, and may cancel.
            fitting = [port for port, shape in earlier.items() if prod(shape) == pre]
            # Lava refuses to connect the same two ports twice.
            fitting.remove(sender)
            if fitting:
                second = self.draw(st.sampled_from(fitting))
                self.link(second, self.senders[second], f"{name}.s_in", (pre,))
        self.link(f"{name}.a_out", (post,), f"{neuron}.a_in", post_shape)
        self.targets.append(f"{name}.a_out")
        if rule is not None:
            self.post_inputs(name, neuron, post, rule.factors)
            self.targets += [f"{name}.{trace}" for trace in (*_TRACES, "tx", "ty")]
        if kind == "LearningDense" and post * pre * self.steps <= _MONITORED_ELEMENTS:
            self.targets += [f"{name}.{var}" for var in ("weights", "weights", "tag_1", "tag_2")]

    def rule(self, kind: str, factors: int) -> Rule:
        """Draw a rule, or take one that is there."""
        used = [
            node.rule
            for node in self.nodes.values()
            if node.kind == kind and node.rule is not None and node.rule.factors == factors
        ]
        if used and self.maybe(0.2):
            return self.draw(st.sampled_from(used))
        return self.draw(_rules(self.numerics, kind in SPARSE, factors, self.pool))

    def starts(self, post: int, pre: int) -> dict[str, Any]:
        """Start values of traces."""
        arrays = integer_arrays if self.fixed else float_arrays
        return {
            trace: self.draw(arrays((pre if trace in ("x1", "x2") else post,), 0, 127))
            for trace in _TRACES
            if self.maybe(0.1)
        }

    def weights(self, kind: str, post: int, pre: int) -> dict[str, Any]:
        draw = self.draw
        if not self.fixed:
            values = np.array(draw(float_arrays((post, pre), -2, 3)))
            if kind in SPARSE:
                values = self.thin(values)
            arguments = {"weights": values.tolist()}
            if self.maybe(0.3) and kind != "LearningSparse":
                # Lava's floating-point learning has no branch for SignMode.NULL.
                modes = ["MIXED", "EXCITATORY", "INHIBITORY"]
                arguments["sign_mode"] = draw(st.sampled_from(modes))
            return arguments
        low, high = draw(
            st.sampled_from([(-256, 255), (0, 255), (-255, 0), (-20, 60), (-700, 900), (0, 0)])
        )
        values = np.array(draw(integer_arrays((post, pre), low, high)))
        arguments = {}
        if self.maybe(0.6):
            modes = ["MIXED", "EXCITATORY", "INHIBITORY"]
            # Learning has no branch for NULL.
            modes += ["NULL"] if kind in ("Dense", "DelayDense", "Sparse") else []
            # A sparse matrix cannot be compared with 0, as these two modes do.
            arguments["sign_mode"] = draw(
                st.sampled_from(modes if kind != "LearningSparse" else ["MIXED"])
            )
        if self.maybe(0.5):
            arguments["weight_exp"] = draw(st.integers(-3, 4))
        if self.maybe(0.4):
            arguments["num_weight_bits"] = draw(st.integers(1, 8))
        if kind in SPARSE:
            values = self.stored(self.thin(values), arguments)
        elif self.maybe(0.15):
            # Lava drops the fraction.
            values = values + draw(st.sampled_from([0.5, -0.4]))
        return {"weights": values.tolist(), **arguments}

    def thin(self, values: np.ndarray) -> np.ndarray:
        """Take synapses away, down to one: Lava fails on a sparse matrix that holds nothing."""
        rng = np.random.default_rng(self.draw(st.integers(0, 2**16)))
        kept = rng.random(values.shape) < self.draw(st.sampled_from([0.5, 0.9, 0.1, 1]))
        kept.flat[0] = True
        return np.where(kept, np.where(values == 0, 1, values), 0)

    @staticmethod
    def stored(values: np.ndarray, arguments: dict[str, Any]) -> np.ndarray:
        """Push sparse weights away from 0.

        Truncation removes those that become 0, and then Lava's get() fails, as it counts on the
        synapses that there were at first.
        """
        step = 2 ** (9 - arguments.get("num_weight_bits", 8))
        mode = arguments.get("sign_mode")
        if mode in ("EXCITATORY", "NULL"):
            values = np.abs(values)
        elif mode == "INHIBITORY" or step > 255:
            values = -np.abs(values)
        away = np.where(np.abs(values) < step, np.sign(values) * step, values)
        # Excitatory and inhibitory weights are stored in steps of half the size, up to 255.
        return np.clip(away, -256 if mode in (None, "MIXED") else -255, 255)

    def delays(self, post: int, pre: int) -> dict[str, Any]:
        top = self.draw(st.sampled_from([3, 0, 10, 63]))
        arguments: dict[str, Any] = {
            "delays": self.draw(st.one_of(st.integers(0, top), integer_arrays((post, pre), 0, top)))
        }
        if self.maybe(0.3):
            arguments["max_delay"] = int(np.max(arguments["delays"])) + self.draw(st.integers(0, 3))
        return arguments

    def tags(self, kind: str, weights: np.ndarray) -> dict[str, Any]:
        arguments = {}
        for name, low in (("tag_1", -256), ("tag_2", 0)):
            if kind == "LearningDense" and not self.maybe(0.3):
                continue
            values = np.array(
                self.draw(integer_arrays(weights.shape, low, 255))
                if self.fixed
                else self.draw(float_arrays(weights.shape, low / 100, 2))
            )
            if kind == "LearningSparse":
                # The default of sparse tags holds nothing, on which Lava fails, and its floats
                # cannot be shifted; the engine asks for a tag at each weight.
                values = np.where(weights == 0, 0, np.where(values == 0, 1, values))
            arguments[name] = values.tolist()
        return arguments

    def post_inputs(self, synapse: str, neuron: str, post: int, factors: int) -> None:
        """Post-synaptic spikes and third factors of a plastic synapse."""
        kind = self.nodes[neuron].kind
        if kind == "PrototypeLIF":
            self.links.append(Link(f"{neuron}.s_out_bap", f"{synapse}.s_in_bap"))
            self.links.append(Link(f"{neuron}.s_out_y1", f"{synapse}.s_in_y1"))
            return
        if self.maybe(0.85):
            sender = f"{neuron}.s_out"
            fitting = [port for port, shape in self.senders.items() if prod(shape) == post]
            if self.maybe(0.25):
                sender = self.draw(st.sampled_from(fitting))
            self.link(sender, self.senders[sender], f"{synapse}.s_in_bap", (post,))
        if factors == 3:
            for port in ("s_in_y1", "s_in_y2", "s_in_y3"):
                if self.maybe(0.6):
                    self.links.append(Link(self.raster((post,), 127), f"{synapse}.{port}"))

    # recorders

    def recorder(self) -> None:
        sender = self.draw(st.sampled_from(sorted(self.senders)))
        shape = self.senders[sender]
        if self.maybe(0.5):
            raster_steps = self.draw(st.integers(0, self.steps + 2))
            name = self.add("SpikeProbe", {"shape": (prod(shape),), "raster_steps": raster_steps})
            self.link(sender, shape, f"{name}.s_in", (prod(shape),))
        else:
            buffer = self.draw(st.integers(1, self.steps + 2))
            wanted = self.draw(st.sampled_from([shape, (prod(shape),), (1, prod(shape))]))
            name = self.add("Sink", {"shape": wanted, "buffer": buffer})
            self.link(sender, shape, f"{name}.a_in", wanted)

    # writes between runs

    def writable(self) -> list[tuple[str, st.SearchStrategy[Any]]]:
        """Vars that a host may set, each with a strategy for its values."""
        return [
            (f"{node.name}.{name}", values)
            for node in self.nodes.values()
            for name, values in self.writable_of(node)
        ]

    def writable_of(self, node: Node) -> Iterator[tuple[str, st.SearchStrategy[Any]]]:
        shape = tuple(node.arguments.get("shape", ()))
        arguments = node.arguments
        if node.kind in NEURONS:
            yield from self.writable_of_neurons(node, shape)
        elif node.kind in SYNAPSES:
            yield from self.writable_of_synapses(node)
        elif node.kind == "Source":
            # Third factors are numbers of neurons: others would be out of range.
            into = {link.receiver for link in self.links if _node_of(link.sender) == node.name}
            if not any(port.endswith(".a_third_factor_in") for port in into):
                yield "data", integer_arrays(np.shape(arguments["data"]), 0, 1)
        elif node.kind == "Sink":
            yield "data", integer_arrays((*shape, arguments["buffer"]), -9, 9)
        elif node.kind == "SpikeProbe":
            yield "count", integer_arrays(shape, 0, 5)
        else:
            if "rates" in arguments:
                yield "rates", float_arrays(shape, 0, 1)
            if "std" in arguments:
                yield "mean", float_arrays(shape, -500, 500)
                yield "std", float_arrays(shape, 0, 50)
                yield "hold", integer_arrays((1,), 1, 4)
            if "wake_steps" in arguments:
                yield "wake_steps", integer_arrays((1,), 1, 6)
                yield "sleep_steps", integer_arrays((1,), 0, 6)
                yield "elapsed", integer_arrays((1,), 0, 1)
            if node.kind != "PhaseGate":
                yield "wave_period", float_arrays((1,), 0, 30)
                yield "wave_depth", float_arrays((1,), 0, 1)

    def writable_of_neurons(
        self, node: Node, shape: tuple[int, ...]
    ) -> Iterator[tuple[str, st.SearchStrategy[Any]]]:
        arrays = integer_arrays if self.fixed else float_arrays
        top = 2**23 - 1 if self.fixed else 2
        small = 20000 if self.fixed else 1
        for name in ("u", "v"):
            yield name, st.one_of(arrays(shape, -small, small), arrays(shape, -top, top))
        mantissa = 4095 if self.fixed else 1
        yield "bias_mant", arrays(shape, -mantissa, mantissa)
        yield "bias_exp", integer_arrays(shape, 0, 7)
        # Fixed-point models take over their thresholds in the first step; the engine refuses more.
        for name in ("du", "dv", *(() if self.fixed else _thresholds_of(node.kind))):
            if isinstance(node.arguments[name], list):
                yield name, arrays((1,), 0, 4095 if self.fixed else 1)
        if node.kind == "PrototypeLIF":
            yield "y1", integer_arrays(shape, 0, 127)
        if node.kind == "LIFRefractory":
            yield "refractory_period_end", integer_arrays(shape, 0, self.steps)

    def writable_of_synapses(self, node: Node) -> Iterator[tuple[str, st.SearchStrategy[Any]]]:
        shape = np.shape(node.arguments["weights"])
        arrays = integer_arrays if self.fixed else float_arrays
        if node.kind != "DelayDense":
            yield "a_buff", arrays(shape[:1], -500 if self.fixed else -2, 500 if self.fixed else 2)
        # Set sparse weights come out as floats, on which the fixed-point shifts fail; and a weight
        # that has become 0 is not counted any more.
        if node.kind not in SPARSE:
            if self.fixed:
                yield (
                    "weights",
                    integer_arrays(shape, -128, 127).map(
                        lambda values: (np.array(values) * 2).tolist()
                    ),
                )
            yield "weights", arrays(shape, -100 if self.fixed else -2, 200 if self.fixed else 2)
        if node.kind == "LearningDense":
            yield "tag_1", arrays(shape, -100, 100)
            yield "tag_2", arrays(shape, 0, 200)
            yield "num_message_bits", integer_arrays((1,), 0, 8)
        if node.kind in PLASTIC:
            for name in ("x1", "x2"):
                yield name, arrays((shape[1],), 0, 127)
            for name in ("y1", "y2", "y3"):
                yield name, arrays((shape[0],), 0, 127)
            epoch = 1 if node.rule is None else node.rule.settings["t_epoch"]
            yield "tx", integer_arrays((shape[1],), 0, epoch)
            yield "ty", integer_arrays((shape[0],), 0, epoch)
            yield "x1_impulse", arrays((1,), 0, 127 if self.fixed else 4)
            yield "x1_tau", arrays((1,), 1, 50)
            if node.rule is not None and node.rule.factors == 2:
                yield "y1_impulse", arrays((1,), 0, 127 if self.fixed else 4)
                yield "y1_tau", arrays((1,), 1, 50)


def _thresholds_of(kind: str) -> tuple[str, ...]:
    return ("vth_hi", "vth_lo") if kind == "TernaryLIF" else ("vth",)


SMALL = st.one_of(
    st.integers(1, 12).map(lambda neurons: (neurons,)),
    st.sampled_from([(2, 3), (3, 1), (2, 2, 3), (1, 4)]),
)
# Large enough for what is done only where few of many synapses change.
WIDE = st.integers(16, 100).map(lambda neurons: (neurons,))
_GENERAL_FLOATS = st.integers(1, 4000).map(lambda value: value * 0.00123457)


@st.composite
def graphs(
    draw: st.DrawFn,
    numerics: str = "fixed",
    rounding: str = "per_layer",
    pool: list[dict[str, str]] | None = None,
    layers: tuple[int, int] = (1, 5),
    kinds: tuple[str, ...] = SYNAPSES_DRAWN,
    runs: tuple[tuple[int, ...], ...] = RUNS,
    shapes: st.SearchStrategy[tuple[int, ...]] = SMALL,
) -> Graph:
    """Draw a network with its recordings and runs.

    Parameters
    ----------
    numerics : str
        ``fixed`` or ``float``.
    rounding : str
        ``per_layer`` or ``per_synapse``; the latter refuses graded spikes on plastic synapses.
    pool : list, optional
        Strings of rules to choose from, see :func:`rules_pool`; by default each rule is new.
    layers : tuple of int
        Fewest and most layers of neurons.
    kinds : tuple of str
        Kinds of synapses, as often as they should be drawn.
    runs : tuple of tuple of int
        Steps of the runs, to choose from.
    shapes : SearchStrategy
        Of neurons and of the sources that play data: `SMALL` or `WIDE`.
    """
    chosen = draw(st.sampled_from(runs))
    drawing = _Drawing(draw, numerics, rounding, pool, sum(chosen), kinds, shapes)
    for _ in range(draw(st.integers(1, 2))):
        drawing.source()
    neurons: list[str] = []
    for _ in range(draw(st.integers(*layers))):
        if drawing.maybe(0.25):
            drawing.source()
        senders = sorted(drawing.senders)
        neurons.append(drawing.neuron())
        for sender in draw(st.lists(st.sampled_from(senders), min_size=1, max_size=2)):
            drawing.synapses(sender, neurons[-1])
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        # Any neuron to any: back, or to itself.
        sender = draw(st.sampled_from(neurons))
        drawing.synapses(f"{sender}.s_out", draw(st.sampled_from(neurons)))
    for _ in range(draw(st.integers(0, 2))):
        drawing.recorder()
    monitors = draw(st.lists(st.sampled_from(drawing.targets), max_size=3, unique=True))
    writes = []
    if len(chosen) > 1:
        writable = drawing.writable()
        for index in draw(st.lists(st.integers(0, len(writable) - 1), max_size=3, unique=True)):
            path, values = writable[index]
            writes.append(Write(draw(st.integers(0, len(chosen) - 2)), path, draw(values)))
    graph = Graph(
        tuple(drawing.nodes.values()),
        tuple(drawing.links),
        tuple(monitors),
        chosen,
        tuple(writes),
        drawing.maybe(0.5),
    )
    return connected(graph)


# --- simpler descriptions --------------------------------------------------


def simpler(graph: Graph) -> Iterator[Graph]:
    """Descriptions with a little less in them, the boldest cuts first."""
    replace = dataclasses.replace
    names = {node.name for node in graph.nodes}
    for name in sorted(names):
        if len(names) > 1:
            yield connected(keep(graph, names - {name}))
    for index in range(len(graph.links)):
        yield connected(replace(graph, links=graph.links[:index] + graph.links[index + 1 :]))
    for field_name in ("monitors", "writes"):
        items = getattr(graph, field_name)
        for index in range(len(items)):
            yield replace(graph, **{field_name: items[:index] + items[index + 1 :]})
    if graph.shares_rules:
        yield replace(graph, shares_rules=False)
    if len(graph.runs) > 1 and not graph.writes:
        yield replace(graph, runs=(sum(graph.runs),))
    for index, steps in enumerate(graph.runs):
        for fewer in sorted({1, steps // 2, steps - 1}):
            if 0 < fewer < steps:
                runs = (*graph.runs[:index], fewer, *graph.runs[index + 1 :])
                yield replace(graph, runs=runs)
    steps = sum(graph.runs)
    nodes = tuple(
        replace(node, arguments={"data": np.array(node.arguments["data"])[..., :steps].tolist()})
        if node.kind == "Source"
        else node
        for node in graph.nodes
    )
    if nodes != graph.nodes:
        yield replace(graph, nodes=nodes)
    for index, node in enumerate(graph.nodes):
        for simple in _simpler_nodes(node):
            yield replace(graph, nodes=(*graph.nodes[:index], simple, *graph.nodes[index + 1 :]))


def _simpler_nodes(node: Node) -> Iterator[Node]:
    replace = dataclasses.replace
    required = {"shape", "data", "weights", "delays", "seed", "buffer", "wake_steps", "sleep_steps"}
    required |= {"rates", "std", "reset_interval"}
    for name, value in node.arguments.items():
        others = {key: kept for key, kept in node.arguments.items() if key != name}
        if name not in required:
            yield replace(node, arguments=others)
        if name in _ARRAYS and isinstance(value, list):
            array = np.array(value)
            candidates = [np.zeros_like(array), np.full_like(array, array.flat[0])]
            nonzero = np.flatnonzero(array)
            halves = [nonzero[: nonzero.size // 2], nonzero[nonzero.size // 2 :]]
            for part in [*halves, *nonzero[:40, np.newaxis]]:
                candidates.append(array.copy())
                candidates[-1].flat[part] = 0
            for candidate in candidates:
                if (candidate != array).any():
                    yield replace(node, arguments={**node.arguments, name: candidate.tolist()})
    if node.rule is None:
        return
    for name in node.starts:
        yield replace(node, starts={key: v for key, v in node.starts.items() if key != name})
    for rule in _simpler_rules(node.rule):
        yield replace(node, rule=rule)


def _simpler_rules(rule: Rule) -> Iterator[Rule]:
    replace = dataclasses.replace
    if len(rule.texts) > 1:
        for target in rule.texts:
            texts = {key: text for key, text in rule.texts.items() if key != target}
            yield replace(rule, texts=texts)
    for target, text in rule.texts.items():
        products = re.split(r" (?=[+-] )", text)
        for index in range(len(products)):
            kept = products[:index] + products[index + 1 :]
            if kept:
                shorter = " ".join(kept).removeprefix("+ ")
                yield replace(rule, texts={**rule.texts, target: shorter})
            factors = products[index].split("*")
            for position in range(len(factors)):
                fewer = "*".join(factors[:position] + factors[position + 1 :])
                shorter = " ".join([*products[:index], fewer, *products[index + 1 :]])
                simple = replace(rule, texts={**rule.texts, target: shorter})
                if _is_valid(simple):
                    yield simple
    for name, value in rule.settings.items():
        simple_value = {"rng_seed": 0, "t_epoch": 1}.get(name, int(value))
        if simple_value != value:
            yield replace(rule, settings={**rule.settings, name: simple_value})


def _is_valid(rule: Rule) -> bool:
    try:
        rule.build()
    except Exception:
        return False
    return True


def shrink(graph: Graph, differs: Callable[[Graph], bool], tries: int = 300) -> Graph:
    """Cut a graph down while `differs` stays true, in at most so many tries."""
    tried = 0
    while tried < tries:
        for candidate in simpler(graph):
            tried += 1
            if differs(candidate):
                graph = candidate
                break
            if tried >= tries:
                break
        else:
            return graph
    return graph
