"""lava-nc's ring buffers: sources that play data, sinks that record it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.engine.bounds import Arrays
from loihi_sleep.engine.bounds import part as part_of
from loihi_sleep.engine.builder import Builder
from loihi_sleep.engine.kernels.arrays import Rows, copy, part
from loihi_sleep.engine.kernels.call import uncounted
from loihi_sleep.engine.kernels.messages import clear
from loihi_sleep.engine.memory import Memory, Region, Storage
from loihi_sleep.engine.nodes import Node
from loihi_sleep.engine.rows import COUNT, EVENTS, SIZE, VALUES, message, row
from loihi_sleep.engine.steps import Step, kernel
from loihi_sleep.engine.stored_parts import in_lavas_type

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

# Steps of the data, where the events of each step begin, neurons (in index) and values (in values)
# of all events.
SOURCE_ROW = row("a source", message("out"), "period", "first_event", "neurons", "amounts")
# The data (in values), step by step, and the number of steps.
SINK_ROW = row("a sink", message("a_in"), "data", "period")
# Short data may be replaced by denser data of the same shape.
_ROOM = 2**20


@kernel
def play(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Send what the buffer holds for this step."""
    p = uncounted(p)
    m = uncounted(m)
    clear(p, b + SOURCE_ROW.out, m)
    slot = p[b + SOURCE_ROW.first_event] + (t - 1) % p[b + SOURCE_ROW.period]
    first, end = m.index[slot], m.index[slot + 1]
    for i in range(end - first):
        neuron = m.index[p[b + SOURCE_ROW.neurons] + first + i]
        m.index[p[b + SOURCE_ROW.out + EVENTS] + i] = neuron
        m.values[p[b + SOURCE_ROW.out + VALUES] + neuron] = m.values[
            p[b + SOURCE_ROW.amounts] + first + i
        ]
    m.counters[p[b + SOURCE_ROW.out + COUNT]] = end - first


@kernel
def record(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Keep what arrives in this step."""
    n = p[b + SINK_ROW.a_in + SIZE]
    slot = p[b + SINK_ROW.data] + (t - 1) % p[b + SINK_ROW.period] * n
    copy(part(m.values, slot, n), part(m.values, p[b + SINK_ROW.a_in + VALUES], n))


SOURCE_STEP = Step("RingBuffer", SOURCE_ROW, fixed=play, float=play)
SINK_STEP = Step("RingBuffer", SINK_ROW, fixed=record, float=record)


@dataclass
class RingData:
    """The data of a source ring buffer, kept as lists of events, step by step.

    Parameters
    ----------
    storage : Storage
    data : ndarray, shape (..., steps)
    first, neurons, amounts : Region
        Where the events of each step begin; their neurons and values. Room for all data.
    """

    storage: Storage
    data: NDArray[Any]
    first: Region
    neurons: Region
    amounts: Region

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the data."""
        return self.data.shape

    @property
    def kind(self) -> np.dtype[Any]:
        """Type in which the data is kept."""
        return self.data.dtype

    def read(self) -> NDArray[Any]:
        """Return the data."""
        return self.data.astype(np.float64)

    def write(self, values: NDArray[Any]) -> None:
        """Take new data."""
        new = values.astype(self.data.dtype)
        steps, neurons, amounts = events_of(new)
        if neurons.size > self.neurons.size:
            raise ValueError(
                f"the new data has {neurons.size} values that are not zero; the compiled engine "
                f"has room for {self.neurons.size}; give the most active data first"
            )
        self.data = new
        self.storage.view(self.first)[:] = steps
        self.storage.view(self.neurons)[: neurons.size] = neurons
        self.storage.view(self.amounts)[: neurons.size] = amounts

    def check_content(self, content: NDArray[Any], arrays: Arrays) -> None:
        """Refuse lists of events that are not those of the data."""
        regions = (self.first, self.neurons, self.amounts)
        for region, wanted in zip(regions, events_of(content), strict=True):
            if not np.array_equal(part_of(arrays, region)[: wanted.size], wanted):
                raise ValueError(
                    "the state is damaged: a ring buffer's events are not those it holds"
                )

    @property
    def content(self) -> NDArray[Any]:
        """What a checkpoint has to keep."""
        return self.data

    @content.setter
    def content(self, content: NDArray[Any]) -> None:
        self.write(content)


def events_of(data: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """First event of each step, and one more; neuron and value of each event."""
    by_step = data.reshape(-1, data.shape[-1]).T
    steps, neurons = np.nonzero(by_step)
    first = np.searchsorted(steps, np.arange(by_step.shape[0] + 1))
    return first, neurons, by_step[steps, neurons]


@dataclass
class SinkData:
    """The data of a sink ring buffer, step by step.

    Parameters
    ----------
    storage : Storage
    region : Region
    shape : tuple of int
        Steps last.
    """

    storage: Storage
    region: Region
    shape: tuple[int, ...]

    @property
    def kind(self) -> np.dtype[Any]:
        """Type in which the data is kept."""
        return self.storage.kind(self.region.array)

    def read(self) -> NDArray[Any]:
        """Return the data."""
        by_step = self.storage.view(self.region).reshape(self.shape[-1], -1)
        return by_step.T.reshape(self.shape).astype(np.float64, order="C")

    def write(self, values: NDArray[Any]) -> None:
        """Take new data."""
        by_neuron = values.reshape(-1, self.shape[-1])
        self.storage.view(self.region)[:] = by_neuron.T.ravel()


def _build_source(builder: Builder, ring: AbstractProcess) -> None:
    data = in_lavas_type(ring.data.init, ring.data.shape, builder.value_type)
    first, neurons, amounts = events_of(data)
    storage = builder.storage
    room = max(neurons.size, min(data.size, _ROOM))
    filled = np.zeros(room, dtype=np.int32), np.zeros(room, dtype=data.dtype)
    filled[0][: neurons.size], filled[1][: neurons.size] = neurons, amounts
    stored = RingData(
        storage,
        data,
        storage.reserve("index", first.size, first),
        storage.reserve("index", room, filled[0]),
        storage.reserve("values", room, filled[1]),
    )
    builder.variables[ring.data.id] = stored
    builder.add(
        SOURCE_STEP,
        out=builder.sent(ring.s_out),
        period=data.shape[-1],
        first_event=stored.first,
        neurons=stored.neurons,
        amounts=stored.amounts,
    )


def _build_sink(builder: Builder, ring: AbstractProcess) -> None:
    *shape, steps = ring.data.shape
    initial = in_lavas_type(ring.data.init, ring.data.shape, builder.value_type)
    region = builder.storage.reserve("values", initial.size, initial.reshape(-1, steps).T.ravel())
    builder.variables[ring.data.id] = SinkData(builder.storage, region, (*shape, steps))
    builder.add(SINK_STEP, a_in=builder.receive(ring.a_in), data=region, period=steps)


SOURCE = Node(_build_source, steps=(SOURCE_STEP,), sends=("s_out",))
SINK = Node(_build_sink, steps=(SINK_STEP,), receives=("a_in",))
