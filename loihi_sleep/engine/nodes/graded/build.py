"""Neurons of lava-nc without dynamics."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from loihi_sleep.engine.builder import Builder
from loihi_sleep.engine.nodes import Node
from loihi_sleep.engine.nodes.graded import step
from loihi_sleep.engine.steps import Step
from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.graphs.hierarchy import label

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess
    from lava.magma.core.process.variable import Var


def _build_vec(own_step: Step, builder: Builder, neurons: AbstractProcess) -> None:
    was_set = builder.storage.cell("counters", 1)
    changed = partial(builder.storage.set_cell, "counters", was_set, 1)
    _store_unused(builder, neurons.exp)
    builder.add(
        own_step,
        out=builder.sent(neurons.s_out),
        a_in=builder.receive(neurons.a_in),
        v=builder.store_value(neurons.v, changed=changed),
        vth=builder.store_value(neurons.vth),
        was_set=was_set,
    )


def _build_prod(builder: Builder, neurons: AbstractProcess) -> None:
    # Lava's model does not write it.
    builder.store_value(neurons.v)
    builder.add(
        step.PROD_STEP,
        out=builder.sent(neurons.s_out),
        a_in1=builder.receive(neurons.a_in1),
        a_in2=builder.receive(neurons.a_in2),
        vth=builder.store_value(neurons.vth),
        exp=builder.store(neurons.exp, "index", builder.initial(neurons.exp, np.int32)),
    )


def _build_norm(builder: Builder, neurons: AbstractProcess) -> None:
    at_rest = builder.storage.cell("counters")
    wake = partial(builder.storage.set_cell, "counters", at_rest, 0)
    _store_unused(builder, neurons.exp)
    builder.add(
        step.NORM_STEP,
        out=builder.sent(neurons.s_out),
        squares=builder.sent(neurons.s2_out),
        a_in1=builder.receive(neurons.a_in1),
        a_in2=builder.receive(neurons.a_in2),
        v=builder.store_value(neurons.v, changed=wake),
        v2=builder.store_value(neurons.v2, changed=wake),
        vth=builder.store_value(neurons.vth),
        at_rest=at_rest,
    )


def _build_inv_sqrt(builder: Builder, neurons: AbstractProcess) -> None:
    if builder.fixed and tuple(neurons.a_in.shape) != (1,):
        raise UnsupportedGraph(
            f"{label(neurons)}: shape is {tuple(neurons.a_in.shape)}; it must be (1,) in fixed "
            "numerics: Lava's model fails at more"
        )
    _store_unused(builder, neurons.fp_base)
    builder.add(
        step.INV_SQRT_STEP,
        out=builder.sent(neurons.s_out),
        a_in=builder.receive(neurons.a_in),
    )


def _store_unused(builder: Builder, var: Var) -> None:
    """Store an integer that Lava's model has, and does not use."""
    builder.store(var, "index", builder.initial(var, np.int32))


def _node(build: Any, own_step: Step, *ports: str, sends: tuple[str, ...] = ("s_out",)) -> Node:
    return Node(build, steps=(own_step,), sends=sends, receives=ports)


VEC = _node(partial(_build_vec, step.VEC_STEP), step.VEC_STEP, "a_in")
RELU = _node(partial(_build_vec, step.RELU_STEP), step.RELU_STEP, "a_in")
PROD = _node(_build_prod, step.PROD_STEP, "a_in1", "a_in2")
NORM = _node(_build_norm, step.NORM_STEP, "a_in1", "a_in2", sends=("s_out", "s2_out"))
INV_SQRT = _node(_build_inv_sqrt, step.INV_SQRT_STEP, "a_in")
