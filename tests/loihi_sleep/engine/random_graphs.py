"""Random networks of Lava Processes, to compare two engines by.

The strategy :func:`graphs` covers what Lava's CPU models accept, up to the limits of each
parameter. What makes Lava itself fail or hang is left out; the comments say why.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np
from graph_description import (
    DELAYED,
    NEURONS,
    PLASTIC,
    SPARSE,
    STATIC,
    SYNAPSES,
    Graph,
    Link,
    Node,
    Rule,
    Write,
    connected,
    node_of,
)
from hypothesis import strategies as st
from lava.magma.core.learning.constants import GradedSpikeCfg
from random_numbers import float_arrays, integer_arrays, maybe, rasters
from random_rules import TRACES, PoolRule, rules

from loihi_sleep.processes.kernels.noise import NOISES

# As often as they are drawn.
SYNAPSES_DRAWN = (
    *("LearningDense",) * 3,
    *("Dense",) * 2,
    "DelayDense",
    "Sparse",
    "LearningSparse",
)

# Longer than the log of learning epochs, and than the random numbers drawn at once.
LONG_RUNS = ((150, 20), (300,), (20, 530))
RUNS = ((12,), (25,), (5, 12), (1, 10), (20, 20), (40,), (64, 3), (7, 1, 9), (150, 20))

# Lava hands over one element at a time, in about 35 microseconds.
_MONITORED_ELEMENTS = 1500


class Drawing:
    """A graph while it is drawn."""

    def __init__(
        self,
        draw: st.DrawFn,
        numerics: str,
        rounding: str,
        pool: list[PoolRule] | None,
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
        return maybe(self.draw, share)

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
                "noise": self.draw(st.sampled_from(NOISES)),
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

    def neuron(self, shape: tuple[int, ...] | None = None) -> str:
        """Add neurons; their shape is drawn, too, where it is not given."""
        kinds = ["LIF", "LIF", "LIF", "LIFReset", "TernaryLIF", "LearningLIF"]
        kinds += ["PrototypeLIF"] if self.fixed else ["LIFRefractory"]
        kind = self.draw(st.sampled_from(kinds))
        if shape is None:
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
            for name in self.differing(kind):
                top = 300 if name == "vth" else 4095
                arguments[name] = draw(integer_arrays(shape, 0, top))
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
        for name in self.differing(kind):
            arguments[name] = draw(float_arrays(shape, 0, 1))
        for name in ("bias_mant", "u", "v"):
            if self.maybe(0.3):
                arguments[name] = draw(float_arrays(shape, -1, 1.5))
        return arguments

    def differing(self, kind: str) -> list[str]:
        """Constants that each neuron has of its own; Lava has them of one number elsewhere."""
        if kind == "LIFRefractory" or not self.maybe(0.2):
            return []
        names = ["du", "dv"] if kind == "TernaryLIF" else ["du", "dv", "vth"]
        return [name for name in names if self.maybe(0.7)]

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
        elif kind == "DelaySparse":
            arguments |= self.sparse_delays(np.array(arguments["weights"]))
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
                data = self.nodes[node_of(sender)].arguments["data"]
                self.nodes[node_of(sender)] = dataclasses.replace(
                    self.nodes[node_of(sender)], arguments={"data": np.abs(data).tolist()}
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
            self.targets += [f"{name}.{trace}" for trace in (*TRACES, "tx", "ty")]
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
        return self.draw(rules(self.numerics, kind in SPARSE, factors, self.pool))

    def starts(self, post: int, pre: int) -> dict[str, Any]:
        """Start values of traces."""
        arrays = integer_arrays if self.fixed else float_arrays
        return {
            trace: self.draw(arrays((pre if trace in ("x1", "x2") else post,), 0, 127))
            for trace in TRACES
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
            modes += ["NULL"] if kind in STATIC else []
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

    def sparse_delays(self, weights: np.ndarray) -> dict[str, Any]:
        """Draw delays for the synapses that are there, or one for all."""
        top = self.draw(st.sampled_from([3, 1, 10, 63]))
        arguments: dict[str, Any] = {"delays": self.draw(st.integers(0, top))}
        if self.maybe(0.7):
            delays = np.array(self.draw(integer_arrays(weights.shape, 0, top)))
            # Lava's get() fails on a matrix of delays that holds nothing.
            delays.flat[0] = max(delays.flat[0], 1)
            arguments["delays"] = np.where(weights == 0, 0, delays).tolist()
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
            into = {link.receiver for link in self.links if node_of(link.sender) == node.name}
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
            if isinstance(node.arguments[name], list) and np.size(node.arguments[name]) == 1:
                yield name, arrays((1,), 0, 4095 if self.fixed else 1)
        if node.kind == "PrototypeLIF":
            yield "y1", integer_arrays(shape, 0, 127)
        if node.kind == "LIFRefractory":
            yield "refractory_period_end", integer_arrays(shape, 0, self.steps)

    def writable_of_synapses(self, node: Node) -> Iterator[tuple[str, st.SearchStrategy[Any]]]:
        shape = np.shape(node.arguments["weights"])
        arrays = integer_arrays if self.fixed else float_arrays
        if node.kind not in DELAYED:
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
    pool: list[PoolRule] | None = None,
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
        Rules to choose from, see :func:`random_rules.rules_pool`; by default each is
        new.
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
    drawing = Drawing(draw, numerics, rounding, pool, sum(chosen), kinds, shapes)
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
