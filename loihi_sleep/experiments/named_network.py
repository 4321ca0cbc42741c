"""A network by what people name it with: an experiment, a run, a file of another tool."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from loihi_sleep import exchange
from loihi_sleep.experiments import registry, runner
from loihi_sleep.results.run_folder import CHECKPOINT, RunFolder

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess


@dataclass(frozen=True)
class NamedNetwork:
    """A network, wired as Lava Processes.

    Parameters
    ----------
    process : AbstractProcess
        One of its Processes.
    host_only : list of str
        What else its experiment is asked for that no chip can run, a sentence each.
    """

    process: AbstractProcess
    host_only: list[str]


def named_network(
    name: str,
    preset: str | None,
    numerics: str | None,
    settings: Sequence[str],
    dt: float | None = None,
) -> NamedNetwork:
    """Wire a network as Lava Processes.

    Parameters
    ----------
    name : str
        An experiment; or a path: of a run folder or its checkpoint, whose configuration is taken,
        or of a file of lava-dl's (``.net``) or NIR's (``.nir``), which is read as a static network.
    preset, numerics, settings :
        As of ``loihi-sleep run``; for an experiment only.
    dt : float, optional
        Length of a time step, as :func:`loihi_sleep.exchange.read_nir` takes it; for a file of
        NIR's only.

    Returns
    -------
    NamedNetwork

    Raises
    ------
    ValueError
        There is no such experiment, run or file, or settings were given for one of the latter; a
        time step was given for anything but a file of NIR's.
    """
    path = Path(name)
    if dt is not None and path.suffix != ".nir":
        raise ValueError(f"--dt is {dt:g}; only a .nir file needs a time step: leave it out")
    is_experiment = name in registry.EXPERIMENTS
    if not is_experiment and not os.path.exists(path):
        if path.suffix or len(path.parts) > 1:
            raise ValueError(f"{name} does not exist")
        raise ValueError(
            f"{name!r} is neither a file or run folder that exists nor one of the experiments "
            f"{', '.join(registry.EXPERIMENTS.names())}"
        )
    if is_experiment:
        if preset is None and "paper" in registry.by_name(name).presets:
            preset = "paper"
        experiment, config = runner.configure(
            name, preset=preset, numerics=numerics, settings=list(settings)
        )
        return NamedNetwork(experiment.network(config), experiment.host_only(config))
    chosen = {"--preset": preset, "--numerics": numerics, "--set": ", ".join(settings) or None}
    for option, value in chosen.items():
        if value is not None:
            raise ValueError(f"{option} is {value}; {name} says all by itself, leave it out")
    if path.suffix in (".net", ".nir"):
        return NamedNetwork(_of_file(path, dt), [])
    if path.is_file() and path.name != CHECKPOINT:
        raise ValueError(
            f"{name} is no network; it must be an experiment, a run folder or its {CHECKPOINT}, or "
            "a .net or .nir file"
        )
    run = RunFolder.open(path if path.is_dir() else path.parent, to_write=False)
    experiment, config = runner.read_configuration(run)
    return NamedNetwork(experiment.network(config), experiment.host_only(config))


def _of_file(path: Path, dt: float | None) -> AbstractProcess:
    """Wire the network of a file, with its input neurons if it has some."""
    network = (
        exchange.read_net(path)
        if path.suffix == ".net"
        else exchange.read_nir(path, dt).in_weight_units()[0]
    )
    processes = network.build("fixed")
    if network.input_neurons is not None:
        processes.connect_input(network.input_neurons.build(0, "fixed").s_out)
    return processes.neurons[-1]
