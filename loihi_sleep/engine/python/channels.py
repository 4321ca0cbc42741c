"""Messages between models, in place of Lava's shared memory, semaphores and threads.

Ports are of Lava's classes, as its own code asks for these, but with nothing of theirs inside.
A message is copied when it is sent, in the type that Lava's channel has.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
from greenlet import greenlet
from lava.magma.compiler.channels.pypychannel import CspRecvPort, CspSendPort
from lava.utils.sparse import find
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from loihi_sleep.engine.python.coroutines import Actor, Coroutines


class Queue(deque[NDArray[Any]]):
    """Messages that have not been received; Lava's models ask for ``qsize``."""

    def qsize(self) -> int:
        """Count them."""
        return len(self)


class Channel:
    """Messages from one port to another.

    Parameters
    ----------
    coroutines : Coroutines
    sender, receiver : Actor
    source, target : str
        Names of their ports.
    message : tuple of shape, dtype and int
        Shape of a message; its type on its way, which is the sender's; and how many the channel
        holds: who sends more waits.
    """

    is_outside = False

    def __init__(
        self,
        coroutines: Coroutines,
        sender: Actor,
        source: str,
        receiver: Actor,
        target: str,
        message: tuple[tuple[int, ...], Any, int],
    ) -> None:
        shape, kind, size = message
        self.coroutines = coroutines
        self.shape, self.kind, self.size = tuple(shape), np.dtype(kind), size
        self.sender, self.receiver = sender, receiver
        self.queue = Queue()
        self.src_port = SendPort(self, source)
        self.dst_port = ReceivePort(self, target)
        # Called after a message has been sent.
        self.arrived: Callable[[], None] | None = None
        # How many values other than 0 have been sent, while somebody counts.
        self.events: int | None = None
        # Where it belongs to a RefPort.
        self.advice = ""

    def put(self, data: Any) -> None:
        """Send a message; wait while the channel is full."""
        queue = self.queue
        if len(queue) >= self.size:
            self.coroutines.wait(self.src_port)
        queue.append(self.copied(data))
        if self.events is not None:
            self.events += int(np.count_nonzero(queue[-1]))
        self.sender.has_sent = True
        if self.dst_port.waiter is not None:
            self.coroutines.wake(self.dst_port.waiter)
        if self.arrived is not None:
            self.arrived()

    def take(self) -> NDArray[Any]:
        """Receive a message; wait for one."""
        queue = self.queue
        if not queue:
            self.receiver.waited_for.add(self.sender)
            self.receiver.sends_first |= self.receiver.has_sent
            self.coroutines.wait(self.dst_port)
        if self.src_port.waiter is not None:
            self.coroutines.wake(self.src_port.waiter)
        return queue.popleft()

    def copied(self, data: Any) -> NDArray[Any]:
        """Copy a message into the type of the channel.

        Raises
        ------
        AssertionError
            It has another shape, as in Lava.
        """
        if data.shape != self.shape:
            raise AssertionError(f"data.shape={data.shape} self._shape={self.shape} Mismatch")
        if type(data) is np.ndarray and self.shape:
            return data.astype(self.kind, "C", "unsafe", False)
        if isinstance(data, csr_matrix):
            data = find(data, explicit_zeros=True)[2]
        message: NDArray[Any] = np.empty(self.shape, self.kind)
        message[:] = data[:]
        return message


class Outside:
    """What models and threads of the user's wait by for each other.

    Attributes
    ----------
    changed : Condition
        Notified when a message has been sent or received.
    ended : str
        Why no model will send or receive any more; empty: they may.
    """

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.ended = ""

    def end(self, reason: str) -> None:
        """Let no thread wait for models any more."""
        with self.changed:
            self.ended = self.ended or reason
            self.changed.notify_all()

    def wait_for(self, has_happened: Callable[[], bool]) -> None:
        """Wait in a thread of the user's, which has `changed`.

        Raises
        ------
        RuntimeError
            No model will do it any more.
        """
        self.changed.wait_for(lambda: has_happened() or bool(self.ended))
        if not has_happened():
            raise RuntimeError(self.ended)


class OutsideChannel(Channel):
    """Messages between a model and the user's own threads.

    Parameters
    ----------
    *args
        As of :class:`Channel`.
    outside : Outside
        Of the network.
    """

    is_outside = True

    def __init__(self, *args: Any, outside: Outside) -> None:
        super().__init__(*args)
        self._outside, self._changed = outside, outside.changed

    def put(self, data: Any) -> None:
        """Send a message from a model."""
        if len(self.queue) >= self.size:
            self.coroutines.wait(self.src_port)
        with self._changed:
            self.queue.append(self.copied(data))
            self._changed.notify_all()

    def take(self) -> NDArray[Any]:
        """Receive a message in a model."""
        if not self.queue:
            self.coroutines.wait(self.dst_port)
        with self._changed:
            message = self.queue.popleft()
            self._changed.notify_all()
        return message

    def put_from_outside(self, data: Any) -> None:
        """Send a message from a thread of the user's; it blocks while the channel is full."""
        message = self.copied(data)
        with self._changed:
            self._outside.wait_for(lambda: len(self.queue) < self.size)
            self.queue.append(message)
            self._changed.notify_all()

    def take_from_outside(self) -> NDArray[Any]:
        """Receive a message in a thread of the user's; it blocks until there is one."""
        with self._changed:
            self._outside.wait_for(lambda: len(self.queue) > 0)
            message = self.queue.popleft()
            self._changed.notify_all()
        return message


class _End:
    """What both ends of a channel have; Lava's own constructors are not called."""

    def __init__(self, channel: Channel, name: str) -> None:
        self.channel = channel
        self.waiter: greenlet | None = None
        self.is_outside = channel.is_outside
        self._name, self._shape, self._dtype = name, channel.shape, channel.kind
        self._size = channel.size
        self.observer: Callable[[], Any] | None = None

    def start(self) -> None:
        """Do nothing: there is no thread to start."""

    def join(self) -> None:
        """Do nothing: there is no thread to end."""

    def is_over(self) -> bool:
        """Tell whether waiting here has an end."""
        return bool(self.probe())

    def probe(self) -> bool:
        """Tell whether the next call will not wait."""
        raise NotImplementedError


def _explain_other(channel: Channel, actor: Actor) -> str:
    if channel.is_outside:
        return "the user's program"
    ended = f"has ended its part of phase {actor.phase!r}"
    return f"{actor.name}, which {ended if actor.is_done else 'waits itself'}"


class SendPort(_End, CspSendPort):
    """The end of a channel that a model sends by."""

    def probe(self) -> bool:
        """Tell whether a message can be sent without waiting."""
        return len(self.channel.queue) < self.channel.size

    def send(self, data: Any) -> None:
        """Send a message."""
        self.channel.put(data)

    def explain(self) -> str:
        """Say what a sender waits for."""
        channel = self.channel
        return (
            f"port {self._name!r} has sent {channel.size} messages that are not received; the "
            f"other end is port {channel.dst_port.name!r} of "
            f"{_explain_other(channel, channel.receiver)}"
        )


class ReceivePort(_End, CspRecvPort):
    """The end of a channel that a model receives by."""

    def __init__(self, channel: Channel, name: str) -> None:
        super().__init__(channel, name)
        self._queue = channel.queue

    def probe(self) -> bool:
        """Tell whether there is a message."""
        return len(self._queue) > 0

    def recv(self) -> NDArray[Any]:
        """Receive a message."""
        return self.channel.take()

    def peek(self) -> NDArray[Any]:
        """Return the next message, and leave it where it is."""
        if not self._queue:
            self.channel.coroutines.wait(self)
        return self._queue[0].copy()

    def explain(self) -> str:
        """Say what a receiver waits for."""
        channel = self.channel
        return (
            f"port {self._name!r} waits for a message of port {channel.src_port.name!r} of "
            f"{_explain_other(channel, channel.sender)}{channel.advice}"
        )


class OuterSendPort(SendPort):
    """The end that the user's program sends by."""

    channel: OutsideChannel

    def send(self, data: Any) -> None:
        """Send a message."""
        self.channel.put_from_outside(data)


class OuterReceivePort(ReceivePort):
    """The end that the user's program receives by."""

    channel: OutsideChannel

    def recv(self) -> NDArray[Any]:
        """Receive a message."""
        return self.channel.take_from_outside()


class ForeignSendPort(CspSendPort):
    """Sends into a channel of Lava's that a Process has made for itself and receives by.

    Parameters
    ----------
    coroutines : Coroutines
    sender, receiver : CspSendPort and CspRecvPort
        Its ends, which Lava would have in two processes.
    """

    is_outside = True

    def __init__(self, coroutines: Coroutines, sender: CspSendPort, receiver: CspRecvPort) -> None:
        self._coroutines, self._receiver = coroutines, receiver
        self._name, self._shape, self._dtype = sender.name, sender.shape, sender.d_type
        self._size, self._place = sender.size, 0
        self.waiter: greenlet | None = None
        self.observer: Callable[[], Any] | None = None

    def start(self) -> None:
        """Do nothing: there is no thread to start."""

    def join(self) -> None:
        """Do nothing: there is no thread to end."""

    def probe(self) -> bool:
        """Tell whether a message can be sent without waiting."""
        return bool(self._receiver._queue.qsize() < self._size)

    def is_over(self) -> bool:
        """Tell whether waiting here has an end."""
        return self.probe()

    def send(self, data: Any) -> None:
        """Send a message."""
        if not self.probe():
            self._coroutines.wait(self)
        self._receiver._array[self._place][:] = data
        self._place = (self._place + 1) % self._size
        self._receiver._queue.put_nowait(0)

    def explain(self) -> str:
        """Say what a sender waits for."""
        full = f"port {self._name!r} has sent {self._size} messages"
        return f"{full} that the user's program has not received"
