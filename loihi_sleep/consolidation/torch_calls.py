"""What the calls of a torch model's forward do, by the functions and layers that they call."""

from __future__ import annotations

import operator
from collections.abc import Sequence

import torch
from torch import fx, nn
from torch.nn import functional

from loihi_sleep.consolidation.torch_trace import is_size

RELU = {nn.ReLU, functional.relu, functional.relu_, torch.relu, torch.relu_, "relu", "relu_"}


def _kinds(modules: Sequence[str], functions: Sequence[str]) -> set[object]:
    """Return modules of torch.nn and functions, however a forward calls them."""
    places = (torch, functional)
    called = [
        getattr(place, name) for name in functions for place in places if hasattr(place, name)
    ]
    return {*(getattr(nn, name) for name in modules), *called, *functions}


# Values stay as they are, but for the precision of their type.
IDENTITY = _kinds(
    ["Identity"],
    ["contiguous", "detach", "clone", "to", "type_as", "float", "double", "half", "bfloat16",
     "cpu", "cuda", "requires_grad_"],
)  # fmt: skip
DROPOUT = _kinds([], ["dropout", "alpha_dropout", "feature_alpha_dropout"])
SOFTMAX = _kinds(["Softmax", "LogSoftmax"], ["softmax", "log_softmax"])
FLATTEN = _kinds(["Flatten"], ["flatten", "view", "reshape", "squeeze"])
SATURATED = _kinds(
    ["Sigmoid", "Tanh", "Hardsigmoid", "Hardtanh", "ReLU6", "Softsign", "LogSigmoid"],
    ["sigmoid", "sigmoid_", "tanh", "tanh_", "hardsigmoid", "hardtanh", "relu6", "softsign"],
)
LEAKY = _kinds(
    ["LeakyReLU", "ELU", "SELU", "CELU", "GELU", "SiLU", "Mish", "PReLU", "RReLU", "Softplus",
     "Hardswish"],
    ["leaky_relu", "elu", "selu", "celu", "gelu", "silu", "mish", "prelu", "rrelu", "softplus",
     "hardswish"],
)  # fmt: skip
# Functions of each value by itself, and others that leave the shape, which no LIF neuron computes.
OTHER = _kinds(
    ["Hardshrink", "Softshrink", "Tanhshrink", "Threshold", "GLU", "Softmin", "Softmax2d"],
    ["hardshrink", "softshrink", "tanhshrink", "threshold", "threshold_", "glu", "clamp", "clamp_",
     "clip", "clip_", "clamp_min", "clamp_min_", "clamp_max", "clamp_max_", "sin", "sin_", "cos",
     "cos_", "tan", "atan", "sinh", "cosh", "exp", "exp_", "expm1", "log", "log1p", "log2", "abs",
     "abs_", "neg", "neg_", "square", "sqrt", "rsqrt", "pow", "reciprocal", "sign", "round",
     "floor", "ceil", "erf", "nan_to_num", "normalize", "softmin", "gumbel_softmax", "mul", "mul_",
     "div", "div_", "add", "add_", "sub", "sub_"],
) | {operator.mul, operator.truediv, operator.pow, operator.neg, operator.abs, operator.add,
     operator.sub}  # fmt: skip
# Of classes that are not there yet: Avalanche's IncrementalClassifier ends so.
MASK = _kinds([], ["masked_fill"])
BY_SAMPLE = _kinds(["LayerNorm", "GroupNorm"], ["layer_norm", "group_norm"])
# Functions that are a ReLU where these parameters are 0 (max: None).
_CLAMPS: tuple[tuple[set[object], tuple[str, ...]], ...] = (
    (_kinds([], ["clamp", "clamp_", "clip", "clip_"]), ("min", "max")),
    (_kinds([], ["clamp_min", "clamp_min_"]), ("min",)),
    (_kinds([], ["threshold", "threshold_"]), ("threshold", "value")),
)


def tensors_of(node: fx.Node) -> list[fx.Node]:
    """Return the calls whose values a call takes, each time; not those that give sizes or kinds."""
    found: list[fx.Node] = []
    fx.map_arg((node.args, node.kwargs), found.append)
    return [each for each in found if not is_size(each)]


def clamps_at_0(node: fx.Node, module: nn.Module | None) -> bool:
    """Whether a call, or the module that it calls, is a ReLU by another name.

    ``clamp(min=0)`` is, and so is ``Threshold(0, 0)``.
    """
    if module is not None:
        if not isinstance(module, nn.Threshold) or type(module).forward is not nn.Threshold.forward:
            return False
        return module.threshold == 0 and module.value == 0
    if node.op not in ("call_function", "call_method"):
        return False
    for functions, names in _CLAMPS:
        if node.target in functions:
            given = dict(zip(("input", *names), node.args, strict=False)) | node.kwargs
            bounds = [given.get(name) for name in names if name != "max"]
            return given.get("max") is None and all(
                isinstance(bound, int | float) and bound == 0 for bound in bounds
            )
    return False
