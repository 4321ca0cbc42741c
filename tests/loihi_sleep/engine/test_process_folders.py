"""Each Process folder has all that the rest of the project knows of a Process."""

import importlib
import inspect
from pathlib import Path

import pytest
from graph_description import KINDS
from lava.magma.core.model.py.model import AbstractPyProcessModel
from lava.magma.core.process.process import AbstractProcess

import loihi_sleep.processes
from loihi_sleep.engine.nodes import NODES
from loihi_sleep.processes.role import Role

PACKAGE = loihi_sleep.processes.__name__
FOLDERS = sorted(
    path.parent.name for path in Path(loihi_sleep.processes.__file__).parent.glob("*/process.py")
)


def process_of(folder):
    """The Process of a folder: its own, or the one of Lava's that it has models for."""
    module = importlib.import_module(f"{PACKAGE}.{folder}.process")
    name = "".join(part.capitalize() for part in folder.split("_")).replace("Lif", "LIF")
    return getattr(module, name)


def models_of(folder):
    """The models of a folder that compute something, and are chosen by a tag."""
    module = importlib.import_module(f"{PACKAGE}.{folder}.models")
    return [
        kind
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if kind.__module__ == module.__name__
        and issubclass(kind, AbstractPyProcessModel)
        and kind.implements_process is not None
    ]


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_process_declares_its_role(folder):
    process = process_of(folder)
    assert issubclass(process, AbstractProcess)
    if process.__module__.startswith(PACKAGE):
        assert isinstance(vars(process).get("role"), Role)


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_model_has_a_compiled_node(folder):
    missing = [
        model.__name__
        for model in models_of(folder)
        if f"{model.__module__}.{model.__qualname__}" not in NODES
    ]
    assert missing == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_process_is_in_the_random_networks(folder):
    assert process_of(folder) in KINDS.values()
