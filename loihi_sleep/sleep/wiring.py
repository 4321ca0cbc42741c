"""A network and the noise of its night as Lava Processes: drawn step by step, or in advance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.errors import EngineUnavailable
from loihi_sleep.networks import GatedNetwork, Network
from loihi_sleep.seeds import spawn_seeds

if TYPE_CHECKING:
    from lava.proc.io.source import RingBuffer

    from loihi_sleep.networks.layered import LayeredProcesses
    from loihi_sleep.processes.sleep.process import Sleep
    from loihi_sleep.sleep.night import Night


def asleep(network: Network, night: Night, numerics: str) -> tuple[Sleep, LayeredProcesses]:
    """Wire a network to the noise of a night, as Lava Processes.

    Parameters
    ----------
    network : LayeredNetwork, GatedNetwork or CubaNetwork
    night : Night
    numerics : str

    Returns
    -------
    Sleep, LayeredProcesses
        The noise, and the network that hears it.
    """
    from loihi_sleep.processes.sleep.process import Sleep

    sleep = Sleep(wake_steps=0, sleep_steps=1, **_drive(night, network.sizes[0]))
    processes = network.build(numerics, _rounding_seed(night))
    processes.connect_input(sleep.s_out)
    return sleep, processes


def replayed(
    network: Network, night: Night, raster: NDArray[np.bool_]
) -> tuple[RingBuffer, LayeredProcesses]:
    """Wire a network to the noise of a night that was drawn in advance, for a chip.

    Parameters
    ----------
    network : LayeredNetwork, GatedNetwork or CubaNetwork
    night : Night
    raster : ndarray of bool, shape (steps, inputs)
        What is played, from :func:`drawn`.

    Returns
    -------
    RingBuffer, LayeredProcesses
        The player, and the network that hears it; it computes as that of :func:`asleep` in
        ``fixed``.

    Raises
    ------
    EngineUnavailable
        A network that a chip cannot learn.
    """
    from lava.proc.io.source import RingBuffer

    if isinstance(network, GatedNetwork):
        raise EngineUnavailable(
            "engine 'loihi2' cannot learn a GatedNetwork, whose gate Loihi's learning engine does "
            "not have; use networks.layered with rules.sleep_hebb(gated=True)"
        )
    player = RingBuffer(data=raster.T.astype(np.int32))
    processes = network.build("fixed", _rounding_seed(night), for_chip=True)
    processes.connect_input(player.s_out)
    return player, processes


def drawn(night: Night, inputs: int) -> NDArray[np.bool_]:
    """Draw the noise of a night in advance.

    Returns
    -------
    ndarray of bool, shape (steps, inputs)
        Row t - 1 is what the ``Sleep`` of :func:`asleep` sends in step t.

    Raises
    ------
    ValueError
        A drive that does not fit the inputs, or a night too long for the memory of this computer.
    """
    from loihi_sleep.processes.kernels.drive import bernoulli_raster
    from loihi_sleep.processes.spike_drive.process import SpikeDrive

    # The Process checks what it is given.
    drive = SpikeDrive(**_drive(night, inputs))
    try:
        return bernoulli_raster(
            drive.rates.init,
            night.steps,
            drive.proc_params["seed"],
            drive.wave_period.init[0],
            drive.wave_depth.init[0],
            drive.proc_params["columns"],
            drive.proc_params["window"],
        )
    except MemoryError as error:
        raise ValueError(
            f"night.steps is {night.steps}; so many steps of {inputs} inputs do not fit into "
            f"memory: {error}"
        ) from error


def _drive(night: Night, inputs: int) -> dict[str, Any]:
    """Parameters of the noise."""
    return {"shape": (inputs,), "seed": spawn_seeds(night.seed, 2)[0], **vars(night.drive)}


def _rounding_seed(night: Night) -> int:
    return spawn_seeds(night.seed, 2)[1]
