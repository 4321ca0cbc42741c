"""`engine="loihi2"`: its run configuration, and that nothing falls back on the host."""

import os
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from lava.magma.compiler.compiler_graphs import ProcGroupDiGraphs
from lava.magma.core.model.model import AbstractProcessModel
from lava.magma.core.run_configs import Loihi2HwCfg
from lava.proc.dense.models import PyDenseModelBitAcc
from lava.proc.dense.process import Dense
from lava.proc.lif.models import PyLifModelBitAcc
from lava.proc.lif.process import LIF

from loihi_sleep.errors import EngineUnavailable
from loihi_sleep.loihi2.adapters import ADAPTER_MODULE
from loihi_sleep.loihi2.chip_models import chip_models
from loihi_sleep.run.select import CHIP_TIMEOUT_S, select
from loihi_sleep.run.session import Session

pytestmark = pytest.mark.usefixtures("no_board")


class NcModelDense(AbstractProcessModel):
    """Stands for a model of the chip."""

    implements_process = Dense
    tags = ("other",)

    def run(self):
        raise NotImplementedError


class NcModelDenseFixed(NcModelDense):
    tags = ("fixed_pt",)


@pytest.fixture
def board(extension, adapters, monkeypatch):
    """An extension whose adapters are stand-ins, and a board on the network."""
    names = {"PyToNxAdapter": adapters.to_chip, "NxToPyAdapter": adapters.from_chip}
    monkeypatch.setitem(sys.modules, ADAPTER_MODULE, SimpleNamespace(**names))
    monkeypatch.setenv("NXSDKHOST", "10.0.0.5")


def wired():
    dense, lif = Dense(weights=np.eye(3)), LIF(shape=(3,))
    dense.a_out.connect(lif.a_in)
    return lif


def test_the_run_configuration_is_lavas_own_and_says_what_it_is(board):
    for engine, reason in (
        ("loihi2", "asked for"),
        ("auto", "auto: a Loihi 2 board is available"),
    ):
        run_cfg = select(engine)
        # Lava's profiler compares the type.
        assert type(run_cfg) is Loihi2HwCfg
        assert (run_cfg.engine, run_cfg.numerics, run_cfg.reason) == ("loihi2", "fixed", reason)
    assert os.environ["LOIHI_GEN"] == "N3B3"
    # SLURM may let one wait.
    assert Session(wired(), run_cfg)._timeout_s == CHIP_TIMEOUT_S
    assert Session(wired(), select("lava"))._timeout_s == 300.0


def test_floats_are_for_no_chip(board):
    with pytest.raises(EngineUnavailable, match="computes in integers"):
        select("loihi2", "float")
    assert select("auto", "float").engine == "compiled"


def test_without_the_adapters_the_chip_is_refused(extension, monkeypatch):
    monkeypatch.setenv("NXSDKHOST", "10.0.0.5")
    with pytest.raises(EngineUnavailable, match=f"cannot be imported from {ADAPTER_MODULE}"):
        select("loihi2")
    monkeypatch.setitem(sys.modules, ADAPTER_MODULE, SimpleNamespace(PyToNxAdapter=object))
    with pytest.raises(EngineUnavailable, match="no attribute 'NxToPyAdapter'"):
        select("loihi2")


def test_with_the_models_of_the_public_lava_nothing_runs(board):
    # Loihi2HwCfg would take the models of the CPU.
    lif = wired()
    with pytest.raises(EngineUnavailable) as refusal, Session(lif, select("loihi2")) as session:
        session.run(1)
    assert f"no model for the chip of {lif.a_in.get_src_ports()[0].process.name} (Dense), " in str(
        refusal.value
    )
    assert f"{lif.name} (LIF); they would run on the host" in str(refusal.value)
    assert lif.runtime is None


def test_models_of_the_chip_are_taken_before_those_of_the_host(monkeypatch):
    found = {
        Dense: [PyDenseModelBitAcc, NcModelDense, NcModelDenseFixed],
        LIF: [PyLifModelBitAcc, NcModelDense],
    }
    monkeypatch.setattr(
        ProcGroupDiGraphs, "_find_proc_models", lambda process: found[type(process)]
    )
    dense = [Dense(weights=np.eye(2)) for _ in range(2)]
    assert chip_models([*dense, LIF(shape=(1,))], "fixed_pt") == {
        Dense: NcModelDenseFixed,
        LIF: NcModelDense,
    }


def test_the_chosen_models_reach_lavas_compiler(board, adapters, monkeypatch):
    monkeypatch.setattr(ProcGroupDiGraphs, "_find_proc_models", lambda process: [NcModelDense])
    run_cfg = select("loihi2")
    lif = wired()
    run_cfg.prepare(lif)
    assert run_cfg.exception_proc_model_map == {Dense: NcModelDense, LIF: NcModelDense}
    assert run_cfg.select(lif, [PyLifModelBitAcc, NcModelDense]) is NcModelDense
