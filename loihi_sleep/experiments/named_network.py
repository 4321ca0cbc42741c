"""A network by what people name it with: an experiment, a run, a file of another tool."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from loihi_sleep import exchange
from loihi_sleep.configuration import load
from loihi_sleep.experiments import registry, runner
from loihi_sleep.results.run_folder import RunFolder

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

    from loihi_sleep.networks import CubaNetwork


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
    name: str, preset: str, numerics: str | None, settings: Sequence[str]
) -> NamedNetwork:
    """Wire a network as Lava Processes.

    Parameters
    ----------
    name : str
        An experiment; or a path: of a run folder or its checkpoint, whose configuration is taken,
        or of a file of lava-dl's (``.net``) or NIR's (``.nir``), which is read as a static network.
    preset, numerics, settings
        As of ``loihi-sleep run``; for an experiment only.

    Returns
    -------
    NamedNetwork

    Raises
    ------
    ValueError
        There is no such experiment, run or file, or settings were given for one of the latter.
    """
    path = Path(name)
    if name in registry.EXPERIMENTS or not path.exists():
        experiment, config = runner.configure(
            name, preset=preset, numerics=numerics, settings=list(settings)
        )
        return NamedNetwork(experiment.network(config), experiment.host_only(config))
    for option, value in (("--numerics", numerics), ("--set", ", ".join(settings))):
        if value:
            raise ValueError(f"{option} is {value}; {name} says all by itself, leave it out")
    if path.suffix in (".net", ".nir"):
        return NamedNetwork(_of_file(path).build("fixed").neurons[-1], [])
    values = RunFolder.open(path if path.is_dir() else path.parent).config()
    experiment = registry.by_name(values.get("experiment", ""))
    config = load(experiment.config, values)
    return NamedNetwork(experiment.network(config), experiment.host_only(config))


def _of_file(path: Path) -> CubaNetwork:
    if path.suffix == ".net":
        return exchange.read_net(path)
    network, _ = exchange.read_nir(path).in_weight_units()
    return network
