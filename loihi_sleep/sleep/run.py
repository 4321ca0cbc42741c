"""One night: a network's input is cut, noise replays what its weights hold, plasticity is on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.errors import RunFailed
from loihi_sleep.numerics.names import Numerics
from loihi_sleep.processes import checks
from loihi_sleep.processes.kernels.integers import WEIGHT_MAX, WEIGHT_MIN
from loihi_sleep.run.session import Session
from loihi_sleep.sleep.drives import RasterArray, player
from loihi_sleep.sleep.night import STEPS_MAX, Night, NightProgress, NightRecord
from loihi_sleep.sleep.phases import Schedule, run_phases, sleep_process
from loihi_sleep.sleep.sleeper import Sleeper, SleepingProcesses, is_sleeper

if TYPE_CHECKING:
    from lava.magma.core.process.variable import Var
    from lava.magma.core.run_configs import RunConfig
    from lava.proc.io.source import RingBuffer

    from loihi_sleep.processes.sleep.process import Sleep

CHUNK_STEPS = 100
# Weights that a plastic synapse can have reached; Lava's learning engine does not keep them even.
LEARNED = (WEIGHT_MIN, WEIGHT_MAX)


def run_night(
    network: Sleeper,
    night: Night,
    run_cfg: RunConfig,
    *,
    raster_steps: int = 0,
    on_progress: Callable[[NightProgress], None] | None = None,
) -> NightRecord:
    """Put a network to sleep for a night and record it.

    On the chip the night is drawn in advance and played, and what is recorded of the layers is
    what reaches the host, later than it happens by the delay of the adapters.

    Parameters
    ----------
    network : Sleeper
        CubaNetwork, GatedNetwork, or any other class with the same members.
    night : Night
    run_cfg : RunConfig
        From :func:`loihi_sleep.run.select.select`.
    raster_steps : int
        Steps of which the spikes are kept.
    on_progress : callable, optional
        Called after every chunk of 100 steps.

    Returns
    -------
    NightRecord

    Raises
    ------
    ValueError
        A drive or weights that do not fit the network or the numerics, or an argument that is none
        of those above.
    EngineUnavailable
        A network that cannot be deployed, on the chip.
    RunFailed
        The run failed, or the weights of a chip cannot be read.
    """
    from loihi_sleep.processes.kernels.raster import unpack_raster
    from loihi_sleep.processes.spike_probe.process import SpikeProbe

    if not is_sleeper(network):
        raise ValueError(
            f"network is {checks.shown(network)}; it must be a network of loihi_sleep.networks, or "
            "one of yours with sizes, graded, learns and build"
        )
    check_night(night, run_cfg)
    if on_progress is not None:
        checks.function("on_progress", on_progress)
    raster_steps = min(checks.integer("raster_steps", raster_steps, 0, STEPS_MAX), night.steps)
    on_chip = run_cfg.engine == "loihi2"
    if on_chip:
        raster = drawn_in_advance(network, night)
        source, processes = network_with_raster(network, night, raster)
        ports = list(processes.spikes)
    else:
        source, processes = network_with_drive(network, night, run_cfg.numerics)
        ports = [source.s_out, *processes.spikes]
    probes = [SpikeProbe(shape=port.shape, raster_steps=raster_steps) for port in ports]
    for port, probe in zip(ports, probes, strict=True):
        port.connect(probe.s_in)

    rates = []
    sizes = np.array([port.shape[0] for port in ports])
    counted = np.zeros(len(ports))
    with Session(source, run_cfg) as session:
        schedule = Schedule(0, night.steps)
        for chunk in run_phases(session, schedule, 0, night.steps, chunk_steps=CHUNK_STEPS):
            if on_chip and chunk.start == 0:
                # Before a whole night is spent on weights that cannot be had.
                _read_back(session, processes.weights[-1:])
            counts = np.array([session.get(probe.count).sum() for probe in probes], dtype=float)
            found = (counts - counted) / ((chunk.stop - chunk.start) * sizes)
            counted = counts
            if on_chip:
                # No probe at the input: what is played is known.
                found = np.array([(raster[chunk.start : chunk.stop] != 0).mean(), *found])
            rates.append(found)
            if on_progress is not None:
                on_progress(NightProgress(chunk.stop, night.steps, tuple(found[1:])))
        read = _read_back if on_chip else _read
        weights = read(session, processes.weights)
        rasters = [
            unpack_raster(session.get(probe.raster)[:raster_steps], size)
            for probe, size in zip(probes, sizes, strict=True)
        ]
        spikes = [session.get(probe.count).astype(np.int64) for probe in probes]
    if on_chip:
        rasters.insert(0, raster[:raster_steps] != 0)
    else:
        spikes.pop(0)
    return NightRecord(weights, np.array(rates), CHUNK_STEPS, tuple(rasters), tuple(spikes))


def check_night(night: object, run_cfg: RunConfig) -> None:
    """Refuse what is no night, or no run configuration of ours.

    Raises
    ------
    ValueError
    """
    checks.instance("night", night, Night, "a Night, of loihi_sleep.sleep")
    if not hasattr(run_cfg, "engine") or not hasattr(run_cfg, "numerics"):
        raise ValueError(
            f"run_cfg is {checks.shown(run_cfg)}; it must come from loihi_sleep.run.select.select"
        )


def network_with_drive(
    network: Sleeper, night: Night, numerics: Numerics
) -> tuple[Sleep, SleepingProcesses]:
    """Wire a network to a drive that emits the night step by step.

    Returns
    -------
    Sleep, SleepingProcesses
        The drive, and the network that hears it.

    Raises
    ------
    ValueError
        A drive that does not fit the network.
    """
    _check_kind(network, night)
    schedule = Schedule(0, night.steps)
    source = sleep_process(night.drive, schedule, network.sizes[0], night.steps, night.drive_seed)
    processes = network.build(numerics, night.rounding_seed)
    processes.connect_input(source.s_out)
    return source, processes


def network_with_raster(
    network: Sleeper, night: Night, raster: RasterArray
) -> tuple[RingBuffer, SleepingProcesses]:
    """Wire a network to a night that was drawn in advance, for a chip.

    Parameters
    ----------
    network : Sleeper
    night : Night
    raster : ndarray, shape (steps, inputs)
        What is played, from :func:`drawn_in_advance`.

    Returns
    -------
    RingBuffer, SleepingProcesses
        The player, and the network that hears it; it computes as that of
        :func:`network_with_drive` in ``fixed``.

    Raises
    ------
    EngineUnavailable
        A network that a chip cannot learn.
    """
    processes = network.build("fixed", night.rounding_seed, for_chip=True)
    source = player(raster)
    processes.connect_input(source.s_out)
    return source, processes


def drawn_in_advance(network: Sleeper, night: Night) -> RasterArray:
    """Draw a night in advance, in integers.

    Returns
    -------
    ndarray, shape (steps, inputs)
        Row t - 1 is what the ``Sleep`` of :func:`network_with_drive` sends in step t.

    Raises
    ------
    ValueError
        A drive that does not fit the network, or a night too long for the memory of this computer.
    """
    from loihi_sleep.processes.kernels.drive import to_integer_current

    _check_kind(network, night)
    raster = night.drive.raster(network.sizes[0], night.steps, night.drive_seed)
    if not night.drive.graded:
        return raster
    return to_integer_current(np.ravel(raster).astype(np.float64)).reshape(raster.shape)


def _check_kind(network: Sleeper, night: Night) -> None:
    """Refuse currents for inputs that take spikes, and spikes for those that take currents."""
    kinds = "spikes", "graded currents"
    if network.graded != night.drive.graded:
        raise ValueError(
            f"night.drive sends {kinds[night.drive.graded]}; the network takes "
            f"{kinds[network.graded]}"
        )


def _read(session: Session, weights: Sequence[Var]) -> tuple[NDArray[np.float64], ...]:
    """Read weights, in weight units whatever their exponent."""
    return tuple(
        session.get(each) * 2.0 ** each.process.proc_params.get("weight_exp", 0) for each in weights
    )


def _read_back(session: Session, weights: Sequence[Var]) -> tuple[NDArray[np.float64], ...]:
    """Read what a chip has learned.

    Raises
    ------
    RunFailed
        It cannot be read, or is nothing that a synapse holds.
    """
    try:
        return tuple(
            checks.array(f"weights of {each.process.name}", read, tuple(each.shape), *LEARNED)
            for read, each in zip(_read(session, weights), weights, strict=True)
        )
    except Exception as error:
        raise RunFailed(
            "the weights cannot be read back from the chip, and a night is of no use without them "
            f"(lava-nc issue 502: versions of lava-loihi from 2022 could not): {error}"
        ) from error
