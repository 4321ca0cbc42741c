"""Numerics and engine: how a network of Lava Processes is run."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NoReturn

from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.run_configs import Loihi2HwCfg, RunConfig

from loihi_sleep.errors import EngineUnavailable
from loihi_sleep.graphs.model_choice import SimulatorRunConfig
from loihi_sleep.loihi2 import Adapters, deploy, place, probe
from loihi_sleep.loihi2.adapters import find_adapters
from loihi_sleep.loihi2.chip_models import chip_models
from loihi_sleep.numerics.names import NUMERICS, ROUNDINGS, TAGS
from loihi_sleep.processes import checks
from loihi_sleep.processes.checked_process import (
    compile_as_configured,
    create_runtime_as_configured,
)

if TYPE_CHECKING:
    from lava.magma.core.model.model import AbstractProcessModel

    from loihi_sleep.engine.attach import CompiledNetwork

ENGINES = ("lava", "compiled", "loihi2", "auto")
# A first run on the chip also waits for SLURM to give a board away.
CHIP_TIMEOUT_S = 3600.0


class CompiledRunConfig(SimulatorRunConfig):
    """The compiled engine: models are chosen as for Lava's simulator, and run by the engine.

    ``process.run(condition, run_cfg=...)`` of our own Processes takes it, as it does Lava's own;
    networks of others run by :func:`loihi_sleep.attach` or a
    :class:`~loihi_sleep.run.session.Session`, or after :func:`extend_lava`.

    Parameters
    ----------
    numerics, rounding, reason : str
        As of :class:`SimulatorRunConfig`.
    """

    engine = "compiled"

    def __init__(
        self, numerics: str, rounding: str = "per_synapse", reason: str = "asked for", **kwargs: Any
    ) -> None:
        super().__init__(numerics, rounding, reason, **kwargs)
        # Lava's compiler would ask this object; the engine asks this one.
        self.choosing_models = SimulatorRunConfig(numerics, rounding, reason, **kwargs)

    def select(
        self, process: AbstractProcess, proc_models: list[type[AbstractProcessModel]]
    ) -> type[AbstractProcessModel]:
        """Refuse to choose a model for Lava's compiler.

        Raises
        ------
        ValueError
            It was called by ``run`` of a Process that is none of ours.
        """
        _refuse_to_choose(process, proc_models)

    def compile_network(self, process: AbstractProcess) -> CompiledNetwork:
        """Compile the network that a Process belongs to, for the engine."""
        from loihi_sleep.engine.attach import compile_network

        return compile_network(process, self.choosing_models)


def _refuse_to_choose(
    process: AbstractProcess, proc_models: list[type[AbstractProcessModel]]
) -> NoReturn:
    """Refuse to choose a model for a network that went to Lava's compiler as it is."""
    raise ValueError(
        f"run_cfg cannot be given to Process {process.name!r} as Lava has it: use "
        "loihi_sleep.attach(process, run_cfg=...) or loihi_sleep.Session(process, run_cfg), or "
        "call loihi_sleep.extend_lava() before"
    )


def extend_lava() -> None:
    """Let ``run``, ``compile`` and ``create_runtime`` of all Processes take our run configurations.

    Our own Processes do so anyway. This changes Lava's ``AbstractProcess`` for the whole
    interpreter, and is never done unless it is asked for.
    """
    lavas_compile, lavas_create = AbstractProcess.compile, AbstractProcess.create_runtime
    if hasattr(lavas_create, "__wrapped__"):
        return
    AbstractProcess.compile = functools.wraps(lavas_compile)(compile_as_configured)
    AbstractProcess.create_runtime = functools.wraps(lavas_create)(create_runtime_as_configured)


def select(
    engine: str = "auto", numerics: str = "fixed", rounding: str = "per_synapse"
) -> RunConfig:
    """Choose how to run.

    Parameters
    ----------
    engine : str
        ``lava`` (Lava's CPU simulator), ``compiled`` (the same numbers, much faster), ``loihi2``
        (the chip: a network gets spike adapters when it is run, see
        :func:`loihi_sleep.loihi2.deploy`) or ``auto`` (``loihi2`` where it is available and the
        numerics is ``fixed``, else ``compiled``).
    numerics : str
        ``float`` or ``fixed`` (Loihi's integers).
    rounding : str
        Rounding of plastic synapses, not on the chip: ``per_synapse``, or ``per_layer`` as in
        Lava's models.

    Returns
    -------
    RunConfig
        For ``process.run(run_cfg=...)`` and :class:`loihi_sleep.run.session.Session`. Its
        attributes ``engine``, ``numerics`` and ``reason`` say what was chosen and why.

    Raises
    ------
    ValueError
        Unknown engine, numerics or rounding.
    EngineUnavailable
        The engine is not here; the message names what is missing.
    """
    checks.one_of("engine", engine, ENGINES)
    checks.one_of("numerics", numerics, NUMERICS)
    checks.one_of("rounding", rounding, ROUNDINGS)
    if engine == "compiled":
        return CompiledRunConfig(numerics, rounding)
    if engine == "lava":
        return SimulatorRunConfig(numerics, rounding)
    missing = probe.missing()
    if engine == "loihi2":
        if missing is not None:
            raise EngineUnavailable(f"engine 'loihi2' is not available: {missing}")
        if numerics != "fixed":
            raise EngineUnavailable("engine 'loihi2' computes in integers; use numerics 'fixed'")
        return _chip("asked for")
    if missing is None and numerics == "fixed":
        return _chip("auto: a Loihi 2 board is available")
    reason = missing or "the chip computes in integers and numerics is 'float'"
    return CompiledRunConfig(numerics, rounding, reason=f"auto: no Loihi 2, as {reason}")


def _chip(reason: str) -> RunConfig:
    """Run configuration of the chip; it rounds as its learning engine does.

    It is one of Lava's own class, as Lava's profiler asks for.
    """
    adapters = find_adapters()
    place()
    run_cfg = Loihi2HwCfg(select_tag=TAGS["fixed"])
    run_cfg.engine, run_cfg.numerics, run_cfg.reason = "loihi2", "fixed", reason
    run_cfg.timeout_s = CHIP_TIMEOUT_S
    run_cfg.prepare = functools.partial(_ready_for_the_chip, run_cfg, adapters)
    run_cfg.select = _refuse_to_choose
    return run_cfg


def _ready_for_the_chip(run_cfg: RunConfig, adapters: Adapters, process: AbstractProcess) -> None:
    """Put adapters into a network, and let nothing that is for the chip fall back on the host."""
    vars(run_cfg).pop("select", None)
    deployed = deploy(process, adapters)
    models = chip_models((*deployed.chip, *deployed.adapters), run_cfg.select_tag)
    run_cfg.exception_proc_model_map.update(models)
