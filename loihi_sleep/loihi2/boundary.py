"""Where a graph of Processes crosses between host and chip, and the adapters that stand there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from loihi_sleep.errors import EngineUnavailable
from loihi_sleep.fit.placement import label, why_on_host
from loihi_sleep.graphs.roles import role_of
from loihi_sleep.numerics.limits import limits
from loihi_sleep.processes.role import Role

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

    from loihi_sleep.loihi2.adapters import Adapters

# What belongs on the host of a deployed network: it sends to the chip, or hears from it.
_OF_THE_HOST = (Role.DRIVE, Role.GATE, Role.PROBE)
MESSAGE_BITS_MAX = int(limits("loihi2")["num_message_bits"].highest)


@dataclass(frozen=True)
class Deployment:
    """A graph whose spikes cross between host and chip through adapters.

    Parameters
    ----------
    chip : tuple of AbstractProcess
        What runs on the chip.
    host : tuple of AbstractProcess
        What stays on the host: drives and probes.
    adapters : tuple of AbstractProcess
        What stands between them.
    """

    chip: tuple[AbstractProcess, ...]
    host: tuple[AbstractProcess, ...]
    adapters: tuple[AbstractProcess, ...]

    def staying(self) -> dict[str, str]:
        """Say why each Process of the host is there.

        Returns
        -------
        dict of str to str
            The reason, by name and kind of the Process.
        """
        return {label(process): why_on_host(process) for process in self.host}


@dataclass(frozen=True)
class _Crossing:
    """What a port sends to Processes of the other side.

    Parameters
    ----------
    source : OutPort
    connected : tuple of AbstractPort
        Its direct connections of which all targets are on the other side.
    targets : tuple of InPort
        Ports of the other side that it reaches, through reshaped ports too.
    split : bool
        A reshaped port of it leads to both sides.
    """

    source: Any
    connected: tuple[Any, ...]
    targets: tuple[Any, ...]
    split: bool

    @property
    def into_chip(self) -> bool:
        """Whether it comes from the host."""
        return bool(why_on_host(self.source.process))

    @property
    def message_bits(self) -> set[int]:
        """Bits of a message by what the synapses of the chip take; its neurons send none."""
        if not self.into_chip:
            return {0}
        return {
            int(np.max(port.process.num_message_bits.init))
            for port in self.targets
            if role_of(port.process) is Role.SYNAPSES
        } or {0}


def deploy(
    process: AbstractProcess, adapters: Adapters, *, stays: Collection[AbstractProcess] = ()
) -> Deployment:
    """Put an adapter into every connection between host and chip.

    Connections within either side are left as they are. What a port sends to several Processes of
    the other side crosses once.

    Parameters
    ----------
    process : AbstractProcess
        Any of the connected Processes, for fixed numerics, not compiled yet.
    adapters : Adapters
    stays : collection of AbstractProcess
        Processes of your own that are meant to run on the host, as a camera is.

    Returns
    -------
    Deployment

    Raises
    ------
    EngineUnavailable
        The network cannot be deployed; the message names each Process and connection that keeps it
        from that. It is left as it was.
    """
    reasons = refusals(process, adapters, stays=stays)
    if reasons:
        raise EngineUnavailable(f"engine 'loihi2' cannot run this network: {'; '.join(reasons)}")
    for crossing in _crossings(_connected(process), adapters):
        kind = adapters.to_chip if crossing.into_chip else adapters.from_chip
        (bits,) = crossing.message_bits
        _splice(crossing, kind(shape=crossing.source.shape, num_message_bits=bits))
    placed = _connected(process)
    between = tuple(each for each in placed if adapters.include(each))
    return Deployment(
        chip=tuple(each for each in placed if each not in between and not why_on_host(each)),
        host=tuple(each for each in placed if each not in between and why_on_host(each)),
        adapters=between,
    )


def refusals(
    process: AbstractProcess,
    adapters: Adapters | None = None,
    *,
    stays: Collection[AbstractProcess] = (),
) -> list[str]:
    """Say what keeps a network from being deployed.

    Parameters
    ----------
    process, adapters, stays :
        As of :func:`deploy`; adapters only where the graph already holds some.

    Returns
    -------
    list of str
        A sentence each; nothing where it can be.
    """
    placed = [each for each in _connected(process) if not _is_adapter(each, adapters)]
    strangers = [
        each
        for each in placed
        if why_on_host(each) and role_of(each) not in _OF_THE_HOST and each not in stays
    ]
    found = [f"{label(each)} would run on the host: {why_on_host(each)}" for each in strangers]
    if all(why_on_host(each) for each in placed):
        found.append("nothing of it would run on the chip")
    for crossing in _crossings(placed, adapters):
        if crossing.source.process not in strangers:
            ends = [port for port in crossing.targets if port.process not in strangers]
            found += _cannot_cross(crossing, ends, stays)
    found += _references(placed)
    return found


def _connected(process: AbstractProcess) -> list[AbstractProcess]:
    from loihi_sleep.graphs.hierarchy import connected_processes

    return connected_processes(process)


def _is_adapter(process: AbstractProcess, adapters: Adapters | None) -> bool:
    return adapters is not None and adapters.include(process)


def _crossings(
    processes: Iterable[AbstractProcess], adapters: Adapters | None
) -> Iterator[_Crossing]:
    """Find what is sent from one side to the other, not yet through an adapter."""
    for process in processes:
        if _is_adapter(process, adapters):
            continue
        for source in process.out_ports.members:
            connected, targets, split = [], [], False
            for port in source.out_connections:
                reached = [
                    end
                    for end in port.get_dst_ports(True)
                    if not _is_adapter(end.process, adapters)
                ]
                across = [end for end in reached if _is_across(process, end.process)]
                if across:
                    connected.append(port)
                    targets += across
                    split |= len(across) < len(reached)
            if connected:
                yield _Crossing(source, tuple(connected), tuple(targets), split)


def _is_across(one: AbstractProcess, other: AbstractProcess) -> bool:
    return bool(why_on_host(one)) != bool(why_on_host(other))


def _cannot_cross(
    crossing: _Crossing, ends: list[Any], stays: Collection[AbstractProcess]
) -> Iterator[str]:
    """Say why what a port sends cannot cross to some of its ends."""
    source = crossing.source
    origin = f"{source.name} of {label(source.process)}"
    if crossing.split:
        yield f"{origin} is reshaped for both sides at once: reshape it once for each"
    for end in ends:
        way = f"{origin} to {end.name} of {label(end.process)}"
        if crossing.into_chip:
            if end.name != "s_in" or role_of(end.process) is not Role.SYNAPSES:
                yield f"{way}: the host reaches neurons through s_in of synapses of the chip"
        elif role_of(source.process) is not Role.NEURONS or source.name != "s_out":
            yield f"{way}: only spikes (s_out of neurons) leave the chip"
        elif role_of(end.process) is not Role.PROBE and end.process not in stays:
            yield f"{way}: what drives the chip cannot hear from it"
    if crossing.into_chip and ends:
        yield from _wrong_messages(crossing, origin)


def _wrong_messages(crossing: _Crossing, origin: str) -> Iterator[str]:
    from lava.proc.io.source import RingBuffer

    bits = crossing.message_bits
    if len(bits) > 1:
        yield f"{origin} goes to synapses of {sorted(bits)} message bits: connect a source to each"
    if max(bits) > MESSAGE_BITS_MAX:
        yield f"{origin} needs {max(bits)} message bits; adapters carry {MESSAGE_BITS_MAX}"
    player = crossing.source.process
    if isinstance(player, RingBuffer) and max(bits) > 0:
        # A value has a sign.
        values, limit = np.asarray(player.data.init), 2 ** (min(max(bits), MESSAGE_BITS_MAX) - 1)
        outside = values[(values < -limit) | (values >= limit)]
        if outside.size:
            yield (
                f"{origin} holds {outside.flat[0]:g}; messages of {max(bits)} bits are "
                f"{-limit} .. {limit - 1}"
            )


def _references(processes: list[AbstractProcess]) -> Iterator[str]:
    """Say which Processes look at Vars of the other side."""
    for process in processes:
        for port in process.ref_ports.members:
            for end in port.get_dst_ports():
                if _is_across(process, end.process):
                    yield (
                        f"{port.name} of {label(process)} refers to a Var of "
                        f"{label(end.process)}: references do not cross"
                    )


def _splice(crossing: _Crossing, adapter: Any) -> None:
    """Lead what crosses through an adapter."""
    from lava.magma.core.process.ports.ports import AbstractPort

    source = crossing.source
    for port in crossing.connected:
        config = source.connection_configs.pop(port, None)
        port.connection_configs.pop(source, None)
        source.out_connections.remove(port)
        port.in_connections.remove(source)
        # As connect() does, which does not take reshaped ports.
        adapter.out._connect_forward(
            [port], AbstractPort, [config], assert_same_shape=False, assert_same_type=False
        )
    source.connect(adapter.inp)
