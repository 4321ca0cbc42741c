"""Smaller networks on which something still goes wrong."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator

import numpy as np
from graph_description import ARRAYS, Graph, Node, Rule, connected, keep


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
    required |= {"rates", "std", "reset_interval", "frames", "frame_steps", "steps"}
    required |= {"potentiation", "depression", "shuffle_seed", "residual"}
    required |= {"sources", "pre", "cycle_steps", "orientations", "worth", "particles", "size"}
    for name, value in node.arguments.items():
        others = {key: kept for key, kept in node.arguments.items() if key != name}
        if name not in required:
            yield replace(node, arguments=others)
        if name in ARRAYS and isinstance(value, list):
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
