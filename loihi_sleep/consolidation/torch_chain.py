"""The chain of Linear layers of a torch model that sleeps, and why a model has none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, NoReturn

from torch import fx, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd

from loihi_sleep.consolidation import torch_layers
from loihi_sleep.consolidation.torch_calls import (
    BY_SAMPLE,
    DROPOUT,
    FLATTEN,
    IDENTITY,
    LEAKY,
    MASK,
    OTHER,
    RELU,
    SATURATED,
    SOFTMAX,
    clamps_at_0,
    tensors_of,
)
from loihi_sleep.consolidation.torch_layers import layer_name
from loihi_sleep.consolidation.torch_trace import attribute_of, is_size, trace, users_of
from loihi_sleep.processes import checks

PASSED = "ReLU, BatchNorm, Dropout, Identity and a final Softmax or LogSoftmax"


@dataclass
class Link:
    """A Linear of the chain, and the BatchNorms that are folded into it for a night.

    Parameters
    ----------
    name : str
        As ``model.get_submodule`` takes it.
    linear : nn.Linear
    before : list of (str, BatchNorm)
        Between the ReLU before and this Linear, in the order in which they are applied.
    after : list of (str, BatchNorm)
        Between this Linear and the ReLU after it.
    """

    name: str
    linear: nn.Linear
    before: list[tuple[str, _BatchNorm]] = field(default_factory=list)
    after: list[tuple[str, _BatchNorm]] = field(default_factory=list)

    @property
    def last(self) -> nn.Module:
        """What gives the output of the link: the last BatchNorm, or the Linear."""
        return self.after[-1][1] if self.after else self.linear


def find_chain(model: object, layers: str | Sequence[str] | None = None) -> list[Link]:
    """Find the Linear layers of a model that sleep.

    Parameters
    ----------
    model : nn.Module
    layers : str or sequence of str, optional
        A module within whose last Linear layers sleep, or those Linear layers in their order, as
        ``model.named_modules()`` calls them. Without them: the last Linear layers of the model,
        back to the first with something before it that is no ReLU, BatchNorm, Dropout or Identity.

    Returns
    -------
    list of Link

    Raises
    ------
    ValueError
        Nothing of it can sleep; the message names the layer because of which, and what to do.
    """
    if not isinstance(model, nn.Module):
        raise ValueError(f"the model is {checks.shown(model)}; it must be an nn.Module")
    torch_layers.refuse_wrappers(model)
    torch_layers.refuse_global_hooks()
    if layers is None:
        torch_layers.refuse_spiking_layers(model)
        links = _Walk(model, "").back_from_the_end()
    elif isinstance(layers, str):
        links = _within(model, layers)
    else:
        links = _named(model, checks.sequence("layers", layers, of="names"))
    torch_layers.refuse_unsleepable(model, [(link.name, link.linear) for link in links])
    for link in links:
        _refuse_norms(link)
    return links


def _refuse_norms(link: Link) -> None:
    """Refuse BatchNorms that cannot be folded into the Linear between them."""
    sides = ((link.before, link.linear.in_features), (link.after, link.linear.out_features))
    for norms, heard in sides:
        for name, norm in norms:
            torch_layers.refuse_changed_behavior(norm, layer_name(name, norm))
            torch_layers.refuse_norm(name, norm)
            if norm.num_features != heard:
                raise ValueError(
                    f"{layer_name(name, norm)} is of {norm.num_features} features, and hears "
                    f"{heard} of {layer_name(link.name, link.linear).rstrip(',')}"
                )
    if link.before and not link.after and link.linear.bias is None:
        raise ValueError(
            f"{layer_name(link.name, link.linear)} has no bias, and a BatchNorm before it "
            f"({link.before[-1][0]}) whose shift becomes one asleep; give it one (bias=True)"
        )


def _within(model: nn.Module, name: str) -> list[Link]:
    part = torch_layers.submodule(model, name)
    if isinstance(part, nn.Linear):
        return [Link(name, part)]
    return _Walk(part, f"{name}." if name else "").back_from_the_end()


def _named(model: nn.Module, names: Sequence[Any]) -> list[Link]:
    """Return links of Linear layers that a user names, which must follow each other."""
    for place, name in enumerate(names):
        if name in names[:place]:
            raise ValueError(f"layers names {name!r} twice; each must be there once")
        module = torch_layers.submodule(model, name)
        if not isinstance(module, nn.Linear):
            raise ValueError(
                f"layers names {name!r}, a {type(module).__name__}; each must be "
                "a Linear (or give one name, of the module that holds them)"
            )
    if len(names) == 1:
        linear = torch_layers.submodule(model, names[0])
        assert isinstance(linear, nn.Linear)
        return [Link(names[0], linear)]
    # What lies outside need not be traced.
    prefix = _common([name.split(".")[:-1] for name in names])
    part = model.get_submodule(".".join(prefix))
    walk = _Walk(part, "".join(f"{each}." for each in prefix))
    links = walk.back_from(names[-1], stop=names[0])
    found = [link.name for link in links]
    if [link.linear for link in links] != [model.get_submodule(name) for name in names]:
        raise ValueError(
            f"layers names {', '.join(map(repr, names))}; before {names[-1]!r} come "
            f"{', '.join(map(repr, found[:-1])) or 'no Linear layers'}, with {PASSED} between them"
        )
    return links


def _common(paths: Sequence[list[str]]) -> list[str]:
    """Return what several paths begin with."""
    shared = list(takewhile(lambda parts: len(set(parts)) == 1, zip(*paths, strict=False)))
    return [parts[0] for parts in shared]


class _Walk:
    """Goes back through the calls of a model, from Linear to Linear.

    Parameters
    ----------
    model : nn.Module
        What is traced.
    prefix : str
        Of its names within the whole model.
    """

    def __init__(self, model: nn.Module, prefix: str) -> None:
        torch_layers.refuse_changed_behavior(model, "the model", containers=True)
        self._model, self._prefix = model, prefix
        if isinstance(model, nn.Linear):
            self._model = nn.Sequential(model)
        self._graph = trace(self._model)
        # A layer may have several names; the first one is told.
        self._names = {id(each): name for name, each in self._model.named_modules()}

    def back_from_the_end(self) -> list[Link]:
        (end,) = (node for node in self._graph.nodes if node.op == "output")
        node = end.args[0]
        if not isinstance(node, fx.Node):
            raise ValueError(
                f"the model returns {checks.shown(type(node))}, not one tensor; name the part that "
                "sleeps, such as layers='classifier', or its Linear layers"
            )
        norms: list[tuple[str, _BatchNorm]] = []
        may_end = True
        while (linear := self._linear(node)) is None:
            if not (may_end and self._is(node, SOFTMAX | MASK)) and not self._passes(node):
                self._refuse_end(node)
            if isinstance(module := self._module(node), _BatchNorm):
                norms.insert(0, (self._name(node), module))
                may_end = False
            elif norms and self._rectifies(node):
                self._refuse(node, "comes before a BatchNorm that no Linear follows; leave it out")
            node = self._input(node)
        return self._links(node, linear, norms, None)

    def back_from(self, name: str, stop: str) -> list[Link]:
        """Return the links from one named Linear to another."""
        own = self._model.get_submodule(name.removeprefix(self._prefix))
        nodes = [node for node in self._graph.nodes if self._module(node) is own]
        if not nodes:
            raise ValueError(
                f"layers names {name!r}, which the forward of {type(self._model).__name__} does "
                "not call; name layers that it applies"
            )
        norms = []
        node = nodes[0]
        while len(users_of(node)) == 1:
            (node,) = users_of(node)
            if not isinstance(module := self._module(node), _BatchNorm):
                break
            norms.append((self._name(node), module))
        linear = self._linear(nodes[0])
        assert linear is not None
        first = self._model.get_submodule(stop.removeprefix(self._prefix))
        return self._links(nodes[0], linear, norms, first)

    def _links(
        self,
        node: fx.Node,
        linear: nn.Linear,
        after: list[tuple[str, _BatchNorm]],
        stop: nn.Module | None,
    ) -> list[Link]:
        links = [Link(self._name(node), linear, after=after)]
        while links[0].linear is not stop:
            self._check_linear(node, links)
            found = self._step(node)
            if found is None:
                return links
            node, before, after = found
            linear_before = self._linear(node)
            assert linear_before is not None
            links[0].before.extend(before)
            links.insert(0, Link(self._name(node), linear_before, after=after))
        self._check_linear(node, links)
        return links

    def _step(
        self, last: fx.Node
    ) -> tuple[fx.Node, list[tuple[str, _BatchNorm]], list[tuple[str, _BatchNorm]]] | None:
        """Return the Linear before one, and the BatchNorms before and after the ReLU between."""
        node = self._input(last)
        norms: tuple[list[tuple[str, _BatchNorm]], ...] = ([], [])
        rectified = 0
        while self._linear(node) is None:
            if not self._passes(node):
                self._refuse_if_a_linear_is_before(node, last)
                return None
            if len(users_of(node)) > 1:
                return None
            if isinstance(module := self._module(node), _BatchNorm):
                norms[rectified].insert(0, (self._name(node), module))
            elif self._rectifies(node):
                if norms[1]:
                    self._refuse(
                        node, "and the ReLU after it have a BatchNorm between them, which neither "
                        "Linear can take; leave one ReLU out",
                    )  # fmt: skip
                rectified = 1
            node = self._input(node)
        if len(users_of(node)) > 1:
            return None
        if not rectified:
            self._refuse(last, "follows a Linear without a ReLU between them; put one in")
        return node, norms[0], norms[1]

    def _check_linear(self, node: fx.Node, links: list[Link]) -> None:
        calls = [each for each in self._graph.nodes if self._module(each) is links[0].linear]
        if len(calls) > 1:
            self._refuse(
                node, "is applied twice; a layer that is used twice cannot sleep: give each place "
                "a Linear of its own (copy.deepcopy makes one)",
            )  # fmt: skip
        parameters = {id(values) for values in links[0].linear.parameters(recurse=False)}
        for other in self._graph.nodes:
            if other.op != "get_attr" or not users_of(other):
                continue
            if id(attribute_of(self._model, other.target)) in parameters:
                self._refuse(
                    node, f"lends its {str(other.target).rpartition('.')[2]} to another call of "
                    "the forward; weights that sleep cannot be tied: give that call a Linear of "
                    "its own",
                )  # fmt: skip

    # What a call is.

    def _module(self, node: object) -> nn.Module | None:
        if isinstance(node, fx.Node) and node.op == "call_module":
            return self._model.get_submodule(str(node.target))
        return None

    def _linear(self, node: fx.Node) -> nn.Linear | None:
        module = self._module(node)
        if not isinstance(module, nn.Linear):
            return None
        torch_layers.refuse_changed_behavior(module, self._label(node))
        return module

    def _is(self, node: fx.Node, kinds: set[object]) -> bool:
        module = self._module(node)
        if module is not None:
            found = [k for k in kinds if isinstance(k, type) and isinstance(module, k)]
            if found:
                torch_layers.refuse_changed_behavior(module, self._label(node), found[0])
            return bool(found)
        return node.op in ("call_function", "call_method") and node.target in kinds

    def _passes(self, node: fx.Node) -> bool:
        """Whether a call may stand between two Linear layers that sleep."""
        module = self._module(node)
        if isinstance(module, _DropoutNd | _BatchNorm):
            torch_layers.refuse_changed_behavior(module, self._label(node))
            return True
        return self._rectifies(node) or self._is(node, IDENTITY | DROPOUT)

    def _rectifies(self, node: fx.Node) -> bool:
        module = self._module(node)
        if not clamps_at_0(node, module):
            return self._is(node, RELU)
        if module is not None:
            torch_layers.refuse_changed_behavior(module, self._label(node))
        return True

    def _flattens(self, node: fx.Node) -> bool:
        """Whether a call only changes the shape."""
        return not is_size(node) and self._is(node, FLATTEN)

    def _input(self, node: fx.Node) -> fx.Node:
        """Return the call whose values a call takes."""
        first = node.args[0] if node.args else next(iter(node.kwargs.values()), None)
        if not isinstance(first, fx.Node):
            self._refuse(node, "takes no tensor; name the layers that sleep, layers=[...]")
        return first

    # What is refused.

    def _name(self, node: fx.Node) -> str:
        return f"{self._prefix}{self._names[id(self._module(node))]}"

    def _label(self, node: fx.Node) -> str:
        module = self._module(node)
        if module is not None:
            return layer_name(self._name(node), module)
        if node.op == "placeholder":
            return "the input of the model"
        called = getattr(node.target, "__name__", node.target)
        return f"the call of {called} in the forward of {type(self._model).__name__}"

    def _refuse(self, node: fx.Node, reason: str) -> NoReturn:
        raise ValueError(f"{self._label(node)} {reason}")

    def _reason(self, node: fx.Node) -> str | None:
        """Why a call cannot stand in the chain, where we know it."""
        if self._is(node, SATURATED):
            return "saturates, and no rate of spikes above a threshold follows it"
        if self._is(node, LEAKY):
            return "passes values below 0, which a rate of spikes cannot be"
        if self._is(node, BY_SAMPLE):
            return "normalizes each sample by itself, which cannot be folded into weights as a "\
                "BatchNorm is"  # fmt: skip
        if self._is(node, SOFTMAX):
            return "compares neurons with each other, which a ReLU network does not"
        if self._is(node, OTHER) and len(tensors_of(node)) == 1:
            return "is no ReLU, and no rate of spikes follows it"
        return None

    def _refuse_end(self, node: fx.Node) -> NoReturn:
        """Refuse what stands between the last Linear and the end of the model."""
        if not any(isinstance(module, nn.Linear) for module in self._model.modules()):
            end = self._label(node).rstrip(",")
            raise ValueError(
                f"the model has no nn.Linear, and ends with {end}: nothing of it can sleep; add a "
                "Linear as a head (before it is quantized, if it is)"
            )
        reason = self._reason(node)
        if reason is None and self._flattens(node):
            reason = "comes after a Linear; it may only be before the first"
        if reason is None:
            reason = "cannot sleep"
        self._refuse(
            node, f"{reason}; after the last Linear may come {PASSED}: leave it to the loss, or "
            "name the Linear layers that sleep, layers=[...]",
        )  # fmt: skip

    def _refuse_if_a_linear_is_before(self, node: fx.Node, last: fx.Node) -> None:
        """Refuse a layer because of which less would sleep than a user expects."""
        before = node
        while self._reason(before) or self._passes(before) or self._flattens(before):
            tensors = tensors_of(before)
            if not tensors:
                return
            before = tensors[0]
        if self._linear(before) is None:
            return
        reason = self._reason(node) or "cannot sleep"
        if self._flattens(node):
            reason = "comes after a Linear; it may only be before the first"
        self._refuse(
            node, f"{reason}; train with ReLU there, or let only what comes after it sleep: "
            f"layers={[self._name(last)]}",
        )  # fmt: skip
