"""A digest of our own code that Lava's answer to a network depends on.

Lava's simulator runs Lava's models and ours: those of the Processes of this project, and those of
plastic synapses that round each synapse by itself.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from graph_description import KINDS, Graph

import loihi_sleep.processes

_PACKAGE = loihi_sleep.processes.__name__
_FOLDER = Path(loihi_sleep.processes.__file__).parent
_PER_SYNAPSE = {"LearningDense": "learning_dense", "LearningSparse": "learning_sparse"}


def digest(graph: Graph, rounding: str) -> str:
    """Digest of the code of all own models of a network.

    Comments and docstrings do not count, nor do the types of arguments and of what is returned.
    """
    files: set[Path] = set()
    waiting: set[Path] = set()
    for kind in {node.kind for node in graph.nodes}:
        module = _within(KINDS[kind].__module__)
        if module:
            waiting |= set((_FOLDER / module[0]).glob("*.py"))
        elif rounding == "per_synapse" and kind in _PER_SYNAPSE:
            waiting |= set((_FOLDER / _PER_SYNAPSE[kind]).glob("*.py"))
    while waiting:
        path = waiting.pop()
        files.add(path)
        waiting |= _imported(path) - files
    code = "\n".join(_code(path) for path in sorted(files))
    return hashlib.sha256(code.encode()).hexdigest()[:16]


@cache
def _code(path: Path) -> str:
    return ast.dump(_parsed(path))


@cache
def _parsed(path: Path) -> ast.Module:
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_text(body[0]):
            del body[0]
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
    return tree


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


@cache
def _imported(path: Path) -> frozenset[Path]:
    """Files of `processes` that a file imports; of a Process, its models too."""
    return frozenset(
        file
        for module in _modules(_parsed(path))
        for file in (
            [_FOLDER / f"{'/'.join(module)}.py"]
            if module[0] == "kernels" or len(module) == 1
            else (_FOLDER / module[0]).glob("*.py")
        )
        if file.exists()
    )


def _modules(tree: ast.Module) -> Iterator[list[str]]:
    """Modules of `loihi_sleep.processes` that are imported somewhere in a file, by their names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            if node.module == _PACKAGE:
                yield from ([alias.name] for alias in node.names)
            elif module := _within(node.module):
                yield module


def _within(module: str) -> list[str]:
    """Names of a module below `loihi_sleep.processes`; none for another module."""
    inside = module.removeprefix(f"{_PACKAGE}.")
    return inside.split(".") if inside != module else []
