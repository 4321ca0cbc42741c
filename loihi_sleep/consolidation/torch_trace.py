"""The calls that a torch model makes, one after another, found by torch.fx."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from torch import fx, nn

# What gives sizes and kinds of a tensor; none of its values.
_SIZES = frozenset({"size", "dim", "shape", "ndim", "numel", "device", "dtype", "is_cuda"})


class ModelTracer(fx.Tracer):
    """Traces a model into its layers; a module within that cannot be traced counts as one layer.

    Loops over sizes, and decisions by them, are followed once: they only change the shape of what
    comes before the layers that sleep.
    """

    def is_leaf_module(self, module: nn.Module, name: str) -> bool:
        """Whether a module is one layer: those of torch, and what derives from a layer of torch."""
        if super().is_leaf_module(module, name):
            return True
        containers = (nn.Module, nn.Sequential, nn.ModuleList, nn.ModuleDict)
        bases = [kind for kind in type(module).__mro__ if kind.__module__.startswith("torch.nn")]
        return bool(bases) and bases[0] not in containers

    def call_module(self, module: nn.Module, forward: object, args: object, kwargs: object) -> Any:
        """Trace into a module, or take it as it is where that fails."""
        before = set(self.graph.nodes)
        try:
            return super().call_module(module, forward, args, kwargs)
        except Exception:
            for node in reversed([node for node in self.graph.nodes if node not in before]):
                self.graph.erase_node(node)
            return self.create_proxy("call_module", self.path_of_module(module), args, kwargs)

    def iter(self, obj: fx.Proxy) -> Iterator[Any]:
        """Go through the sizes of a tensor, as one unknown size."""
        if is_size(obj.node):
            return iter([obj])
        return super().iter(obj)

    def to_bool(self, obj: fx.Proxy) -> bool:
        """Decide by sizes as if they were as asked for."""
        if is_size(obj.node):
            return True
        return bool(super().to_bool(obj))


_NAME_A_PART = (
    "name the part that is to sleep, a module within such as layers='classifier', or its Linear "
    "layers in their order, as model.named_modules() calls them"
)


def trace(model: nn.Module, advice: str = _NAME_A_PART) -> fx.Graph:
    """Trace what a model does with one input.

    Parameters
    ----------
    model : nn.Module
        Parameters of its forward that have a default keep it.
    advice : str
        What to do where it cannot be traced.

    Returns
    -------
    fx.Graph

    Raises
    ------
    ValueError
        A forward that cannot be traced; the message says what to do.
    """
    parameters = list(inspect.signature(model.forward).parameters.values())
    defaults = {
        parameter.name: parameter.default
        for parameter in parameters[1:]
        if parameter.default is not inspect.Parameter.empty
    }
    try:
        return ModelTracer().trace(model, defaults or None)
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(
            f"the forward of {type(model).__name__} cannot be traced ({reason}); {advice}"
        ) from error


def is_size(node: fx.Node) -> bool:
    """Whether a call gives sizes or kinds, or something computed of sizes alone."""
    if node.op == "call_method" and node.target in _SIZES:
        return True
    if node.op == "call_function" and node.target is getattr and node.args[1] in _SIZES:
        return True
    inputs = node.all_input_nodes
    return (
        node.op in ("call_function", "call_method")
        and bool(inputs)
        and all(is_size(each) for each in inputs)
    )


def users_of(node: fx.Node) -> list[fx.Node]:
    """Return the calls that use the values of a call, not only their sizes."""
    return [user for user in node.users if not is_size(user)]


def attribute_of(model: nn.Module, target: object) -> Any:
    """Return the parameter, or whatever a call takes of a model, by its name; None: it has none."""
    value: Any = model
    for name in str(target).split("."):
        value = getattr(value, name, None)
    return value
