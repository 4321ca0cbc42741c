"""Ports of models send and receive what Lava's would, with fewer calls."""

from types import SimpleNamespace

import numpy as np
import pytest
from lava.magma.core.model.py.ports import (
    IdentityTransformer,
    PyInPortVectorDense,
    PyOutPortVectorDense,
    VirtualPortTransformer,
)

from loihi_sleep.engine.python.channels import Channel
from loihi_sleep.engine.python.coroutines import Actor, Coroutines
from loihi_sleep.engine.python.vector_ports import shorten_paths

KINDS = (bool, np.int8, np.uint8, np.int16, np.int32, np.int64, np.float32, float)
SENT = np.array([[-0.0, 1.0, 3.0], [0.0, 7.0, -2.0]])


def channel(kind, shape=SENT.shape):
    """Make a channel between two models that never wait."""

    def wait(_):
        raise AssertionError("nobody waits")

    ends = Actor("sender"), "s_out", Actor("receiver"), "a_in"
    return Channel(Coroutines(wait), *ends, (shape, kind, 64))


def model_with(*ports):
    """Stand in for a model that has ports."""
    return SimpleNamespace(py_ports=list(ports))


def received(kind, port_kind, values, shorten):
    """Send values from port to port, changed afterwards by their sender."""
    way = channel(kind, values.shape)
    sender = PyOutPortVectorDense([way.src_port], None, values.shape, kind)
    receiver = PyInPortVectorDense([way.dst_port], None, values.shape, port_kind)
    if shorten:
        shorten_paths(model_with(sender, receiver))
        assert "send" in vars(sender)
        assert "recv" in vars(receiver)
    sent = values.copy()
    sender.send(sent)
    sent[...] = 1
    return receiver.recv()


@pytest.mark.parametrize("port_kind", KINDS)
@pytest.mark.parametrize("kind", KINDS)
def test_messages_arrive_as_by_lavas_ports(kind, port_kind):
    for values in (SENT, SENT.T, SENT.astype(np.int64), SENT[:, ::2]):
        expected = received(kind, port_kind, values, shorten=False)
        found = received(kind, port_kind, values, shorten=True)
        assert found.dtype == expected.dtype
        assert found.tobytes() == expected.tobytes()
        assert found.flags.writeable
        assert found.strides == expected.strides


def test_a_message_of_another_shape_is_refused():
    way = channel(np.int32)
    sender = PyOutPortVectorDense([way.src_port], None, SENT.shape, np.int32)
    shorten_paths(model_with(sender))
    with pytest.raises(AssertionError, match="Mismatch"):
        sender.send(SENT.T)


def test_ports_with_several_channels_or_virtual_ports_are_lavas():
    ways = [channel(np.int32), channel(np.int32)]
    ends = [way.dst_port for way in ways]
    turned = VirtualPortTransformer({"a": ends[0]}, {"a": [np.negative]})
    ports = [
        PyInPortVectorDense(ends, None, SENT.shape, np.int32, IdentityTransformer()),
        PyInPortVectorDense(ends[:1], None, SENT.shape, np.int32, turned),
        PyInPortVectorDense([], None, SENT.shape, np.int32),
        PyOutPortVectorDense([way.src_port for way in ways], None, SENT.shape, np.int32),
        PyOutPortVectorDense([], None, SENT.shape, np.int32),
    ]
    shorten_paths(model_with(*ports))
    ports[3].send(SENT)
    ports[4].send(SENT)
    assert (ports[0].recv() == 2 * SENT).all()
    ports[3].send(SENT)
    assert (ports[1].recv() == -SENT).all()
    assert not ports[2].recv().any()


def test_a_number_without_axes_is_refused_as_by_lavas_ports():
    way = channel(np.int32, ())
    sender = PyOutPortVectorDense([way.src_port], None, (), np.int32)
    shorten_paths(model_with(sender))
    with pytest.raises(IndexError):
        sender.send(np.array(3))
