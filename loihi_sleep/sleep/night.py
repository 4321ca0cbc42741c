"""One night: a network's input is cut, noise replays what its weights hold, plasticity is on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from loihi_sleep.errors import RunFailed
from loihi_sleep.networks import Network
from loihi_sleep.processes import checks
from loihi_sleep.run.session import Session
from loihi_sleep.sleep.wiring import asleep, drawn, replayed

if TYPE_CHECKING:
    from lava.magma.core.run_configs import RunConfig
    from lava.proc.dense.process import LearningDense

CHUNK_STEPS = 100
STEPS_MAX = SIDE_MAX = 2**31 - 1
# Weights that a plastic synapse can have reached; Lava's learning engine does not keep them even.
LEARNED = (-256, 255)


@dataclass(frozen=True)
class Poisson:
    """Replay drive of Bernoulli spikes, a rate per input neuron.

    Parameters
    ----------
    rates : array_like, shape (inputs,) or scalar
        Spike probability per step, 0 .. 1 (at the crest of the slow wave).
    plane : tuple of int, optional
        (rows, columns) of the input plane; needed with a window.
    window : int
        Side of the square window outside of which nothing spikes, placed anew each step; 0: none.
    wave_period, wave_depth : float
        Slow wave over the rates: its length in steps (0: none) and depth, 0 .. 1.
    """

    rates: ArrayLike
    plane: tuple[int, int] | None = None
    window: int = 0
    wave_period: float = 0.0
    wave_depth: float = 0.0

    def __post_init__(self) -> None:
        rates = checks.array("rates", self.rates, None)
        if rates.ndim > 1 or not rates.size:
            raise ValueError(f"rates has shape {rates.shape}; it must be (inputs,) or a scalar")
        if rates.min() < 0:
            raise ValueError(
                f"rates holds {rates.min():g}; spike probabilities are from 0 to 1: where they are "
                "made of inputs that were standardized, scale those to 0 .. 1"
            )
        checks.array("rates", rates, None, 0, 1)
        checks.integer("window", self.window, 0, SIDE_MAX)
        if self.plane is not None:
            rows, columns = checks.sequence("plane", self.plane, 2, "integers, rows and columns")
            checks.integer("plane[0]", rows, 1, SIDE_MAX)
            checks.integer("plane[1]", columns, 1, SIDE_MAX)
        checks.number("wave_period", self.wave_period, 0)
        checks.number("wave_depth", self.wave_depth, 0, 1)


@dataclass(frozen=True)
class Night:
    """What a night consists of.

    Parameters
    ----------
    steps : int
        Time steps asleep, 1 .. 2**31 - 1.
    drive : Poisson
        What is replayed.
    seed : int
        Of the drive and of the rounding of weights, 0 .. 2**63 - 1.
    """

    steps: int
    drive: Poisson
    seed: int

    def __post_init__(self) -> None:
        checks.integer("steps", self.steps, 1, STEPS_MAX)
        checks.instance("drive", self.drive, Poisson, "a Poisson, such as Poisson(rates=0.1)")
        checks.seed("seed", self.seed)


@dataclass(frozen=True)
class NightProgress:
    """How far a night is.

    Parameters
    ----------
    steps : int
        Steps done.
    total : int
        Steps of the night.
    rates : tuple of float
        Spikes per neuron and step in the last chunk, by layer without the input.
    """

    steps: int
    total: int
    rates: tuple[float, ...]


@dataclass(frozen=True)
class NightRecord:
    """What a night left behind.

    Parameters
    ----------
    weights : tuple of ndarray, shape (post, pre) each
        Weights after the night, weight units.
    rates : ndarray of float64, shape (chunks, layers)
        Spikes per neuron and step, the input first.
    chunk_steps : int
        Steps of a chunk (the last may be shorter).
    rasters : tuple of ndarray of bool, shape (raster_steps, neurons) each
        Spikes of the first steps, the input first.
    spikes : tuple of ndarray of int64, shape (neurons,) each
        How often each neuron spiked in the night, by layer without the input.
    """

    weights: tuple[NDArray[np.float64], ...]
    rates: NDArray[np.float64]
    chunk_steps: int
    rasters: tuple[NDArray[np.bool_], ...]
    spikes: tuple[NDArray[np.int64], ...]


def run_night(
    network: Network,
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
    network : LayeredNetwork, GatedNetwork or CubaNetwork
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

    checks.instance("network", network, Network, "a network of loihi_sleep.networks")
    check_night(night, run_cfg)
    if on_progress is not None:
        checks.function("on_progress", on_progress)
    raster_steps = min(checks.integer("raster_steps", raster_steps, 0, STEPS_MAX), night.steps)
    layers = network.sizes[1:]
    on_chip = run_cfg.engine == "loihi2"
    # The drive's spikes are known in advance, which saves a probe.
    input_raster = drawn(night, network.sizes[0])
    if on_chip:
        source, processes = replayed(network, night, input_raster)
    else:
        source, processes = asleep(network, night, run_cfg.numerics)
    probes = [SpikeProbe(shape=(size,), raster_steps=raster_steps) for size in layers]
    for neurons, probe in zip(processes.neurons, probes, strict=True):
        neurons.s_out.connect(probe.s_in)

    rates = []
    counted = np.zeros(len(layers))
    with Session(source, run_cfg) as session:
        for start in range(0, night.steps, CHUNK_STEPS):
            steps = min(CHUNK_STEPS, night.steps - start)
            session.run(steps)
            if on_chip and start == 0:
                # Before a whole night is spent on weights that cannot be had.
                _read_back(session, processes.synapses[-1:])
            counts = np.array([session.get(probe.count).sum() for probe in probes], dtype=float)
            layer_rates = (counts - counted) / (steps * np.array(layers))
            counted = counts
            rates.append([input_raster[start : start + steps].mean(), *layer_rates])
            if on_progress is not None:
                on_progress(NightProgress(start + steps, night.steps, tuple(layer_rates)))
        read = _read_back if on_chip else _read
        weights = read(session, processes.synapses)
        rasters = [input_raster[:raster_steps]]
        for probe, size in zip(probes, layers, strict=True):
            rasters.append(unpack_raster(session.get(probe.raster)[:raster_steps], size))
        spikes = tuple(session.get(probe.count).astype(np.int64) for probe in probes)
    return NightRecord(weights, np.array(rates), CHUNK_STEPS, tuple(rasters), spikes)


def check_night(night: Any, run_cfg: Any) -> None:
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


def _read(session: Session, synapses: Sequence[LearningDense]) -> tuple[NDArray[np.float64], ...]:
    """Read weights, in weight units whatever their exponent."""
    return tuple(
        session.get(each.weights) * 2.0 ** each.proc_params.get("weight_exp", 0)
        for each in synapses
    )


def _read_back(
    session: Session, synapses: Sequence[LearningDense]
) -> tuple[NDArray[np.float64], ...]:
    """Read what a chip has learned.

    Raises
    ------
    RunFailed
        It cannot be read, or is nothing that a synapse holds.
    """
    try:
        return tuple(
            checks.array(f"weights of {each.name}", read, tuple(each.weights.shape), *LEARNED)
            for read, each in zip(_read(session, synapses), synapses, strict=True)
        )
    except Exception as error:
        raise RunFailed(
            "the weights cannot be read back from the chip, and a night is of no use without them "
            f"(lava-nc issue 502: versions of lava-loihi from 2022 could not): {error}"
        ) from error
