"""Sleep for spiking networks on Intel's Lava and Loihi 2.

What a user needs is here, flat, and imported when it is asked for:

>>> import loihi_sleep as ls
>>> night = ls.Night(steps=200, drive=ls.Poisson(rates=0.1), seed=0)
>>> slept = ls.put_to_sleep(network, night)

Modules below are ours, apart from those that are named here (``ls.rules``, ``ls.networks``, ...).
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loihi_sleep import datasets as datasets
    from loihi_sleep import engine as engine
    from loihi_sleep import networks as networks
    from loihi_sleep import rules as rules
    from loihi_sleep.consolidation import ChipSleep as ChipSleep
    from loihi_sleep.consolidation import Memory as Memory
    from loihi_sleep.consolidation import ReleasedSleep as ReleasedSleep
    from loihi_sleep.consolidation.torch_memory import FollowingMemory as FollowingMemory
    from loihi_sleep.consolidation.torch_memory import follow as follow
    from loihi_sleep.consolidation.torch_model import linear_inputs as linear_inputs
    from loihi_sleep.consolidation.torch_model import linear_outputs as linear_outputs
    from loihi_sleep.consolidation.torch_model import sleeping_layers as sleeping_layers
    from loihi_sleep.cost import Activity as Activity
    from loihi_sleep.cost import Cost as Cost
    from loihi_sleep.cost import estimate as estimate
    from loihi_sleep.datasets import DataSet as DataSet
    from loihi_sleep.datasets import Samples as Samples
    from loihi_sleep.datasets import Stream as Stream
    from loihi_sleep.datasets import load_stream as load_stream
    from loihi_sleep.engine import run_many as run_many
    from loihi_sleep.engine.attach import attach as attach
    from loihi_sleep.engine.counting import count as count
    from loihi_sleep.engine.counting import counting as counting
    from loihi_sleep.engine.report import report as report
    from loihi_sleep.errors import BadParameter as BadParameter
    from loihi_sleep.errors import EngineUnavailable as EngineUnavailable
    from loihi_sleep.errors import ExtensionFailed as ExtensionFailed
    from loihi_sleep.errors import NotEnoughMemory as NotEnoughMemory
    from loihi_sleep.errors import RunFailed as RunFailed
    from loihi_sleep.errors import UnsupportedGraph as UnsupportedGraph
    from loihi_sleep.exchange import read_net as read_net
    from loihi_sleep.exchange import read_nir as read_nir
    from loihi_sleep.exchange import write_net as write_net
    from loihi_sleep.exchange import write_nir as write_nir
    from loihi_sleep.exchange.torch_module import SpikingModule as SpikingModule
    from loihi_sleep.fit import Fit as Fit
    from loihi_sleep.fit import check as check
    from loihi_sleep.hippocampus import ReplayConfig as ReplayConfig
    from loihi_sleep.loihi2 import Deployment as Deployment
    from loihi_sleep.loihi2 import deploy as deploy
    from loihi_sleep.loihi2 import place as place
    from loihi_sleep.networks.readout import classify_in_spikes as classify_in_spikes
    from loihi_sleep.processes.current_drive.process import CurrentDrive as CurrentDrive
    from loihi_sleep.processes.image_drive.process import ImageDrive as ImageDrive
    from loihi_sleep.processes.phase_gate.process import PhaseGate as PhaseGate
    from loihi_sleep.processes.sleep.process import Sleep as Sleep
    from loihi_sleep.processes.spike_drive.process import SpikeDrive as SpikeDrive
    from loihi_sleep.processes.spike_probe.process import SpikeProbe as SpikeProbe
    from loihi_sleep.results.runs import Run as Run
    from loihi_sleep.results.runs import open_run as open_run
    from loihi_sleep.run.select import extend_lava as extend_lava
    from loihi_sleep.run.select import select as select
    from loihi_sleep.run.session import Session as Session
    from loihi_sleep.sleep import Drive as Drive
    from loihi_sleep.sleep import Gaussian as Gaussian
    from loihi_sleep.sleep import Night as Night
    from loihi_sleep.sleep import NightRecord as NightRecord
    from loihi_sleep.sleep import Patterns as Patterns
    from loihi_sleep.sleep import Poisson as Poisson
    from loihi_sleep.sleep import Raster as Raster
    from loihi_sleep.sleep import Sleeper as Sleeper
    from loihi_sleep.sleep import SlowWave as SlowWave
    from loihi_sleep.sleep import put_to_sleep as put_to_sleep
    from loihi_sleep.sleep import run_night as run_night

__version__ = "0.1.0"

# The module that has each name; a name without one is a module itself.
_HOME = {
    "Activity": "cost",
    "BadParameter": "errors",
    "ChipSleep": "consolidation",
    "Cost": "cost",
    "CurrentDrive": "processes.current_drive.process",
    "DataSet": "datasets",
    "Deployment": "loihi2",
    "Drive": "sleep",
    "EngineUnavailable": "errors",
    "ExtensionFailed": "errors",
    "Fit": "fit",
    "FollowingMemory": "consolidation.torch_memory",
    "Gaussian": "sleep",
    "ImageDrive": "processes.image_drive.process",
    "Memory": "consolidation",
    "Night": "sleep",
    "NightRecord": "sleep",
    "NotEnoughMemory": "errors",
    "Patterns": "sleep",
    "PhaseGate": "processes.phase_gate.process",
    "Poisson": "sleep",
    "Raster": "sleep",
    "ReleasedSleep": "consolidation",
    "ReplayConfig": "hippocampus",
    "Run": "results.runs",
    "RunFailed": "errors",
    "Samples": "datasets",
    "Session": "run.session",
    "Sleep": "processes.sleep.process",
    "Sleeper": "sleep",
    "SlowWave": "sleep",
    "SpikeDrive": "processes.spike_drive.process",
    "SpikeProbe": "processes.spike_probe.process",
    "SpikingModule": "exchange.torch_module",
    "Stream": "datasets",
    "UnsupportedGraph": "errors",
    "attach": "engine.attach",
    "check": "fit",
    "classify_in_spikes": "networks.readout",
    "count": "engine.counting",
    "counting": "engine.counting",
    "datasets": None,
    "deploy": "loihi2",
    "engine": None,
    "estimate": "cost",
    "extend_lava": "run.select",
    "follow": "consolidation.torch_memory",
    "linear_inputs": "consolidation.torch_model",
    "linear_outputs": "consolidation.torch_model",
    "load_stream": "datasets",
    "networks": None,
    "open_run": "results.runs",
    "place": "loihi2",
    "put_to_sleep": "sleep",
    "read_net": "exchange",
    "read_nir": "exchange",
    "report": "engine.report",
    "rules": None,
    "run_many": "engine",
    "run_night": "sleep",
    "select": "run.select",
    "sleeping_layers": "consolidation.torch_model",
    "write_net": "exchange",
    "write_nir": "exchange",
}

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    """Import what is asked for (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _HOME[name]
    _let_lava_be_imported()
    if home is None:
        return importlib.import_module(f"{__name__}.{name}")
    thing = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = thing
    return thing


def _let_lava_be_imported() -> None:
    """In a process that multiprocessing, Dask or joblib started, undo its start method.

    Lava sets one when it is imported, which Python refuses where there is one: in processes that
    were spawned, and in those that were forked before Lava was imported.
    """
    processes = sys.modules.get("multiprocessing")
    if processes is None or processes.parent_process() is None or "lava" in sys.modules:
        return
    if processes.get_start_method(allow_none=True) is not None:
        processes.set_start_method(None, force=True)


_let_lava_be_imported()


def __dir__() -> list[str]:
    return sorted([*_HOME, "__version__"])
