"""Random networks whose neurons compete, and whose output is taught by those that win."""

from __future__ import annotations

from typing import Any

import numpy as np
from graph_description import Link, Rule
from hypothesis import strategies as st
from random_graphs import Drawing
from random_numbers import float_arrays, integer_arrays

from loihi_sleep.rules import competitive_hebb, delta_rule

_SEEDS = st.integers(0, 2**63 - 1)
# Steps of a presentation, and halvings of the amounts that outputs learn. Their rule, which is
# compiled for each pair, depends on both.
_HALVINGS = {8: 4, 9: 8}


def _rule(rule: Any, seed: int) -> Rule:
    trace = rule.traces["fixed"]["x1"]
    settings = {"x1_impulse": trace.impulse, "x1_tau": trace.tau}
    return Rule(
        {"dw": rule.dw("fixed")},
        settings | {"t_epoch": rule.t_epoch, "rng_seed": seed},
        factors=3,
    )


def wire_hippocampus(drawing: Drawing) -> None:
    """Draw images, neurons that compete for them, and outputs that the winners teach."""
    draw = drawing.draw
    inputs, neurons = draw(st.integers(1, 8)), draw(st.integers(1, 7))
    interval = draw(st.sampled_from(list(_HALVINGS)))
    images = _images(drawing, inputs, interval)
    conscience = draw(st.sampled_from([0, 40, 4000]))
    competing = drawing.add(
        "CompetingLIF",
        {
            "shape": (neurons,),
            "vth": draw(st.integers(0, 1500)),
            "bias": draw(st.integers(-50, 200)),
            "inhibition": draw(st.sampled_from([0, 100, 800, 2**20])),
            "conscience": conscience,
            "share": draw(st.integers(0, conscience)),
            "least_rate": draw(st.sampled_from([0, 2, 30])),
            "interval": interval,
            "offset": draw(st.integers(0, 12)),
            "learns": drawing.maybe(0.7),
            "norm": draw(st.integers(-200, 500)),
            "theta": draw(integer_arrays((neurons,), -1000, 1000)),
            "wins": draw(integer_arrays((neurons,), 0, 3)),
        },
    )
    synapses = drawing.add(
        "LearningDense",
        {"weights": draw(integer_arrays((neurons, inputs), 0, 255)), "sign_mode": "EXCITATORY"},
        _rule(competitive_hebb(), draw(_SEEDS)),
    )
    lateral = drawing.add(
        "Dense", {"weights": (1 - np.eye(neurons, dtype=int)).tolist(), "sign_mode": "EXCITATORY"}
    )
    _link(drawing, images, f"{synapses}.s_in", f"{synapses}.a_out", f"{competing}.a_in")
    _link(
        drawing,
        f"{competing}.s_out",
        f"{lateral}.s_in",
        f"{lateral}.a_out",
        f"{competing}.inhibition_in",
    )
    _learn(drawing, competing, synapses)
    members = ("v", "drive", "norm", "theta", "wins", "rate", "spiked", "won", "elapsed")
    drawing.targets += [f"{competing}.{member}" for member in members]
    drawing.senders |= {f"{competing}.s_out": (neurons,)}
    _teach(drawing, competing, neurons, interval)


def _teach(drawing: Drawing, competing: str, neurons: int, interval: int) -> None:
    """Draw outputs that hear images, and what wins as a teacher."""
    draw = drawing.draw
    inputs, outputs = draw(st.integers(1, 8)), draw(st.integers(1, 5))
    output = drawing.add(
        "TaughtLIF",
        {
            "shape": (outputs,),
            "vth": draw(st.integers(0, 600)),
            "target": draw(st.integers(0, 9)),
            "gain": draw(st.sampled_from([0, 5, 16, 200, 2**16])),
            "interval": interval,
            "offset": draw(st.integers(0, 12)),
        },
    )
    weights = draw(integer_arrays((outputs, inputs), -128, 127))
    rule = delta_rule(_HALVINGS[interval], interval)
    plastic = drawing.add(
        "LearningDense",
        {"weights": (2 * np.array(weights)).tolist()},
        _rule(rule, draw(_SEEDS)),
    )
    images = _images(drawing, inputs, interval)
    _link(drawing, images, f"{plastic}.s_in", f"{plastic}.a_out", f"{output}.a_in")
    _learn(drawing, output, plastic)
    if drawing.maybe(0.8):
        says = drawing.add("Dense", {"weights": draw(integer_arrays((outputs, neurons), 0, 1))})
        _link(
            drawing,
            f"{competing}.s_out",
            f"{says}.s_in",
            f"{says}.a_out",
            f"{output}.teacher_in",
        )
    drawing.targets += [f"{output}.{member}" for member in ("v", "count", "y1", "error", "s_out")]
    drawing.senders |= {f"{output}.s_out": (outputs,)}
    if drawing.maybe(0.6):
        _feed_back(drawing, output, outputs, interval)


def _feed_back(drawing: Drawing, output: str, outputs: int, interval: int) -> None:
    """Draw neurons to which the error of an output is fed back, and which learn by it."""
    draw = drawing.draw
    inputs, neurons = draw(st.integers(1, 8)), draw(st.integers(1, 7))
    hidden = drawing.add(
        "FeedbackLIF",
        {
            "shape": (neurons,),
            "vth": draw(st.integers(0, 600)),
            "gain": draw(st.sampled_from([0, 1, 7, 40, 3000, 2**24])),
            "interval": interval,
            "offset": draw(st.integers(0, 12)),
        },
    )
    weights = draw(integer_arrays((neurons, inputs), -128, 127))
    plastic = drawing.add(
        "LearningDense",
        {"weights": (2 * np.array(weights)).tolist()},
        _rule(delta_rule(_HALVINGS[interval], interval), draw(_SEEDS)),
    )
    images = _images(drawing, inputs, interval)
    _link(drawing, images, f"{plastic}.s_in", f"{plastic}.a_out", f"{hidden}.a_in")
    _learn(drawing, hidden, plastic)
    if drawing.maybe(0.9):
        random = draw(integer_arrays((neurons, outputs), -128, 127))
        feedback = drawing.add(
            "Dense", {"weights": (2 * np.array(random)).tolist(), "num_message_bits": 8}
        )
        _link(
            drawing,
            f"{output}.error_out",
            f"{feedback}.s_in",
            f"{feedback}.a_out",
            f"{hidden}.feedback_in",
        )
    drawing.targets += [f"{hidden}.{member}" for member in ("v", "active", "y1", "s_out")]
    drawing.senders |= {f"{hidden}.s_out": (neurons,)}


def _images(drawing: Drawing, inputs: int, interval: int) -> str:
    shape = (drawing.draw(st.integers(1, 3)), inputs)
    name = drawing.add(
        "ImageDrive",
        {
            "rates": drawing.draw(float_arrays(shape, 0, 1)),
            "steps": interval,
            "seed": drawing.draw(_SEEDS),
        },
    )
    return f"{name}.s_out"


def _link(drawing: Drawing, sender: str, into: str, out: str, receiver: str) -> None:
    drawing.links += [Link(sender, into), Link(out, receiver)]


def _learn(drawing: Drawing, neurons: str, synapses: str) -> None:
    drawing.links += [
        Link(f"{neurons}.s_out_bap", f"{synapses}.s_in_bap"),
        Link(f"{neurons}.s_out_y1", f"{synapses}.s_in_y1"),
    ]
    drawing.targets += [f"{synapses}.weights", f"{synapses}.x1"]
