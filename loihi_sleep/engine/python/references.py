"""Vars that other Processes read and write through RefPorts.

A request is served as soon as the owner of the Var has ended its part of the phase: when it is
sent, or when the owner is done. Lava serves requests in the pre- and post-management phases and on
the host; one that is sent in the spiking phase waits for ever there, and is a deadlock here. A
write that nobody waits for is served within the phase, where Lava may do so in the next step only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lava.magma.core.model.py.ports import PyVarPort, VarPortCmd

from loihi_sleep.engine.python.coroutines import Actor

if TYPE_CHECKING:
    from loihi_sleep.engine.python.channels import Channel

SERVING = ("pre-management", "post-management", "host")


class ServedVars:
    """Serves the requests that reach the Vars of one actor.

    Parameters
    ----------
    owner : Actor
    """

    def __init__(self, owner: Actor) -> None:
        self._owner = owner
        self._served: list[tuple[Channel, Callable[[], None]]] = []

    def __bool__(self) -> bool:
        return bool(self._served)

    def add(self, requests: Channel, serve: Callable[[], None]) -> None:
        """Serve what arrives in a channel by a function that takes one request."""
        self._served.append((requests, serve))

        def serve_if_open() -> None:
            if self._owner.is_done and self._owner.phase in SERVING:
                serve_all(requests, serve)

        requests.arrived = serve_if_open

    def add_port(self, port: PyVarPort) -> None:
        """Serve what arrives at a port of a model of Lava's."""
        if port._csp_recv_port is not None:
            self.add(port._csp_recv_port.channel, port.service)

    def serve(self) -> None:
        """Serve what has arrived, when the owner has ended its part of a phase."""
        for requests, serve in self._served:
            serve_all(requests, serve)


def serve_all(requests: Channel, serve: Callable[[], None]) -> None:
    """Serve all requests that are complete: a write has its values in a message of their own."""
    queue = requests.queue
    while queue and (len(queue) > 1 or not _is_write(queue[0])):
        serve()


def _is_write(header: Any) -> bool:
    return bool(header.flat[0] == VarPortCmd.SET[0])
