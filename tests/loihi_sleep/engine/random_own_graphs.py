"""Random networks of the Processes of this project and of others of Lava's, as they are meant.

Each function that begins with ``wire_`` draws one kind of network; :func:`own_graphs` adds
recordings, runs and writes between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import random_convolutions
import random_neurons
from graph_description import Graph, Link, Node, Write, connected
from hypothesis import strategies as st
from random_convolutions import wire_convolved, wire_in_time
from random_graphs import SMALL, Drawing
from random_hippocampus import wire_hippocampus
from random_neurons import wire_neurons, wire_normalized, wire_sigma_delta
from random_numbers import float_arrays, integer_arrays, rasters
from random_rules import PoolRule, rules

from loihi_sleep.processes.kernels.foraging_world import DIRECTIONS, VIEW_SIDE

RUNS = ((12,), (25,), (5, 12), (1, 10), (20, 20), (40,), (7, 1, 9))
_SEEDS = st.one_of(st.integers(0, 5), st.integers(0, 2**63 - 1))


def wire_driven(drawing: Drawing) -> None:
    """Draw images as spikes through synapses, frames as currents, both into LIF neurons."""
    draw, neurons = drawing.draw, drawing.draw(st.integers(1, 8))
    lif = _lif(drawing, neurons)
    if drawing.maybe(0.7):
        _dense(drawing, _spikes(drawing, draw(st.integers(1, 8))), lif)
    frames = _frames(drawing, neurons, 300 if drawing.fixed else 1)
    drawing.links.append(Link(f"{frames}.a_out", f"{lif}.a_in"))


def wire_gated(drawing: Drawing) -> None:
    """Draw layers on gated synapses; float only."""
    draw = drawing.draw
    sender, pre = _spikes(drawing, draw(st.integers(1, 8)))
    for _ in range(draw(st.integers(1, 2))):
        post = draw(st.integers(1, 6))
        arguments: dict[str, Any] = {
            "weights": draw(float_arrays((post, pre), -0.01, 0.8)),
            "gain": draw(st.sampled_from([1.0, 0.7])),
            "potentiation": draw(st.sampled_from([0.1, 0.0, 0.004])),
            "depression": draw(st.sampled_from([0.05, 0.0, 0.003])),
        }
        if drawing.maybe(0.5):
            arguments["width"] = draw(st.sampled_from([0.01, 0.3]))
        if drawing.maybe(0.4):
            arguments["shuffle_seed"] = draw(_SEEDS)
        synapses = drawing.add("GatedDense", arguments)
        lif = _lif(drawing, post)
        _through(drawing, sender, synapses, lif)
        drawing.targets += [f"{synapses}.{name}" for name in ("weights", "s_before")]
        sender, pre = f"{lif}.s_out", post


def wire_shuffled(drawing: Drawing) -> None:
    """Draw a layer whose rule sees spikes at the wrong neurons."""
    draw = drawing.draw
    sender, pre = _spikes(drawing, draw(st.integers(1, 8)))
    post = draw(st.integers(1, 6))
    weights = drawing.weights("LearningDense", post, pre)
    rule = draw(rules(drawing.numerics, False, 2, drawing.pool))
    synapses = drawing.add("ShuffledDense", {"shuffle_seed": draw(_SEEDS), **weights}, rule)
    _through(drawing, sender, synapses, _lif(drawing, post))
    drawing.targets += [f"{synapses}.{name}" for name in ("weights", "x1")]


def wire_dictionary(drawing: Drawing) -> None:
    """Draw a residual layer and a sparse one, with synapses both ways or one way."""
    draw, fixed = drawing.draw, drawing.fixed
    pixels, features = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    decays = st.integers(2, 4096) if fixed else st.floats(0, 1)
    unit = 300 if fixed else 1.0

    def common(*decaying: str) -> dict[str, Any]:
        arguments = {name: draw(decays) for name in decaying}
        arguments["vth"] = draw(st.integers(1, 3 * unit) if fixed else st.floats(0.1, 2))
        arguments["floor"] = -draw(st.integers(0, 3)) * unit
        return arguments

    residual = drawing.add(
        "ResidualLIF",
        {
            "shape": (pixels,),
            "bias": draw(_arrays(drawing)((pixels,), 0, unit)),
            "reset": draw(st.sampled_from(["subtract", "zero"])),
            **common("du", "dv"),
        },
    )
    sparse = drawing.add(
        "SparseLIF",
        {
            "shape": (features,),
            "feedback": draw(st.integers(0, 2000) if fixed else st.floats(0, 0.5)),
            **common("du", "dv", "dc"),
        },
    )
    drawing.links.append(Link(f"{_frames(drawing, pixels, unit)}.a_out", f"{residual}.i_in"))
    phi = np.array(draw(_arrays(drawing)((pixels, features), *((-60, 127) if fixed else (-1, 1)))))
    rule = {
        "decay": draw(decays),
        "impulse": draw(st.integers(1, 65535) if fixed else st.floats(0.01, 2)),
        "rate": draw(st.sampled_from([0.0, 1e-5, 0.01] if fixed else [0.0, 0.01, 0.3])),
        "reference": draw(st.sampled_from([None, 0, 20 if fixed else 0.2])),
        "least": draw(st.sampled_from([0, 3 if fixed else 0.03])),
        "epoch": draw(st.integers(1, 12)),
        "seed": draw(_SEEDS),
        "learning": drawing.maybe(0.8),
    }
    if fixed:
        rule["weight_exp"] = draw(st.integers(0, 6))
    ways = draw(st.sampled_from([("up", "down"), ("up",), ("up", "down")]))
    for way in ways:
        up = way == "up"
        synapses = drawing.add(
            "ResidualDense",
            {
                "weights": (phi.T if up else phi).tolist(),
                "residual": "pre" if up else "post",
                "gain": draw(st.sampled_from([1.0, 0.6])) * (1 if up else -1),
                **rule,
            },
        )
        pre, post = (residual, sparse) if up else (sparse, residual)
        _through(drawing, f"{pre}.s_out", synapses, post)
        drawing.targets += [f"{synapses}.{name}" for name in ("weights", "tag_1", "x", "y")]
    drawing.targets += [f"{residual}.v", f"{sparse}.c"]
    drawing.senders |= {f"{residual}.s_out": (pixels,), f"{sparse}.s_out": (features,)}


def wire_foraging(drawing: Drawing) -> None:
    """Draw a world, a network that sees it, and outputs that act in it: all of it, or a part."""
    draw = drawing.draw
    view, cycle, hidden = VIEW_SIDE**2, draw(st.integers(2, 9)), draw(st.integers(1, 6))
    schedule = drawing.schedule()
    world = drawing.add(
        "Forager",
        {
            "orientations": draw(st.sampled_from([[0], [0, 2], [1, 3, 3]])),
            "worth": draw(float_arrays((5,), -1, 1)),
            "seed": draw(_SEEDS),
            "particles": draw(st.integers(1, 2)),
            "size": draw(st.integers(10, 12)),
            "sleep_reward": draw(st.sampled_from([0.0, 0.25])),
            "cycle_steps": cycle,
            "decision_steps": draw(st.integers(1, cycle)),
            "exploration": draw(st.sampled_from([0.01, 0.5])),
            **schedule,
        },
    )
    rewarded = drawing.add(
        "RewardedSynapses",
        {
            "weights": draw(float_arrays((DIRECTIONS, hidden), 0, 0.6)),
            "frozen": draw(integer_arrays((DIRECTIONS, hidden), 0, 1)),
            "seed": draw(_SEEDS),
            "cycle_steps": cycle,
            "release": draw(st.sampled_from([0.0, 0.2])),
            "inhibition": draw(st.sampled_from([0.0, 0.7, 1.0])),
            "tau": draw(st.sampled_from([3.0, 80.0])),
            "memory": draw(st.integers(1, 3)),
            "learning_rate": draw(st.sampled_from([1.0, 0.0, 4.0])),
            "least": draw(st.sampled_from([0.0, 0.01])),
            "homeostasis": draw(st.sampled_from([0.001, 0.3])),
            "scaled_asleep": draw(st.booleans()),
            "learning": drawing.maybe(0.8),
        },
    )
    sleep = drawing.add(
        "Sleep",
        {"shape": (hidden,), "seed": draw(_SEEDS), "rates": draw(st.sampled_from([0.1, 0.6]))}
        | schedule,
    )
    neurons = _lif_of_the_world if drawing.fixed else _map_neurons_of_the_world
    inner, outputs = neurons(drawing, world, sleep, hidden, cycle)
    _through(drawing, f"{inner}.s_out", rewarded, outputs)
    drawing.senders |= {f"{inner}.s_out": (hidden,), f"{outputs}.s_out": (DIRECTIONS,)}
    if drawing.maybe(0.8):
        drawing.links.append(Link(f"{outputs}.s_out", f"{world}.s_in"))
    if drawing.maybe(0.8):
        drawing.links.append(Link(f"{world}.reward_out", f"{rewarded}.reward_in"))
    if drawing.maybe(0.8):
        drawing.links.append(Link(f"{sleep}.phase_out", f"{rewarded}.phase_in"))
    drawing.targets += [f"{world}.reward_out", f"{rewarded}.weights", f"{rewarded}.rate"]
    drawing.senders[f"{world}.s_out"] = (view,)


def _map_neurons_of_the_world(
    drawing: Drawing, world: str, sleep: str, hidden: int, cycle: int
) -> tuple[str, str]:
    draw, view = drawing.draw, VIEW_SIDE**2

    def layer(neurons: int) -> str:
        name = drawing.add("MapNeuron", {"shape": (neurons,)})
        if drawing.maybe(0.6):
            drawing.nodes[name].arguments["reset_interval"] = draw(st.sampled_from([cycle, 3]))
        drawing.targets += [f"{name}.{member}" for member in ("s_out", "v", "i_syn")]
        return name

    inputs, inner, outputs = layer(view), layer(hidden), layer(DIRECTIONS)
    fan_in = draw(st.integers(1, 9))
    receptive = drawing.add(
        "ReceptiveSynapses",
        {
            "sources": draw(integer_arrays((hidden, fan_in), 0, view - 1)),
            "weights": draw(float_arrays((hidden, fan_in), 0, 0.4)),
            "pre": view,
            "seed": draw(_SEEDS),
            "cycle_steps": cycle,
            "release": draw(st.sampled_from([0.0, 0.2])),
            "largest": draw(st.sampled_from([0.19, 0.5])),
            "learning": drawing.maybe(0.8),
        },
    )
    drawing.links += [
        Link(f"{world}.s_out", f"{inputs}.i_in"),
        Link(f"{sleep}.s_out", f"{inner}.i_in"),
    ]
    _through(drawing, f"{inputs}.s_out", receptive, inner)
    drawing.targets += [f"{receptive}.weights", f"{receptive}.input_sum"]
    return inner, outputs


def _lif_of_the_world(
    drawing: Drawing, world: str, sleep: str, hidden: int, cycle: int
) -> tuple[str, str]:
    inner, outputs = _lif(drawing, hidden), _lif(drawing, DIRECTIONS)
    _dense(drawing, (f"{world}.s_out", VIEW_SIDE**2), inner)
    _dense(drawing, (f"{sleep}.s_out", hidden), inner)
    return inner, outputs


def _arrays(drawing: Drawing) -> Callable[..., st.SearchStrategy[Any]]:
    return integer_arrays if drawing.fixed else float_arrays


def _lif(drawing: Drawing, neurons: int) -> str:
    name = drawing.add("LIF", {"shape": (neurons,), **drawing.membrane("LIF", (neurons,))})
    drawing.senders[f"{name}.s_out"] = (neurons,)
    drawing.targets += [f"{name}.{member}" for member in ("s_out", "u", "v")]
    return name


def _spikes(drawing: Drawing, neurons: int) -> tuple[str, int]:
    """Add what plays or draws spikes; return its port and how many."""
    draw = drawing.draw
    kind = draw(st.sampled_from(["ImageDrive", "ImageDrive", "Source", "SpikeDrive"]))
    if kind == "ImageDrive":
        images = draw(st.integers(1, 3))
        arguments = {
            "rates": draw(float_arrays((images, neurons), 0, 1)),
            "steps": draw(st.integers(1, 9)),
            "seed": draw(_SEEDS),
        }
    elif kind == "Source":
        arguments = {"data": draw(rasters((neurons,), drawing.steps, 1))}
    else:
        arguments = drawing.drive(kind, neurons)
    port = f"{drawing.add(kind, arguments)}.s_out"
    drawing.targets.append(port)
    drawing.senders[port] = (neurons,)
    return port, neurons


def _frames(drawing: Drawing, neurons: int, top: float) -> str:
    shape = (drawing.draw(st.integers(1, 3)), neurons)
    name = drawing.add(
        "FrameDrive",
        {
            "frames": drawing.draw(float_arrays(shape, -top, 2 * top)),
            "frame_steps": drawing.draw(st.integers(1, 9)),
        },
    )
    drawing.targets.append(f"{name}.a_out")
    return name


def _dense(drawing: Drawing, sender: tuple[str, int], neurons: str) -> None:
    """Connect spikes to neurons by Lava's dense synapses."""
    port, pre = sender
    (post,) = drawing.nodes[neurons].arguments["shape"]
    synapses = drawing.add("Dense", drawing.weights("Dense", post, pre))
    drawing.links += [
        Link(port, f"{synapses}.s_in"),
        Link(f"{synapses}.a_out", f"{neurons}.a_in"),
    ]


def _through(drawing: Drawing, sender: str, synapses: str, neurons: str) -> None:
    """Connect a port to neurons through plastic synapses, which mostly hear their spikes."""
    drawing.links += [
        Link(sender, f"{synapses}.s_in"),
        Link(f"{synapses}.a_out", f"{neurons}.a_in"),
    ]
    if drawing.maybe(0.85):
        drawing.links.append(Link(f"{neurons}.s_out", f"{synapses}.s_in_bap"))
    drawing.targets.append(f"{synapses}.a_out")


def _writable(drawing: Drawing, node: Node) -> Iterator[tuple[str, st.SearchStrategy[Any]]]:
    """Vars of our Processes that a host may set, each with a strategy for its values."""
    arguments = node.arguments
    if node.kind == "ImageDrive":
        yield "rates", float_arrays(np.shape(arguments["rates"]), 0, 1)
    elif node.kind == "FrameDrive":
        yield "frames", float_arrays(np.shape(arguments["frames"]), -2, 2)
    elif node.kind == "GatedDense":
        yield "weights", float_arrays(np.shape(arguments["weights"]), -0.1, 1)
        yield "potentiation", float_arrays((1,), 0, 0.2)
        yield "gain", float_arrays((1,), 0, 2)
    elif node.kind in ("ResidualDense", "RewardedSynapses", "ReceptiveSynapses"):
        yield "learning", integer_arrays((1,), 0, 1)
    elif node.kind in ("ResidualLIF", "SparseLIF"):
        yield "v", _arrays(drawing)(arguments["shape"], -2, 300 if drawing.fixed else 1)
    elif node.kind == "CompetingLIF":
        yield "theta", integer_arrays(arguments["shape"], -500, 500)
    elif node.kind == "TaughtLIF":
        yield "gain", integer_arrays((1,), 0, 300)
    elif node.kind == "MapNeuron":
        yield "i_syn", float_arrays(arguments["shape"], -0.1, 0.5)
    elif node.kind == "Conv":
        yield from random_convolutions.writable(drawing, node)
    elif node.kind in random_neurons.KINDS:
        yield from random_neurons.writable(drawing, node)
    elif node.kind == "Forager":
        yield "worth", float_arrays((5,), -1, 1)


WIRES: dict[str, tuple[Callable[[Drawing], None], ...]] = {
    "fixed": (
        *(wire_driven, wire_shuffled, wire_dictionary, wire_foraging, wire_convolved),
        *(wire_sigma_delta, wire_neurons, wire_normalized, wire_hippocampus),
    ),
    "float": (
        *(wire_driven, wire_gated, wire_shuffled, wire_dictionary, wire_foraging),
        *(wire_convolved, wire_in_time, wire_sigma_delta, wire_neurons),
    ),
}


@st.composite
def own_graphs(
    draw: st.DrawFn,
    wire: Callable[[Drawing], None],
    numerics: str,
    pool: list[PoolRule] | None = None,
    runs: tuple[tuple[int, ...], ...] = RUNS,
) -> Graph:
    """Draw a network of one kind, with its recordings and runs.

    Parameters
    ----------
    wire : callable
        One of ``wire_...`` here.
    numerics : str
        ``fixed`` or ``float``.
    pool : list, optional
        Strings of rules to choose from; by default each is new.
    runs : tuple of tuple of int
        Steps of the runs, to choose from.
    """
    chosen = draw(st.sampled_from(runs))
    drawing = Drawing(draw, numerics, "per_synapse", pool, sum(chosen), ("Dense",), SMALL)
    wire(drawing)
    for _ in range(draw(st.integers(0, 2))):
        drawing.recorder()
    monitors = draw(st.lists(st.sampled_from(drawing.targets), max_size=2, unique=True))
    writes = []
    if len(chosen) > 1:
        writable = [
            (f"{node.name}.{name}", values)
            for node in drawing.nodes.values()
            for name, values in _writable(drawing, node)
        ]
        for path, values in draw(
            st.lists(st.sampled_from(writable), max_size=2, unique_by=lambda one: one[0])
            if writable
            else st.just([])
        ):
            writes.append(Write(draw(st.integers(0, len(chosen) - 2)), path, draw(values)))
    return connected(
        Graph(
            tuple(drawing.nodes.values()),
            tuple(drawing.links),
            tuple(monitors),
            chosen,
            tuple(writes),
        )
    )
