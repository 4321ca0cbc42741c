"""Random networks of the neurons of Lava's library that are no LIF neurons: graded, both signs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod
from typing import Any

from graph_description import Link, Node
from hypothesis import strategies as st
from random_graphs import Drawing
from random_numbers import float_arrays, integer_arrays

_SIGMA_DELTA = ("SigmaDelta", "SigmaDelta", "Delta", "Sigma")
_BOTH = (*_SIGMA_DELTA, "RF", "RF_IZ", "ATRLIF", "ATRLIF")
_KINDS = {
    "fixed": (
        *(*_BOTH, "RFZero", "RFZero", "GradedVec", "GradedReluVec", "ProdNeuron", "ProdNeuron"),
        "NormVecDelay",
    ),
    "float": (*_BOTH, "InvSqrt"),
}
_INPUTS = {
    **dict.fromkeys(("RF", "RF_IZ"), ("a_real_in", "a_imag_in")),
    "RFZero": ("u_in", "v_in"),
    **dict.fromkeys(("ProdNeuron", "NormVecDelay"), ("a_in1", "a_in2")),
}
# Vars that a run changes.
_STATES = {
    "Sigma": ("sigma",),
    "Delta": ("act", "residue", "error"),
    "SigmaDelta": ("sigma", "act", "residue", "error"),
    **dict.fromkeys(("RF", "RF_IZ"), ("real", "imag")),
    "RFZero": ("u", "v"),
    "ATRLIF": ("i", "v", "theta", "r", "s"),
    "NormVecDelay": ("v", "v2"),
}
_MAGNITUDES = (1, 5, 255, 4095, 2**20, 2**23 - 1)


def wire_sigma_delta(drawing: Drawing) -> None:
    """Draw a sigma-delta network: input that is encoded, layers, and a sum at the end."""
    draw = drawing.draw
    shape = draw(drawing.shapes)
    name = _neurons(drawing, "Delta", shape)
    magnitude = draw(st.sampled_from(_MAGNITUDES))
    drawing.link(drawing.raster(shape, magnitude), shape, f"{name}.a_in", shape)
    for kind in (*["SigmaDelta"] * draw(st.integers(1, 2)), *draw(_ENDS)):
        sender, pre = f"{name}.s_out", shape
        shape = draw(drawing.shapes)
        name = _neurons(drawing, kind, shape)
        _synapses(drawing, sender, pre, f"{name}.a_in", shape)
        if drawing.maybe(0.2):
            _synapses(drawing, f"{name}.s_out", shape, f"{name}.a_in", shape)


def wire_neurons(drawing: Drawing) -> None:
    """Draw neurons of all kinds, behind synapses or without, in chains and loops."""
    draw = drawing.draw
    for _ in range(draw(st.integers(1, 2))):
        shape = draw(drawing.shapes)
        drawing.senders[drawing.raster(shape, draw(st.sampled_from(_MAGNITUDES)))] = shape
    added: list[str] = []
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(_KINDS[drawing.numerics]))
        shape = draw(drawing.shapes)
        earlier = dict(drawing.senders)
        name = _neurons(drawing, kind, shape)
        for port in _INPUTS.get(kind, ("a_in",)):
            if drawing.maybe(0.9):
                _feed(drawing, earlier, f"{name}.{port}", shape)
        added.append(name)
    if drawing.maybe(0.3):
        name = draw(st.sampled_from(added))
        port = draw(st.sampled_from(_INPUTS.get(drawing.nodes[name].kind, ("a_in",))))
        sender = draw(st.sampled_from(sorted(drawing.senders)))
        shape = drawing.nodes[name].arguments["shape"]
        _synapses(drawing, sender, drawing.senders[sender], f"{name}.{port}", shape)
    if drawing.maybe(0.5):
        drawing.kinds = ("Dense", "Sparse", "DelayDense")
        drawing.synapses(draw(st.sampled_from(sorted(drawing.senders))), drawing.neuron())


def wire_normalized(drawing: Drawing) -> None:
    """Draw a vector that is divided by its length, as `NormVecDelay` is meant; fixed only."""
    draw, neurons = drawing.draw, drawing.draw(st.integers(1, 8))
    norm = _neurons(drawing, "NormVecDelay", (neurons,))
    drawing.links.append(
        Link(drawing.raster((neurons,), draw(st.sampled_from([1, 100, 4095]))), f"{norm}.a_in1")
    )
    root = _neurons(drawing, "InvSqrt", (1,))
    # No sum below 0, at which Lava's model fails.
    weights = draw(integer_arrays((1, neurons), 1, 4))
    total = drawing.add("Dense", {"weights": weights, "num_message_bits": 24})
    drawing.links += [
        Link(f"{norm}.s2_out", f"{total}.s_in"),
        Link(f"{total}.a_out", f"{root}.a_in"),
    ]
    _synapses(drawing, f"{root}.s_out", (1,), f"{norm}.a_in2", (neurons,))


_ENDS = st.sampled_from([("Sigma",), ("SigmaDelta",), ()])


def _feed(
    drawing: Drawing, earlier: dict[str, tuple[int, ...]], port: str, shape: tuple[int, ...]
) -> None:
    """Connect a port to senders that were there before, or to new sources."""
    for _ in range(drawing.draw(st.sampled_from([1, 1, 2]))):
        how = drawing.draw(st.sampled_from(["synapses", "synapses", "direct", "source"]))
        fitting = [sender for sender, pre in earlier.items() if prod(pre) == prod(shape)]
        # Lava refuses to connect the same two ports twice.
        there = {link.sender for link in drawing.links if link.receiver == port}
        fitting = [sender for sender in fitting if sender not in there]
        if how == "direct" and fitting:
            sender = drawing.draw(st.sampled_from(fitting))
            drawing.link(sender, drawing.senders[sender], port, shape)
        elif how == "source":
            sender = drawing.raster(shape, drawing.draw(st.sampled_from(_MAGNITUDES)))
            drawing.link(sender, shape, port, shape)
        else:
            sender = drawing.draw(st.sampled_from(sorted(earlier)))
            _synapses(drawing, sender, earlier[sender], port, shape)


def _synapses(
    drawing: Drawing, sender: str, pre: tuple[int, ...], port: str, post: tuple[int, ...]
) -> None:
    """Connect two ports by synapses, which mostly take graded spikes."""
    kind = drawing.draw(st.sampled_from(["Dense", "Dense", "Sparse"]))
    arguments = drawing.weights(kind, prod(post), prod(pre))
    if drawing.maybe(0.85):
        arguments["num_message_bits"] = drawing.draw(st.integers(1, 24))
    name = drawing.add(kind, arguments)
    drawing.link(sender, pre, f"{name}.s_in", (prod(pre),))
    drawing.link(f"{name}.a_out", (prod(post),), port, post)
    drawing.targets.append(f"{name}.a_out")


def _neurons(drawing: Drawing, kind: str, shape: tuple[int, ...]) -> str:
    arguments = {"shape": shape, **_ARGUMENTS[kind](drawing, shape)}
    name = drawing.add(kind, arguments)
    sends = ("s_out", "s2_out") if kind == "NormVecDelay" else ("s_out",)
    drawing.senders |= {f"{name}.{port}": shape for port in sends}
    drawing.targets += [f"{name}.{member}" for member in (*sends, *_STATES.get(kind, ()))]
    return name


def _arrays(drawing: Drawing) -> Callable[..., st.SearchStrategy[Any]]:
    return integer_arrays if drawing.fixed else float_arrays


def _nothing(drawing: Drawing, shape: tuple[int, ...]) -> dict[str, Any]:
    return {}


def _threshold(drawing: Drawing) -> Any:
    if not drawing.fixed:
        return drawing.draw(st.one_of(st.integers(1, 4000).map(lambda x: x * 0.00123457)))
    return drawing.draw(
        st.one_of(st.integers(0, 300), st.sampled_from([0, 1, -1, 2.7, 2**16, 2**24, 2**31 - 1]))
    )


def _of_delta(drawing: Drawing, shape: tuple[int, ...]) -> dict[str, Any]:
    draw = drawing.draw
    arguments: dict[str, Any] = {"vth": _threshold(drawing)}
    if drawing.maybe(0.4):
        arguments["cum_error"] = True
    if drawing.fixed and drawing.maybe(0.7):
        bits = st.one_of(st.integers(0, 7), st.sampled_from([0, 6, 12, 20, 31]))
        arguments |= {"spike_exp": draw(bits), "state_exp": draw(bits)}
        # Thresholds beyond 64 bits are none in Lava.
        arguments["vth"] = min(arguments["vth"], 2**24)
        if arguments["spike_exp"] + arguments["state_exp"] > 38:
            arguments["vth"] = int(arguments["vth"]) & 1
    return arguments


def _of_sigma_delta(drawing: Drawing, shape: tuple[int, ...]) -> dict[str, Any]:
    arguments = _of_delta(drawing, shape)
    if drawing.maybe(0.5):
        bias = _arrays(drawing)(shape, *((-300, 300) if drawing.fixed else (-2, 2)))
        arguments["bias"] = drawing.draw(bias)
    if drawing.maybe(0.4):
        # ActivationMode.UNIT
        arguments["act_mode"] = 0
    return arguments


def _of_resonator(drawing: Drawing, shape: tuple[int, ...]) -> dict[str, Any]:
    draw = drawing.draw
    each = drawing.maybe(0.3)
    arguments = {
        "period": draw(float_arrays(shape if each else (), 2.1, 40)),
        "alpha": draw(float_arrays(shape if each else (), 0.0, 0.7)),
        "vth": _threshold(drawing),
    }
    if drawing.fixed:
        arguments["vth"] = min(abs(arguments["vth"]), 2**20)
        arguments["decay_bits"] = draw(st.sampled_from([12, 12, 12, 1, 7, 13, 24]))
        arguments["state_exp"] = draw(st.sampled_from([0, 1, 6, 6, 9]))
    return arguments


def _of_rf_zero(drawing: Drawing, shape: tuple[int, ...]) -> dict[str, Any]:
    draw = drawing.draw
    return {
        "freqs": draw(float_arrays(shape, 1, 500)),
        "decay_tau": draw(float_arrays(shape, 0.002, 2)),
        "uth": draw(st.one_of(st.integers(0, 300), st.sampled_from([-5, 2**20]))),
    }


def _of_atrlif(drawing: Drawing, shape: tuple[int, ...]) -> dict[str, Any]:
    draw, fixed = drawing.draw, drawing.fixed
    shares = st.one_of(st.floats(0, 1), st.sampled_from([0, 1, 0.0, 1.0, [0.3], [0], [1]]))
    arguments = {
        f"delta_{name}": draw(shares) for name in ("i", "v", "theta", "r") if drawing.maybe(0.7)
    }
    arrays, top = _arrays(drawing), 500 if fixed else 5
    for name in ("i", "v", "theta", "r"):
        if drawing.maybe(0.3):
            arguments[name] = draw(arrays(shape, -top, top))
    if drawing.maybe(0.6):
        arguments["theta_0"] = draw(st.one_of(st.floats(0.1, 60), st.integers(0, 100)))
        arguments["theta_step"] = draw(st.one_of(st.floats(0, 30), st.integers(0, 50)))
    if drawing.maybe(0.5):
        arguments["bias_mant"] = draw(arrays(shape, -top, top))
        if fixed:
            arguments["bias_exp"] = draw(st.one_of(st.integers(0, 7), integer_arrays(shape, -3, 7)))
    return arguments


def _of_vec(drawing: Drawing, shape: tuple[int, ...]) -> dict[str, Any]:
    return {"vth": _threshold(drawing), "exp": drawing.draw(st.sampled_from([0, 3, 12, 31, 40]))}


_ARGUMENTS: dict[str, Callable[[Drawing, tuple[int, ...]], dict[str, Any]]] = {
    "Sigma": _nothing,
    "Delta": _of_delta,
    "SigmaDelta": _of_sigma_delta,
    "RF": _of_resonator,
    "RF_IZ": _of_resonator,
    "RFZero": _of_rf_zero,
    "ATRLIF": _of_atrlif,
    **dict.fromkeys(("GradedVec", "GradedReluVec", "ProdNeuron", "NormVecDelay"), _of_vec),
    "InvSqrt": _nothing,
}
KINDS = tuple(_ARGUMENTS)


def writable(drawing: Drawing, node: Node) -> Iterator[tuple[str, st.SearchStrategy[Any]]]:
    """Vars of neurons that a host may set, each with a strategy for its values."""
    shape, arrays = tuple(node.arguments["shape"]), _arrays(drawing)
    top = 1000 if drawing.fixed else 3
    for name in _STATES.get(node.kind, ()):
        values = integer_arrays(shape, 0, 1) if name == "s" else arrays(shape, -top, top)
        yield name, values
    if node.kind in ("Delta", "SigmaDelta"):
        yield "vth", arrays((1,), 0, top)
        yield "cum_error", integer_arrays((1,), 0, 1)
        yield "state_exp", integer_arrays((1,), -1, 33)
    if node.kind == "Delta":
        yield "spike_exp", integer_arrays((1,), -1, 33)
    if node.kind == "SigmaDelta":
        yield "bias", arrays(shape, -top, top)
    if node.kind in ("RF", "RF_IZ") and drawing.fixed:
        yield "state_exp", integer_arrays((1,), -1, 33)
        yield "decay_bits", integer_arrays((1,), -1, 65)
        yield "vth", integer_arrays((1,), -5, 5000)
    if node.kind == "RFZero":
        yield "lct", integer_arrays(shape, -(2**15), 2**15)
        yield "uth", integer_arrays((1,), -10, 100)
    if node.kind == "ATRLIF":
        yield "bias_mant", arrays(shape, -top, top)
        if drawing.fixed:
            # Lava's models of Vars that are one number take no others than integers.
            yield "theta_step", integer_arrays((1,), 0, 3000)
            yield "theta_0", integer_arrays((1,), 0, 3000)
        if isinstance(node.arguments.get("delta_v"), list):
            yield "delta_v", float_arrays((1,), 0, 1)
        if isinstance(node.arguments.get("delta_i"), int):
            yield "delta_i", float_arrays((1,), 0, 1)
    if node.kind in ("GradedVec", "GradedReluVec", "ProdNeuron"):
        yield "v", arrays(shape, -top, top)
        yield "vth", arrays((1,), 0, 50)
    if node.kind == "ProdNeuron":
        yield "exp", integer_arrays((1,), -1, 33)
